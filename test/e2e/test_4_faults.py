"""Things break: a kubelet, the operator, a collector pod. Readers hardly notice, and status says why."""
import time

import kube
from watchers import TopWatcher

RESOLUTION = 15


def collector_pods():
    pods = kube.get("pods", "-n", kube.NAMESPACE, "-l", "metricspipeline.dev/pipeline=cluster")["items"]
    return sorted(pod["metadata"]["name"] for pod in pods if "deletionTimestamp" not in pod["metadata"])


def ready_replicas():
    return kube.get("deployment", "cluster-collector", "-n", kube.NAMESPACE)["status"].get("readyReplicas", 0)


def test_a_stopped_kubelet_is_named_and_the_others_stay(installed):
    with TopWatcher() as top:
        kube.drill("node", "stop-kubelet", "node2")
        try:
            failing = kube.wait_for(
                "status to name node2",
                lambda: kube.failing().get("node2"), 60)
            # A gap is not a deletion: gone only after three resolutions without a sample.
            kube.wait_for("node2 to leave", lambda: "node2" not in kube.nodes_with_metrics(), 90)
        finally:
            kube.drill("node", "start-kubelet", "node2")
        begun = time.monotonic()
        kube.wait_for("node2 to be back", lambda: "node2" in kube.nodes_with_metrics(), 60)
        back = time.monotonic() - begun

    print(f"\nstopped kubelet back after {back:.1f} s")
    assert failing["reason"] == "Unreachable", failing
    assert not top.failures, top.failures
    assert not [m for m in top.missing if m[0] == "node1"], top.missing
    assert back <= 2 * RESOLUTION + 10  # the kubelet itself needs some seconds to start
    kube.wait_for("node2 to be healthy again", lambda: kube.is_true("ScrapeHealthy"), 60)


def test_one_lost_scrape_removes_nothing(installed):
    with TopWatcher() as top:
        kube.drill("node", "stop-kubelet", "node1")
        time.sleep(RESOLUTION)
        kube.drill("node", "start-kubelet", "node1")
        time.sleep(RESOLUTION)

    assert not top.failures, top.failures
    assert not top.missing, top.missing


def test_the_operator_may_die(installed):
    with TopWatcher() as top:
        kube.kubectl("-n", kube.NAMESPACE, "delete", "pods", "--grace-period=0", "--force",
                     "-l", "app.kubernetes.io/name=metricspipeline-operator")
        kube.kubectl("-n", kube.NAMESPACE, "rollout", "status", "deployment/metricspipeline-operator",
                     "--timeout=60s", timeout=90)
        kube.kubectl("-n", kube.NAMESPACE, "delete", "configmap", "cluster-collector")
        kube.wait_for("the new leader to restore a child",
                      lambda: kube.get("configmap", "cluster-collector", "-n", kube.NAMESPACE), 60)

    assert not top.failures, top.failures


def test_a_collector_pod_may_go(installed):
    kube.wait_for("two ready collectors", lambda: ready_replicas() == 2, 60)
    victim = collector_pods()[0]

    with TopWatcher() as top:
        kube.kubectl("-n", kube.NAMESPACE, "delete", "pod", victim, timeout=90)
        kube.wait_for("two ready collectors again", lambda: ready_replicas() == 2, 60)
        time.sleep(3)

    assert top.asked > 5
    assert not top.failures, top.failures
    assert not top.missing, top.missing


def test_a_rotated_kubelet_certificate_needs_nobody(installed):
    kube.drill("rotate-kubelet-cert", "node1")
    with TopWatcher() as top:
        time.sleep(2 * RESOLUTION)

    assert not top.failures, top.failures
    assert not top.missing, top.missing


def test_deleted_and_changed_children_come_back(installed):
    kube.kubectl("-n", kube.NAMESPACE, "delete", "service", "cluster-collector")
    begun = time.monotonic()
    kube.wait_for("the Service", lambda: kube.get("service", "cluster-collector", "-n", kube.NAMESPACE), 30, 0.1)
    service_back = time.monotonic() - begun
    kube.kubectl("-n", kube.NAMESPACE, "patch", "deployment", "cluster-collector", "--type=merge", "-p",
                 '{"spec":{"replicas":1}}')
    begun = time.monotonic()
    kube.wait_for("two replicas wanted",
                  lambda: kube.get("deployment", "cluster-collector", "-n", kube.NAMESPACE)["spec"]["replicas"] == 2,
                  30, 0.1)
    print(f"\nService back after {service_back:.1f} s, replicas after {time.monotonic() - begun:.1f} s")
    kube.wait_ready()
