"""The operator's one-shot commands on real kubelets, and a migration from the metrics-server of test/peer."""
import io
import json
import subprocess
import tarfile

import pytest
import yaml

import kube
from peer import deployed

PROGRAM = kube.ROOT / "build" / "release" / "bin" / "metricspipeline-operator"
IN_POD = ("-n", kube.NAMESPACE, "exec", "deploy/metricspipeline-operator", "--", "metricspipeline-operator")


@pytest.fixture(scope="module")
def kubeconfig(installed, tmp_path_factory):
    """The admin's, with the address of kube-apiserver inside of the cluster."""
    config = yaml.safe_load((kube.STATE / "kubeconfig").read_text())
    slices = kube.get("endpointslices", "-n", "default", "-l", "kubernetes.io/service-name=kubernetes")["items"]
    address, port = slices[0]["endpoints"][0]["addresses"][0], slices[0]["ports"][0]["port"]
    config["clusters"][0]["cluster"]["server"] = f"https://{address}:{port}"
    path = tmp_path_factory.mktemp("config") / "kubeconfig"
    path.write_text(yaml.safe_dump(config))
    return path


def operator(kubeconfig, *arguments):
    """On the control plane's machine, from where kubelets can be reached; (exit code, all output)."""
    command = [kube.CLUSTER / "exec", "cp", PROGRAM, *arguments, f"--kubeconfig={kubeconfig}"]
    done = subprocess.run([str(part) for part in command], env=kube.ENVIRONMENT, text=True, capture_output=True,
                          timeout=60)
    return done.returncode, done.stdout + done.stderr


def test_check_judges_real_kubelets(kubeconfig):
    code, text = operator(kubeconfig, "check", "-o", "json")
    report = json.loads(text)

    told = {finding["what"] for finding in report["findings"]}
    assert code == 0 and report["ok"], text
    # node1 has a certificate of the cluster's CA, node2 signs its own (test/cluster/README.md).
    assert any(what.startswith("mode Auto: 1 kubelet verified, 1 kubelet pinned") for what in told), text
    assert any(what.startswith("mode ClusterCA: 1 kubelet refused (node2)") for what in told), text
    assert "a credential is asked for by 2 kubelets" in told, text
    assert "the scraper's token is taken, and metrics are served, by 1 kubelet" in told, text


def test_status_of_a_sound_pipeline(kubeconfig):
    code, text = operator(kubeconfig, "status", "cluster")

    assert code == 0, text
    assert "!!" not in text and "??" not in text, text


def test_gather_in_the_operators_pod_holds_no_secret(installed):
    archive = subprocess.run([str(kube.STATE / "bin" / "kubectl"), *IN_POD, "gather", "-o", "-"], env=kube.ENVIRONMENT,
                             capture_output=True, check=True, timeout=60).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as bundle:
        files = {member.name: bundle.extractfile(member).read().decode() for member in bundle.getmembers()}

    assert sum("/status/" in name for name in files) == 2, sorted(files)  # one of each replica
    assert "KubeletTLSVerified" in files["status.txt"]
    everything = "\n".join(files.values())
    assert "PRIVATE KEY" not in everything
    for secret in kube.get("secrets", "-n", kube.NAMESPACE)["items"]:
        for key, value in secret.get("data", {}).items():
            # Certificates are public: a registration's caBundle holds that of the authority before, too.
            assert key.endswith(".crt") or value not in everything, key


def test_migrate_reads_the_metrics_server_that_is_named(kubeconfig):
    with deployed():
        code, text = operator(kubeconfig, "migrate", "peer/peer-metrics-server", "--pipeline=moved")
        assert code == 0, text
        kube.kubectl("apply", "--dry-run=server", "-f", "-", stdin=text)
        assert "# Replaces Deployment peer/peer-metrics-server" in text
