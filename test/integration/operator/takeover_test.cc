// Somebody else's registration: taken over when warm, given back, and not fought about for ever.
#include <gmock/gmock.h>

#include "test/integration/operator/replica.h"

namespace mpl::test {
namespace {

using testing::HasSubstr;

const Json kTakeOver = {
    {"collector", {{"replicas", 1}}},
    {"scrape", {{"resolution", "5s"}, {"timeout", "4s"}}},
    {"apiServices", {{"conflictPolicy", "TakeOver"}, {"deletionPolicy", "Restore"}}}};

Json Registration() { return Get({"apiservice", "v1beta1.metrics.k8s.io"}); }

std::string ServiceName() {
  const Json live = Registration();
  return live.is_object() ? live["spec"]["service"]["name"].get<std::string>() : "";
}

bool CollectorIsThere() {
  return !Get({"deployment", "cluster-collector", "-n", kNamespace}).is_null();
}

TEST_F(OperatorTest, TakesOverWhenWarmAndGivesBackWhatItTook) {
  RegisterMetricsServer("v1beta1");
  const Json before = Registration()["spec"];
  Operator running;
  ApplyPipeline("cluster", kTakeOver);
  ASSERT_TRUE(Eventually(seconds(30), CollectorIsThere)) << running.Log();
  Replica replica;
  replica.Report(ReplicaStatus(2, 2));
  EXPECT_EQ(ServiceName(), "metrics-server") << "nobody was warm yet";
  replica.Enlist(true);

  ASSERT_TRUE(Eventually(seconds(40), [] { return ServiceName() == "cluster-collector"; }))
      << Condition("APIServicesRegistered") << running.Log();
  const Json taken = Registration();
  EXPECT_FALSE(taken["spec"].value("insecureSkipTLSVerify", false));
  EXPECT_FALSE(taken["spec"].value("caBundle", "").empty());
  EXPECT_EQ(
      Json::parse(
          taken["metadata"]["annotations"]["metricspipeline.dev/previous-spec"].get<std::string>()),
      before);
  EXPECT_THAT(Get({"metricspipeline", "cluster"})["metadata"]["finalizers"],
              testing::Contains("metricspipeline.dev/restore-apiservices"));

  Server().Kubectl({"delete", "metricspipeline", "cluster", "--timeout=15s"});
  EXPECT_EQ(Registration()["spec"], before);
  EXPECT_FALSE(
      Registration()["metadata"]["annotations"].contains("metricspipeline.dev/previous-spec"));
  EXPECT_TRUE(Get({"apiservice", "v1.metrics.k8s.io"}).is_null());
  // Its fields are its own again: it may change them without forcing.
  EXPECT_NO_THROW(RegisterMetricsServer("v1beta1", "metrics-server-2"));
  EXPECT_EQ(ServiceName(), "metrics-server-2");
}

bool IsStalled() {
  const Json stalled = ConditionOf("cluster", "Stalled");
  return stalled.is_object() && stalled["reason"] == "RegistrationContested";
}

TEST_F(OperatorTest, StopsAfterThreeRewritesAndSaysWhoItWas) {
  Operator running;
  ApplyPipeline();
  ASSERT_TRUE(Eventually(seconds(30), CollectorIsThere)) << running.Log();
  MakeEndpointReady();
  ASSERT_TRUE(Eventually(seconds(10), [] { return ServiceName() == "cluster-collector"; }))
      << running.Log();
  const std::string rewrite = R"({"spec":{"service":{"name":"other","namespace":"kube-system"}}})";
  // A rewrite that comes between a plan and its apply is undone before it is counted: then the
  // next one is the last.
  bool stopped = false;
  for (int time = 1; time <= 5 && !stopped; ++time) {
    Server().Kubectl({"patch", "apiservice", "v1beta1.metrics.k8s.io", "--type=merge",
                      "--field-manager=addon-writer", "-p", rewrite});
    const auto answered = [] { return ServiceName() == "cluster-collector" || IsStalled(); };
    ASSERT_TRUE(Eventually(seconds(10), answered)) << "rewrite " << time << "\n" << running.Log();
    stopped = IsStalled();
    EXPECT_TRUE(time >= 3 || !stopped) << "stopped after rewrite " << time;
  }

  ASSERT_TRUE(stopped) << running.Log();
  EXPECT_THAT(std::string(ConditionOf("cluster", "Stalled")["message"]),
              HasSubstr("field manager addon-writer"));
  EXPECT_FALSE(Eventually(seconds(5), [] { return ServiceName() != "other"; })) << running.Log();
}

}  // namespace
}  // namespace mpl::test
