// What a plan applies, applied to a real API server as the operator's service account: shows
// missing rights, fields that the server does not know, and values that it rewrites.
#include <gmock/gmock.h>

#include "operator/plan/plan.h"
#include "operator/plan/serving_state.h"
#include "operator/plan/status.h"
#include "test/integration/manifests/manifests.h"

namespace mpl::test {
namespace {

using pipeline::Json;
using testing::HasSubstr;

constexpr const char* kNamespace = "metricspipeline-system";

// A pipeline as the API server has it, with defaults and a uid.
pipeline::MetricsPipeline Create(const std::string& spec) {
  KubeApiServer& server = Installed();
  Try({"delete", "mpl", "cluster", "--ignore-not-found"});
  const std::string created =
      server.Kubectl({"create", "-o", "json", "-f", "-"},
                     R"({"apiVersion": "metricspipeline.dev/v1alpha1", "kind": "MetricsPipeline",
          "metadata": {"name": "cluster"}, "spec": )" +
                         spec + "}");
  return pipeline::ParsePipeline(Json::parse(created)).value();
}

plan::ObservedState Observe(const pipeline::MetricsPipeline& pipeline) {
  plan::ObservedState observed;
  observed.operator_namespace = kNamespace;
  observed.operator_image = "registry.example/metricspipeline:1";
  observed.namespace_phase = "Active";
  observed.ready_endpoints = 2;
  const plan::Names names(pipeline.meta.name, kNamespace);
  std::vector<std::string> done;
  plan::UnsavedKeys unsaved;
  observed.serving = plan::ObserveServing(pipeline, names, {},
                                          *ParseRfc3339("2026-11-21T12:00:00Z"), unsaved, done);
  for (const std::string& version : plan::MetricsVersions()) {
    const Answer live = Try({"get", "apiservice", plan::ApiServiceName(version), "-o", "json"});
    observed.api_services[plan::ApiServiceName(version)].live =
        live.ok ? Json::parse(live.text) : Json();
  }
  return observed;
}

Answer Apply(const plan::ApplyObject& action) {
  return Try({"apply", "--server-side", "--force-conflicts",
              "--field-manager=metricspipeline-operator", AsOperator(), "-o", "json", "-f", "-"},
             action.object.dump());
}

// Applies all and answers name → resourceVersion.
std::map<std::string, std::string> ApplyAll(const std::vector<plan::Action>& actions) {
  std::map<std::string, std::string> versions;
  for (const plan::Action& action : actions) {
    const auto* apply = std::get_if<plan::ApplyObject>(&action);
    if (apply == nullptr) continue;
    const Answer answer = Apply(*apply);
    const std::string what =
        apply->resource->kind + "/" + apply->object["metadata"].value("name", "");
    EXPECT_TRUE(answer.ok) << what << ": " << answer.text;
    if (answer.ok) versions[what] = Json::parse(answer.text)["metadata"]["resourceVersion"];
  }
  return versions;
}

plan::Plan MakePlan(const plan::ObservedState& observed,
                    const pipeline::MetricsPipeline& pipeline) {
  return plan::MakePlan(observed, pipeline, *ParseRfc3339("2026-11-21T12:00:00Z"));
}

void RemoveApiServices() {
  for (const std::string& version : plan::MetricsVersions()) {
    Try({"delete", "apiservice", plan::ApiServiceName(version), "--ignore-not-found"});
  }
}

class ChildrenOnApiServer : public testing::Test {
 protected:
  void SetUp() override { RemoveApiServices(); }
  void TearDown() override {
    RemoveApiServices();
    Try({"delete", "mpl", "cluster", "--ignore-not-found"});
  }
};

TEST_F(ChildrenOnApiServer, AreAcceptedFromTheOperatorAndSecondApplyWritesNothing) {
  const auto pipeline = Create("{}");
  const plan::Plan plan = MakePlan(Observe(pipeline), pipeline);

  const auto first = ApplyAll(plan.actions);
  ApplyAll(plan.actions);  // gives the aggregator time to write what it thinks of the registrations
  const auto second = ApplyAll(plan.actions);
  const auto third = ApplyAll(plan.actions);

  EXPECT_EQ(first.size(), 17U);  // 15 children and two registrations
  EXPECT_EQ(second, third);
}

TEST_F(ChildrenOnApiServer, AreAcceptedWithEveryFieldSet) {
  const auto pipeline = Create(R"({
    "collector": {"imagePullSecrets": [{"name": "pull"}], "replicas": 3,
      "resources": {"requests": {"cpu": 1}, "limits": {"memory": "1Gi"}},
      "nodeSelector": {"a": "b"},
      "tolerations": [{"key": "k", "operator": "Exists", "effect": "NoSchedule"}],
      "affinity": {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [
        {"weight": 1, "podAffinityTerm": {"topologyKey": "kubernetes.io/hostname"}}]}},
      "podTemplate": {"labels": {"team": "x"}, "annotations": {"note": "y"}},
      "network": {"mode": "Host", "securePort": 4443}}})");

  const auto versions = ApplyAll(MakePlan(Observe(pipeline), pipeline).actions);

  EXPECT_EQ(versions.size(), 17U);
}

TEST_F(ChildrenOnApiServer, StatusIsAcceptedAsItIs) {
  const auto pipeline = Create("{}");
  plan::ObservedState observed = Observe(pipeline);
  observed.reports.resize(1);
  observed.reports[0].nodes_total = 2;
  observed.reports[0].nodes_healthy = 1;
  observed.reports[0].failing = {{"b", "Timeout", "m", "2026-11-21T11:00:00Z"}};
  const plan::Plan plan = MakePlan(observed, pipeline);
  const auto apply = [&](const std::string& version) {
    return Try(
        {"apply", "--server-side", "--subresource=status", "--validate=strict",
         "--field-manager=metricspipeline-operator-status", AsOperator(), "-o", "json", "-f", "-"},
        plan::StatusIntent("cluster", version, plan.status).dump());
  };

  const Answer late = apply("1");
  EXPECT_FALSE(late.ok) << "that of a pipeline that had this name before";
  EXPECT_THAT(late.text, HasSubstr("the object has been modified"));
  const Answer answer = apply(pipeline.meta.resource_version);

  ASSERT_TRUE(answer.ok) << answer.text;
  // The same as we sent: otherwise every comparison would see a difference.
  EXPECT_EQ(Json::parse(answer.text)["status"], plan.status);
  EXPECT_THAT(KubeApiServer::Shared().Kubectl({"get", "mpl"}), HasSubstr("1/2"));
}

TEST_F(ChildrenOnApiServer, MetricsServersRegistrationIsTakenOverAndGivenBack) {
  KubeApiServer& server = Installed();
  // Not with `kubectl apply`: kubectl would hand those fields to the next server-side apply.
  server.Kubectl({"create", "-f", "-"}, R"({
    "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
    "metadata": {"name": "v1beta1.metrics.k8s.io", "labels": {"k8s-app": "metrics-server"}},
    "spec": {"group": "metrics.k8s.io", "version": "v1beta1", "groupPriorityMinimum": 100,
      "versionPriority": 100, "insecureSkipTLSVerify": true,
      "service": {"name": "metrics-server", "namespace": "kube-system"}}})");
  const auto get = [&] {
    return Json::parse(
        server.Kubectl({"get", "apiservice", "v1beta1.metrics.k8s.io", "-o", "json"}));
  };
  const Json before = get();
  auto pipeline =
      Create(R"({"apiServices": {"conflictPolicy": "TakeOver", "deletionPolicy": "Restore"}})");
  // Available for long, with two warm replicas.
  pipeline.status = {
      {"conditions", Json::array({{{"type", "Available"},
                                   {"status", "True"},
                                   {"lastTransitionTime", "2026-11-21T11:00:00Z"}}})}};
  plan::ObservedState observed = Observe(pipeline);
  observed.reports.resize(2);
  for (auto& report : observed.reports) report.nodes_total = report.nodes_healthy = 2;

  ApplyAll(MakePlan(observed, pipeline).actions);

  const Json taken = get();
  EXPECT_EQ(taken["spec"]["service"]["name"], "cluster-collector");
  EXPECT_FALSE(taken["spec"].contains("insecureSkipTLSVerify"));  // false is left out by the API
  EXPECT_TRUE(taken["spec"].contains("caBundle"));
  EXPECT_THAT(server.Kubectl({"get", "mpl", "cluster", "-o", "json"}),
              HasSubstr("metricspipeline.dev/restore-apiservices"));

  pipeline =
      pipeline::ParsePipeline(Json::parse(server.Kubectl({"get", "mpl", "cluster", "-o", "json"})))
          .value();
  ASSERT_TRUE(pipeline.has_restore_finalizer);
  pipeline.meta.deletion_timestamp = *ParseRfc3339("2026-11-21T12:00:00Z");
  const plan::Plan farewell = MakePlan(Observe(pipeline), pipeline);
  for (const plan::Action& action : farewell.actions) {
    if (const auto* patch = std::get_if<plan::PatchObject>(&action)) {
      const Answer answer = Try({"patch", patch->resource->plural, patch->name, "--type=merge",
                                 AsOperator(), "-p=" + patch->patch.dump()});
      EXPECT_TRUE(answer.ok) << answer.text;
    }
  }
  ApplyAll(farewell.actions);

  const Json after = get();
  EXPECT_EQ(after["spec"], before["spec"]);
  EXPECT_EQ(after["metadata"].value("labels", Json()), before["metadata"].value("labels", Json()))
      << after.dump(2);
  EXPECT_FALSE(
      pipeline::ParsePipeline(Json::parse(server.Kubectl({"get", "mpl", "cluster", "-o", "json"})))
          ->has_restore_finalizer);
}

// The API refuses a bundle beside insecureSkipTLSVerify: changing the mode has to change both.
TEST_F(ChildrenOnApiServer, ServingModeCanGoToInsecureAndBack) {
  const auto secure = Create("{}");
  ApplyAll(MakePlan(Observe(secure), secure).actions);
  auto insecure = secure;
  insecure.tls.serving_mode = pipeline::ServingMode::kInsecure;

  ApplyAll(MakePlan(Observe(insecure), insecure).actions);
  const Json open = Json::parse(
      KubeApiServer::Shared().Kubectl({"get", "apiservice", "v1.metrics.k8s.io", "-o", "json"}));
  EXPECT_EQ(open["spec"].value("insecureSkipTLSVerify", false), true);
  EXPECT_FALSE(open["spec"].contains("caBundle"));

  ApplyAll(MakePlan(Observe(secure), secure).actions);
  const Json closed = Json::parse(
      KubeApiServer::Shared().Kubectl({"get", "apiservice", "v1.metrics.k8s.io", "-o", "json"}));
  EXPECT_TRUE(closed["spec"].contains("caBundle"));
}

TEST_F(ChildrenOnApiServer, InsecureModeRemovesABundleThatSomebodyElseLeft) {
  Installed().Kubectl({"create", "-f", "-"}, R"({
    "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
    "metadata": {"name": "v1.metrics.k8s.io"},
    "spec": {"group": "metrics.k8s.io", "version": "v1", "groupPriorityMinimum": 100,
      "versionPriority": 100, "caBundle": "QQ==",
      "service": {"name": "cluster-collector", "namespace": "metricspipeline-system"}}})");
  auto pipeline = Create(R"({"tls": {"serving": {"mode": "Insecure"}}})");

  ApplyAll(MakePlan(Observe(pipeline), pipeline).actions);

  const Json live = Json::parse(
      KubeApiServer::Shared().Kubectl({"get", "apiservice", "v1.metrics.k8s.io", "-o", "json"}));
  EXPECT_EQ(live["spec"].value("insecureSkipTLSVerify", false), true);
  EXPECT_FALSE(live["spec"].contains("caBundle"));
}

// A field that somebody else owns is left alone; one of ours comes back.
TEST_F(ChildrenOnApiServer, OthersFieldsAreLeftAloneAndOursComeBack) {
  KubeApiServer& server = Installed();
  const auto pipeline = Create("{}");
  const plan::Plan plan = MakePlan(Observe(pipeline), pipeline);
  ApplyAll(plan.actions);
  server.Kubectl({"patch", "deployment", "cluster-collector", "-n", kNamespace, "--type=merge",
                  "-p",
                  R"({"metadata":{"annotations":{"theirs":"1"}},"spec":{"replicas":7,
                      "revisionHistoryLimit":3}})"});

  ApplyAll(plan.actions);

  const Json live = Json::parse(
      server.Kubectl({"get", "deployment", "cluster-collector", "-n", kNamespace, "-o", "json"}));
  EXPECT_EQ(live["metadata"]["annotations"]["theirs"], "1");
  EXPECT_EQ(live["spec"]["revisionHistoryLimit"], 3);
  EXPECT_EQ(live["spec"]["replicas"], 2);
}

TEST_F(ChildrenOnApiServer, CollectorsDataInThePinsMapSurvives) {
  KubeApiServer& server = Installed();
  const auto pipeline = Create("{}");
  const plan::Plan plan = MakePlan(Observe(pipeline), pipeline);
  ApplyAll(plan.actions);
  server.Kubectl({"patch", "configmap", "cluster-collector-pins", "-n", kNamespace, "--type=merge",
                  "-p", R"({"data":{"node-a":"pin"}})"});

  ApplyAll(plan.actions);

  EXPECT_THAT(server.Kubectl(
                  {"get", "configmap", "cluster-collector-pins", "-n", kNamespace, "-o", "json"}),
              HasSubstr("node-a"));
}

// The collector's Role, tried as the collector.
TEST_F(ChildrenOnApiServer, CollectorMayReadItsTwoMapsAndNoOthers) {
  Installed();
  const auto pipeline = Create("{}");
  ApplyAll(MakePlan(Observe(pipeline), pipeline).actions);
  const auto can = [](std::vector<std::string> what) {
    what.insert(
        what.begin(),
        {"auth", "can-i", "--as=system:serviceaccount:metricspipeline-system:cluster-collector",
         "-n", kNamespace});
    const Answer answer = Try(what);
    return answer.ok && answer.text.starts_with("yes");
  };
  EXPECT_TRUE(can({"watch", "configmaps/cluster-collector"}));
  EXPECT_TRUE(can({"patch", "configmaps/cluster-collector-pins"}));
  EXPECT_FALSE(can({"patch", "configmaps/cluster-collector"}));
  EXPECT_FALSE(can({"get", "configmaps/other"}));
  EXPECT_TRUE(can({"create", "serviceaccounts/cluster-scraper", "--subresource=token"}));
  EXPECT_FALSE(can({"create", "serviceaccounts/metricspipeline-operator", "--subresource=token"}));
  EXPECT_FALSE(can({"get", "secrets"}));
  EXPECT_FALSE(can({"get", "nodes", "--subresource=metrics"}));
  EXPECT_TRUE(can({"watch", "nodes"}));
  EXPECT_TRUE(can({"create", "subjectaccessreviews"}));
}

}  // namespace
}  // namespace mpl::test
