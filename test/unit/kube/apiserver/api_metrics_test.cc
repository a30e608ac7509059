#include "kube/apiserver/api_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace mpl::apiserver {
namespace {

using testing::HasSubstr;

http::RequestInfo Info(const std::string& verb, const std::string& resource,
                       const std::string& name) {
  http::RequestInfo info;
  info.is_resource = true;
  info.verb = verb;
  info.resource = resource;
  info.name = name;
  info.ns = "ns-" + name;
  return info;
}

std::ptrdiff_t Lines(const metrics::Registry& registry) {
  const std::string text = registry.Expose();
  return std::ranges::count(text, '\n');
}

TEST(ApiMetrics, CountByVerbResourceAndCode) {
  metrics::Registry registry;
  ApiMetrics metrics(registry, "test", {"pods"});

  metrics.Answered(Info("list", "pods", ""), 200, std::chrono::milliseconds(2));
  metrics.Answered(Info("list", "pods", ""), 200, std::chrono::milliseconds(2));

  const std::string text = registry.Expose();
  EXPECT_THAT(text,
              HasSubstr("test_api_requests_total{code=\"200\",resource=\"pods\",verb=\"list\"} 2"));
  EXPECT_THAT(text, HasSubstr("test_api_request_duration_seconds_count{resource=\"pods\","
                              "verb=\"list\"} 2"));
}

TEST(ApiMetrics, DoNotGrowWithWhatClientsMakeUp) {
  metrics::Registry registry;
  ApiMetrics metrics(registry, "test", {"pods"});
  const auto ask = [&](const std::string& anything) {
    metrics.Answered(Info("get", "pods", anything), 404, std::chrono::milliseconds(1));
    metrics.Answered(Info(anything, "pods", ""), 405, std::chrono::milliseconds(1));
    metrics.Answered(Info("get", anything, ""), 404, std::chrono::milliseconds(1));
  };
  ask("first");
  const std::ptrdiff_t before = Lines(registry);

  for (int i = 0; i < 10000; ++i) ask("made-up-" + std::to_string(i));

  EXPECT_EQ(Lines(registry), before);
}

}  // namespace
}  // namespace mpl::apiserver
