"""The HorizontalPodAutoscaler acts on our numbers, up and down."""
import kube

MANIFEST = kube.ROOT / "test" / "e2e" / "manifests" / "hpa.yaml"


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
