"""metrics-server as the cluster's provider, as its own manifests register it."""
import contextlib

import kube

MANIFESTS = kube.ROOT / "test" / "peer" / "manifests"
SERVICE = "peer-metrics-server"
REGISTRATION = f"""
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {{name: v1beta1.metrics.k8s.io, labels: {{k8s-app: {SERVICE}}}}}
spec:
  group: metrics.k8s.io
  version: v1beta1
  groupPriorityMinimum: 100
  versionPriority: 100
  insecureSkipTLSVerify: true
  service: {{name: {SERVICE}, namespace: peer}}
"""


@contextlib.contextmanager
def deployed():
    """It has been applied, not yet rolled out; goes away in the end, whatever happens."""
    kube.wait_gone("peer")
    kube.kubectl("apply", "-f", MANIFESTS)
    try:
        yield
    finally:
        kube.kubectl("delete", "-f", MANIFESTS, "--ignore-not-found", "--wait=false")


def wait_rolled_out():
    kube.kubectl("-n", "peer", "rollout", "status", f"deployment/{SERVICE}", "--timeout=120s", timeout=150)


def registration():
    return kube.get("apiservice", "v1beta1.metrics.k8s.io")["spec"]


def provider():
    """The Service that answers; None while it is not available."""
    live = kube.get("apiservice", "v1beta1.metrics.k8s.io")
    available = [c["status"] for c in live["status"]["conditions"] if c["type"] == "Available"]
    return live["spec"]["service"]["name"] if available == ["True"] else None


def become_provider():
    """No pipeline any more; metrics-server, which runs already, answers kubectl top."""
    kube.kubectl("delete", "metricspipeline", "cluster", "--timeout=60s", timeout=90)
    # What belonged to it goes a moment later, and would take with it what was applied over it.
    kube.wait_for("our registration to be gone", lambda: not any(
        "ownerReferences" in a["metadata"] for a in kube.get("apiservices")["items"]), 60)
    kube.kubectl("apply", "--server-side", "-f", "-", stdin=REGISTRATION)
    kube.wait_for("metrics-server to serve", lambda: provider() == SERVICE and kube.kubectl("top", "nodes"), 60)
