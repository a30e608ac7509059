"""A collector that never got a value from any kubelet: the pipeline says why, from the first minute.

This is where metrics-server leaves its users with "no metrics known for node" and a pod that never gets ready.
"""
import kube

CHILDREN = ("deployment,pod", "-n", kube.NAMESPACE, "-l", "metricspipeline.dev/pipeline=cluster")

UNTRUSTING = """
apiVersion: v1
kind: ConfigMap
metadata: {name: another-authority, namespace: metricspipeline-system}
data:
  ca.crt: |
%s
---
apiVersion: metricspipeline.dev/v1alpha1
kind: MetricsPipeline
metadata: {name: cluster}
spec:
  tls:
    kubelet: {mode: CustomCA, caBundleRef: {name: another-authority}}
"""


def an_authority():
    pem = kube.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                   "-keyout", "/dev/null", "-subj", "/CN=nobody", "-days", "1")
    return "\n".join("    " + line for line in pem.strip().splitlines())


def test_untrusted_kubelets_are_named_with_the_remedy(installed):
    kube.kubectl("delete", "metricspipeline", "cluster")
    kube.wait_for("the old replicas to go", lambda: not kube.get(*CHILDREN)["items"], 120, 1)
    kube.kubectl("apply", "-f", "-", stdin=UNTRUSTING % an_authority())
    try:
        kube.wait_for("the cause in condition Available",
                      lambda: kube.conditions()["Available"]["reason"] == "NoNodesHealthy", 60)
        assert kube.conditions()["Ready"]["reason"] == "NoNodesHealthy"
        assert len(kube.failing()) == 2
        told = kube.kubectl("describe", "mpl", "cluster")
        for words in ("node1: UntrustedCertificate", "node2: UntrustedCertificate", "tls.kubelet.mode"):
            assert words in told, told
        assert not [s for s in kube.get("apiservices")["items"] if "metrics.k8s.io" in s["metadata"]["name"]]
    finally:
        kube.kubectl("patch", "metricspipeline", "cluster", "--type=merge", "-p", '{"spec":{"tls":null}}')
        kube.kubectl("-n", kube.NAMESPACE, "delete", "configmap", "another-authority")
    kube.wait_ready()
