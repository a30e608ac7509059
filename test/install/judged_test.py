"""How GitOps tools judge a MetricsPipeline, by their own libraries (test/cluster/tools/gitops).

`judged` holds what a real operator wrote on a real API server, as it stood at the end of the test that each file is
named after. To record them again:

    MPL_RECORD=$PWD/test/install/judged GTEST_FILTER='OperatorTest.*' build/release/test/integration_operator

What each state has to look like was decided by hand, from docs/conditions.md: whether time may help (Progressing,
InProgress) or a person has to (Degraded, Failed). test/e2e/test_3_gitops.py judges those that a whole cluster takes.
"""
import json
import pathlib
import subprocess
import unittest

import rendering

HERE = pathlib.Path(__file__).resolve().parent
JUDGED = HERE / "judged"
HEALTH = rendering.ROOT / "config" / "argocd" / "health.lua"


def judge(*pipelines):
    done = subprocess.run([rendering.program("gitops", "gitops"), "--health-lua", HEALTH], text=True,
                          input="".join(json.dumps({"live": pipeline, "desired": None}) for pipeline in pipelines),
                          capture_output=True)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def recorded(name):
    return json.loads((JUDGED / f"{name}.json").read_text())


class Judgement(unittest.TestCase):
    def expect(self, pipeline, kstatus, argo, words=""):
        opinion = judge(pipeline)[0]
        self.assertEqual((opinion["kstatus"]["status"], opinion["argo"]["status"]), (kstatus, argo), opinion)
        self.assertIn(words, opinion["argo"]["message"])

    def test_nobody_has_looked_yet(self):
        self.expect(recorded("MigratePrintsAPipelineThatTheServerTakes.cluster"), "InProgress", "Progressing")

    def test_replicas_are_being_started(self):
        self.expect(recorded("ADeletedChildIsToldOf.cluster"), "InProgress", "Progressing", "RollingOut: ")

    def test_somebody_else_keeps_the_api(self):
        self.expect(recorded("LeavesAForeignRegistrationAlone.cluster"), "Failed", "Degraded", "ConflictingProvider: ")

    def test_the_api_is_fought_about(self):
        self.expect(recorded("StopsAtTheThirdRewriteAndSaysWhoItWas.cluster"), "Failed", "Degraded",
                    "RegistrationContested: ")

    def test_a_newer_spec_counts_before_an_old_verdict(self):
        pipeline = recorded("LeavesAForeignRegistrationAlone.cluster")
        pipeline["metadata"]["generation"] += 1
        self.expect(pipeline, "InProgress", "Progressing", "has not looked at this version")

    def test_one_that_is_being_deleted_is_on_its_way(self):
        pipeline = recorded("StopsAtTheThirdRewriteAndSaysWhoItWas.cluster")
        pipeline["metadata"]["deletionTimestamp"] = "2026-11-21T12:00:00Z"
        self.expect(pipeline, "Terminating", "Progressing")

    def test_without_the_script_argo_has_no_opinion(self):
        """Which it shows as healthy: the reason why config/argocd exists."""
        done = subprocess.run([rendering.program("gitops", "gitops")], text=True, capture_output=True, check=True,
                              input=json.dumps({"live": recorded("ADeletedChildIsToldOf.cluster"), "desired": None}))
        self.assertEqual(json.loads(done.stdout)["argo"]["status"], "")


if __name__ == "__main__":
    unittest.main()
