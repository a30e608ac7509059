"""Every way in which kubectl reads metrics, with the oldest kubectl that we promise to serve, the newest and one between
them: all flags of top, get, describe, explain.
"""
import json
import re

import pytest

import kube
from gitops import built

# What the vertical pod autoscaler does with our answers is looked at in test_3_vpa.py, some minutes later.
pytestmark = pytest.mark.usefixtures("recommender")

KUBECTLS = {"1.36": lambda: kube.STATE / "bin" / "kubectl", "1.34": lambda: built("kubectl-1.34", "kubectl"),
            "1.32": lambda: built("kubectl-1.32", "kubectl")}
FIRST_WITH_SWAP = (1, 34)  # of kubectl top --show-swap


@pytest.fixture(params=KUBECTLS)
def kubectl(request, known_load):
    program = KUBECTLS[request.param]()

    def call(*arguments):
        if "--show-swap" in arguments and tuple(map(int, request.param.split("."))) < FIRST_WITH_SWAP:
            pytest.skip(f"kubectl {request.param} has no --show-swap")
        return kube.run(program, *arguments)
    return call


def test_versions_are_what_they_say(kubectl, request):
    version = request.node.callspec.params["kubectl"]
    assert json.loads(kubectl("version", "--client", "-o", "json"))["clientVersion"]["gitVersion"].startswith(f"v{version}.")


def rows(text):
    return [line.split() for line in text.splitlines()]


def names(text, column=0):
    return [row[column] for row in rows(text)]


@pytest.mark.parametrize("flags", [
    (), ("--use-protocol-buffers=false",), ("--use-protocol-buffers=true",), ("--show-capacity",), ("--show-swap",),
])
def test_top_nodes(kubectl, flags):
    text = kubectl("top", "nodes", "--no-headers", *flags)

    assert sorted(names(text)) == ["node1", "node2"]
    for row in rows(text):
        assert re.fullmatch(r"[1-9]\d*m", row[1]) and re.fullmatch(r"[1-9]\d*Mi", row[3]), row
        assert re.fullmatch(r"\d+%", row[2]) and re.fullmatch(r"\d+%", row[4]), row


def test_top_nodes_sorted_and_chosen(kubectl):
    for key, column in (("cpu", 1), ("memory", 3)):
        found = [int(re.match(r"\d+", row[column])[0])
                 for row in rows(kubectl("top", "nodes", "--no-headers", f"--sort-by={key}"))]
        assert found == sorted(found, reverse=True), key
    assert names(kubectl("top", "node", "node1", "--no-headers")) == ["node1"]
    assert names(kubectl("top", "nodes", "--no-headers", "-l", "kubernetes.io/hostname=node2")) == ["node2"]


@pytest.mark.parametrize("flags", [
    ("-A",), ("-n", "load"), ("-n", "load", "--use-protocol-buffers=false"), ("-n", "load", "--show-swap"),
    ("-n", "load", "--sum"),
])
def test_top_pods(kubectl, flags):
    found = kubectl("top", "pods", "--no-headers", *flags)

    # Limited to 200m, of which a busy computer may give less; test_1_top.py has the exact value.
    assert re.search(r"\bburner +(\d\d|1\d\d|2[0-4]\d)m +\d+Mi", found), found
    assert re.search(r"\bholder +\d+m +(6[4-9]|7\d)Mi", found), found  # holds 64 MiB


def test_top_pods_sorted_and_chosen(kubectl):
    in_load = ("top", "pods", "-n", "load", "--no-headers")
    assert names(kubectl(*in_load, "--sort-by=cpu")) == ["burner", "holder"]
    assert names(kubectl(*in_load, "--sort-by=memory")) == ["holder", "burner"]
    assert names(kubectl(*in_load, "-l", "app=burner")) == ["burner"]
    assert names(kubectl(*in_load, "--field-selector", "metadata.name=holder")) == ["holder"]
    assert names(kubectl("top", "pod", "burner", "-n", "load", "--no-headers")) == ["burner"]
    assert [row[:2] for row in rows(kubectl(*in_load, "--containers"))] == [["burner", "burn"], ["holder", "hold"]]
    *each, total = rows(kubectl(*in_load, "--sum"))
    parts = [int(row[1].rstrip("m")) for row in each if row[0] in ("burner", "holder")]
    assert abs(int(total[0].rstrip("m")) - sum(parts)) <= 2, (each, total)  # each is rounded by itself


def test_what_is_not_there_is_said(kubectl):
    with pytest.raises(kube.Failed, match="(?i)not found"):
        kubectl("top", "pod", "nobody", "-n", "load")
    with pytest.raises(kube.Failed, match="(?i)not found"):
        kubectl("get", "podmetrics", "nobody", "-n", "load")
    with pytest.raises(kube.Failed, match="(?i)not found"):
        kubectl("top", "node", "nobody")


def test_get_in_every_form(kubectl):
    table = rows(kubectl("get", "podmetrics", "-n", "load"))
    assert table[0][:3] == ["NAME", "CPU", "MEMORY"], table
    assert [row[0] for row in table[1:]] == ["burner", "holder"]
    assert sorted(names(kubectl("get", "nodes.metrics.k8s.io", "--no-headers"))) == ["node1", "node2"]
    named = [name.rsplit("/")[-1] for name in kubectl("get", "podmetrics", "-n", "load", "-o", "name").split()]
    assert named == ["burner", "holder"]
    columns = "custom-columns=POD:.metadata.name,CPU:.containers[*].usage.cpu,WINDOW:.window"
    shown = rows(kubectl("get", "podmetrics", "-n", "load", "-o", columns))
    assert shown[0] == ["POD", "CPU", "WINDOW"] and shown[1][0] == "burner", shown
    assert re.fullmatch(r"\d+[num]?", shown[1][1]) and re.fullmatch(r"[\dm.]+s", shown[1][2]), shown
    assert json.loads(kubectl("get", "podmetrics", "burner", "-n", "load", "-o", "json"))["kind"] == "PodMetrics"
    assert "kind: PodMetrics" in kubectl("get", "podmetrics", "burner", "-n", "load", "-o", "yaml")
    cpu = kubectl("get", "podmetrics", "burner", "-n", "load", "-o", "jsonpath={.containers[0].usage.cpu}")
    assert kube.cpu_nanocores(cpu) > 10e6


def test_describe_and_explain(kubectl):
    described = kubectl("describe", "podmetrics", "burner", "-n", "load")
    assert re.search(r"Kind: +PodMetrics", described) and re.search(r"Memory: +\d+[KM]i", described), described
    explained = kubectl("explain", "podmetrics", "--recursive")
    for field in ("containers", "timestamp", "window", "usage"):
        assert field in explained, explained
    assert "FIELD: usage" in kubectl("explain", "nodemetrics.usage")
    assert re.search(r"nodes +metrics.k8s.io/v1(beta1)? +false +NodeMetrics",
                     kubectl("api-resources", "--api-group=metrics.k8s.io"))
