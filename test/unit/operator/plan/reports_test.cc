// What replicas and pods say, read and folded together.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operator/plan/conditions.h"
#include "operator/plan/observed.h"

namespace mpl::plan {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// Keys: the collector's /status (collector/handlers/status_document.h).
TEST(ReplicaReport, ReadsTheCollectorsStatus) {
  const auto report = ParseReplicaReport(Json::parse(R"({
    "configHash": "0123456789abcdef", "version": "1.2", "replica": "x",
    "nodes": {"total": 3, "healthy": 2},
    "failing": [{"node": "b", "reason": "Timeout", "message": "m", "since": "2026-11-21T11:00:00Z"}],
    "pins": [{"node": "c", "subject": "CN=c", "issuer": "CN=ca"}], "tls": {"verified": 1, "pinned": 1, "insecure": 0},
    "store": {"nodes": 2, "pods": 7, "containers": 9}, "lastConfigError": "bad"})"));

  ASSERT_TRUE(report);
  EXPECT_EQ(report->config_hash, "0123456789abcdef");
  EXPECT_EQ(report->version, "1.2");
  EXPECT_EQ(report->nodes_total, 3);
  EXPECT_EQ(report->nodes_healthy, 2);
  EXPECT_EQ(report->nodes_failing, 1);
  ASSERT_THAT(report->failing, SizeIs(1));
  EXPECT_EQ(report->failing[0], (FailingNode{"b", "Timeout", "m", "2026-11-21T11:00:00Z"}));
  EXPECT_THAT(report->pins, testing::ElementsAre(PinnedNode{"c", "CN=c", "CN=ca"}));
  EXPECT_EQ(report->pods, 7);
  EXPECT_EQ(report->tls_verified, 1);
  EXPECT_EQ(report->tls_pinned, 1);
  EXPECT_EQ(report->last_config_error, "bad");
}

TEST(ReplicaReport, EndsAtNoOddAnswer) {
  for (const char* text :
       {"{}", R"({"nodes": 1, "tls": [], "failing": "x"})", R"({"failing": [1, null, {}]})",
        R"({"configHash": 7, "lastConfigError": null})"}) {
    EXPECT_TRUE(ParseReplicaReport(Json::parse(text))) << text;
  }
  EXPECT_FALSE(ParseReplicaReport(Json::parse("[]")));
  EXPECT_FALSE(ParseReplicaReport(Json::parse("not json", nullptr, false)));
}

TEST(Summary, CountsANodeThatAnyReplicaFailsToScrape) {
  ReplicaReport a, b;
  a.nodes_total = b.nodes_total = 3;
  a.nodes_healthy = 3;
  b.nodes_healthy = 2;
  b.failing = {{"n2", "Timeout", "m", "2026-11-21T11:00:00Z"}};

  const ScrapeSummary summary = Summarise({a, b});

  EXPECT_EQ(summary.healthy, 2);
  EXPECT_THAT(summary.failing, SizeIs(1));
}

TEST(Summary, ShowsANodeOnceAsTheEarliestSaw) {
  ReplicaReport a, b;
  a.failing = {{"n2", "Timeout", "late", "2026-11-21T11:00:05Z"}};
  b.failing = {{"n2", "Timeout", "early", "2026-11-21T11:00:00Z"},
               {"n1", "Timeout", "m", "2026-11-21T11:00:00Z"}};

  const ScrapeSummary forth = Summarise({a, b});
  const ScrapeSummary back = Summarise({b, a});

  EXPECT_EQ(forth.failing, back.failing);
  ASSERT_THAT(forth.failing, SizeIs(2));
  EXPECT_EQ(forth.failing[0].node, "n1");
  EXPECT_EQ(forth.failing[1].message, "early");
}

ReplicaReport Seen(bool ready, int healthy, int failing, const std::string& hash = "h") {
  ReplicaReport report;
  report.ready = ready;
  report.config_hash = hash;
  report.nodes_total = 3;
  report.nodes_healthy = healthy;
  report.nodes_failing = failing;
  return report;
}

// A replica that has just started has scraped nothing yet: that is no fault of the cluster.
TEST(Summary, MeasuresByTheReplicasThatTakeRequests) {
  const ScrapeSummary summary = Summarise({Seen(true, 3, 0), Seen(false, 0, 0, "old")});

  EXPECT_TRUE(summary.serving);
  EXPECT_EQ(summary.healthy, 3);
  EXPECT_EQ(summary.nodes_failing, 0);
  EXPECT_EQ(summary.config_hash, "h");
}

TEST(Summary, CountsWhatAReplicaThatIsNotReadyFailsToScrape) {
  const ScrapeSummary summary = Summarise({Seen(true, 3, 0), Seen(false, 1, 2)});

  EXPECT_EQ(summary.healthy, 3);
  EXPECT_EQ(summary.nodes_failing, 2);
}

TEST(Summary, TakesThoseThatAreThereWhileNoneIsReady) {
  const ScrapeSummary summary = Summarise({Seen(false, 1, 0), Seen(false, 0, 3)});

  EXPECT_TRUE(summary.known);
  EXPECT_FALSE(summary.serving);
  EXPECT_EQ(summary.healthy, 0);
  EXPECT_EQ(summary.most_healthy, 1);
  EXPECT_EQ(summary.nodes_failing, 3);
}

// The list holds 100 entries at most, the total counts all.
TEST(Summary, BelievesTheTotalBeyondTheList) {
  const auto report = ParseReplicaReport(
      Json::parse(R"({"failing": [{"node": "a"}, {"node": "b"}], "failingTotal": 250})"));

  EXPECT_EQ(report->nodes_failing, 250);
  EXPECT_EQ(Summarise({*report}).nodes_failing, 250);
}

TEST(Summary, CountsReasonsBeyondTheLists) {
  const auto a = ParseReplicaReport(Json::parse(R"({"failing": [{"node": "a", "reason": "Timeout"}],
    "failingTotal": 250, "failingByReason": {"Timeout": 248, "NameMismatch": 2, "odd": "x"}})"));
  const auto b = ParseReplicaReport(Json::parse(R"({"failing": [{"node": "b", "reason": "Timeout"}],
    "failingTotal": 4, "failingByReason": {"NotFound": 4}})"));
  const ScrapeSummary summary = Summarise({*a, *b});

  EXPECT_EQ(summary.failing_by_reason,
            (std::map<std::string, int>{{"NameMismatch", 2}, {"NotFound", 4}, {"Timeout", 248}}));
  EXPECT_EQ(summary.unexplained, 0);
}

TEST(Summary, KnowsWhatAnOlderCollectorDoesNotTell) {
  const auto report = ParseReplicaReport(
      Json::parse(R"({"failing": [{"node": "a", "reason": "Timeout"}], "failingTotal": 250})"));

  EXPECT_EQ(Summarise({*report}).unexplained, 249);
}

// What one replica cannot reach, another one refuses.
TEST(Summary, PrefersARefusalToAnEarlierSight) {
  ReplicaReport a, b;
  a.failing = {{"n", "Timeout", "m", "2026-11-21T11:00:00Z"}};
  b.failing = {{"n", "KubeletKeyChanged", "m", "2026-11-21T11:00:05Z"}};

  EXPECT_EQ(Summarise({a, b}).failing.at(0).reason, "KubeletKeyChanged");
  EXPECT_EQ(Summarise({b, a}).failing.at(0).reason, "KubeletKeyChanged");
}

TEST(Summary, KnowsNothingWithoutReports) { EXPECT_FALSE(Summarise({}).known); }

TEST(Rollout, IsIncompleteUntilTheNewestTemplateServes) {
  Json deployment = Json::parse(R"({"metadata": {"generation": 2}, "status": {
    "observedGeneration": 2, "readyReplicas": 2, "updatedReplicas": 2, "availableReplicas": 2}})");
  EXPECT_TRUE(ReadRollout(deployment, 2).complete());
  EXPECT_FALSE(ReadRollout(deployment, 3).complete());
  deployment["status"]["observedGeneration"] = 1;
  EXPECT_FALSE(ReadRollout(deployment, 2).complete());
  EXPECT_FALSE(ReadRollout(Json(), 2).exists);
}

Json Pod(const std::string& status) { return {{"status", Json::parse(status)}}; }

TEST(PodTroubles, TellWhyPodsDoNotRunWithoutNamingThem) {
  const Json pods = {
      {"items", Json::array({Pod(R"({"conditions": [{"type": "PodScheduled", "status": "False",
                 "reason": "Unschedulable", "message": "0/2 nodes are available"}]})"),
                             Pod(R"({"containerStatuses": [{"name": "collector", "image": "i:1",
                 "state": {"waiting": {"reason": "ImagePullBackOff"}}}]})"),
                             Pod(R"({"containerStatuses": [{"name": "collector", "image": "i:1",
                 "state": {"waiting": {"reason": "ImagePullBackOff"}}}]})"),
                             Pod(R"({"containerStatuses": [{"name": "collector",
                 "state": {"waiting": {"reason": "CrashLoopBackOff"}},
                 "lastState": {"terminated": {"exitCode": 2, "reason": "Error"}}}]})")})}};

  EXPECT_THAT(PodTroubles(pods), ElementsAre(HasSubstr("Unschedulable: 0/2 nodes"),
                                             HasSubstr("CrashLoopBackOff (last exit code 2, Error"),
                                             HasSubstr("ImagePullBackOff (image i:1)")));
}

// Reasons of the kubelet (k8s.io/kubernetes, pkg/kubelet/images/types.go).
TEST(PodTroubles, NameTheFieldThatARefusedPullMayNeed) {
  const auto trouble = [](const std::string& reason) {
    const Json pods = {
        {"items", Json::array({Pod(R"({"containerStatuses": [{"name": "collector", "image": "i:1",
                                      "state": {"waiting": {"reason": ")" +
                                   reason + R"("}}}]})")})}};
    return PodTroubles(pods).at(0);
  };
  EXPECT_THAT(trouble("ErrImagePull"), HasSubstr("spec.collector.imagePullSecrets"));
  EXPECT_THAT(trouble("ImagePullBackOff"), HasSubstr("spec.collector.imagePullSecrets"));
  EXPECT_THAT(trouble("ErrImageNeverPull"),
              testing::Not(HasSubstr("spec.collector.imagePullSecrets")));
}

TEST(PodTroubles, BeginningIsNoTrouble) {
  const Json pods = {{"items", Json::array({Pod("{}"), Pod(R"({"containerStatuses": [{
    "name": "collector", "state": {"waiting": {"reason": "ContainerCreating"}}}]})")})}};

  EXPECT_THAT(PodTroubles(pods), IsEmpty());
}

}  // namespace
}  // namespace mpl::plan
