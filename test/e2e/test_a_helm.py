"""Helm, after everything else: this takes the installation away and makes it anew, by the chart."""
import subprocess

import pytest

import gitops
import kube

CHART = kube.ROOT / "config" / "helm" / "metricspipeline"
RELEASE = "metricspipeline"
CRD = "metricspipelines.metricspipeline.dev"


def helm(*arguments):
    environment = dict(kube.ENVIRONMENT, HELM_CACHE_HOME=str(kube.STATE / "helm"),
                       HELM_CONFIG_HOME=str(kube.STATE / "helm"), HELM_DATA_HOME=str(kube.STATE / "helm"))
    done = subprocess.run([gitops.built("helm", "helm"), *map(str, arguments)], env=environment, text=True,
                          capture_output=True, timeout=150)
    if done.returncode != 0:
        raise kube.Failed(f"helm {' '.join(map(str, arguments))}: {done.stdout}{done.stderr}")
    return done.stdout


def exists(*what):
    return bool(kube.kubectl("get", *what, "--ignore-not-found", "-o", "name").strip())


def no_registrations():
    return not [s for s in kube.get("apiservices")["items"] if "metrics.k8s.io" in s["metadata"]["name"]]


def end_pipelines():
    kube.kubectl("delete", "metricspipelines", "--all", "--timeout=60s", timeout=90)
    kube.wait_for("the registrations to go", no_registrations, 60)


@pytest.fixture(scope="module")
def empty(installed):
    """A cluster without us, by the order of docs/installing.md."""
    end_pipelines()
    kube.kubectl("delete", "-k", kube.ROOT / "config" / "default", "--ignore-not-found", "--timeout=90s", timeout=120)
    assert not exists("crd", CRD) and not exists("namespace", kube.NAMESPACE)


def start_pipeline():
    kube.kubectl("apply", "-f", kube.ROOT / "samples" / "minimal.yaml")
    kube.wait_ready()
    assert "node1" in kube.kubectl("top", "nodes")


def test_install_brings_the_metrics_api(empty):
    helm("install", RELEASE, CHART, "--wait", "--timeout=90s")

    assert kube.get("namespace", kube.NAMESPACE)["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    start_pipeline()


def test_upgrade_changes_what_the_values_say_and_restarts_no_collector(empty):
    pods = ("pods", "-n", kube.NAMESPACE, "-l", "app.kubernetes.io/name=metrics-collector")
    before = {pod["metadata"]["uid"] for pod in kube.get(*pods)["items"]}

    helm("upgrade", RELEASE, CHART, "--wait", "--timeout=90s", "--set", "operator.replicas=1,networkPolicy.enabled=true")

    operator = kube.get("deployment", "metricspipeline-operator", "-n", kube.NAMESPACE)
    assert operator["spec"]["replicas"] == 1
    assert len(kube.get("networkpolicies", "-n", kube.NAMESPACE)["items"]) == 2
    kube.wait_ready()
    assert {pod["metadata"]["uid"] for pod in kube.get(*pods)["items"]} == before
    assert "deployed" in helm("history", RELEASE)


def test_rollback_brings_the_former_values_back(empty):
    helm("rollback", RELEASE, "1", "--wait", "--timeout=90s")

    assert kube.get("deployment", "metricspipeline-operator", "-n", kube.NAMESPACE)["spec"]["replicas"] == 2
    assert not kube.get("networkpolicies", "-n", kube.NAMESPACE)["items"]


def test_uninstall_keeps_crd_and_namespace_and_can_be_followed_by_an_install(empty):
    end_pipelines()
    helm("uninstall", RELEASE, "--wait", "--timeout=90s")

    assert exists("crd", CRD) and exists("namespace", kube.NAMESPACE)
    assert not exists("deployment", "metricspipeline-operator", "-n", kube.NAMESPACE)
    assert not exists("clusterrole", "metricspipeline-operator")
    helm("install", RELEASE, CHART, "--wait", "--timeout=90s")
    helm("uninstall", RELEASE, "--wait", "--timeout=90s")


def test_template_and_apply_is_the_same(empty):
    """What Argo CD does. kubectl knows nothing of Helm's policies: it takes everything away."""
    rendered = helm("template", RELEASE, CHART)
    kube.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=rendered)
    kube.kubectl("-n", kube.NAMESPACE, "rollout", "status", "deployment/metricspipeline-operator", "--timeout=60s",
                 timeout=90)
    start_pipeline()

    end_pipelines()
    kube.kubectl("delete", "--timeout=90s", "-f", "-", stdin=rendered, timeout=120)
    assert not exists("crd", CRD) and not exists("namespace", kube.NAMESPACE)
