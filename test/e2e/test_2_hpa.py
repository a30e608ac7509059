"""The HorizontalPodAutoscaler acts on our numbers, up and down."""
import kube

MANIFEST = kube.ROOT / "test" / "e2e" / "manifests" / "hpa.yaml"
KINDS = kube.ROOT / "test" / "e2e" / "manifests" / "hpa-kinds.yaml"


def replicas():
    return kube.get("deployment", "worker", "-n", "scaling")["spec"]["replicas"]


def work(millicores):
    kube.kubectl("-n", "scaling", "patch", "deployment", "worker", "--type=json", "-p",
                 f'[{{"op":"replace","path":"/spec/template/spec/containers/0/args/1","value":"{millicores}"}}]')


def test_scales_up_and_down(installed):
    kube.kubectl("apply", "-f", MANIFEST)
    try:
        # 150m used of 100m requested is 150 %; 60 % wanted: ceil(1 * 150 / 60) = 3 replicas.
        kube.wait_for("scaling up", lambda: replicas() > 1, 120)
        hpa = kube.get("hpa", "worker", "-n", "scaling")
        active = [c for c in hpa["status"]["conditions"] if c["type"] == "ScalingActive"]
        assert active[0]["status"] == "True", active
        kube.wait_for("3 replicas", lambda: replicas() == 3, 90)

        work(5)
        kube.wait_for("scaling down", lambda: replicas() == 1, 180)
    finally:
        kube.kubectl("delete", "namespace", "scaling", "--wait=false")


def current(kind, resource):
    """What the HPA says it has read; None until it has."""
    hpa = kube.get("hpa", "mixed", "-n", "scaling-kinds")
    member = kind[0].lower() + kind[1:]
    for metric in hpa.get("status", {}).get("currentMetrics") or []:
        if metric["type"] == kind and metric[member]["name"] == resource:
            return metric[member]["current"]
    return None


def test_reads_values_of_pods_and_of_single_containers(installed):
    kube.kubectl("apply", "-f", KINDS)
    try:
        kube.wait_for("the container's utilization to ask for a second pod", lambda: kube.get(
            "deployment", "mixed", "-n", "scaling-kinds")["spec"]["replicas"] == 2, 120)
        # It changes the Deployment first and tells of what it has read afterwards.
        kube.wait_for("the HPA to tell what it has read", lambda: all(
            current(*metric) for metric in (("ContainerResource", "cpu"), ("Resource", "memory"), ("Resource", "cpu"))), 60)
        assert current("ContainerResource", "cpu")["averageUtilization"] > 50
        # Both containers' memory: 64 MiB held by one, and what a process needs.
        memory = kube.number(current("Resource", "memory")["averageValue"])
        assert 64 << 20 <= memory < 192 << 20, memory
        # No more than the limit of the one and a request of the other.
        cpu = kube.number(current("Resource", "cpu")["averageValue"])
        assert 0.02 < cpu < 0.4, cpu
    finally:
        kube.kubectl("delete", "namespace", "scaling-kinds", "--wait=false")
