"""Deleting the pipeline leaves a clean cluster."""
import time

import kube

OURS = "app.kubernetes.io/managed-by=metricspipeline-operator"
KINDS = ("deployments,services,configmaps,secrets,serviceaccounts,roles,rolebindings,poddisruptionbudgets,"
         "clusterroles,clusterrolebindings,apiservices")


def test_deleting_the_pipeline_leaves_nothing(installed):
    assert kube.get(KINDS, "-A", "-l", OURS)["items"]  # else this test proves nothing

    kube.kubectl("delete", "metricspipeline", "cluster", "--wait=false")
    begun = time.monotonic()
    kube.wait_for("the APIServices to go",
                  lambda: not [s for s in kube.get("apiservices")["items"] if "metrics.k8s.io" in s["metadata"]["name"]],
                  60)
    print(f"\nAPIServices gone after {time.monotonic() - begun:.1f} s")
    kube.wait_for("all children to go", lambda: not kube.get(KINDS, "-A", "-l", OURS)["items"], 120, 1)
    assert "metrics.k8s.io" not in kube.kubectl("api-resources")


def test_a_namespace_can_be_deleted_afterwards(installed):
    kube.kubectl("create", "namespace", "short-lived")
    kube.kubectl("delete", "namespace", "short-lived", "--timeout=60s", timeout=90)
