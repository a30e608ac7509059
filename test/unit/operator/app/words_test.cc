// What people read: render, status.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "operator/app/crds.h"
#include "operator/app/render.h"
#include "operator/app/status.h"
#include "operator/pipeline/yaml.h"

namespace mpl::app {
namespace {

using objects::Json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kMinimal =
    "apiVersion: metricspipeline.dev/v1alpha1\nkind: MetricsPipeline\nmetadata: {name: cluster}\n"
    "spec: {}\n";

TEST(Render, PrintsEveryChildAndTheRegistrationsLast) {
  const auto text = Render({kMinimal, "monitoring", "image:1"});
  ASSERT_TRUE(text) << text.error().message;
  const auto objects = pipeline::ParseYaml(*text);
  ASSERT_TRUE(objects) << objects.error().message;

  // The children that operator/plan/children.h names.
  std::multiset<std::string> kinds;
  for (const Json& object : *objects) kinds.insert(object["kind"].get<std::string>());
  EXPECT_EQ(kinds.count("ServiceAccount"), 2U);
  EXPECT_EQ(kinds.count("ClusterRoleBinding"), 3U);
  EXPECT_EQ(kinds.count("Deployment"), 1U);
  EXPECT_EQ(kinds.count("Service"), 1U);
  EXPECT_EQ(kinds.count("Secret"), 2U);
  EXPECT_EQ(kinds.count("PodDisruptionBudget"), 1U);
  EXPECT_EQ(kinds.count("APIService"), 2U);
  EXPECT_EQ(objects->back()["kind"], "APIService");
  EXPECT_EQ((*objects)[objects->size() - 2]["kind"], "APIService");
  EXPECT_THAT(*text, AllOf(HasSubstr("image:1"), HasSubstr("namespace: monitoring")));
}

TEST(Render, HoldsNoKeys) {
  const auto text = Render({kMinimal, "monitoring", "image:1"});
  ASSERT_TRUE(text);
  const auto objects = pipeline::ParseYaml(*text);
  ASSERT_TRUE(objects);
  for (const Json& object : *objects) {
    EXPECT_FALSE(object["kind"] == "Secret" && object.contains("data")) << object;
  }
}

TEST(Render, FindsThePipelineAmongOthers) {
  EXPECT_TRUE(Render({std::string("kind: ConfigMap\n---\n") + kMinimal, "ns", "i"}));
}

TEST(Render, RefusesWhatIsNoPipeline) {
  EXPECT_THAT(Render({"kind: ConfigMap\n", "ns", "i"}).error().message,
              HasSubstr("MetricsPipeline"));
  for (const char* kind : {"kind: 5\n", "kind: [MetricsPipeline]\n", "kind:\n", "5\n"}) {
    EXPECT_THAT(Render({kind, "ns", "i"}).error().message, HasSubstr("no document of kind"));
  }
  EXPECT_TRUE(Render({std::string("kind: 5\n---\n") + kMinimal, "ns", "i"}));
  EXPECT_THAT(
      Render({std::string(kMinimal) + "  scrape: {resolution: 1s}\n", "ns", "i"}).error().message,
      Not(testing::IsEmpty()));
}

TEST(Crds, AreTheFileInTheTree) {
  const auto documents = pipeline::ParseYaml(kCrdYaml);
  ASSERT_TRUE(documents) << documents.error().message;
  EXPECT_EQ(documents->front()["metadata"]["name"], "metricspipelines.metricspipeline.dev");
}

TEST(Status, ShowsConditionsWithTheirRemedy) {
  const Json pipeline = {
      {"metadata", {{"name", "cluster"}, {"generation", 2}}},
      {"status",
       {{"observedGeneration", 2},
        {"summary", {{"replicas", "2/2"}, {"nodes", "1/2"}}},
        {"conditions",
         {{{"type", "Ready"}, {"status", "True"}, {"reason", "MetricsServed"}, {"message", "fine"}},
          {{"type", "ScrapeHealthy"},
           {"status", "False"},
           {"reason", "NodesFailing"},
           {"message", "node2: do this"}},
          {{"type", "Paused"}, {"status", "False"}, {"reason", "Managed"}, {"message", ""}}}}}}};
  const std::string text = DescribePipeline(pipeline);
  EXPECT_THAT(text, AllOf(HasSubstr("replicas 2/2, nodes 1/2"), HasSubstr("ok  Ready=True"),
                          HasSubstr("!!  ScrapeHealthy=False (NodesFailing)\n      node2: do this"),
                          HasSubstr("ok  Paused=False"), Not(HasSubstr("newest spec"))));
}

TEST(Status, SaysWhenNobodyHasLooked) {
  const Json pipeline = {{"metadata", {{"name", "cluster"}, {"generation", 1}}},
                         {"status", {{"observedGeneration", -1}}}};
  EXPECT_THAT(DescribePipeline(pipeline), HasSubstr("no operator has looked at it yet"));
}

// Every link has its own test in operator/diagnosis; here: both parts are there, the chain first.
TEST(Status, TellsTheChainBeforeTheConditions) {
  StatusReport report;
  PipelineStatus status;
  status.name = "cluster";
  status.pipeline = {{"status", {{"conditions", {{{"type", "Ready"}, {"status", "False"}}}}}}};
  status.chain = {{"pods", diagnosis::LinkState::kBroken, "0 of 2 ready", "look"}};
  report.pipelines.push_back(status);
  const std::string text = Describe(report);
  EXPECT_THAT(text,
              testing::StartsWith(
                  "MetricsPipeline cluster is broken at: pods: 0 of 2 ready\n      fix: look\n"));
  EXPECT_THAT(text, HasSubstr("  conditions:\n  !!  Ready=False"));
  EXPECT_EQ(ToJson(report)["pipelines"][0]["firstBroken"], "pods");
  EXPECT_EQ(ToJson(report)["allReady"], false);
}

TEST(Status, SaysWhenThereIsNoPipeline) {
  EXPECT_THAT(Describe(StatusReport{}), HasSubstr("samples/minimal.yaml"));
}

}  // namespace
}  // namespace mpl::app
