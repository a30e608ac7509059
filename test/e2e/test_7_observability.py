"""Our own metrics, from the running programs: exactly what docs/metrics.yaml says, and clean to Prometheus' linter."""
import re

import pytest
import yaml

import kube

CATALOGUE = kube.ROOT / "docs" / "metrics.yaml"
PEERS = {"metrics_server_api_metric_freshness_seconds", "metrics_server_kubelet_last_request_time_seconds",
         "metrics_server_kubelet_request_duration_seconds", "metrics_server_kubelet_request_total",
         "metrics_server_manager_tick_duration_seconds", "metrics_server_storage_points"}
TYPES = {"counter", "gauge", "histogram"}


def catalogue(process):
    """name -> (type, labels, help)"""
    entries = yaml.safe_load(CATALOGUE.read_text())
    assert len({e["name"] for e in entries}) == len(entries), "a name stands there twice"
    assert {e["type"] for e in entries} <= TYPES
    for entry in entries:  # Prometheus' naming rules: base units, at the end of the name
        if "seconds" in entry.get("unit", ""):
            assert entry["name"].endswith("_seconds"), entry
    return {e["name"]: (e["type"], sorted(e.get("labels", [])), e["help"]) for e in entries if e["process"] == process}


def families(text):
    """The same of an exposition. A histogram's own label, `le`, goes without saying."""
    types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))
    helps = dict(re.findall(r"^# HELP (\S+) (.*)$", text, re.MULTILINE))
    labels = {name: set() for name in types}
    for name, inside in re.findall(r"^([a-z_0-9]+)(?:\{(.*)\})? \S+$", text, re.MULTILINE):
        base = re.sub(r"_(bucket|sum|count)$", "", name)
        family = base if types.get(base) == "histogram" else name
        labels[family].add(tuple(sorted(set(re.findall(r'([a-z_]+)="', inside)) - {"le"})))
    assert all(len(kinds) == 1 for kinds in labels.values()), f"one name, different labels: {labels}"
    return {name: (types[name], list(*labels[name]), helps[name]) for name in types}


def pods(labels):
    return [p for p in kube.get("pods", "-n", kube.NAMESPACE, "-l", labels)["items"]
            if "deletionTimestamp" not in p["metadata"]]


@pytest.fixture(scope="module")
def expositions(known_load, tmp_path_factory):
    """"collector" or "operator" -> the texts of all its replicas, after everything has happened once."""
    admin = kube.admin_pem(tmp_path_factory.mktemp("admin"))

    def fetch(url):
        return kube.fetch("node1", admin, url)

    port = kube.get("deployment", "cluster-collector", "-n", kube.NAMESPACE)["spec"]["template"]["spec"][
        "containers"][0]["ports"][0]["containerPort"]
    addresses = [f"https://{p['status']['podIP']}:{port}" for p in pods("metricspipeline.dev/pipeline=cluster")]
    for address in addresses:
        fetch(f"{address}/apis/metrics.k8s.io/v1beta1/nodes")
    operators = pods("app.kubernetes.io/name=metricspipeline-operator")
    health = {c["name"]: c["containerPort"] for c in operators[0]["spec"]["containers"][0]["ports"]}["health"]
    return {"collector": [fetch(f"{address}/metrics") for address in addresses],
            "operator": [fetch(f"http://{p['status']['podIP']}:{health}/metrics") for p in operators]}


def test_collectors_expose_what_the_catalogue_says(expositions):
    assert len(expositions["collector"]) == 2
    for text in expositions["collector"]:
        assert families(text) == catalogue("collector")


def test_the_operator_exposes_what_the_catalogue_says(expositions):
    # Replicas that do not lead have nothing to tell of pipelines.
    found = {name: family for text in expositions["operator"] for name, family in families(text).items()}

    assert found == catalogue("operator")


def test_the_peers_six_are_there_under_their_names(expositions):
    for text in expositions["collector"]:
        assert {name for name in families(text) if name.startswith("metrics_server_")} == PEERS


def test_prometheus_has_nothing_to_say(expositions):
    promlint = kube.run(kube.ROOT / "hack" / "build-tools", "--path", "promlint").strip() + "/promlint"
    for process, texts in expositions.items():
        for text in texts:
            assert kube.run(promlint, stdin=text) == "", process


def test_series_name_only_nodes_that_are_there(expositions):
    for text in expositions["collector"]:
        assert set(re.findall(r'[{,]node="([^"]*)"', text)) == {"node1", "node2"}
