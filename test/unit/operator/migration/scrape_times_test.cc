// Resolution and timeout: kube-apiserver takes every pair that is printed, by the rules of the CRD
// (crds/metricspipeline.dev_metricspipelines.yaml): whole seconds, 5s <= resolution <= 5m, and
// timeout * 10 <= resolution * 9.
#include <gmock/gmock.h>

#include "operator/pipeline/pipeline.h"
#include "test/unit/operator/migration/servers.h"

namespace mpl::migration {
namespace {

using testing::HasSubstr;

struct Times {
  std::vector<std::string> arguments;
  const char* resolution;
  const char* timeout;  // empty: left out, for the CRD's default of 10s
};

// The timeout by hand: floor(resolution * 0.9) where what was wanted is more. Metrics-server's
// defaults are 1m and 10s.
TEST(ScrapeTimes, AreWhatTheApiServerTakes) {
  const std::vector<Times> all = {
      {{"--metric-resolution=15s", "--kubelet-request-timeout=13.5s"}, "15s", "13s"},
      {{"--kubelet-request-timeout=13.5s", "--metric-resolution=15s"}, "15s", "13s"},
      {{"--metric-resolution=10m", "--kubelet-request-timeout=5m"}, "300s", "270s"},
      {{"--metric-resolution=10s"}, "10s", "9s"},
      {{"--metric-resolution=11s"}, "11s", "9s"},
      {{"--metric-resolution=5s"}, "5s", "4s"},
      {{"--metric-resolution=1s"}, "5s", "4s"},
      {{"--metric-resolution=12s"}, "12s", ""},  // 10.8 s are allowed
      {{"--metric-resolution=15s"}, "15s", ""},
      {{"--metric-resolution=10s", "--kubelet-request-timeout=9s"}, "10s", "9s"},
      {{"--metric-resolution=30s", "--kubelet-request-timeout=500ms"}, "30s", "1s"},
      {{"--metric-resolution=30s", "--kubelet-request-timeout=10.5s"}, "30s", "11s"},
      {{"--kubelet-request-timeout=54s"}, "60s", "54s"},
      {{"--kubelet-request-timeout=2m"}, "60s", "54s"},
      {{"--metric-resolution=10s", "--kubelet-request-timeout=soon"}, "10s", "9s"},
  };
  for (const Times& times : all) {
    const Migration migration = Migrate(Server(times.arguments));
    const Json scrape = migration.pipeline["spec"]["scrape"];
    const std::string name = testing::PrintToString(times.arguments);
    EXPECT_EQ(scrape["resolution"], times.resolution) << name;
    EXPECT_EQ(scrape.value("timeout", ""), times.timeout) << name;
    EXPECT_TRUE(pipeline::ParsePipeline(migration.pipeline)) << name;
  }
}

// Seconds of "13s"; the CRD's pattern has no other form that is printed here.
int Count(const std::string& text) { return std::stoi(text); }

TEST(ScrapeTimes, KeepTheRuleWhateverIsGiven) {
  for (const int resolution : {1, 5, 6, 7, 9, 10, 11, 12, 13, 15, 20, 60, 99, 100, 299, 300, 400}) {
    for (const char* timeout :
         {"1ms", "4s", "4500ms", "9s", "9.001s", "10s", "89s", "269.5s", "1h"}) {
      const Json scrape = SpecOf({"--metric-resolution=" + std::to_string(resolution) + "s",
                                  std::string("--kubelet-request-timeout=") + timeout})["scrape"];
      const int chosen = Count(scrape["timeout"]);
      EXPECT_GE(chosen, 1) << resolution << " " << timeout;
      EXPECT_LE(chosen * 10, Count(scrape["resolution"]) * 9) << resolution << " " << timeout;
    }
  }
}

TEST(ScrapeTimes, AShorterTimeoutIsTold) {
  const Migration given =
      Migrate(Server({"--metric-resolution=15s", "--kubelet-request-timeout=13.5s"}));
  EXPECT_THAT(Of(given, "--kubelet-request-timeout=13.5s").text,
              HasSubstr("spec.scrape.timeout: 13s, the longest with resolution 15s"));
  const Migration usual = Migrate(Server({"--metric-resolution=10s"}));
  EXPECT_THAT(Of(usual, "--kubelet-request-timeout (default 10s)").text,
              HasSubstr("spec.scrape.timeout: 9s, the longest with resolution 10s"));
  EXPECT_FALSE(usual.NeedsDecision());
}

}  // namespace
}  // namespace mpl::migration
