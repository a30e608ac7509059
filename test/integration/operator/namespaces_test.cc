// Collectors in a namespace of their own that the operator may not enter, or that is not there; and
// pipelines that are to be left alone: status tells, stands still, and nobody is stuck.
#include <gmock/gmock.h>

#include <thread>

#include "test/integration/operator/fixture.h"

namespace mpl::test {
namespace {

using testing::HasSubstr;

const Json kClosed = {{"collector", {{"namespace", "closed"}}}};

// The namespace is there; the RoleBinding that lets the operator in is not.
void MakeNamespace() {
  Server().Kubectl({"apply", "-f", "-"},
                   R"({"apiVersion":"v1","kind":"Namespace","metadata":{"name":"closed"}})");
}

Json RegistrationNow() { return Get({"apiservice", "v1beta1.metrics.k8s.io"}); }

bool KeysAreMade() { return Exists({"secret", "cluster-collector-serving", "-n", kNamespace}); }

// A status that changes with every pass makes the next one: some hundred in this time.
void ExpectStill(const std::string& pipeline) {
  const auto version = [&] {
    return Get({"metricspipeline", pipeline})["metadata"]["resourceVersion"].get<std::string>();
  };
  // What is found out meanwhile may be told once.
  std::this_thread::sleep_for(seconds(2));
  const std::string before = version();
  std::this_thread::sleep_for(seconds(4));
  EXPECT_EQ(version(), before);
}

TEST_F(OperatorTest, StatusStandsStillWhileAPipelineWasNeverManaged) {
  Operator running;
  ApplyPipeline("cluster", {{"managementState", "Unmanaged"}});
  ASSERT_TRUE(Eventually(seconds(10), [&] { return Condition("Paused") == "Unmanaged"; }))
      << running.Log();

  ExpectStill("cluster");

  EXPECT_EQ(Condition("CertificatesValid"), "SecretMissing");
  EXPECT_THAT(ConditionOf("cluster", "CertificatesValid")["message"].get<std::string>(),
              HasSubstr("set Managed"));
  EXPECT_FALSE(Get({"metricspipeline", "cluster"})["status"].contains("certificates"));
}

TEST_F(OperatorTest, AForbiddenNamespaceIsToldOfOnceAndLeftByAnotherPipeline) {
  MakeNamespace();
  Operator running;
  ApplyPipeline("cluster", kClosed);
  ASSERT_TRUE(Eventually(seconds(20), [&] { return Condition("Ready") == "Forbidden"; }))
      << Condition("Ready") << running.Log();
  EXPECT_THAT(ConditionOf("cluster", "Ready")["message"].get<std::string>(),
              HasSubstr("metricspipeline-operator-namespaced"));

  ExpectStill("cluster");

  // spec.collector.namespace is immutable: this is what its message says to do.
  Server().Kubectl({"delete", "metricspipeline", "cluster", "--timeout=15s"});
  ApplyPipeline("cluster", Json::object());
  EXPECT_TRUE(Eventually(seconds(20), KeysAreMade)) << Condition("Ready") << running.Log();
}

TEST_F(OperatorTest, AMissingNamespaceIsNamed) {
  Operator running;
  ApplyPipeline("cluster", {{"collector", {{"namespace", "nowhere"}}}});
  EXPECT_TRUE(Eventually(seconds(20), [&] { return Condition("Ready") == "NamespaceMissing"; }))
      << Condition("Ready") << running.Log();
  ExpectStill("cluster");
}

// The operator lost its right to enter, and was started anew: it sees nothing of the namespace, but
// all that has to be given back.
TEST_F(OperatorTest, GivesBackWhatItTookForANamespaceThatItCannotEnter) {
  const MetricsServerService service;
  MakeNamespace();
  RegisterMetricsServer("v1beta1");
  const Json before = RegistrationNow()["spec"];
  const Json pipeline = {
      {"apiVersion", "metricspipeline.dev/v1alpha1"},
      {"kind", "MetricsPipeline"},
      {"metadata", {{"name", "cluster"}}},
      {"spec",
       {{"collector", {{"namespace", "closed"}}},
        {"apiServices", {{"conflictPolicy", "TakeOver"}, {"deletionPolicy", "Restore"}}}}}};
  // With "apply", kubectl would hand the whole spec over to the manager of the next one.
  Server().Kubectl({"create", "-f", "-"}, pipeline.dump());
  const Json promise = {
      {"apiVersion", "metricspipeline.dev/v1alpha1"},
      {"kind", "MetricsPipeline"},
      {"metadata",
       {{"name", "cluster"}, {"finalizers", {"metricspipeline.dev/restore-apiservices"}}}}};
  Server().Kubectl(
      {"apply", "--server-side", "--field-manager=metricspipeline-operator", "-f", "-"},
      promise.dump());
  const Json taken = {
      {"metadata",
       {{"labels",
         {{"app.kubernetes.io/managed-by", "metricspipeline-operator"},
          {"metricspipeline.dev/pipeline", "cluster"}}},
        {"annotations", {{"metricspipeline.dev/previous-spec", before.dump()}}}}},
      {"spec", {{"service", {{"name", "cluster-collector"}, {"namespace", "closed"}}}}}};
  Server().Kubectl(
      {"patch", "apiservice", "v1beta1.metrics.k8s.io", "--type=merge", "-p", taken.dump()});
  Server().Kubectl({"delete", "metricspipeline", "cluster", "--wait=false"});

  Operator running;

  EXPECT_TRUE(Eventually(seconds(30), [] { return Get({"metricspipeline", "cluster"}).is_null(); }))
      << running.Log();
  EXPECT_EQ(RegistrationNow()["spec"], before);
}

}  // namespace
}  // namespace mpl::test
