"""From version N to N+1 and back, as docs/installing.md tells it: another image, and a CRD with one more field."""
import json

import pytest
import yaml

import images
import kube
from test_5_config import all_replicas_ready, pod_identities
from watchers import RawWatcher, TopWatcher

OPERATOR = ("deployment", "metricspipeline-operator", "-n", kube.NAMESPACE)
COLLECTOR = ("deployment", "cluster-collector", "-n", kube.NAMESPACE)
OLD, NEW = f"{images.NAME}:dev", f"{images.NAME}:next"

# As in docs/installing.md. The new field has a default, so that every pipeline has it from then on.
OVERLAY = """
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [../../config/default]
images:
- {name: docker.io/metricspipeline/metricspipeline, newTag: next}
patches:
- target: {kind: CustomResourceDefinition}
  patch: |
    - op: add
      path: /spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/collector/properties/novelty
      value: {type: string, default: Plain, description: What version N has never heard of.}
"""


@pytest.fixture(scope="module")
def overlay(installed):
    """The folder that installs N+1, whose image every node has."""
    folder = kube.STATE / "next"
    folder.mkdir(exist_ok=True)
    (folder / "kustomization.yaml").write_text(OVERLAY)
    archive = images.relabelled(kube.ROOT / "build" / "image" / "metricspipeline.tar", "next", folder / "next.tar")
    kube.drill("load-image", archive)
    return folder


def install(folder):
    """Until all of the operator runs it, and who leads has looked at the pipeline."""
    kube.kubectl("apply", "-k", folder)
    kube.kubectl("-n", kube.NAMESPACE, "rollout", "status", "deployment/metricspipeline-operator", "--timeout=90s",
                 timeout=120)
    request = f"{folder.name} {kube.get(*OPERATOR)['metadata']['resourceVersion']}"
    kube.kubectl("annotate", "metricspipeline", "cluster", "--overwrite",
                 f"metricspipeline.dev/reconcile-requested-at={request}")
    kube.wait_for("the new leader to have looked",
                  lambda: kube.get("metricspipeline", "cluster")["status"].get("lastHandledReconcileAt") == request, 60)


def revision():
    """How often the collector's pod template has changed."""
    return int(kube.get(*COLLECTOR)["metadata"]["annotations"]["deployment.kubernetes.io/revision"])


def wait_rolled_out(image):
    def done():
        live = kube.get(*COLLECTOR)
        return (live["spec"]["template"]["spec"]["containers"][0]["image"] == image
                and live["status"]["observedGeneration"] == live["metadata"]["generation"]
                and live["status"].get("updatedReplicas") == 2 and all_replicas_ready()
                and len(pod_identities()) == 2)
    kube.wait_for(f"both collectors to run {image}", done, 90)


def change(patch):
    kube.kubectl("patch", "metricspipeline", "cluster", "--type=merge", "-p", json.dumps({"spec": {"collector": patch}}))


def novelty():
    return kube.get("metricspipeline", "cluster")["spec"]["collector"].get("novelty")


def seen():
    live = kube.get("metricspipeline", "cluster")
    return live["status"]["observedGeneration"] == live["metadata"]["generation"]


def apply_crd_alone(folder):
    documents = yaml.safe_load_all(kube.kubectl("kustomize", folder))
    crd = [document for document in documents if document["kind"] == "CustomResourceDefinition"]
    kube.kubectl("apply", "-f", "-", stdin=json.dumps(crd[0]))
    kube.wait_for("the new field", lambda: novelty() == "Plain", 30)


def test_upgrade_and_back_without_a_failed_top_or_a_needless_restart(overlay):
    kube.wait_ready()
    kube.wait_for("both replicas to be ready", all_replicas_ready, 60)
    pods, before = pod_identities(), revision()
    try:
        with TopWatcher(pause=0.1) as top, RawWatcher() as raw:
            # The CRD goes first. Version N lives with it, and with a pipeline that has the new field.
            apply_crd_alone(overlay)
            change({"novelty": "Fancy"})
            kube.wait_for("version N to have seen the change", seen, 30)
            assert kube.is_true("Ready") and "Stalled" not in kube.conditions()

            # A pipeline that names its image is left alone.
            change({"image": OLD})
            install(overlay)
            assert kube.get(*OPERATOR)["spec"]["template"]["spec"]["containers"][0]["image"] == NEW
            assert (pod_identities(), revision()) == (pods, before)
            assert novelty() == "Fancy"

            # Without that the operator's image is the collectors': one after the other, once.
            change({"image": None, "novelty": None})
            wait_rolled_out(NEW)
            renewed = pod_identities()
            assert novelty() == "Plain"
            assert revision() == before + 1
            assert not {uid for uid, _ in renewed} & {uid for uid, _ in pods}

            # Back, with the collectors at the first attempt. The field is unknown again.
            install(kube.ROOT / "config" / "default")
            wait_rolled_out(OLD)
            assert revision() == before + 2
            assert novelty() is None
            kube.wait_ready()
        restarts = {count for _, count in renewed + pod_identities()}
        print(f"\n{top.asked} kubectl top and {raw.asked} GETs while the version changed twice")
        assert raw.asked > 100
        assert not raw.failures, raw.failures
        assert not top.failures, top.failures
        assert not top.missing, top.missing
        assert restarts == {0}
    finally:
        kube.kubectl("apply", "-k", kube.ROOT / "config" / "default")
        change({"image": None})
        wait_rolled_out(OLD)
