"""What GitOps tools think of our objects: their own libraries in test/cluster/tools/gitops."""
import json
import os

import yaml

import kube

HEALTH = kube.ROOT / "config" / "argocd" / "health.lua"
SERVER_SIDE = ("--server-side", "--force-conflicts", "--field-manager=kustomize-controller")


def built(tool, name):
    return os.path.join(kube.run(kube.ROOT / "hack" / "build-tools", "--path", tool).strip(), name)


def judge(pairs):
    """[(live, desired or None)] -> opinions, one for each."""
    questions = "".join(json.dumps({"live": live, "desired": desired}) for live, desired in pairs)
    answers = kube.run(built("gitops", "gitops"), "--health-lua", HEALTH, stdin=questions)
    return [json.loads(line) for line in answers.splitlines()]


def live_of(item):
    meta = item["metadata"]
    place = ["-n", meta["namespace"]] if "namespace" in meta else []
    group = item["apiVersion"].rpartition("/")[0]
    return kube.get(f"{item['kind']}.{group}" if group else item["kind"], meta["name"], *place)


def judge_files(*files):
    """Opinions about everything that stands in the files, as it is in the cluster now."""
    wanted = [item for file in files for item in yaml.safe_load_all(file.read_text()) if item]
    return judge([(live_of(item), item) for item in wanted])


def audit(verbs=("create", "update", "patch", "delete", "deletecollection")):
    """Requests of the operator that the API server has logged, Leases apart, oldest first."""
    found = []
    for line in (kube.STATE / "logs" / "audit.log").read_text().splitlines():
        event = json.loads(line)
        target = event.get("objectRef", {})
        if event["user"]["username"].endswith(":metricspipeline-operator") and event["verb"] in verbs \
                and event["stage"] == "ResponseComplete" and target.get("resource") != "leases":
            found.append((event["requestReceivedTimestamp"], event["verb"], target.get("resource"), target.get("name")))
    return found
