// Somebody else's registration: taken over when warm, given back, and not fought about for ever.
#include <gmock/gmock.h>

#include <thread>

#include "kube/base/digest.h"
#include "test/integration/operator/clock.h"
#include "test/integration/operator/replica.h"
#include "test/support/fault_proxy/fault_proxy.h"

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
  const MetricsServerService service;
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

  // Whoever applies it whole, as it was exported, owns the finalizer too.
  const Json exported = {
      {"apiVersion", "metricspipeline.dev/v1alpha1"},
      {"kind", "MetricsPipeline"},
      {"metadata",
       {{"name", "cluster"}, {"finalizers", {"metricspipeline.dev/restore-apiservices"}}}},
      {"spec", kTakeOver}};
  Server().Kubectl({"apply", "--server-side", "--field-manager=gitops", "-f", "-"},
                   exported.dump());

  Server().Kubectl({"delete", "metricspipeline", "cluster", "--timeout=15s"});
  EXPECT_EQ(Registration()["spec"], before);
  EXPECT_FALSE(
      Registration()["metadata"]["annotations"].contains("metricspipeline.dev/previous-spec"));
  EXPECT_TRUE(Get({"apiservice", "v1.metrics.k8s.io"}).is_null());
  // Its fields are its own again: it may change them without forcing.
  EXPECT_NO_THROW(RegisterMetricsServer("v1beta1", "metrics-server-2"));
  EXPECT_EQ(ServiceName(), "metrics-server-2");
}

// The operator goes first, and a person releases the pipeline from its finalizer.
void TakeOverAndBeForgotten() {
  Operator running;
  RegisterMetricsServer("v1beta1");
  const Json pipeline = {{"apiVersion", "metricspipeline.dev/v1alpha1"},
                         {"kind", "MetricsPipeline"},
                         {"metadata", {{"name", "cluster"}}},
                         {"spec", kTakeOver}};
  Server().Kubectl({"apply", "-f", "-"}, pipeline.dump());
  ASSERT_TRUE(Eventually(seconds(30), CollectorIsThere)) << running.Log();
  Replica replica;
  replica.Report(ReplicaStatus(2, 2));
  replica.Enlist(true);
  ASSERT_TRUE(Eventually(seconds(40), [] { return ServiceName() == "cluster-collector"; }))
      << running.Log();
  running.process().Stop(seconds(15));
  Server().Kubectl({"delete", "metricspipeline", "cluster", "--wait=false"});
  Server().Kubectl({"patch", "metricspipeline", "cluster", "--type=merge", "-p",
                    R"({"metadata":{"finalizers":null}})"});
  ASSERT_TRUE(Eventually(seconds(10), [] { return !Exists({"metricspipeline", "cluster"}); }));
  ASSERT_EQ(ServiceName(), "cluster-collector") << "nobody was left to give it back";
}

TEST_F(OperatorTest, GivesBackWhatAForgottenPipelineTook) {
  const MetricsServerService service;
  ASSERT_NO_FATAL_FAILURE(TakeOverAndBeForgotten());

  Operator again;

  EXPECT_TRUE(Eventually(seconds(40), [] { return ServiceName() == "metrics-server"; }))
      << again.Log();
  EXPECT_FALSE(Registration()["metadata"]["labels"].contains("metricspipeline.dev/pipeline"));
}

// Whoever had it before has gone meanwhile: given back, it would still stop every namespace's
// deletion.
TEST_F(OperatorTest, RemovesWhatAForgottenPipelineTookFromAServiceThatIsGone) {
  ASSERT_NO_FATAL_FAILURE(TakeOverAndBeForgotten());

  Operator again;

  EXPECT_TRUE(Eventually(seconds(40), [] { return Registration().is_null(); })) << again.Log();
}

TEST_F(OperatorTest, WithdrawsAlthoughTheDeploymentIsRefused) {
  if (!kClocksCanBeSet) GTEST_SKIP();
  const Clock clock("withdraw");
  Operator running({"--leader-elect=false"}, clock.Environment());
  Json spec = {{"apiServices", {{"unavailablePolicy", "Withdraw"}}}};
  ApplyPipeline("cluster", spec);
  ASSERT_TRUE(Eventually(seconds(30), CollectorIsThere)) << running.Log();
  MakeEndpointReady();
  ASSERT_TRUE(Eventually(seconds(10), [] { return ServiceName() == "cluster-collector"; }))
      << running.Log();
  spec["collector"] = kRefusedCollector;
  ApplyPipeline("cluster", spec);
  Server().Kubectl({"delete", "deployment", "cluster-collector", "-n", kNamespace});
  MakeEndpoint({.ready = false});
  ASSERT_TRUE(Eventually(seconds(15), [&] {
    const Json available = ConditionOf("cluster", "Available");
    return Condition("Ready") == "ApplyFailed" && available["status"] == "False";
  })) << running.Log();
  EXPECT_EQ(ServiceName(), "cluster-collector") << "not before five minutes have passed";

  clock.Set("+6m");
  // Else up to a minute of back-off would pass.
  Server().Kubectl(
      {"annotate", "metricspipeline", "cluster", "metricspipeline.dev/reconcile-requested-at=now"});

  EXPECT_TRUE(Eventually(seconds(30), [] { return Registration().is_null(); })) << running.Log();
}

void Rewrite() {
  Server().Kubectl({"patch", "apiservice", "v1beta1.metrics.k8s.io", "--type=merge",
                    "--field-manager=addon-writer", "-p",
                    R"({"spec":{"service":{"name":"other","namespace":"kube-system"}}})"});
}

bool IsOurs() { return ServiceName() == "cluster-collector"; }

bool IsStalled() {
  const Json stalled = ConditionOf("cluster", "Stalled");
  return stalled.is_object() && stalled["reason"] == "RegistrationContested";
}

// With a pipeline applied: it registers, and puts right what somebody writes into the registration,
// twice.
void BearTwoRewrites(const Operator& running) {
  ASSERT_TRUE(Eventually(seconds(30), CollectorIsThere)) << running.Log();
  MakeEndpoint({});
  ASSERT_TRUE(Eventually(seconds(10), IsOurs)) << running.Log();
  for (int time = 1; time <= 2; ++time) {
    Rewrite();
    ASSERT_TRUE(Eventually(seconds(10), IsOurs)) << "rewrite " << time << "\n" << running.Log();
    EXPECT_FALSE(IsStalled()) << "stopped after rewrite " << time;
  }
}

TEST_F(OperatorTest, StopsAtTheThirdRewriteAndSaysWhoItWas) {
  Operator running;
  ApplyPipeline();
  ASSERT_NO_FATAL_FAILURE(BearTwoRewrites(running));

  Rewrite();
  EXPECT_FALSE(Eventually(seconds(5), IsOurs)) << running.Log();
  ASSERT_TRUE(IsStalled()) << running.Log();
  EXPECT_THAT(std::string(ConditionOf("cluster", "Stalled")["message"]),
              HasSubstr("field manager addon-writer"));
}

// As cert-manager's cainjector does: the registration stays ours, but trusts somebody else.
TEST_F(OperatorTest, StopsAtTheThirdRewriteOfTheBundle) {
  Operator running;
  ApplyPipeline();
  ASSERT_TRUE(Eventually(seconds(30), CollectorIsThere)) << running.Log();
  MakeEndpoint({});
  ASSERT_TRUE(Eventually(seconds(10), IsOurs)) << running.Log();
  const std::string foreign = Base64Encode(Server().authority().certificate_pem);
  const auto rewrite = [&] {
    Server().Kubectl({"patch", "apiservice", "v1beta1.metrics.k8s.io", "--type=merge",
                      "--field-manager=cainjector", "-p",
                      Json({{"spec", {{"caBundle", foreign}}}}).dump()});
  };
  const auto put_right = [&] { return Registration()["spec"].value("caBundle", "") != foreign; };
  for (int time = 1; time <= 2; ++time) {
    rewrite();
    ASSERT_TRUE(Eventually(seconds(10), put_right)) << "rewrite " << time << "\n" << running.Log();
    EXPECT_FALSE(IsStalled()) << "stopped after rewrite " << time;
  }

  rewrite();
  EXPECT_FALSE(Eventually(seconds(5), put_right)) << running.Log();
  ASSERT_TRUE(IsStalled()) << running.Log();
  EXPECT_THAT(std::string(ConditionOf("cluster", "Stalled")["message"]),
              HasSubstr("field manager cainjector"));
}

// The way to kube-apiserver is slow, so that the rewrite comes between what a pass has seen and
// what it writes: it may not be undone as if nobody had been there.
TEST_F(OperatorTest, ARewriteInTheMiddleOfAPassCountsToo) {
  FaultProxy way(Server());
  Operator running({"--leader-elect=false"}, {.url = way.url(), .environment = {}});
  ApplyPipeline();
  ASSERT_NO_FATAL_FAILURE(BearTwoRewrites(running));

  way.Set("slow");
  Server().Kubectl({"delete", "configmap", "cluster-collector", "-n", kNamespace});
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  Rewrite();
  // It asks for pods, the deleted object and the rewritten one, and writes: ten seconds.
  EXPECT_FALSE(Eventually(seconds(12), IsOurs)) << running.Log();
  way.Set("none");
  EXPECT_TRUE(Eventually(seconds(15), IsStalled)) << running.Log();
  EXPECT_FALSE(IsOurs());
}

// Policy Fail: whoever registers first keeps it, also when it happens during our pass.
TEST_F(OperatorTest, ARegistrationInTheMiddleOfAPassIsLeftAlone) {
  FaultProxy way(Server());
  Operator running({"--leader-elect=false"}, {.url = way.url(), .environment = {}});
  ApplyPipeline();
  ASSERT_TRUE(Eventually(seconds(30), CollectorIsThere)) << running.Log();

  way.Set("slow");
  MakeEndpointReady();
  // Then v1beta1 is already on its way.
  ASSERT_TRUE(Eventually(seconds(20), [] {
    return !Get({"apiservice", "v1.metrics.k8s.io"}).is_null();
  })) << running.Log();
  RegisterMetricsServer("v1beta1");
  EXPECT_FALSE(Eventually(seconds(5), IsOurs)) << running.Log();
  way.Set("none");
  EXPECT_TRUE(Eventually(seconds(15), [] {
    const Json stalled = ConditionOf("cluster", "Stalled");
    return stalled.is_object() && stalled["reason"] == "ConflictingProvider";
  })) << running.Log();
  EXPECT_EQ(ServiceName(), "metrics-server");
}

}  // namespace
}  // namespace mpl::test
