"""A changed MetricsPipeline is in force within seconds, without a new pod."""
import json
import re
import time

import pytest

import kube


@pytest.fixture(autouse=True)
def as_installed(installed):
    """Whatever becomes of a test here, the next one finds the pipeline as it was installed."""
    yield
    kube.restore_pipeline()


def change(patch):
    """Applies a merge patch; seconds until every replica says that it runs the new configuration."""
    # Absent while replicas differ, as they do for a moment when an authority has changed beneath them.
    before = kube.wait_for("all replicas to run one configuration", lambda: kube.get(
        "metricspipeline", "cluster")["status"]["collector"]["appliedConfigHash"], 30, 0.2)
    kube.kubectl("patch", "metricspipeline", "cluster", "--type=merge", "-p", patch)
    begun = time.monotonic()

    def applied():
        pipeline = kube.get("metricspipeline", "cluster")
        collector = pipeline["status"]["collector"]
        return (pipeline["status"]["observedGeneration"] == pipeline["metadata"]["generation"]
                and collector["appliedConfigHash"] == collector["configHash"] != before)

    kube.wait_for("the new configuration to be in force", applied, 30, 0.2)
    return time.monotonic() - begun


def pod_identities():
    """Of the pods that stay: one that an earlier test sent away may still be draining."""
    pods = kube.get("pods", "-n", kube.NAMESPACE, "-l", "metricspipeline.dev/pipeline=cluster")["items"]
    return sorted((p["metadata"]["uid"], sum(c["restartCount"] for c in p["status"].get("containerStatuses", [])))
                  for p in pods if "deletionTimestamp" not in p["metadata"])


def all_replicas_ready():
    """Not told by condition Ready, which outlasts a replica that was replaced a moment ago."""
    status = kube.get("deployment", "cluster-collector", "-n", kube.NAMESPACE)["status"]
    return status.get("readyReplicas") == status["replicas"] == 2


@pytest.mark.parametrize("name, patch, undo", [
    ("resolution", '{"spec":{"scrape":{"resolution":"5s","timeout":"4s"}}}', '{"spec":{"scrape":null}}'),
    ("address types", '{"spec":{"scrape":{"addressTypes":["Hostname","InternalIP"]}}}', '{"spec":{"scrape":null}}'),
    ("insecure", '{"spec":{"tls":{"kubelet":{"mode":"Insecure"}}}}', '{"spec":{"tls":null}}'),
])
def test_changes_take_effect_without_a_restart(installed, name, patch, undo):
    kube.wait_ready()
    kube.wait_for("both replicas to be ready", all_replicas_ready, 60)
    before = pod_identities()

    took = change(patch)
    assert kube.kubectl("top", "nodes")
    back = change(undo)

    print(f"\n{name}: in force after {took:.1f} s, undone after {back:.1f} s")
    assert took <= 10 and back <= 10  # 5 s is the aim; a busy machine gets twice that
    assert pod_identities() == before


def test_insecure_is_said_loudly(installed):
    change('{"spec":{"tls":{"kubelet":{"mode":"Insecure"}}}}')
    try:
        condition = kube.wait_for(
            "KubeletTLSVerified to be False",
            lambda: (c := kube.conditions()["KubeletTLSVerified"])["status"] == "False" and c, 30)
        assert condition["reason"] == "InsecureByConfiguration"
    finally:
        change('{"spec":{"tls":null}}')


def test_cluster_ca_only_refuses_the_self_signed_kubelet_and_says_how_to_mend_it(installed):
    change('{"spec":{"tls":{"kubelet":{"mode":"ClusterCA"}}}}')
    try:
        failing = kube.wait_for(
            "node2 to be refused",
            lambda: kube.failing().get("node2"), 60)
        assert failing["reason"] == "UntrustedCertificate", failing
        assert "issuer" in failing["message"], failing
        assert "node1" in kube.nodes_with_metrics()
    finally:
        change('{"spec":{"tls":null}}')
    kube.wait_for("node2 to be back", lambda: "node2" in kube.nodes_with_metrics(), 60)


def own_authority(node):
    """Of a kubelet that signs its own certificate: the last one that it presents."""
    address = [a["address"] for a in kube.get("node", node)["status"]["addresses"] if a["type"] == "InternalIP"][0]
    shown = kube.on_machine("cp", "sh", "-c",
                            f"openssl s_client -connect {address}:10250 -showcerts </dev/null 2>/dev/null")
    return re.findall("-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n", shown, re.DOTALL)[-1]


def trust(*certificates):
    kube.kubectl("apply", "-f", "-", stdin=json.dumps(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "kubelet-ca", "namespace": kube.NAMESPACE},
         "data": {"ca.crt": "".join(certificates)}}))


def test_the_kubelets_authority_is_followed_while_it_changes(installed):
    cluster = kube.get("configmap", "kube-root-ca.crt", "-n", "default")["data"]["ca.crt"]
    before = pod_identities()
    trust(cluster)
    try:
        change('{"spec":{"tls":{"kubelet":{"mode":"CustomCA","caBundleRef":{"name":"kubelet-ca"}}}}}')
        kube.wait_for("node2 alone to be refused", lambda: list(kube.failing()) == ["node2"], 60)
        trust(cluster, own_authority("node2"))
        kube.wait_for("both to be verified", lambda: kube.conditions()["KubeletTLSVerified"]["reason"] == "AllVerified"
                      and not kube.failing() and "node2" in kube.nodes_with_metrics(), 60)
        trust(own_authority("node2"))
        kube.wait_for("node1 alone to be refused", lambda: list(kube.failing()) == ["node1"], 60)
        assert pod_identities() == before
        change('{"spec":{"tls":null}}')
    finally:
        kube.kubectl("-n", kube.NAMESPACE, "delete", "configmap", "kubelet-ca")
    kube.wait_for("both to be back", lambda: {"node1", "node2"} <= set(kube.nodes_with_metrics()), 60)


@pytest.mark.parametrize("patch, words", [
    ('{"spec":{"scrape":{"resolution":"1s"}}}', "resolution"),
    ('{"spec":{"scrape":{"timeout":"15s"}}}', "timeout"),
    ('{"spec":{"tls":{"kubelet":{"mode":"CustomCA"}}}}', "caBundleRef"),
])
def test_what_cannot_work_is_refused_with_the_remedy(installed, patch, words):
    with pytest.raises(kube.Failed, match=words):
        kube.kubectl("patch", "metricspipeline", "cluster", "--type=merge", "-p", patch)
