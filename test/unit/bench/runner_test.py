# SPDX-License-Identifier: Apache-2.0
"""Can the runner see a difference, and does it count ratios the right way round?"""
import contextlib
import io
import unittest

from bench.runner import answers, compare, load, report


def item(name, cpu="250m", memory="50003968", namespace="a", time="2026-11-21T10:00:00Z"):
    return {"metadata": {"name": name, "namespace": namespace}, "timestamp": time,
            "containers": [{"name": "app", "usage": {"cpu": cpu, "memory": memory}}]}


class Answers(unittest.TestCase):
    def test_quantities_mean_the_same_in_every_form(self):
        self.assertEqual(answers.nanocores("250m"), 250_000_000)
        self.assertEqual(answers.nanocores("250000000n"), 250_000_000)
        self.assertEqual(answers.nanocores("1"), 1_000_000_000)
        self.assertEqual(answers.byte_count("48832Ki"), 50_003_968)

    def test_equal_answers_have_no_difference(self):
        ours = answers.values([], [item("x", "250m", "50003968")])
        theirs = answers.values([], [item("x", "250000001n", "48832Ki")])
        self.assertEqual(answers.differences(ours, theirs), [])

    def test_a_missing_pod_another_cpu_and_another_memory_are_seen(self):
        ours = answers.values([], [item("x")])
        for theirs in ([], [item("x"), item("y")], [item("x", cpu="251m")],
                       [item("x", memory="50003969")]):
            self.assertTrue(answers.differences(ours, answers.values([], theirs)), theirs)

    def test_a_pod_and_the_one_that_replaced_it_are_compared(self):
        ours, theirs = (answers.values([], [item(f"deployment-000-6f7c9d8b5-00017-{generation}")])
                        for generation in ("00", "01"))
        self.assertEqual(answers.differences(ours, theirs), [])

    def test_percentiles_of_a_hundred(self):
        ordered = list(range(1, 101))
        self.assertEqual(answers.percentile(ordered, 0.5), 50)
        self.assertEqual(answers.percentile(ordered, 0.99), 99)

    def test_age_is_now_less_the_timestamp(self):
        self.assertEqual(answers.ages([item("x")], 1795255210.0), [10.0])


class Report(unittest.TestCase):
    RUNS = [("ours", 0, 100), ("peer", 0, 2000), ("ours", 1, 200), ("peer", 1, 3000),
            ("ours", 2, 100), ("peer", 2, 1000)]

    def summary(self, nodes=5000):
        runs = [{"side": side, "pair": pair, "figures": {"cycleCpuMs": cpu}}
                for side, pair, cpu in self.RUNS]
        return report.summary({"runs": runs, "shape": {"nodes": nodes}})

    def test_a_small_cluster_proves_no_goal(self):
        (row,) = self.summary(nodes=1000)
        self.assertNotIn("met", row)

    def test_ratios_are_of_pairs_and_peer_over_ours(self):
        (row,) = self.summary()
        self.assertEqual(row["ratio"], {"median": 15, "min": 10, "max": 20})  # 20, 15, 10
        self.assertEqual(row["ours"], {"median": 100, "min": 100, "max": 200})
        self.assertTrue(row["met"])  # goal 15

    def test_half_a_pair_is_no_pair(self):
        runs = [{"side": "ours", "pair": 0}, {"side": "peer", "pair": 0}, {"side": "ours", "pair": 1}]
        self.assertEqual(len(compare.whole_pairs(runs, 2)), 2)


class Options(unittest.TestCase):
    NEEDED = ["--ours=a", "--binaries=b", "--results=c"]

    def test_the_real_control_plane_is_the_default_and_needs_its_binaries(self):
        options = compare.arguments(self.NEEDED + ["--kubernetes=d"])
        self.assertEqual(options.control_plane, "kubernetes")
        with contextlib.redirect_stderr(io.StringIO()), self.assertRaises(SystemExit):
            compare.arguments(self.NEEDED)

    def test_what_is_written_says_which_control_plane_was_used(self):
        for plane, words in (("simulator", "simulated API server"),
                             ("kubernetes", "real kube-apiserver and etcd")):
            options = compare.arguments(self.NEEDED + ["--kubernetes=d", f"--control-plane={plane}"])
            self.assertIn(words, compare.describe(options))
            self.assertTrue(any(words in rule for rule in compare.fairness(options)))


class Load(unittest.TestCase):
    def test_namespaces_are_found_by_their_size(self):
        items = [item(f"p{i}", namespace="ten") for i in range(10)] + [item("q", namespace="one")]
        self.assertEqual(load.namespaces_by_size(items), {10: "ten"})


if __name__ == "__main__":
    unittest.main()
