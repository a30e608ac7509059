#include "collector/parse/summary.h"

#include <gtest/gtest.h>

#include <string>

namespace mpl::parse {
namespace {

// Field names and forms: kubelet API stats/v1alpha1.
constexpr std::string_view kSummary = R"({
  "node": {"nodeName": "n1",
    "cpu": {"time": "2026-11-21T10:00:05Z", "usageNanoCores": 250000000, "usageCoreNanoSeconds": 99},
    "memory": {"time": "2026-11-21T10:00:05Z", "workingSetBytes": 1048576, "usageBytes": 5}},
  "pods": [
    {"podRef": {"name": "web-0", "namespace": "shop", "uid": "u"},
     "containers": [
       {"name": "app", "startTime": "2026-11-21T09:00:00Z",
        "cpu": {"time": "2026-11-21T10:00:01Z", "usageNanoCores": 7},
        "memory": {"workingSetBytes": 4096}},
       {"name": "new", "cpu": {"time": "2026-11-21T10:00:01Z", "usageCoreNanoSeconds": 5},
        "memory": {"workingSetBytes": 4096}},
       {"name": "odd", "cpu": {"time": "2026-11-21T10:00:01Z", "usageNanoCores": -5},
        "memory": {"workingSetBytes": 18446743709127774000}}]},
    {"podRef": {"name": "empty", "namespace": "shop"}}]})";

TEST(Summary, GivesTheKubeletsOwnRates) {
  const auto summary = ParseSummary(kSummary);
  ASSERT_TRUE(summary.has_value());
  EXPECT_EQ(summary->batch.node.cpu_nanocores, 250000000U);
  EXPECT_EQ(summary->batch.node.memory_bytes, 1048576U);
  EXPECT_EQ(summary->batch.node.time, ParseRfc3339("2026-11-21T10:00:05Z"));
  ASSERT_EQ(summary->batch.containers.size(), 1U);
  EXPECT_EQ(summary->batch.containers[0].ns, "shop");
  EXPECT_EQ(summary->batch.containers[0].pod, "web-0");
  EXPECT_EQ(summary->batch.containers[0].container, "app");
  EXPECT_EQ(summary->batch.containers[0].reading.cpu_nanocores, 7U);
}

TEST(Summary, NoPrefixCrashes) {
  for (std::size_t size = 0; size < kSummary.size(); ++size) {
    EXPECT_FALSE(ParseSummary(std::string(kSummary.substr(0, size))).has_value()) << size;
  }
}

TEST(Summary, RefusesOtherJson) {
  for (const char* body : {"", "[]", "{}", "null", R"({"node": 5, "pods": 7})", "<html>"}) {
    EXPECT_FALSE(ParseSummary(body).has_value()) << body;
  }
  EXPECT_TRUE(ParseSummary(R"({"node": {}, "pods": null})").has_value());
  EXPECT_TRUE(ParseSummary(R"({"node": {}, "pods": [1, {"podRef": 5, "containers": [3]}]})"));
}

// JSON has no order of fields, and its texts may be escaped.
TEST(Summary, TakesFieldsInAnyOrderAndEscaped) {
  const auto summary = ParseSummary(
      R"({"pods": [{"containers": [{"memory": {"workingSetBytes": 1}, "cpu": {"usageNanoCores": 2,)"
      R"("time": "2026-11-21T10:00:01Z"}, "n\u0061me": "\u0061pp"}], "other": {"cpu": {"usageNanoCores": 9}},)"
      R"("podRef": {"namespace": "sh\u006fp", "name": "web-0"}}], "node": null})");
  ASSERT_TRUE(summary.has_value());
  ASSERT_EQ(summary->batch.containers.size(), 1U);
  const auto& container = summary->batch.containers[0];
  EXPECT_EQ(container.ns, "shop");
  EXPECT_EQ(container.pod, "web-0");
  EXPECT_EQ(container.container, "app");
  EXPECT_EQ(container.reading.cpu_nanocores, 2U);
  EXPECT_EQ(container.reading.memory_bytes, 1U);
}

// Named alike in other places, or not a whole number below 2^63.
TEST(Summary, TakesNothingElseForAValue) {
  const auto summary = ParseSummary(
      R"({"cpu": {"time": "2026-11-21T10:00:01Z", "usageNanoCores": 1}, "node": {"cpu": [{"usageNanoCores": 2}],)"
      R"("swap": {"workingSetBytes": 3}, "memory": {"workingSetBytes": 9223372036854775808}}, "pods": []})");
  ASSERT_TRUE(summary.has_value());
  EXPECT_FALSE(summary->batch.node.has_cpu);
  EXPECT_FALSE(summary->batch.node.has_memory);
  EXPECT_FALSE(ParseSummary(std::string(200, '[') + std::string(200, ']')));
  EXPECT_FALSE(ParseSummary(R"({"node": {}} {})"));
}

}  // namespace
}  // namespace mpl::parse
