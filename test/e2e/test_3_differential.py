"""metrics-server and we, asked the same: every difference is known, and docs/differences.md says why.

The peer has no APIService here, so both are asked directly; ours once more through the API server, which may add of
its own only what docs/differences.md lists, too.
"""
import base64
import json
import re
import sys

import pytest

import kube
from peer import deployed, wait_rolled_out

sys.path.insert(0, str(kube.ROOT / "test" / "differential"))
import cases  # noqa: E402
import compare  # noqa: E402

DIFFERENCES = kube.ROOT / "docs" / "differences.md"
REPORT = kube.ROOT / "build" / "test" / "differences.txt"


def known_differences():
    """What docs/differences.md lists, as name -> "better" or "different". A name is that of a case, or, when it
    begins with a /, a pattern for single lines of any case, in which * is anything."""
    rows = re.findall(r"^\| `([^`]+)` \| (better|different) \|", DIFFERENCES.read_text(), re.MULTILINE)
    assert len(rows) == len({name for name, _ in rows}), "one stands there twice"
    return dict(rows)


def known_additions():
    """What the API server may change on the way: rows of kind "API server", lines (with a /) and cases."""
    return re.findall(r"^\| `([^`]+)` \| API server \|", DIFFERENCES.read_text(), re.MULTILINE)


def comes_through(case):
    """Whether the API server hands a request on, in the caller's name: what else it answers itself."""
    return case["path"].startswith(cases.B + "/") and case["credential"] == "admin" and not any(
        name.startswith("Impersonate-") for name, _ in case["headers"])


def pattern(name):
    return re.compile(re.escape(name).replace(r"\*", ".*"))


def explained(told, patterns, used):
    """The lines that no pattern explains; notes in `used` which patterns did."""
    rest = []
    for line in told:
        match = [name for name, compiled in patterns.items() if compiled.fullmatch(line)]
        used.update(match)
        rest += [] if match else [line]
    return rest


def pod_address(namespace, labels, port):
    pods = kube.get("pods", "-n", namespace, "-l", labels)["items"]
    ready = [p["status"]["podIP"] for p in pods if "deletionTimestamp" not in p["metadata"] and any(
        c["type"] == "Ready" and c["status"] == "True" for c in p["status"]["conditions"])]
    return f"{ready[0]}:{port}"


@pytest.fixture(scope="module")
def peer(known_load):
    with deployed():
        wait_rolled_out()
        yield pod_address("peer", "app=peer-metrics-server", 10250)


@pytest.fixture(scope="module")
def answers(peer, tmp_path_factory):
    port = kube.get("deployment", "cluster-collector", "-n", kube.NAMESPACE)["spec"]["template"]["spec"][
        "containers"][0]["ports"][0]["containerPort"]
    ours = pod_address(kube.NAMESPACE, "metricspipeline.dev/pipeline=cluster", port)
    task = {"servers": {"theirs": peer, "ours": ours}, "requests": cases.all_cases(),
            "admin": str(kube.admin_pem(tmp_path_factory.mktemp("admin")))}
    through = {**task, "servers": {"through": "10.90.0.1:6443"},
               "requests": [case for case in cases.all_cases() if comes_through(case)]}
    first = {**task, "requests": [case for case in cases.all_cases() if case["id"] in ("pods: json", "nodes: json")]}

    script = kube.ROOT / "test" / "differential" / "ask.py"

    def ask(what):
        return json.loads(kube.on_machine("node1", "/usr/bin/python3", script, stdin=json.dumps(what), timeout=300))

    # Two pods and two nodes. A server that has just begun may have values of one of them only.
    def both_have_all():
        return all(answer.get("status") == 200 and len(json.loads(base64.b64decode(answer["body"]))["items"]) == 2
                   for of_one in ask(first).values() for answer in of_one.values())

    kube.wait_for("both to have values of all that is compared", both_have_all, 120, 1)
    return {**ask(task), **ask(through)}


def test_every_difference_is_known(answers):
    known = known_differences()
    patterns, used = {name: pattern(name) for name in known if name.startswith("/")}, set()
    alike, found, report = 0, {}, []
    for name in [case["id"] for case in cases.all_cases()]:
        told = compare.differences(*(compare.form(answers[who][name]) for who in ("theirs", "ours")))
        alike += not told
        report += [name] + [f"    {line}" for line in told] if told else []
        rest = explained(told, patterns, used)
        if rest:
            found[name] = rest
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text("\n".join(report) + "\n")
    kinds = list(known.values())
    print(f"\n{len(cases.all_cases())} requests, {alike} answered alike; known differences: "
          f"{kinds.count('better')} better, {kinds.count('different')} different")

    surprises = {name: told for name, told in found.items() if name not in known}
    assert not surprises, json.dumps(surprises, indent=1, ensure_ascii=False)
    gone = [name for name in known if name not in found and name not in used]
    assert not gone, f"no difference any more, yet docs/differences.md has it: {gone}"


def test_the_api_server_hands_on_what_we_say(answers):
    known, used, found = known_additions(), set(), {}
    patterns = {name: pattern(name) for name in known if name.startswith("/")}
    for name, answer in answers["through"].items():
        told = compare.differences(compare.form(answers["ours"][name]), compare.form(answer))
        if rest := explained(told, patterns, used):
            found[name] = rest
    print(f"\n{len(answers['through'])} requests through the API server")

    assert len(answers["through"]) > 100
    surprises = {name: told for name, told in found.items() if name not in known}
    assert not surprises, json.dumps(surprises, indent=1, ensure_ascii=False)
    gone = [name for name in known if name not in found and name not in used]
    assert not gone, f"not seen any more, yet docs/differences.md has it: {gone}"
