// Texts: k8s.io/apiserver server/healthz/healthz.go, as seen in metrics-server's e2e golden
// answers; ours tells the reason where upstream writes "reason withheld".
#include "kube/telemetry/health.h"

#include <gmock/gmock.h>

namespace mpl::telemetry {
namespace {

HealthCheck Passing(std::string name) {
  return {std::move(name), [] { return Result<void>(); }};
}
HealthCheck Failing(std::string name, std::string reason) {
  return {std::move(name),
          [reason]() -> Result<void> { return Fail(ErrorKind::kUnavailable, reason); }};
}

HealthEndpoint Readyz() {
  HealthEndpoint readyz("readyz");
  readyz.Add(Passing("informer-sync"));
  return readyz;
}

TEST(HealthEndpoint, SaysOkWhenAllPass) {
  const HealthAnswer answer = Readyz().Answer({});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "ok");
}

TEST(HealthEndpoint, ListsChecksInOrderWhenVerbose) {
  const HealthAnswer answer = Readyz().Answer({.verbose = true});
  EXPECT_EQ(answer.body, "[+]ping ok\n[+]informer-sync ok\nreadyz check passed\n");
}

TEST(HealthEndpoint, TellsTheReasonOfAFailureEvenWhenNotVerbose) {
  HealthEndpoint readyz = Readyz();
  readyz.Add(Failing("storage", "no metrics to serve"));

  const HealthAnswer answer = readyz.Answer({});

  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.body,
            "[+]ping ok\n[+]informer-sync ok\n[-]storage failed: no metrics to serve\n"
            "readyz check failed\n");
  EXPECT_EQ(readyz.Healthy().error().message, "storage: no metrics to serve");
}

TEST(HealthEndpoint, LeavesOutExcludedChecks) {
  HealthEndpoint readyz = Readyz();
  readyz.Add(Failing("storage", "no metrics to serve"));

  EXPECT_EQ(readyz.Answer({.excluded = {"storage"}}).status, 200);
  EXPECT_EQ(readyz.Answer({.verbose = true, .excluded = {"storage"}}).body,
            "[+]ping ok\n[+]informer-sync ok\n[+]storage excluded: ok\nreadyz check passed\n");
}

TEST(HealthEndpoint, WarnsOfAnExcludeThatMatchesNothing) {
  EXPECT_EQ(Readyz().Answer({.verbose = true, .excluded = {"other"}}).body,
            "[+]ping ok\n[+]informer-sync ok\n"
            "warn: some health checks cannot be excluded: no matches for \"other\"\n"
            "readyz check passed\n");
}

TEST(HealthEndpoint, AnswersOneCheckBySubpath) {
  HealthEndpoint readyz = Readyz();
  readyz.Add(Failing("storage", "no metrics to serve"));

  EXPECT_EQ(readyz.Answer({.subpath = "ping"}).body, "ok");
  EXPECT_EQ(readyz.Answer({.subpath = "storage"}).status, 500);
  EXPECT_EQ(readyz.Answer({.subpath = "storage"}).body,
            "internal server error: no metrics to serve\n");
  EXPECT_EQ(readyz.Answer({.subpath = "nothing"}).status, 404);
}

TEST(HealthChecks, AreFoundByTheirPathWord) {
  HealthChecks checks;
  EXPECT_EQ(checks.Find("livez"), &checks.livez());
  EXPECT_EQ(checks.Find("readyz"), &checks.readyz());
  EXPECT_EQ(checks.Find("metrics"), nullptr);
}

}  // namespace
}  // namespace mpl::telemetry
