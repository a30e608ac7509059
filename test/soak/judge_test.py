"""The judge itself: it must neither be blind nor see ghosts. Expected values by hand."""
import unittest

import judge


def item(name="a", time="2026-01-01T00:00:10Z", window="10s"):
    return {"metadata": {"name": name, "namespace": "n"}, "timestamp": time, "window": window}


NOW = judge.unix("2026-01-01T00:00:12Z")
# A tenth of a core from 1000 on, nothing before; 5 MiB, from 1020 on 9 MiB. Four samples a second.
STEADY = judge.Samples([(1000 + i / 4, int(i / 4 * 1e8), (5 if i < 80 else 9) * 2**20) for i in range(200)])


class Durations(unittest.TestCase):
    def test_forms_of_go(self):
        self.assertEqual(judge.seconds("15s"), 15)
        self.assertEqual(judge.seconds("1m2.5s"), 62.5)
        self.assertAlmostEqual(judge.seconds("250ms"), 0.25)
        for wrong in ("15", "s", "-5s", "1 s"):
            with self.assertRaises(ValueError):
                judge.seconds(wrong)


class Readers(unittest.TestCase):
    def judged(self, *items):
        reader = judge.Reader()
        for each in items:
            reader.take(each, NOW)
        return reader

    def test_a_good_story(self):
        reader = self.judged(item(), item(), item(time="2026-01-01T00:00:11Z"))
        self.assertEqual((reader.wrong, reader.steps_back), ([], []))

    def test_time_that_runs_backwards(self):
        self.assertEqual(self.judged(item(), item(time="2026-01-01T00:00:07Z")).steps_back, [(NOW, 3)])
        self.assertEqual(self.judged(item(), item(name="b", time="2026-01-01T00:00:07Z")).steps_back, [])

    def test_steps_back_come_in_spells(self):
        self.assertEqual([judge.spells(times) for times in ([], [5], [5, 15, 7], [30, 5, 16, 18])], [0, 1, 1, 3])

    def test_windows_that_cannot_be(self):
        for window in ("0s", "3m0s"):
            self.assertEqual(len(self.judged(item(window=window)).wrong), 1)

    def test_the_future(self):
        self.assertEqual(len(self.judged(item(time="2026-01-01T00:00:14Z")).wrong), 1)


class Points(unittest.TestCase):
    def test_what_the_cgroup_counted_is_right(self):
        self.assertEqual(judge.judge_point(STEADY, 1015, 10, 100e6, 5 * 2**20), "")
        self.assertEqual(judge.judge_point(STEADY, 1030, 12.5, 100e6, 9 * 2**20), "")

    def test_anything_else_is_wrong(self):
        self.assertIn("cpu", judge.judge_point(STEADY, 1015, 10, 110e6, 5 * 2**20))
        self.assertIn("cpu", judge.judge_point(STEADY, 1015, 10, 90e6, 5 * 2**20))
        self.assertIn("cpu", judge.judge_point(STEADY, 1015, 10, 0, 5 * 2**20))
        self.assertIn("memory", judge.judge_point(STEADY, 1015, 10, 100e6, 9 * 2**20))

    def test_either_side_of_a_change_of_memory_will_do(self):
        for mebibytes, wrong in ((5, ""), (9, ""), (12, "memory")):
            self.assertIn(wrong, judge.judge_point(STEADY, 1020, 10, 100e6, mebibytes * 2**20))

    def test_what_was_not_watched_is_not_judged(self):
        self.assertIsNone(judge.judge_point(STEADY, 1005, 10, 0, 0))
        self.assertIsNone(judge.judge_point(STEADY, 1049, 10, 0, 0))
        self.assertIsNone(judge.judge_point(judge.Samples([]), 1015, 10, 0, 0))


if __name__ == "__main__":
    unittest.main()
