#include "operator/plan/conditions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "operator/plan/reasons.h"
#include "test/support/paths/paths.h"
#include "test/unit/operator/plan/world.h"

namespace mpl::plan {
namespace {

using test::kNow;
using test::MakePipeline;
using test::World;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(Conditions, AllStandInStatusInAFixedOrder) {
  World world;
  world.Settle();

  std::vector<std::string> types;
  for (const Json& condition : world.pipeline.status["conditions"])
    types.push_back(condition["type"]);
  EXPECT_THAT(types, testing::ElementsAre("Ready", "Available", "APIServicesRegistered",
                                          "ScrapeHealthy", "KubeletTLSVerified",
                                          "CertificatesValid", "Paused", "Reconciling"));
}

TEST(Conditions, ReadyPipelineHasNoAbnormalOnes) {
  World world;
  world.MakeReady();

  EXPECT_EQ(world.Status("Ready"), "True");
  EXPECT_EQ(world.Reason("Ready"), "MetricsServed");
  EXPECT_EQ(world.Condition("Reconciling"), nullptr);
  EXPECT_EQ(world.Condition("Stalled"), nullptr);
  EXPECT_EQ(world.pipeline.status["summary"]["replicas"], "2/2");
  EXPECT_EQ(world.pipeline.status["summary"]["nodes"], "2/2");
}

struct Trouble {
  const char* name;
  void (*cause)(World&);
  const char* type;
  const char* status;
  const char* reason;
  const char* message;  // a part of it
};

void FailNode(World& world, const char* reason, int healthy, int total) {
  world.ReplicasReport(healthy, total);
  for (ReplicaReport& report : world.observed.reports) {
    report.failing = {{"node-b", reason, "what was seen. What to do.", "2026-11-21T11:00:00Z"}};
  }
}

void FailDiscovery(World& world, const char* message) {
  world.Live("v1")["status"]["conditions"] = Json::array({{{"type", "Available"},
                                                           {"status", "False"},
                                                           {"reason", "FailedDiscoveryCheck"},
                                                           {"message", message}}});
}

// Both replicas run, but have never got a value from any of two nodes.
void NeverReady(World& world, const char* reason) {
  FailNode(world, reason, 0, 2);
  world.ReplicasBecomeReady(0);
  for (ReplicaReport& report : world.observed.reports) {
    report.ready = false;
    report.tls_verified = 0;
  }
}

// The same at a moment at which one was refused and the other not asked yet.
void OneRefusedOneWaits(World& world) {
  NeverReady(world, "UntrustedCertificate");
  for (ReplicaReport& report : world.observed.reports) report.nodes_failing = 1;
}

class ConditionTells : public testing::TestWithParam<Trouble> {};

TEST_P(ConditionTells, WhatIsWrongWhereAndWhatToDo) {
  World world;
  world.MakeReady();
  GetParam().cause(world);
  world.CarryOut(world.MakePlan());
  world.now += std::chrono::seconds(30);  // what may pass by itself has to last that long
  world.CarryOut(world.MakePlan());

  EXPECT_EQ(world.Status(GetParam().type), GetParam().status);
  EXPECT_EQ(world.Reason(GetParam().type), GetParam().reason);
  EXPECT_THAT(world.Message(GetParam().type), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Troubles, ConditionTells,
    testing::Values(
        Trouble{"NoReplica", [](World& w) { w.ReplicasBecomeReady(0); }, "Available", "False",
                "ReplicasUnavailable",
                "Deployment metricspipeline-system/cluster-collector: 0 of 2 replicas are ready"},
        Trouble{"OneReplicaIsEnoughToBeAvailable", [](World& w) { w.ReplicasBecomeReady(1); },
                "Available", "True", "ReplicasAvailable", "1 of 2 replicas are ready"},
        Trouble{"PodTroublesAreShown",
                [](World& w) {
                  w.ReplicasBecomeReady(0);
                  w.observed.pod_troubles = {"container collector: ImagePullBackOff (image x)"};
                },
                "Ready", "False", "ReplicasUnavailable", "ImagePullBackOff"},
        Trouble{"QuotaIsShown",
                [](World& w) {
                  w.ReplicasBecomeReady(0);
                  w.observed.deployment["status"]["conditions"] =
                      Json::array({{{"type", "ReplicaFailure"},
                                    {"status", "True"},
                                    {"reason", "FailedCreate"},
                                    {"message", "exceeded quota"}}});
                },
                "Available", "False", "ReplicasUnavailable", "FailedCreate: exceeded quota"},
        Trouble{"AggregatorsReasonIsVerbatim",
                [](World& w) {
                  w.Live("v1")["status"]["conditions"] =
                      Json::array({{{"type", "Available"},
                                    {"status", "False"},
                                    {"reason", "FailedDiscoveryCheck"},
                                    {"message", "bad status from https://10.0.0.1: 403"}}});
                },
                "Ready", "False", "BackendUnavailable",
                "FailedDiscoveryCheck: bad status from https://10.0.0.1: 403"},
        Trouble{"UnreachablePodsNameTheUsualSuspects",
                [](World& w) {
                  FailDiscovery(w, "Get https://10.0.0.1:443: context deadline exceeded");
                },
                "APIServicesRegistered", "False", "BackendUnavailable", "NetworkPolicy"},
        Trouble{
            "WrongCertificateIsToldApart",
            [](World& w) { FailDiscovery(w, "tls: failed to verify certificate: x509: unknown"); },
            "APIServicesRegistered", "False", "BackendUnavailable",
            "see condition CertificatesValid"},
        Trouble{"ApiDoesNotAnswer",
                [](World& w) {
                  w.observed.api_probe = ApiProbe::kFails;
                  w.observed.api_probe_failure = "503 service unavailable";
                },
                "Ready", "False", "APINotAnswering", "503 service unavailable"},
        Trouble{"FewNodesFail", [](World& w) { FailNode(w, "Timeout", 19, 20); }, "ScrapeHealthy",
                "True", "FewNodesFailing", "1 of 20 nodes are not scraped: node-b: Timeout"},
        Trouble{"ATenthIsStillFew", [](World& w) { FailNode(w, "Timeout", 18, 20); },
                "ScrapeHealthy", "True", "FewNodesFailing", ""},
        Trouble{"ManyNodesFail", [](World& w) { FailNode(w, "Timeout", 17, 20); }, "ScrapeHealthy",
                "False", "NodesFailing", "3 of 20"},
        Trouble{"ManyFailingNodesLeaveReadyAlone", [](World& w) { FailNode(w, "Timeout", 1, 20); },
                "Ready", "True", "MetricsServed", ""},
        Trouble{"NoNodeIsScraped", [](World& w) { FailNode(w, "Timeout", 0, 20); }, "Ready",
                "False", "NoNodesHealthy", "node-b: Timeout"},
        Trouble{"NoValueEverNamesTheKubeletsWords",
                [](World& w) { NeverReady(w, "UntrustedCertificate"); }, "Available", "False",
                "NoNodesHealthy",
                "Deployment metricspipeline-system/cluster-collector: no replica is ready, because "
                "no node can be scraped: node-b: UntrustedCertificate: what was seen. What to do."},
        Trouble{"ANodeThatWaitsIsNotBlamed", OneRefusedOneWaits, "Available", "False",
                "ReplicasUnavailable",
                "no replica is ready, because no node has been scraped yet: node-b: Untrusted"},
        Trouble{"ANodeThatWaitsMayBeHealthy", OneRefusedOneWaits, "ScrapeHealthy", "False",
                "NodesFailing", "What to do.; the others wait for their first time"},
        Trouble{"WhileAllWaitThatIsWhyNoReplicaIsReady",
                [](World& w) {
                  OneRefusedOneWaits(w);
                  for (ReplicaReport& report : w.observed.reports) {
                    report.nodes_failing = 0;
                    report.failing.clear();
                  }
                },
                "Available", "False", "ReplicasUnavailable",
                "no replica is ready, because no node has been scraped yet"},
        Trouble{"NoValueEverIsWhyNotReady", [](World& w) { NeverReady(w, "UntrustedCertificate"); },
                "Ready", "False", "NoNodesHealthy", "node-b: UntrustedCertificate"},
        Trouble{"NoValueEverFailsScrapeHealthy", [](World& w) { NeverReady(w, "Unauthorized"); },
                "ScrapeHealthy", "False", "NoNodesHealthy", "node-b: Unauthorized"},
        Trouble{"NoValueEverFailsTls", [](World& w) { NeverReady(w, "UntrustedCertificate"); },
                "KubeletTLSVerified", "False", "CertificateRefused",
                "(UntrustedCertificate): node-b: what was seen"},
        Trouble{"NoValueEverIsWhatIsWaitedFor",
                [](World& w) { NeverReady(w, "UntrustedCertificate"); }, "Reconciling", "True",
                "RollingOut", "node-b: UntrustedCertificate"},
        Trouble{"PodTroublesComeBeforeOldReports",
                [](World& w) {
                  NeverReady(w, "Unauthorized");
                  w.observed.pod_troubles = {"container collector: CrashLoopBackOff"};
                },
                "Available", "False", "ReplicasUnavailable", "CrashLoopBackOff"},
        Trouble{"BeginningIsNotAFailure",
                [](World& w) {
                  NeverReady(w, "Unauthorized");
                  for (ReplicaReport& report : w.observed.reports) {
                    report.failing.clear();
                    report.nodes_failing = 0;
                  }
                },
                "ScrapeHealthy", "Unknown", "NoReport", "have not scraped a node yet"},
        Trouble{"FirstConfigurationIsRefused",
                [](World& w) {
                  NeverReady(w, "Unauthorized");
                  w.observed.reports[0].last_config_error = "scrape.nodeSelector: bad";
                },
                "Available", "False", "ConfigurationRefused", "scrape.nodeSelector: bad"},
        Trouble{"OneBlindReplicaIsNamed",
                [](World& w) {
                  w.observed.reports[1].ready = false;
                  w.observed.reports[1].nodes_healthy = 0;
                  w.observed.reports[1].nodes_failing = 2;
                  w.observed.reports[1].failing = {{"node-b", "Unreachable", "m", "s"}};
                },
                "ScrapeHealthy", "False", "NodesFailing",
                "2 of 2 nodes are not scraped by every replica: node-b: Unreachable"},
        Trouble{"OneBlindReplicaLeavesReadyAlone",
                [](World& w) {
                  w.observed.reports[1].nodes_healthy = 0;
                  w.observed.reports[1].nodes_failing = 2;
                },
                "Ready", "True", "MetricsServed", ""},
        Trouble{"NewNodeIsNotAFailure",
                [](World& w) {
                  for (ReplicaReport& report : w.observed.reports) report.nodes_total = 3;
                },
                "ScrapeHealthy", "True", "AllNodesHealthy", "2 of 3 nodes are scraped"},
        Trouble{"SelectorMatchesNothing",
                [](World& w) {
                  w.ReplicasReport(0, 0);
                  w.pipeline.scrape.node_selector = "zone=nowhere";
                },
                "Ready", "False", "NoNodesSelected",
                "no node matches spec.scrape.nodeSelector 'zone=nowhere'"},
        Trouble{"SilentReplicaIsCounted",
                [](World& w) {
                  w.observed.unread_replicas = 1;
                  w.observed.unread_reason = "no answer within 3 s";
                },
                "ScrapeHealthy", "True", "AllNodesHealthy",
                "1 ready replica(s) could not be read on /status: no answer within 3 s"},
        Trouble{"RefusedConfiguration",
                [](World& w) {
                  for (ReplicaReport& report : w.observed.reports) {
                    report.last_config_error = "scrape.nodeSelector: bad";
                  }
                },
                "ScrapeHealthy", "False", "ConfigurationRefused", "scrape.nodeSelector: bad"},
        Trouble{"NobodyReports",
                [](World& w) {
                  w.observed.reports.clear();
                  w.observed.unread_reason = "HTTP 403";
                },
                "ScrapeHealthy", "Unknown", "NoReport", "HTTP 403"},
        Trouble{"KubeletKeyChanged", [](World& w) { FailNode(w, "KubeletKeyChanged", 1, 2); },
                "KubeletTLSVerified", "False", "CertificateRefused",
                "1 of 2 kubelets present another key than the one that was pinned "
                "(KubeletKeyChanged): node-b: what was seen. What to do."},
        Trouble{"KubeletWithoutCertificate",
                [](World& w) { FailNode(w, "NoServingCertificate", 1, 2); }, "KubeletTLSVerified",
                "False", "CertificateRefused",
                "To approve: kubectl get csr --field-selector "
                "spec.signerName=kubernetes.io/kubelet-serving, then kubectl certificate approve"},
        Trouble{"UnreachableNodeIsNoCertificateMatter",
                [](World& w) { FailNode(w, "Unreachable", 1, 2); }, "KubeletTLSVerified", "True",
                "AllVerified", ""},
        Trouble{"PinnedKubelet",
                [](World& w) {
                  for (ReplicaReport& report : w.observed.reports) {
                    report.tls_pinned = 1;
                    report.pins = {{"node-b", "CN=node-b@1", "CN=node-b-ca@1"}};
                  }
                },
                "KubeletTLSVerified", "True", "Pinned",
                "node-b (subject CN=node-b@1, issuer CN=node-b-ca@1). To have them verified: set "
                "serverTLSBootstrap: true"},
        Trouble{"ClientCertificateIsMissing",
                [](World& w) {
                  w.pipeline.tls.client_certificate = "kubelet-client";
                  w.observed.client_certificate = Referenced{};
                },
                "Ready", "False", "ReferenceMissing",
                "spec.tls.kubelet.clientCertificateRef: Secret "
                "metricspipeline-system/kubelet-client does not exist: create it"},
        Trouble{"ClientCertificateHasNoKey",
                [](World& w) {
                  w.pipeline.tls.client_certificate = "kubelet-client";
                  w.observed.client_certificate = Referenced{true, {{"tls.crt", "x"}}};
                },
                "Ready", "False", "ReferenceMissing", "has no key tls.key: add the private key"},
        Trouble{"ClientCertificateIsNone",
                [](World& w) {
                  w.pipeline.tls.client_certificate = "kubelet-client";
                  w.observed.client_certificate =
                      Referenced{true, {{"tls.crt", "x"}, {"tls.key", "y"}}};
                },
                "Ready", "False", "ReferenceMissing", "kubelet-client: tls.crt: "},
        Trouble{"InsecureByConfiguration",
                [](World& w) { w.pipeline.tls.kubelet_mode = pipeline::KubeletTlsMode::kInsecure; },
                "KubeletTLSVerified", "False", "InsecureByConfiguration", "mode Insecure"},
        Trouble{"MissingServingSecret",
                [](World& w) {
                  w.observed.serving.fault = "Secret a/b does not exist";
                  w.observed.serving.fault_reason = "SecretMissing";
                },
                "Ready", "False", "SecretMissing", "Secret a/b"},
        Trouble{"ForbiddenApply",
                [](World& w) {
                  w.observed.failure = "apply Secret a/b: forbidden";
                  w.observed.failure_reason = "Forbidden";
                },
                "Ready", "False", "Forbidden", "apply Secret a/b"},
        Trouble{"NewConfigurationIsOnItsWay",
                [](World& w) { w.pipeline.scrape.resolution = std::chrono::seconds(30); },
                "Reconciling", "True", "ApplyingConfiguration", "taking up configuration"},
        Trouble{"RolloutIsOnItsWay",
                [](World& w) { w.observed.deployment["status"]["updatedReplicas"] = 1; },
                "Reconciling", "True", "RollingOut", "on their way"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Conditions, TransitionTimeMovesOnlyWithTheStatus) {
  World world;
  world.MakeReady();
  const std::string since = (*world.Condition("Available"))["lastTransitionTime"];
  world.now += std::chrono::minutes(10);
  world.ReplicasBecomeReady(1);  // another message, the same status
  world.Settle();
  EXPECT_EQ((*world.Condition("Available"))["lastTransitionTime"], since);

  world.ReplicasBecomeReady(0);
  world.Settle();
  EXPECT_EQ((*world.Condition("Available"))["lastTransitionTime"], "2026-11-21T12:10:00Z");
}

TEST(Conditions, CarryTheGenerationTheySpeakOf) {
  World world;
  world.pipeline.meta.generation = 9;
  world.Settle();

  EXPECT_EQ(world.pipeline.status["observedGeneration"], 9);
  for (const Json& condition : world.pipeline.status["conditions"]) {
    EXPECT_EQ(condition["observedGeneration"], 9);
  }
}

// What the schema of metav1.Condition asks for.
TEST(Conditions, AreWellFormed) {
  World world;
  world.MakeReady();
  world.ReplicasBecomeReady(0);
  world.now += std::chrono::minutes(1);
  world.Settle();
  static const std::regex kReason("^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$");
  for (const Json& condition : world.pipeline.status["conditions"]) {
    EXPECT_TRUE(std::regex_match(std::string(condition["reason"]), kReason));
    EXPECT_THAT(std::string(condition["message"]), Not(IsEmpty()));
    EXPECT_TRUE(ParseRfc3339(std::string(condition["lastTransitionTime"])));
  }
}

TEST(Events, TellOnlyOfTransitions) {
  World world;
  world.Settle();
  world.ReplicasBecomeReady();
  world.ReplicasReport();
  world.Settle();
  world.ApiBecomesAvailable();
  const Plan ready = world.MakePlan();
  world.CarryOut(ready);
  std::set<std::string> reasons;
  for (const EventIntent& event : ready.events) {
    EXPECT_FALSE(event.warning);
    reasons.insert(event.reason);
  }
  EXPECT_TRUE(reasons.contains("MetricsServed"));
  EXPECT_THAT(world.MakePlan().events, IsEmpty());

  world.ReplicasBecomeReady(0);
  const Plan lost = world.MakePlan();
  ASSERT_THAT(lost.events, Not(IsEmpty()));
  EXPECT_TRUE(lost.events[0].warning);
  EXPECT_EQ(lost.events[0].reason, "ReplicasUnavailable");
}

// An Event's note holds 1024 bytes of UTF-8.
TEST(Events, AreCutToTheirLimitBetweenCharacters) {
  World world;
  world.MakeReady();
  std::string text;
  while (text.size() < 3000) text += "µ";
  world.observed.api_probe = ApiProbe::kFails;
  world.observed.api_probe_failure = "x" + text;
  world.CarryOut(world.MakePlan());
  world.now += std::chrono::seconds(30);
  const Plan plan = world.MakePlan();

  ASSERT_THAT(plan.events, Not(IsEmpty()));
  EXPECT_LE(plan.events[0].note.size(), 1024U);
  EXPECT_NO_THROW(Json(plan.events[0].note).dump());
}

TEST(Events, BeginningIsNoWarning) {
  EXPECT_THAT(World().MakePlan().events,
              testing::Each(testing::Field(&EventIntent::warning, false)));
}

TEST(Status, ShowsAtMostTenFailingNodes) {
  World world;
  world.MakeReady();
  world.ReplicasReport(0, 30);
  for (ReplicaReport& report : world.observed.reports) {
    for (int i = 0; i < 30; ++i) {
      report.failing.push_back({"node-" + std::to_string(100 + i), "Timeout", "m", "s"});
    }
  }
  world.Settle();

  EXPECT_EQ(world.pipeline.status["scrape"]["failing"].size(), 10U);
  EXPECT_EQ(world.pipeline.status["scrape"]["nodesTotal"], 30);
  EXPECT_EQ(world.pipeline.status["scrape"]["nodesHealthy"], 0);
}

TEST(Status, AppliedHashStandsThereOnlyWhenAllReplicasAgree) {
  World world;
  world.MakeReady();
  EXPECT_EQ(world.pipeline.status["collector"]["appliedConfigHash"],
            world.pipeline.status["collector"]["configHash"]);

  world.observed.reports[0].config_hash = "0000000000000000";
  world.Settle();
  EXPECT_FALSE(world.pipeline.status["collector"].contains("appliedConfigHash"));
}

TEST(Conditions, TellThatPinsAreNotStored) {
  World world;
  world.MakeReady();
  for (ReplicaReport& report : world.observed.reports) {
    report.tls_pinned = 1;
    report.pins_error = "ConfigMap metrics/cluster-collector-pins cannot be written";
  }
  world.CarryOut(world.MakePlan());

  EXPECT_THAT(world.Message("KubeletTLSVerified"),
              AllOf(HasSubstr("would trust whoever answers first"),
                    HasSubstr("cluster-collector-pins cannot be written")));
}

// The reasons are an API: whoever adds one has to explain it.
TEST(Reasons, AreAllExplainedInTheDocumentation) {
  std::ifstream file(mpl::test::SourcePath("docs/conditions.md"));
  std::stringstream content;
  content << file.rdbuf();
  const std::string text = content.str();
  std::set<std::string> documented;
  static const std::regex kRow(R"(\n\| `([A-Za-z]+)` \|)");
  for (std::sregex_iterator row(text.begin(), text.end(), kRow), end; row != end; ++row) {
    documented.insert((*row)[1]);
  }
  const std::set<std::string> known(reason::kAll.begin(), reason::kAll.end());
  EXPECT_EQ(documented, known);
}

}  // namespace
}  // namespace mpl::plan
