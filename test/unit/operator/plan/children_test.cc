#include "operator/plan/children.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operator/pipeline/yaml.h"
#include "test/unit/operator/plan/world.h"

namespace mpl::plan {
namespace {

using test::Applied;
using test::MakePipeline;
using test::World;
using testing::Contains;

Json Child(const std::string& spec, const std::string& kind, const std::string& name) {
  World world;
  world.pipeline = MakePipeline(spec);
  return Applied(world.MakePlan().actions, kind, name);
}

Json Deployment(const std::string& spec = "{}") {
  return Child(spec, "Deployment", "cluster-collector");
}
Json PodSpec(const std::string& spec = "{}") {
  return Deployment(spec)["spec"]["template"]["spec"];
}

// Pod Security Standards, level "restricted" (kubernetes.io/docs/concepts/security).
TEST(CollectorDeployment, PassesTheRestrictedLevel) {
  const Json pod = PodSpec();
  const Json container = pod["containers"][0];

  EXPECT_EQ(pod["securityContext"]["runAsNonRoot"], true);
  EXPECT_NE(pod["securityContext"]["runAsUser"], 0);
  EXPECT_EQ(pod["securityContext"]["seccompProfile"]["type"], "RuntimeDefault");
  EXPECT_EQ(container["securityContext"]["allowPrivilegeEscalation"], false);
  EXPECT_EQ(container["securityContext"]["readOnlyRootFilesystem"], true);
  EXPECT_EQ(container["securityContext"]["capabilities"]["drop"], Json::array({"ALL"}));
  EXPECT_FALSE(pod.contains("hostNetwork"));
  EXPECT_FALSE(container["ports"][0].contains("hostPort"));
}

TEST(CollectorDeployment, StartsTheCollectorAsAgreed) {
  const Json container = PodSpec()["containers"][0];

  EXPECT_EQ(container["command"], Json::array({"metricspipeline-collector", "start"}));
  EXPECT_EQ(
      container["args"],
      Json::array({"--config-map=metricspipeline-system/cluster-collector", "--secure-port=10250",
                   "--tls-cert-file=/etc/metricspipeline/serving/tls.crt",
                   "--tls-key-file=/etc/metricspipeline/serving/tls.key"}));
  EXPECT_EQ(container["image"], "registry/metricspipeline:1");
  EXPECT_EQ(container["readinessProbe"]["httpGet"]["path"], "/readyz");
  EXPECT_EQ(container["livenessProbe"]["httpGet"]["path"], "/livez");
  EXPECT_EQ(container["livenessProbe"]["httpGet"]["scheme"], "HTTPS");
  EXPECT_EQ(container["volumeMounts"][0]["name"], PodSpec()["volumes"][0]["name"]);
}

TEST(CollectorDeployment, MountsTheClientCertificateOfKubeletsAndStartsWithoutIt) {
  const Json pod = PodSpec(R"({"tls": {"kubelet": {"clientCertificateRef": {"name": "mine"}}}})");

  EXPECT_THAT(pod["containers"][0]["args"],
              Contains("--kubelet-client-certificate=/etc/metricspipeline/kubelet-client/tls.crt"));
  EXPECT_THAT(pod["containers"][0]["args"],
              Contains("--kubelet-client-key=/etc/metricspipeline/kubelet-client/tls.key"));
  EXPECT_THAT(pod["containers"][0]["volumeMounts"],
              Contains(Json{{"name", "kubelet-client"},
                            {"mountPath", "/etc/metricspipeline/kubelet-client"},
                            {"readOnly", true}}));
  EXPECT_THAT(pod["volumes"],
              Contains(Json{{"name", "kubelet-client"},
                            {"secret", {{"secretName", "mine"}, {"optional", true}}}}));
}

TEST(CollectorDeployment, NeverTakesAReplicaBeforeItsSuccessorServes) {
  const Json strategy = Deployment()["spec"]["strategy"]["rollingUpdate"];

  EXPECT_EQ(strategy["maxSurge"], 1);
  EXPECT_EQ(strategy["maxUnavailable"], 0);
}

TEST(CollectorDeployment, OnTheHostsNetworkPortsCannotOverlap) {
  const std::string spec = R"({"collector": {"network": {"mode": "Host", "securePort": 4443}}})";

  EXPECT_EQ(PodSpec(spec)["hostNetwork"], true);
  EXPECT_EQ(PodSpec(spec)["dnsPolicy"], "ClusterFirstWithHostNet");
  EXPECT_EQ(PodSpec(spec)["containers"][0]["ports"][0]["hostPort"], 4443);
  EXPECT_EQ(Deployment(spec)["spec"]["strategy"]["rollingUpdate"]["maxSurge"], 0);
}

TEST(CollectorDeployment, TakesWhatTheSpecSays) {
  const std::string spec = R"({"collector": {
    "imagePullPolicy": "Always", "imagePullSecrets": [{"name": "pull"}], "replicas": 3,
    "resources": {"limits": {"memory": "1Gi"}}, "priorityClassName": "high",
    "nodeSelector": {"a": "b"}, "tolerations": [{"key": "k", "operator": "Exists"}],
    "affinity": {"podAntiAffinity": {}},
    "podTemplate": {"labels": {"team": "x"}, "annotations": {"note": "y"}}}})";
  const Json pod = PodSpec(spec);

  EXPECT_EQ(pod["containers"][0]["imagePullPolicy"], "Always");
  EXPECT_EQ(pod["imagePullSecrets"], Json::array({{{"name", "pull"}}}));
  EXPECT_EQ(Deployment(spec)["spec"]["replicas"], 3);
  EXPECT_EQ(pod["containers"][0]["resources"], Json::parse(R"({"limits": {"memory": "1Gi"}})"));
  EXPECT_EQ(pod["priorityClassName"], "high");
  EXPECT_EQ(pod["nodeSelector"], Json::parse(R"({"a": "b"})"));
  EXPECT_EQ(pod["tolerations"][0]["key"], "k");
  EXPECT_TRUE(pod["affinity"].contains("podAntiAffinity"));
  const Json metadata = Deployment(spec)["spec"]["template"]["metadata"];
  EXPECT_EQ(metadata["labels"]["team"], "x");
  EXPECT_EQ(metadata["annotations"]["note"], "y");
}

// imagePullSecrets of the pods when the operator itself was pulled with "registry".
Json PullSecrets(const std::string& spec) {
  World world;
  world.observed.operator_pull_secrets = {"registry", "mirror"};
  world.pipeline = MakePipeline(spec);
  const Json deployment = Applied(world.MakePlan().actions, "Deployment", "cluster-collector");
  return deployment["spec"]["template"]["spec"].value("imagePullSecrets", Json());
}

TEST(CollectorDeployment, IsPulledWithTheOperatorsSecretsAsItIsTheOperatorsImage) {
  const Json operators = Json::parse(R"([{"name": "registry"}, {"name": "mirror"}])");

  EXPECT_EQ(PullSecrets("{}"), operators);
  EXPECT_EQ(PullSecrets(R"({"collector": {"namespace": "metricspipeline-system"}})"), operators);
  EXPECT_EQ(PullSecrets(R"({"collector": {"imagePullSecrets": [{"name": "mine"}]}})"),
            Json::parse(R"([{"name": "mine"}])"));
}

// A Secret of another namespace cannot be named; credentials are for the registry they were made
// for.
TEST(CollectorDeployment, HasNoneOfThemElsewhereOrForAnotherImage) {
  EXPECT_EQ(PullSecrets(R"({"collector": {"namespace": "metrics"}})"), Json());
  EXPECT_EQ(PullSecrets(R"({"collector": {"image": "other:1"}})"), Json());
  EXPECT_EQ(PullSecrets(R"({"collector": {"image": "other:1", "imagePullSecrets":
                            [{"name": "mine"}]}})"),
            Json::parse(R"([{"name": "mine"}])"));
}

TEST(CollectorDeployment, CopiesNothingFromThePipelinesOwnLabels) {
  World world;
  world.pipeline.meta.labels = {{"argocd.argoproj.io/instance", "app"}};
  world.pipeline.meta.annotations = {{"kubectl.kubernetes.io/last-applied-configuration", "{}"}};

  for (const Action& action : world.MakePlan().actions) {
    const std::string bytes = std::get<ApplyObject>(action).object.dump();
    EXPECT_EQ(bytes.find("argocd"), std::string::npos);
    EXPECT_EQ(bytes.find("last-applied"), std::string::npos);
  }
}

// A selector cannot be changed later, so it must not depend on anything that can.
TEST(CollectorDeployment, SelectorIsConstant) {
  const Json selector = Json::parse(
      R"({"app.kubernetes.io/name": "metrics-collector", "metricspipeline.dev/pipeline": "cluster"})");
  const std::string spec = R"({"collector": {"podTemplate": {"labels": {"team": "x"}}}})";

  EXPECT_EQ(Deployment(spec)["spec"]["selector"]["matchLabels"], selector);
  EXPECT_EQ(Child(spec, "Service", "cluster-collector")["spec"]["selector"], selector);
  EXPECT_EQ(
      Child(spec, "PodDisruptionBudget", "cluster-collector")["spec"]["selector"]["matchLabels"],
      selector);
  for (const auto& [key, value] : selector.items()) {
    EXPECT_EQ(Deployment(spec)["spec"]["template"]["metadata"]["labels"][key], value);
  }
}

TEST(Children, AreKnownByTheirLabelsAndTheirOwner) {
  const auto pipeline = MakePipeline();
  const std::string mode =
      R"({"tls": {"serving": {"mode": "CertManager", "issuerRef": {"name": "ca"}}}})";
  const Json ours = Child(mode, "Certificate", "cluster-collector-certificate");
  Json unlabelled = ours;
  unlabelled["metadata"]["labels"].erase("metricspipeline.dev/pipeline");
  Json of_an_earlier_one = ours;
  of_an_earlier_one["metadata"]["ownerReferences"][0]["uid"] = "uid-0";
  Json nobodys = ours;
  nobodys["metadata"].erase("ownerReferences");

  EXPECT_TRUE(IsChildOf(ours, pipeline));
  EXPECT_FALSE(IsChildOf(unlabelled, pipeline));
  EXPECT_FALSE(IsChildOf(of_an_earlier_one, pipeline));
  EXPECT_FALSE(IsChildOf(nobodys, pipeline));
  EXPECT_FALSE(IsChildOf(Json(), pipeline));
}

// What kube-apiserver says of a group that it does not serve, and of a namespace that is missing.
TEST(Children, WithoutCertManagerTheRefusalSaysWhatToDo) {
  const Error unknown{ErrorKind::kNotFound, "the server answered 404: 404 page not found"};
  const Error no_namespace{ErrorKind::kNotFound, R"(namespaces "metrics" not found)"};

  EXPECT_THAT(WhyRefused(Certificates(), unknown).message,
              testing::HasSubstr("install cert-manager, or choose another spec.tls.serving.mode"));
  EXPECT_EQ(WhyRefused(Certificates(), unknown).kind, ErrorKind::kNotFound);
  EXPECT_EQ(WhyRefused(Certificates(), no_namespace), no_namespace);
  EXPECT_EQ(WhyRefused(Secrets(), unknown), unknown);
  const Error forbidden{ErrorKind::kForbidden, "not yours"};
  EXPECT_EQ(WhyRefused(Certificates(), forbidden), forbidden);
}

TEST(CollectorService, LeadsHttpsToTheReadyReplicas) {
  const Json spec = Child("{}", "Service", "cluster-collector")["spec"];

  EXPECT_EQ(spec["ports"][0]["name"], "https");
  EXPECT_EQ(spec["ports"][0]["port"], 443);
  EXPECT_EQ(spec["ports"][0]["targetPort"], "https");
  EXPECT_EQ(spec["publishNotReadyAddresses"], false);
}

// The collector's rights: docs of config/rbac; every object by name.
TEST(CollectorRole, IsLimitedToNamedObjects) {
  const Json rules = Child("{}", "Role", "cluster-collector")["rules"];

  ASSERT_EQ(rules.size(), 3U);
  for (const Json& rule : rules) EXPECT_FALSE(rule["resourceNames"].empty());
  EXPECT_EQ(rules[1]["resourceNames"], Json::array({"cluster-collector-pins"}));
  EXPECT_EQ(rules[2]["resources"], Json::array({"serviceaccounts/token"}));
  EXPECT_EQ(rules[2]["resourceNames"], Json::array({"cluster-scraper"}));
}

TEST(Identities, ScraperGetsNoTokenIntoAnyPodAndOnlyTheScrapersRole) {
  EXPECT_EQ(Child("{}", "ServiceAccount", "cluster-scraper")["automountServiceAccountToken"],
            false);
  const Json binding = Child("{}", "ClusterRoleBinding", "metricspipeline-cluster-scraper");
  EXPECT_EQ(binding["roleRef"]["name"], "metricspipeline-scraper");
  EXPECT_EQ(binding["subjects"][0]["name"], "cluster-scraper");
}

TEST(CollectorDocument, SaysWhatTheSpecSays) {
  const auto pipeline = MakePipeline(R"({
    "scrape": {"resolution": "1m", "timeout": "20s", "nodeSelector": "a!=b",
               "port": {"source": "Fixed", "number": 10255}, "maxConcurrency": 5},
    "tls": {"kubelet": {"mode": "ClusterCA"}}, "collector": {"logging": {"level": "Debug"}}})");
  const Names names("cluster", "metrics");

  const Json document = pipeline::ParseYaml(CollectorDocument(pipeline, names, ""))->at(0);

  EXPECT_EQ(document["apiVersion"], "config.metricspipeline.dev/v1alpha1");
  EXPECT_EQ(document["kind"], "CollectorConfiguration");
  EXPECT_EQ(ParseGoDuration(std::string(document["scrape"]["resolution"])),
            std::chrono::seconds(60));
  EXPECT_EQ(document["scrape"]["timeout"], "20s");
  EXPECT_EQ(document["scrape"]["nodeSelector"], "a!=b");
  EXPECT_EQ(document["scrape"]["port"], Json::parse(R"({"source": "Fixed", "number": 10255})"));
  EXPECT_EQ(document["scrape"]["maxConcurrency"], 5);
  EXPECT_EQ(document["tls"]["kubelet"]["mode"], "ClusterCA");
  EXPECT_EQ(document["pins"]["configMap"], "metrics/cluster-collector-pins");
  EXPECT_EQ(document["scrapeIdentity"]["serviceAccount"], "cluster-scraper");
  EXPECT_EQ(document["scrapeIdentity"]["namespace"], "metrics");
  EXPECT_EQ(document["logging"]["level"], "Debug");
}

// printf 'a\n' | sha256sum
TEST(CollectorDocument, HashIsTheBeginningOfSha256) {
  EXPECT_EQ(ConfigHash("a\n"), "87428fc522803d31");
}

TEST(CollectorDocument, BundleSurvivesTheWayThroughYaml) {
  auto pipeline = MakePipeline("{}");
  const std::string bundle = "-----BEGIN CERTIFICATE-----\nMIIB+/=\n-----END CERTIFICATE-----\n";

  const std::string yaml = CollectorDocument(pipeline, Names("cluster", "x"), bundle);

  EXPECT_EQ(pipeline::ParseYaml(yaml)->at(0)["tls"]["kubelet"]["caBundle"], bundle);
}

}  // namespace
}  // namespace mpl::plan
