"""The installed product, once for all tests: operator by kustomize, one pipeline with `spec: {}`.

The cluster itself is brought up by `make cluster` (or hack/test); files run in the order of their names,
test_9_uninstall.py last.
"""
import time

import pytest

import kube
import rotation
from recommender import Recommender
from watchers import RawWatcher

LOAD = kube.ROOT / "test" / "e2e" / "manifests" / "known-load.yaml"


def install_operator():
    kube.kubectl("apply", "-k", kube.ROOT / "config" / "default")
    kube.kubectl("-n", kube.NAMESPACE, "rollout", "status", "deployment/metricspipeline-operator",
                 "--timeout=60s", timeout=90)


@pytest.fixture(scope="session")
def installed(record_testsuite_property):
    if not (kube.STATE / "kubeconfig").exists():
        pytest.fail("there is no cluster: make cluster")
    install_operator()
    begun = time.monotonic()
    kube.kubectl("apply", "-f", kube.ROOT / "samples" / "minimal.yaml")
    kube.wait_for("the first answer of kubectl top nodes", lambda: kube.kubectl("top", "nodes"), 90)
    first = time.monotonic() - begun
    print(f"\nfrom kubectl apply to the first kubectl top nodes: {first:.1f} s")
    record_testsuite_property("apply_to_first_top_seconds", round(first, 1))
    kube.wait_ready()
    return first


@pytest.fixture(scope="session")
def rotating(installed, tmp_path_factory):
    """The authority of the serving certificate is renewed while other tests go on, and a client asks all the while.

    Takes about two minutes, most of which the kubelet needs to renew mounted Secrets; test_2_rotation.py looks at
    the outcome.
    """
    kube.wait_ready()
    with RawWatcher() as watcher:
        yield rotation.Rotation(tmp_path_factory.mktemp("authority"), watcher)


@pytest.fixture(scope="session")
def known_load(installed, rotating):
    """Pods in namespace `load`: `burner` wants a whole CPU and is limited to 200m, `holder` holds 64 MiB."""
    kube.kubectl("apply", "-f", LOAD)
    for pod in ("burner", "holder"):
        kube.kubectl("-n", "load", "wait", "--for=condition=Ready", f"pod/{pod}", "--timeout=60s", timeout=90)
    # Replicas answer in turn, each with what it knows: all of them, as far as eight answers in a row can tell.
    kube.wait_for("values of both pods",
                  lambda: all({"burner", "holder"} <= set(kube.pods_with_metrics("load")) for _ in range(8)), 60)
    yield "load"
    kube.kubectl("delete", "namespace", "load", "--wait=false")


@pytest.fixture(scope="session")
def recommender(known_load):
    """A vertical pod autoscaler that reads our API from now to the end; test_3_vpa.py looks at the outcome."""
    running = Recommender()
    yield running
    running.stop()
