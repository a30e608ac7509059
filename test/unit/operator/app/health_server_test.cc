#include "operator/app/health_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mpl::app {
namespace {

using testing::HasSubstr;

http::Response Get(const std::string& target, const telemetry::HealthChecks& checks,
                   const metrics::Registry& registry) {
  http::Request request;
  request.target = target;
  return AnswerHealth(request, checks, registry);
}

TEST(HealthServer, AnswersTheFourPathsOnly) {
  telemetry::HealthChecks checks;
  metrics::Registry registry;
  registry.GetGauge("answer", "The answer.").Set(42);

  EXPECT_EQ(Get("/healthz", checks, registry).body, "ok");
  EXPECT_EQ(Get("/livez", checks, registry).status, 200);
  EXPECT_EQ(Get("/readyz?verbose", checks, registry).status, 200);
  EXPECT_THAT(Get("/metrics", checks, registry).body, HasSubstr("answer 42"));
  EXPECT_EQ(Get("/", checks, registry).status, 404);
  EXPECT_EQ(Get("/debug", checks, registry).status, 404);
  EXPECT_EQ(Get("/metrics/x", checks, registry).status, 404);
}

TEST(HealthServer, SaysWhichCheckFails) {
  telemetry::HealthChecks checks;
  checks.readyz().Add(
      {"watches", [] { return Result<void>(Fail(ErrorKind::kUnavailable, "wait")); }});
  metrics::Registry registry;

  const auto answer = Get("/readyz", checks, registry);
  EXPECT_EQ(answer.status, 500);
  EXPECT_THAT(answer.body, HasSubstr("watches"));
  EXPECT_EQ(Get("/readyz/ping", checks, registry).status, 200);
  EXPECT_EQ(Get("/readyz?exclude=watches", checks, registry).status, 200);
  EXPECT_EQ(Get("/livez", checks, registry).status, 200);
}

TEST(HealthServer, IsForReadingOnly) {
  http::Request request;
  request.method = "POST";
  request.target = "/healthz";
  EXPECT_EQ(AnswerHealth(request, telemetry::HealthChecks(), metrics::Registry()).status, 405);
}

}  // namespace
}  // namespace mpl::app
