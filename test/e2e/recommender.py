"""The recommender of the vertical pod autoscaler, from its Go module, reading our API as it does in a cluster."""
import re
import subprocess
import time

import kube
from gitops import built

MANIFEST = kube.ROOT / "test" / "e2e" / "manifests" / "vpa.yaml"
MODULE = "k8s.io/autoscaler/vertical-pod-autoscaler"
LOG = kube.STATE / "logs" / "vpa-recommender.log"
# Its own default is 60 s. A sample that it has had already counts as dropped there: ours are newer after 30 s.
INTERVAL_SECONDS = 30


def install_crds():
    folder = kube.run(kube.ROOT / "hack" / "go", "-C", kube.CLUSTER / "tools" / "vpa", "list", "-m", "-f", "{{.Dir}}",
                      MODULE, timeout=120).strip()
    kube.kubectl("apply", "--server-side", "-f", f"{folder}/deploy/vpa-v1-crd-gen.yaml")
    for name in ("verticalpodautoscalers", "verticalpodautoscalercheckpoints"):
        kube.kubectl("wait", "--for=condition=Established", "--timeout=30s", f"crd/{name}.autoscaling.k8s.io")


class Recommender:
    """Runs until stopped. Tracks the pods of VerticalPodAutoscalers alone, as memory-saver mode has it."""

    def __init__(self):
        install_crds()
        kube.kubectl("apply", "-f", MANIFEST)
        kube.kubectl("-n", "vpa", "rollout", "status", "deployment/steady", "--timeout=60s", timeout=90)
        kube.wait_for("values of both pods", lambda: all(len(kube.pods_with_metrics("vpa")) == 2 for _ in range(8)), 60)
        self.begun = time.monotonic()
        with LOG.open("w") as log:
            self.process = subprocess.Popen(
                [built("vpa", "recommender"), f"--kubeconfig={kube.STATE / 'kubeconfig'}", "--address=127.0.0.1:0",
                 f"--recommender-interval={INTERVAL_SECONDS}s", "--memory-saver=true", "--v=3",
                 "--pod-recommendation-min-cpu-millicores=1", "--pod-recommendation-min-memory-mb=1"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=kube.ENVIRONMENT)

    def seconds(self):
        return time.monotonic() - self.begun

    def rounds(self):
        """(samples taken, samples dropped) of each reading of our API."""
        told = re.findall(r'fed with ContainerUsageSamples" sampleCount=(\d+) .*?droppedSampleCount=(\d+)', LOG.read_text())
        return [(int(taken), int(dropped)) for taken, dropped in told]

    def faults(self):
        return re.findall(r".*(?:Error adding metric sample|Cannot get ContainerMetricsSnapshot).*", LOG.read_text())

    def recommendation(self):
        """What it wrote for the container `burn`."""
        status = kube.get("verticalpodautoscaler", "steady", "-n", "vpa")["status"]
        return next(c for c in status["recommendation"]["containerRecommendations"] if c["containerName"] == "burn")

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=20)
        kube.kubectl("delete", "namespace", "vpa", "--wait=false")
