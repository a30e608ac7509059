"""kubectl top through the aggregator, on a kubelet with a signed and one with its own certificate."""
import time

import kube
from container_files import container_files


def test_both_api_services_are_available(installed):
    for version in ("v1", "v1beta1"):
        service = kube.get("apiservice", f"{version}.metrics.k8s.io")
        available = [c for c in service["status"]["conditions"] if c["type"] == "Available"]
        assert available[0]["status"] == "True", available
        assert service["spec"].get("insecureSkipTLSVerify") in (None, False)
        assert service["spec"]["caBundle"]


def test_top_shows_every_node(installed):
    rows = [line.split() for line in kube.kubectl("top", "nodes", "--no-headers").splitlines()]

    assert {row[0] for row in rows} == {"node1", "node2"}
    assert all("<unknown>" not in row for row in rows), rows


def test_top_shows_pods_and_their_containers(known_load):
    rows = kube.kubectl("top", "pods", "-A", "--containers", "--no-headers")

    assert any(line.split()[:3] == ["load", "burner", "burn"] for line in rows.splitlines()), rows
    assert any(line.split()[:3] == ["load", "holder", "hold"] for line in rows.splitlines()), rows


def test_both_versions_say_the_same(known_load):
    old = kube.raw("/apis/metrics.k8s.io/v1beta1/namespaces/load/pods")
    new = kube.raw("/apis/metrics.k8s.io/v1/namespaces/load/pods")

    assert old["apiVersion"] == "metrics.k8s.io/v1beta1" and new["apiVersion"] == "metrics.k8s.io/v1"
    assert [i["metadata"]["name"] for i in old["items"]] == [i["metadata"]["name"] for i in new["items"]]


def test_selectors_choose(known_load):
    by_label = kube.raw("/apis/metrics.k8s.io/v1beta1/namespaces/load/pods?labelSelector=app%3Dburner")
    by_field = kube.raw("/apis/metrics.k8s.io/v1beta1/pods?fieldSelector=metadata.name%3Dholder")

    assert [i["metadata"]["name"] for i in by_label["items"]] == ["burner"]
    assert [i["metadata"]["name"] for i in by_field["items"]] == ["holder"]


def test_cpu_of_a_limited_container_is_what_its_cgroup_counts(known_load):
    files = container_files("load", "burner")

    def close():
        # Two whole kubelet samples lie inside this span whatever their phase. On a busy machine it gets
        # less than its limit now and then, and then a part of the span is not like the whole of it.
        before, begun = files.cpu_nanoseconds(), time.monotonic()
        time.sleep(30)
        true_rate = (files.cpu_nanoseconds() - before) / (time.monotonic() - begun)
        shown = kube.cpu_nanocores(kube.pods_with_metrics("load")["burner"]["containers"][0]["usage"]["cpu"])
        print(f"\nshown {shown / 1e6:.1f} m, counted {true_rate / 1e6:.1f} m")
        return abs(shown - true_rate) <= 0.10 * true_rate

    kube.wait_for("the shown use to be within 10 % of what the cgroup counted", close, 100)


def test_memory_of_a_container_is_what_its_cgroup_holds(known_load):
    files = container_files("load", "holder")

    def close():
        shown = kube.memory_bytes(kube.pods_with_metrics("load")["holder"]["containers"][0]["usage"]["memory"])
        true = files.working_set_bytes()
        return abs(shown - true) <= 0.05 * true and shown > 64 * 2**20 * 0.95

    kube.wait_for("the shown working set to be within 5 % of the cgroup's", close, 40)


def test_the_kubelets_own_certificate_is_pinned_and_said_so(installed):
    condition = kube.conditions()["KubeletTLSVerified"]

    assert "node2" in condition["message"], condition
    assert "node1" not in condition["message"], condition
