"""Whichever way somebody installs, the same objects arrive."""
import re
import subprocess
import unittest

import yaml

import rendering
from rendering import CHART, ROOT, helm_template, kustomize, objects

OVERLAYS = sorted(path.name for path in (ROOT / "config" / "overlays").iterdir() if path.is_dir())


class ThreeWays(unittest.TestCase):
    maxDiff = 4000

    def test_generated_files_are_fresh(self):
        done = subprocess.run([ROOT / "hack" / "generate-manifests", "--check"], capture_output=True, text=True,
                              env={"PATH": "/usr/bin:/bin", "KUBECTL": rendering.program("kubernetes", "kubectl")})
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_a_stale_file_would_be_noticed(self):
        stale = (ROOT / "config" / "install.yaml").read_text().replace("replicas: 2", "replicas: 3")
        self.assertNotEqual(objects(stale), objects(kustomize("config/default")))

    def test_kustomize_install_yaml_and_helm_give_the_same(self):
        wanted = objects(kustomize("config/default"))

        self.assertGreater(len(wanted), 15)
        self.assertEqual(objects((ROOT / "config" / "install.yaml").read_text()), wanted)
        self.assertEqual(objects(helm_template()), wanted)

    def test_the_release_may_live_in_the_namespace_itself(self):
        wanted = objects(kustomize("config/default"))
        del wanted["Namespace", "", "metricspipeline-system"]  # exists already: Helm keeps its records there

        self.assertEqual(objects(helm_template("--namespace", "metricspipeline-system")), wanted)


class Overlays(unittest.TestCase):
    maxDiff = 4000

    def test_each_is_explained(self):
        text = (ROOT / "config" / "overlays" / "README.md").read_text()
        self.assertEqual(re.findall(r"^\| \[([a-z-]+)\]", text, re.MULTILINE), ["single-node", "high-availability",
                                                                               "openshift", "takeover"])
        self.assertEqual(OVERLAYS, ["high-availability", "openshift", "single-node", "takeover"])

    def test_single_node_is_one_replica(self):
        self.assertEqual(objects(helm_template("--set", "operator.replicas=1")),
                         objects(kustomize("config/overlays/single-node")))

    def test_openshift_is_a_value_too(self):
        self.assertEqual(objects(helm_template("--set", "openshift.enabled=true")),
                         objects(kustomize("config/overlays/openshift")))

    def test_network_policies_are_a_value_too(self):
        wanted = objects(kustomize("config/default")) | objects(kustomize("config/network-policy"))
        self.assertEqual(objects(helm_template("--set", "networkPolicy.enabled=true")), wanted)

    def test_high_availability_never_puts_two_on_a_node(self):
        deployment = objects(kustomize("config/overlays/high-availability"))[
            "Deployment", "metricspipeline-system", "metricspipeline-operator"]
        spread = [(c["topologyKey"], c["whenUnsatisfiable"])
                  for c in deployment["spec"]["template"]["spec"]["topologySpreadConstraints"]]
        self.assertEqual(deployment["spec"]["replicas"], 3)
        self.assertEqual(spread, [("kubernetes.io/hostname", "DoNotSchedule"),
                                  ("topology.kubernetes.io/zone", "ScheduleAnyway")])

    def test_takeover_is_the_default_and_one_pipeline(self):
        rendered = objects(kustomize("config/overlays/takeover"))
        pipeline = rendered.pop(("MetricsPipeline", "", "cluster"))
        sample = yaml.safe_load((ROOT / "samples" / "takeover.yaml").read_text())

        self.assertEqual(pipeline["spec"], sample["spec"])
        self.assertEqual(rendered, objects(kustomize("config/default")))

    def test_none_gives_up_podsecurity(self):
        for overlay in OVERLAYS:
            namespace = objects(kustomize(f"config/overlays/{overlay}"))["Namespace", "", "metricspipeline-system"]
            self.assertEqual(namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"], "restricted")


class Chart(unittest.TestCase):
    maxDiff = 4000

    def test_is_without_fault_to_helm(self):
        rendering.helm_lint()

    def test_renders_the_same_every_time(self):
        """No lookup, no certificates, no random names: a GitOps tool would see a change at every look."""
        for file in (CHART / "templates").iterdir():
            self.assertNotRegex(file.read_text(), r"\{\{[^}]*\b(lookup|gen[A-Z]\w+|rand\w+|now|uuidv4)\b", file)
        self.assertEqual(helm_template(), helm_template())

    def test_has_no_nulls(self):
        every_value_empty = ("--set-json", 'operator={"args":[],"priorityClassName":"","resources":{},"nodeSelector":{},'
                                           '"tolerations":[],"affinity":{},"podLabels":{},"podAnnotations":{}}')
        for arguments in ((), every_value_empty):
            self.assertEqual(list(rendering.nulls(list(objects(helm_template(*arguments)).values()))), [])

    def test_keeps_the_crd_and_the_namespace(self):
        kept = {item["kind"] for item in yaml.safe_load_all(helm_template())
                if item and item["metadata"].get("annotations", {}).get(rendering.KEEP) == "keep"}
        self.assertEqual(kept, {"CustomResourceDefinition", "Namespace"})

    def test_can_leave_crd_and_namespace_to_others(self):
        kinds = {kind for kind, _, _ in objects(helm_template("--set", "crd.install=false,namespace.create=false"))}
        self.assertFalse(kinds & {"CustomResourceDefinition", "Namespace"})

    def test_moves_as_a_whole(self):
        text = helm_template("--set", "namespace.name=elsewhere,networkPolicy.enabled=true,openshift.enabled=true")
        self.assertNotIn("metricspipeline-system", text)
        self.assertEqual({namespace for _, namespace, _ in objects(text)}, {"", "elsewhere", "kube-system"})

    def test_values_arrive(self):
        pod = objects(helm_template(
            "--set", "image.repository=registry.example:5000/team/mpl,image.digest=sha256:" + "0" * 64,
            "--set", "imagePullSecrets[0].name=pull,operator.args[0]=--log-level=debug",
            "--set", "operator.podLabels.team=blue,operator.podAnnotations.note=x,image.pullPolicy=Always"))[
                "Deployment", "metricspipeline-system", "metricspipeline-operator"]["spec"]["template"]
        container = pod["spec"]["containers"][0]
        self.assertEqual(container["image"], "registry.example:5000/team/mpl@sha256:" + "0" * 64)
        self.assertEqual((container["args"], container["imagePullPolicy"]), (["--log-level=debug"], "Always"))
        self.assertEqual(pod["spec"]["imagePullSecrets"], [{"name": "pull"}])
        self.assertEqual((pod["metadata"]["labels"]["team"], pod["metadata"]["annotations"]["note"]), ("blue", "x"))

    def test_refuses_what_it_does_not_know(self):
        for fault, words in {"operator.replica=1": "replica", "operator.replicas=0": "replicas",
                             "image.tag=a b": "tag", "image.pullPolicy=Sometimes": "pullPolicy",
                             "image.repository=mpl:1": "repository", "namespace.name=My_Ns": "name",
                             "operator.args[0]=debug": "args", "image.digest=sha256:1": "digest",
                             "operators.replicas=1": "operators", "crd.install=maybe": "install"}.items():
            with self.subTest(fault), self.assertRaisesRegex(rendering.Refused, words):
                helm_template("--set", fault)

    def test_every_value_is_in_the_schema_and_used(self):
        templates = "".join(file.read_text() for file in (CHART / "templates").iterdir())
        for group, values in yaml.safe_load((CHART / "values.yaml").read_text()).items():
            for value in values if isinstance(values, dict) else [None]:
                path = f"{group}.{value}" if value else group
                short = f"$image.{value}" if group == "image" else "no short form"
                self.assertTrue(f".Values.{path}" in templates or short in templates, path)


if __name__ == "__main__":
    unittest.main()
