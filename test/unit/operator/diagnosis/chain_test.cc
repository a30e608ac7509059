#include "operator/diagnosis/chain.h"

#include <gmock/gmock.h>

namespace mpl::diagnosis {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

Json Condition(const char* type, const char* status, const char* reason, const char* message = "") {
  return {{"type", type}, {"status", status}, {"reason", reason}, {"message", message}};
}

Json Labelled(const char* pipeline, const Json& condition) {
  return {
      {"metadata",
       {{"name", "v1beta1.metrics.k8s.io"},
        {"labels",
         {{"app.kubernetes.io/managed-by", "metricspipeline-operator"},
          {"metricspipeline.dev/pipeline", pipeline}}}}},
      {"spec", {{"service", {{"name", pipeline + std::string("-collector")}, {"namespace", "y"}}}}},
      {"status", {{"conditions", Json::array({condition})}}}};
}

// Everything as it should be.
ChainFacts Sound() {
  ChainFacts facts;
  facts.ns = "metricspipeline-system";
  facts.pipeline = {{"metadata", {{"name", "cluster"}, {"generation", 1}}},
                    {"status",
                     {{"observedGeneration", 1},
                      {"scrape", {{"nodesTotal", 2}, {"nodesHealthy", 2}}},
                      {"conditions",
                       {Condition("Ready", "True", "MetricsServed"),
                        Condition("Available", "True", "ReplicasAvailable"),
                        Condition("KubeletTLSVerified", "True", "AllVerified"),
                        Condition("Paused", "False", "Managed")}}}}};
  facts.operator_deployment =
      Json{{"spec", {{"replicas", 2}}}, {"status", {{"availableReplicas", 2}}}};
  facts.collector_namespace = Json{{"status", {{"phase", "Active"}}}};
  facts.children.emplace_back("Service metricspipeline-system/cluster-collector", Json::object());
  facts.deployment = Json{{"spec", {{"replicas", 2}}}, {"status", {{"readyReplicas", 2}}}};
  facts.pods = Json{{"items", Json::array()}};
  facts.slices = Json{{"items", {{{"endpoints", {{{"addresses", {"192.0.2.1"}}}}}}}}};
  facts.api_services.emplace_back("v1beta1.metrics.k8s.io",
                                  Labelled("cluster", Condition("Available", "True", "Passed")));
  return facts;
}

std::string BrokenAt(const ChainFacts& facts) {
  const auto chain = MakeChain(facts);
  const Link* broken = FirstBroken(chain);
  return broken == nullptr ? "" : broken->name;
}

TEST(Chain, IsSoundWhenEverythingIs) {
  const auto chain = MakeChain(Sound());
  EXPECT_EQ(FirstBroken(chain), nullptr) << Describe("cluster", chain);
  for (const Link& link : chain) EXPECT_EQ(link.state, LinkState::kSound) << link.name << link.what;
}

struct Row {
  const char* broken;
  void (*break_it)(ChainFacts&);
};

// In the order of the chain; each row breaks one link and all behind it stay as they are.
const std::vector<Row>& Rows() {
  static const std::vector<Row> kRows = {
      {"pipeline",
       [](ChainFacts& facts) {
         facts.pipeline["status"]["conditions"] =
             Json::array({Condition("Stalled", "True", "InvalidSpec", "no")});
       }},
      {"operator",
       [](ChainFacts& facts) {
         facts.pipeline["status"]["observedGeneration"] = -1;
         facts.operator_deployment = Fail(ErrorKind::kNotFound, "no");
       }},
      {"namespace",
       [](ChainFacts& facts) {
         facts.collector_namespace = Json{{"status", {{"phase", "Terminating"}}}};
       }},
      {"children",
       [](ChainFacts& facts) { facts.children[0].second = Fail(ErrorKind::kNotFound, "no"); }},
      {"pods", [](ChainFacts& facts) { (*facts.deployment)["status"]["readyReplicas"] = 0; }},
      {"endpoints", [](ChainFacts& facts) { facts.slices = Json{{"items", Json::array()}}; }},
      {"v1beta1.metrics.k8s.io",
       [](ChainFacts& facts) {
         facts.api_services[0].second = Labelled("cluster", Condition("Available", "False", "X"));
       }},
      {"answer",
       [](ChainFacts& facts) {
         facts.pipeline["status"]["conditions"][0] = Condition("Ready", "False", "APINotAnswering");
       }},
      {"nodes",
       [](ChainFacts& facts) {
         facts.pipeline["status"]["scrape"]["nodesHealthy"] = 0;
         facts.pipeline["status"]["conditions"].push_back(
             Condition("ScrapeHealthy", "False", "NodesFailing", "node1: do this"));
       }},
      {"kubelet certificates",
       [](ChainFacts& facts) {
         facts.pipeline["status"]["conditions"][2] =
             Condition("KubeletTLSVerified", "False", "InsecureByConfiguration", "use Auto");
       }},
  };
  return kRows;
}

TEST(Chain, BreaksAtEveryLink) {
  for (const Row& row : Rows()) {
    ChainFacts facts = Sound();
    row.break_it(facts);
    EXPECT_EQ(BrokenAt(facts), row.broken) << Describe("cluster", MakeChain(facts));
  }
}

TEST(Chain, TellsTheFirstBrokenLinkFirst) {
  for (std::size_t first = 0; first < Rows().size(); ++first) {
    ChainFacts facts = Sound();
    // "pipeline" replaces the conditions that later rows change: it is broken last.
    for (std::size_t i = Rows().size(); i-- > first;) Rows()[i].break_it(facts);
    EXPECT_EQ(BrokenAt(facts), Rows()[first].broken);
    EXPECT_THAT(
        Describe("cluster", MakeChain(facts)),
        StartsWith(std::string("MetricsPipeline cluster is broken at: ") + Rows()[first].broken));
  }
}

TEST(Chain, SomebodyElsesRegistrationIsNamed) {
  ChainFacts facts = Sound();
  // Our labels outlive an apply of another provider.
  (*facts.api_services[0].second)["spec"]["service"]["name"] = "x";
  EXPECT_THAT(Describe("cluster", MakeChain(facts)), HasSubstr("belongs to Service y/x"));
}

// k3s puts its own registration back for ever.
TEST(Chain, NoTakeOverIsRecommendedThatCannotLast) {
  ChainFacts facts = Sound();
  Json& live = *facts.api_services[0].second;
  live["spec"]["service"]["name"] = "x";
  live["metadata"]["labels"]["objectset.rio.cattle.io/hash"] = "1";
  const std::string told = Describe("cluster", MakeChain(facts));
  EXPECT_THAT(told, HasSubstr("--disable=metrics-server"));
  EXPECT_THAT(told, Not(HasSubstr("TakeOver")));
}

TEST(Chain, TheRegistrationOfTheActivePipelineIsNoConcernOfAnother) {
  ChainFacts facts = Sound();
  facts.pipeline["metadata"]["name"] = "second";
  facts.pipeline["status"]["conditions"] =
      Json::array({Condition("Ready", "False", "NotActive", "an older one keeps the API"),
                   Condition("APIServicesRegistered", "False", "NotActive", "likewise")});
  const std::string told = Describe("second", MakeChain(facts));
  EXPECT_THAT(told, HasSubstr("another MetricsPipeline keeps it"));
  EXPECT_THAT(told, Not(HasSubstr("kubectl delete apiservice")));
}

TEST(Chain, WhatMayNotBeReadIsNotBroken) {
  ChainFacts facts = Sound();
  for (Result<Json>* fact :
       {&facts.operator_deployment, &facts.collector_namespace, &facts.deployment, &facts.slices}) {
    *fact = Fail(ErrorKind::kForbidden, "may not");
  }
  facts.children[0].second = Fail(ErrorKind::kForbidden, "may not");
  facts.api_services[0].second = Fail(ErrorKind::kForbidden, "may not");
  EXPECT_EQ(BrokenAt(facts), "") << Describe("cluster", MakeChain(facts));
  EXPECT_THAT(Describe("cluster", MakeChain(facts)),
              HasSubstr("??  pods: cannot be read: may not"));
}

// docs/conditions.md, ScrapeHealthy: NoNodesSelected is False while replicas report no node.
TEST(Chain, WithoutNodesTheConditionSaysWhy) {
  ChainFacts facts = Sound();
  facts.pipeline["status"]["scrape"] = {{"nodesTotal", 0}, {"nodesHealthy", 0}};
  EXPECT_THAT(Describe("cluster", MakeChain(facts)),
              HasSubstr("..  nodes: no replica has reported yet"));

  Json& conditions = facts.pipeline["status"]["conditions"];
  conditions.push_back(Condition("ScrapeHealthy", "Unknown", "NoReport", "HTTP 403"));
  EXPECT_EQ(BrokenAt(facts), "");
  EXPECT_THAT(Describe("cluster", MakeChain(facts)), HasSubstr("..  nodes: NoReport: HTTP 403"));

  conditions.back() = Condition("ScrapeHealthy", "False", "NoNodesSelected", "no node matches");
  EXPECT_EQ(BrokenAt(facts), "nodes");
  EXPECT_THAT(Describe("cluster", MakeChain(facts)),
              HasSubstr("!!  nodes: NoNodesSelected: no node matches"));
}

TEST(Chain, NodesAreNamedWithTheirFault) {
  ChainFacts facts = Sound();
  facts.pipeline["status"]["scrape"] = {
      {"nodesTotal", 20},
      {"nodesHealthy", 19},
      {"failing", {{{"node", "node7"}, {"reason", "Timeout"}, {"message", "no answer"}}}}};
  EXPECT_EQ(BrokenAt(facts), "");
  EXPECT_THAT(Describe("cluster", MakeChain(facts)),
              HasSubstr("..  nodes: 19 of 20 scraped; node7: Timeout: no answer"));
}

}  // namespace
}  // namespace mpl::diagnosis
