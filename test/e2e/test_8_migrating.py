"""docs/migrating.md, followed to the letter: what `migrate` prints is applied and executed as it is printed, there,
back and there for good, while clients ask five times a second."""
import os
import re
import stat
import subprocess

import pytest
import yaml

import kube
from peer import SERVICE, become_provider, deployed, provider, registration, wait_rolled_out
from test_3_commands import PROGRAM, kubeconfig  # noqa: F401 - a fixture
from watchers import RawWatcher, TopWatcher

DOCUMENT = kube.ROOT / "docs" / "migrating.md"
LIMIT = 330  # more than the longest wait among the commands


@pytest.fixture(scope="module")
def metrics_server(installed):
    """It runs, with the flags of its own manifests and --kubelet-insecure-tls, and serves; there is no pipeline."""
    try:
        with deployed():
            wait_rolled_out()
            become_provider()
            yield
    finally:
        kube.restore_pipeline()
        kube.wait_ready()


@pytest.fixture
def shell(kubeconfig, tmp_path):  # noqa: F811
    """Runs a command as printed, in a shell that finds kubectl and metricspipeline-operator; its exit code and output.

    The program runs on the control plane's machine, from where kubelets can be reached. What is printed repeats the
    arguments, and stands in the document without any: the kubeconfig is named by the environment.
    """
    program = tmp_path / "metricspipeline-operator"
    program.write_text(f'#!/bin/sh\nexec {kube.CLUSTER}/exec cp env KUBECONFIG={kubeconfig} {PROGRAM} "$@"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    environment = dict(kube.ENVIRONMENT, PATH=f"{tmp_path}:{kube.STATE / 'bin'}:{os.environ['PATH']}")

    def execute(command):
        done = subprocess.run(["bash", "-eu", "-o", "pipefail", "-c", command], cwd=kube.ROOT, env=environment, text=True,
                              capture_output=True, timeout=LIMIT)
        print(f"$ {command}\n{(done.stdout + done.stderr)[:2000]}")
        return done.returncode, done.stdout + done.stderr
    return execute


def printed_steps(text):
    """[commands of step 1, …] out of the comments of migrate's answer."""
    steps = []
    for line in text.splitlines():
        if re.match(r"# \d+\. ", line):
            steps.append([])
        elif line.startswith("#      ") and steps:
            steps[-1].append(line[7:])
    return steps


def test_the_document_has_the_commands_that_are_printed(metrics_server, shell):
    code, printed = shell(f"metricspipeline-operator migrate peer/{SERVICE}")
    assert code == 0, printed
    document = re.sub(r"\s+", " ", DOCUMENT.read_text())
    steps = printed_steps(printed)[:4]
    assert len(steps) == 4 and all(steps), printed
    for commands in steps:
        for command in commands:
            command = command.partition("    #")[0].replace(f"migrate peer/{SERVICE}", "migrate")
            assert command in document, command


def test_the_printed_switch_has_no_gap_there_back_and_for_good(metrics_server, shell):
    before = registration()
    code, printed = shell("metricspipeline-operator migrate")
    assert code == 0, printed
    look, install, switch, see, keep, remove = printed_steps(printed)
    assert yaml.safe_load(printed)["spec"]["scrape"]["resolution"] == "15s"

    def follow(*commands):
        code, answer = shell("\n".join(commands))
        assert code == 0, answer

    with TopWatcher(pause=0.1) as top, RawWatcher() as raw:
        follow(*look)
        follow(*install)
        assert provider() == SERVICE, "nothing of metrics-server is touched"
        follow(*switch)
        assert provider() == "cluster-collector"
        assert "delete" in see[-1] and "only to go back" in see[-1]
        follow(*see)
        kube.wait_for("metrics-server to serve again", lambda: provider() == SERVICE, 30)
        assert registration() == before

        for commands in (switch, see[:-1], keep, remove):
            follow(*commands)
        kube.wait_for("metrics-server to be gone",
                      lambda: not kube.get("pods", "-n", "peer")["items"], 60)
        kube.wait_ready()

    print(f"\n{top.asked} kubectl top and {raw.asked} GETs from metrics-server to us, back, and to us for good")
    assert raw.asked > 150
    assert not raw.failures, raw.failures
    assert not top.failures, top.failures
    assert not top.missing, top.missing
    left = kube.get("deployments,services,serviceaccounts,rolebindings,clusterroles,clusterrolebindings", "-A", "-l",
                    f"k8s-app={SERVICE}")["items"]
    assert not left, left
    spec = kube.get("metricspipeline", "cluster")["spec"]["apiServices"]
    assert (spec["conflictPolicy"], spec["deletionPolicy"]) == ("Fail", "Delete")
    assert not kube.get("metricspipeline", "cluster")["metadata"].get("finalizers")
