"""metrics-server beside us, fed the same kubelet bodies: for equal sample pairs, equal values. And replaced by us."""
import contextlib
import json
import subprocess

import pytest

import kube
from peer import SERVICE, become_provider, deployed, provider, registration, wait_rolled_out
from watchers import RawWatcher, TopWatcher

PORT = 10260
NODES = ("node1", "node2")


def serving_pem(folder):
    key, certificate, both = folder / "key.pem", folder / "certificate.pem", folder / "serving.pem"
    kube.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
             "-subj", "/CN=kubelet-cache", "-keyout", key, "-out", certificate)
    both.write_text(certificate.read_text() + key.read_text())
    both.chmod(0o600)
    return both


@pytest.fixture(scope="module")
def caches(installed, tmp_path_factory):
    folder = tmp_path_factory.mktemp("caches")
    admin, serving = kube.admin_pem(folder), serving_pem(folder)
    script = kube.ROOT / "test" / "e2e" / "kubelet_cache.py"
    running = [subprocess.Popen([str(kube.CLUSTER / "exec"), node, "python3", str(script), str(PORT), str(admin),
                                 str(serving)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
               for node in NODES]
    for cache in running:
        assert cache.stdout.readline() == "ready\n"
    yield
    for cache in running:
        cache.stdin.close()
        cache.wait(10)


@pytest.fixture(scope="module")
def peer(caches, known_load):
    """Both read through the caches; gives a function that fetches the peer's answer for a path."""
    with deployed(), contextlib.ExitStack() as afterwards:
        kube.kubectl("-n", "peer", "patch", "deployment", SERVICE, "--type=json", "-p", json.dumps([
            {"op": "replace", "path": "/spec/template/spec/containers/0/args", "value": [
                "--cert-dir=/tmp", "--secure-port=10250", "--kubelet-preferred-address-types=InternalIP",
                f"--kubelet-port={PORT}", "--kubelet-insecure-tls", "--metric-resolution=15s"]}]))
        afterwards.callback(kube.wait_ready)
        afterwards.callback(kube.restore_pipeline)
        kube.kubectl("patch", "metricspipeline", "cluster", "--type=merge", "-p", json.dumps({"spec": {
            "scrape": {"port": {"source": "Fixed", "number": PORT}}, "tls": {"kubelet": {"mode": "Insecure"}}}}))
        wait_rolled_out()
        kube.kubectl("-n", "peer", "create", "serviceaccount", "reader")
        afterwards.callback(kube.kubectl, "delete", "clusterrolebinding", "peer-reader")
        kube.kubectl("create", "clusterrolebinding", "peer-reader", "--clusterrole=cluster-admin",
                     "--serviceaccount=peer:reader")
        token = kube.kubectl("-n", "peer", "create", "token", "reader").strip()

        def fetch(path):
            pods = kube.get("pods", "-n", "peer")["items"]
            address = [p["status"]["podIP"] for p in pods if "deletionTimestamp" not in p["metadata"]][0]
            return json.loads(kube.on_machine("cp", "curl", "-ksS", "--max-time", "10", "-H",
                                              f"Authorization: Bearer {token}", f"https://{address}:10250{path}"))

        yield fetch


def usages(answer):
    """(what, timestamp, window) -> (cpu nanocores, memory bytes), one entry per node or container."""
    found = {}
    for item in answer["items"]:
        meta, pair = item["metadata"], (item["timestamp"], item["window"])
        for part in item.get("containers", [{"name": "", "usage": item.get("usage")}]):
            what = (meta.get("namespace", ""), meta["name"], part["name"])
            found[what + pair] = (kube.cpu_nanocores(part["usage"]["cpu"]), kube.memory_bytes(part["usage"]["memory"]))
    return found


@pytest.mark.parametrize("path", ["/apis/metrics.k8s.io/v1beta1/nodes", "/apis/metrics.k8s.io/v1beta1/pods"])
def test_equal_sample_pairs_give_equal_values(peer, path):
    compared = {}

    def enough():
        theirs, ours = usages(peer(path)), usages(kube.raw(path))
        for key in theirs.keys() & ours.keys():
            compared[key] = (theirs[key], ours[key])
        return len(compared) >= 6

    kube.wait_for("equal sample pairs of both", enough, 150, 2)
    print(f"\n{path}: {len(compared)} equal pairs compared")
    for key, (theirs, ours) in compared.items():
        assert abs(theirs[0] - ours[0]) <= 1, (key, theirs, ours)  # the peer cuts a double, we an integer
        assert theirs[1] == ours[1], (key, theirs, ours)


# What the module's `peer` sets, with a resolution at which two windows of data take ten seconds.
TAKE_OVER = {"apiVersion": "metricspipeline.dev/v1alpha1", "kind": "MetricsPipeline", "metadata": {"name": "cluster"},
             "spec": {"scrape": {"port": {"source": "Fixed", "number": PORT}, "resolution": "5s", "timeout": "4s"},
                      "tls": {"kubelet": {"mode": "Insecure"}},
                      "apiServices": {"conflictPolicy": "TakeOver", "deletionPolicy": "Restore"}}}


def test_metrics_server_is_replaced_and_restored_without_one_failed_top(peer):
    become_provider()
    before = registration()
    try:
        with TopWatcher(pause=0.1) as top, RawWatcher() as raw:
            kube.kubectl("apply", "-f", "-", stdin=json.dumps(TAKE_OVER))
            kube.wait_for("us to serve", lambda: provider() == "cluster-collector", 90)
            kube.wait_for("the registrations to be told", lambda: kube.is_true("APIServicesRegistered"), 30)
            kube.kubectl("delete", "metricspipeline", "cluster", "--timeout=60s", timeout=90)
            kube.wait_for("metrics-server to serve again", lambda: provider() == SERVICE, 30)
            assert registration() == before
        print(f"\n{top.asked} kubectl top and {raw.asked} GETs")
        assert raw.asked > 50
        assert not raw.failures, raw.failures
        assert not top.failures, top.failures
        assert not top.missing, top.missing
    finally:
        kube.kubectl("delete", "apiservice", "v1beta1.metrics.k8s.io", "--ignore-not-found")
        plain = {**TAKE_OVER, "spec": {key: TAKE_OVER["spec"][key] for key in ("scrape", "tls")}}
        kube.kubectl("apply", "-f", "-", stdin=json.dumps(plain))
        kube.wait_ready()
