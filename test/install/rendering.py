"""Objects as kustomize, install.yaml and Helm give them, in a form that can be compared."""
import functools
import os
import pathlib
import subprocess
import tempfile

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHART = ROOT / "config" / "helm" / "metricspipeline"
KEEP = "helm.sh/resource-policy"


class Refused(Exception):
    """A program said no; the text is its complaint."""


@functools.cache
def program(tool, name):
    """The path of a program of hack/build-tools."""
    folder = os.environ.get({"kubernetes": "KUBE_BIN", "helm": "HELM_BIN"}.get(tool, "GITOPS_BIN"))
    folder = folder or subprocess.check_output([ROOT / "hack" / "build-tools", "--path", tool], text=True).strip()
    path = pathlib.Path(folder) / name
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: run hack/build-tools {tool}")
    return path


def run(*command):
    with tempfile.TemporaryDirectory() as home:  # Helm must find no repositories and plug-ins of a user's
        environment = dict(os.environ, HOME=home, KUBECONFIG="/dev/null")
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True, env=environment)
    if done.returncode != 0:
        raise Refused(done.stdout + done.stderr)
    return done.stdout


def kustomize(folder):
    return run(program("kubernetes", "kubectl"), "kustomize", ROOT / folder)


def helm_template(*arguments):
    return run(program("helm", "helm"), "template", "metricspipeline", CHART, *arguments)


def helm_lint(*arguments):
    return run(program("helm", "helm"), "lint", "--strict", CHART, *arguments)


def objects(text):
    """(kind, namespace, name) -> object, without what only tells Helm what to do when a release goes."""
    found = {}
    for item in yaml.safe_load_all(text):
        if item is None:
            continue
        meta = item["metadata"]
        meta.get("annotations", {}).pop(KEEP, None)
        if not meta.get("annotations", True):
            del meta["annotations"]
        key = (item["kind"], meta.get("namespace", ""), meta["name"])
        if key in found:
            raise ValueError(f"{key} stands there twice")
        found[key] = item
    return found


def nulls(value, path=""):
    """The paths of all nulls: an API server drops them, and a GitOps tool reports a difference for ever."""
    if value is None:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from nulls(inner, f"{path}/{key}")
