"""What the tests say to the cluster: kubectl, waiting, and reading quantities."""
import base64
import json
import os
import pathlib
import re
import subprocess
import time
from fractions import Fraction

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
CLUSTER = ROOT / "test" / "cluster"
STATE = ROOT / ".cluster"
NAMESPACE = "metricspipeline-system"

ENVIRONMENT = dict(os.environ, KUBECONFIG=str(STATE / "kubeconfig"), KUBECACHEDIR=str(STATE / "kubectl-cache"))


class Failed(AssertionError):
    """A command that was expected to succeed did not."""


def run(*command, stdin=None, timeout=60):
    """stdout of a command; Failed with its stderr when it does not exit 0."""
    done = subprocess.run([str(part) for part in command], input=stdin, env=ENVIRONMENT, text=True,
                          capture_output=True, timeout=timeout)
    if done.returncode != 0:
        raise Failed(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def kubectl(*arguments, stdin=None, timeout=60):
    return run(STATE / "bin" / "kubectl", *arguments, stdin=stdin, timeout=timeout)


def get(*arguments):
    return json.loads(kubectl("get", *arguments, "-o", "json"))


def raw(path):
    return json.loads(kubectl("get", "--raw", path))


def on_machine(machine, *command, stdin=None, timeout=60):
    return run(CLUSTER / "exec", machine, *command, stdin=stdin, timeout=timeout)


def fetch(machine, pem, url):
    """What a server says straight to `machine`, to who shows this certificate; who the server is, is not looked at."""
    return on_machine(machine, "curl", "--silent", "--show-error", "--fail", "--insecure", "--max-time", "10", "--cert",
                      pem, url)


def admin_pem(folder):
    """The cluster admin's certificate and key in one file."""
    user = yaml.safe_load((STATE / "kubeconfig").read_text())["users"][0]["user"]
    pem = folder / "admin.pem"
    pem.write_bytes(b"".join(base64.b64decode(user[f"client-{part}-data"]) for part in ("certificate", "key")))
    pem.chmod(0o600)
    return pem


def drill(script, *arguments):
    return run(CLUSTER / script, *arguments, timeout=120)


def wait_for(what, probe, seconds, pause=0.3):
    """The first true answer of probe(); an exception of its own counts as 'not yet'."""
    deadline, last = time.monotonic() + seconds, None
    while True:
        try:
            answer = probe()
            if answer:
                return answer
            last = answer
        except (Failed, KeyError, IndexError, json.JSONDecodeError, subprocess.TimeoutExpired) as fault:
            last = fault
        if time.monotonic() > deadline:
            raise Failed(f"waited {seconds} s for {what}; at the end: {last}")
        time.sleep(pause)


def conditions(pipeline="cluster"):
    """type -> condition of a MetricsPipeline."""
    return {c["type"]: c for c in get("metricspipeline", pipeline)["status"].get("conditions", [])}


def failing(pipeline="cluster"):
    """node -> what the status of a MetricsPipeline says of a node that is not scraped."""
    entries = get("metricspipeline", pipeline)["status"].get("scrape", {}).get("failing", [])
    return {entry["node"]: entry for entry in entries}


def is_true(condition, pipeline="cluster"):
    return conditions(pipeline).get(condition, {}).get("status") == "True"


def wait_ready(pipeline="cluster", seconds=90):
    return wait_for(f"{pipeline} to be Ready", lambda: is_true("Ready", pipeline), seconds)


def restore_pipeline():
    """As it was installed, whatever a test has made of it."""
    def restored():
        there = any(p["metadata"]["name"] == "cluster" for p in get("metricspipelines")["items"])
        kubectl("replace" if there else "create", "-f", ROOT / "samples" / "minimal.yaml")
        return True
    # The operator may write the status between kubectl's look and its write.
    wait_for("the pipeline to be as it was installed", restored, 30)


def nodes_with_metrics():
    return {item["metadata"]["name"]: item for item in raw("/apis/metrics.k8s.io/v1beta1/nodes")["items"]}


def pods_with_metrics(namespace):
    return {item["metadata"]["name"]: item
            for item in raw(f"/apis/metrics.k8s.io/v1beta1/namespaces/{namespace}/pods")["items"]}


FACTORS = {"n": Fraction(1, 10**9), "u": Fraction(1, 10**6), "m": Fraction(1, 10**3), "": 1, "k": 10**3, "M": 10**6,
           "G": 10**9, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30}


def number(quantity, suffixes=tuple(FACTORS)):
    """A canonical quantity with one of these suffixes, exactly."""
    digits, suffix = re.fullmatch(rf"(\d+)({'|'.join(suffixes)})", quantity).groups()
    return int(digits) * FACTORS[suffix]


def cpu_nanocores(quantity):
    """A canonical cpu quantity (n, u, m or none) as nanocores."""
    return int(number(quantity, ("n", "u", "m", "", "k")) * 10**9)


def memory_bytes(quantity):
    return number(quantity, ("", "Ki", "Mi", "Gi", "k", "M", "G"))


def wait_gone(namespace):
    """An earlier test may have deleted it without waiting; nothing can be made in it while it goes."""
    wait_for(f"namespace {namespace} to be gone",
             lambda: namespace not in [n["metadata"]["name"] for n in get("namespaces")["items"]], 90)
