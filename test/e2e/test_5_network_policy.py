"""config/network-policy, carried out: all that is needed passes, and nothing else does."""
import json
import subprocess

import pytest

import kube
import policies
from test_5_config import change
from watchers import RawWatcher

POLICIES = kube.ROOT / "config" / "network-policy"
PORT = 8099  # of a listener that nobody of ours has business with
# Until its standard input ends.
LISTENER = f"""
import http.server, sys, threading
server = http.server.ThreadingHTTPServer(("", {PORT}), http.server.SimpleHTTPRequestHandler)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
"""


@pytest.fixture
def listener():
    """On the control plane's machine; its address."""
    running = subprocess.Popen([str(kube.CLUSTER / "exec"), "cp", "python3", "-c", LISTENER], stdin=subprocess.PIPE,
                               stderr=subprocess.DEVNULL)
    slices = kube.get("endpointslices", "-n", "default", "-l", "kubernetes.io/service-name=kubernetes")["items"]
    yield slices[0]["endpoints"][0]["addresses"][0]
    running.stdin.close()
    running.wait(10)


def reaches(program, address):
    """Whether a pod that runs the program gets an answer there."""
    pod = kube.get("pods", "-n", kube.NAMESPACE, "-l", f"app.kubernetes.io/name={program[1]}")["items"][0]
    command = (f"pid=$(pgrep -f '^{program[0]} start' | head -n 1) && "
               f"nsenter -t $pid -n curl -s -o /dev/null --max-time 3 http://{address}:{PORT}/")
    try:
        kube.on_machine(pod["spec"]["nodeName"], "sh", "-c", command)
        return True
    except kube.Failed:
        return False


def sample_time():
    return min(item["timestamp"] for item in kube.nodes_with_metrics().values())


def test_all_that_is_needed_passes_and_nothing_else(installed, listener):
    programs = (("metricspipeline-collector", "metrics-collector"),
                ("metricspipeline-operator", "metricspipeline-operator"))
    kube.wait_ready()
    # One that an earlier test sent away would be taken for one of those that stay, and is not restricted.
    kube.wait_for("pods that go to be gone", lambda: not any(
        "deletionTimestamp" in p["metadata"] for p in kube.get("pods", "-n", kube.NAMESPACE)["items"]), 90)
    kube.wait_for("the listener", lambda: reaches(programs[0], listener), 10)
    assert reaches(programs[1], listener)
    kube.kubectl("apply", "-k", POLICIES)
    try:
        with policies.Enforced(), RawWatcher() as raw:
            for program in programs:
                assert not reaches(program, listener), program
            # kubelets answer, kube-apiserver reaches us, the operator reads replicas and writes children.
            before = sample_time()
            kube.wait_for("newer samples of both nodes", lambda: sample_time() > before, 60)
            change('{"spec":{"scrape":{"resolution":"5s","timeout":"4s"}}}')
            kube.kubectl("-n", kube.NAMESPACE, "delete", "configmap", "cluster-collector")
            kube.wait_for("the operator to restore it",
                          lambda: kube.get("configmap", "cluster-collector", "-n", kube.NAMESPACE), 30)
            change(json.dumps({"spec": {"scrape": None}}))
            kube.wait_ready()
            restarts = [c["restartCount"] for p in kube.get("pods", "-n", kube.NAMESPACE)["items"]
                        for c in p["status"]["containerStatuses"]]
        assert raw.asked > 20
        assert not raw.failures, raw.failures
        assert not any(restarts), "probes pass too"
    finally:
        kube.kubectl("delete", "-k", POLICIES)
