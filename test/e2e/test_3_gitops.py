"""Beside a GitOps tool that looks all the time: healthy, no drift, and the operator writes nothing."""
import json
import os
import time

import gitops
import kube

INSTALL = kube.ROOT / "config" / "install.yaml"
PIPELINE = kube.ROOT / "samples" / "minimal.yaml"
OURS = "app.kubernetes.io/managed-by=metricspipeline-operator"
KINDS = ("deployments,services,configmaps,secrets,serviceaccounts,roles,rolebindings,poddisruptionbudgets,"
         "clusterrolebindings,apiservices")
# Half an hour every 30 s, when somebody has that long.
SECONDS = int(os.environ.get("GITOPS_SECONDS", "45"))
PAUSE = int(os.environ.get("GITOPS_PAUSE", "9"))


def test_nobody_sees_a_change_and_nobody_writes(installed):
    kube.wait_ready()
    # Flux takes the fields over once; from then on its apply must not change anything.
    kube.kubectl("apply", *gitops.SERVER_SIDE, "-f", INSTALL, "-f", PIPELINE)
    kube.wait_for("the operator to have settled", lambda: quiet_for(6), 60)
    begun, looks, written = time.monotonic(), 0, len(gitops.audit())

    while time.monotonic() - begun < SECONDS:
        for opinion in gitops.judge_files(INSTALL, PIPELINE):
            assert opinion["kstatus"]["status"] == "Current", opinion
            assert opinion["argo"]["status"] in ("", "Healthy"), opinion
            assert not opinion["modified"], opinion
        applied = kube.kubectl("apply", *gitops.SERVER_SIDE, "-f", INSTALL, "-f", PIPELINE, "-o", "json")
        versions = {(i["kind"], i["metadata"].get("namespace"), i["metadata"]["name"]):
                    i["metadata"]["resourceVersion"] for i in json.loads(applied)["items"]}
        assert looks == 0 or versions == before, {key: versions[key] for key in versions
                                                  if versions[key] != before.get(key)}
        before, looks = versions, looks + 1
        time.sleep(PAUSE)

    wrote = gitops.audit()[written:]
    print(f"\n{looks} looks in {time.monotonic() - begun:.0f} s at {len(versions)} objects: no drift, "
          f"{len(wrote)} writes by the operator")
    assert not wrote, wrote


def quiet_for(seconds):
    before = len(gitops.audit())
    time.sleep(seconds)
    return len(gitops.audit()) == before


def test_every_child_is_current_to_kstatus_and_healthy_to_argo(installed):
    children = kube.get(KINDS, "-A", "-l", OURS)["items"]
    assert len(children) >= 15

    for opinion in gitops.judge([(child, None) for child in children]):
        assert opinion["kstatus"]["status"] == "Current", opinion
        assert opinion["argo"]["status"] in ("", "Healthy"), opinion


def test_unmanaged_is_suspended_to_argo_and_current_to_kstatus(installed):
    def judged():
        return gitops.judge([(kube.get("metricspipeline", "cluster"), None)])[0]

    assert (judged()["kstatus"]["status"], judged()["argo"]["status"]) == ("Current", "Healthy")
    kube.kubectl("patch", "metricspipeline", "cluster", "--type=merge", "-p", '{"spec":{"managementState":"Unmanaged"}}')
    try:
        kube.wait_for("Suspended", lambda: judged()["argo"]["status"] == "Suspended", 20)
        assert judged()["kstatus"]["status"] == "Current"
    finally:
        kube.kubectl("patch", "metricspipeline", "cluster", "--type=merge", "-p", '{"spec":{"managementState":null}}')
    kube.wait_for("Healthy", lambda: judged()["argo"]["status"] == "Healthy", 20)


def test_podsecurity_restricted_is_enforced_where_we_run(installed):
    labels = kube.get("namespace", kube.NAMESPACE)["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    try:
        kube.kubectl("-n", kube.NAMESPACE, "run", "careless", "--image=docker.io/metricspipeline/probe:dev",
                     "--restart=Never", "--dry-run=server")
    except kube.Failed as refusal:
        assert 'violates PodSecurity "restricted' in str(refusal)
    else:
        raise AssertionError("a pod without a security context was let in")
