// What a pipeline says of itself while something is wrong, and while nobody may write.
#include <gmock/gmock.h>

#include <thread>

#include "test/integration/operator/replica.h"

namespace mpl::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

bool ServingSecretIsThere() {
  return !Get({"secret", "cluster-collector-serving", "-n", kNamespace}).is_null() &&
         !Get({"deployment", "cluster-collector", "-n", kNamespace}).is_null();
}

// The words are those of the collector's trust/failure.cc; what counts here is that they arrive.
const Json kRefused =
    Json::array({{{"node", "node1"},
                  {"reason", "UntrustedCertificate"},
                  {"message",
                   "x509: certificate signed by unknown authority (issuer CN=node1-ca@1). Set "
                   "serverTLSBootstrap: true in the kubelet's configuration."},
                  {"since", "2026-11-21T12:00:00Z"}}});

TEST_F(OperatorTest, AReplicaThatNeverGotAValueIsHeardBeforeItIsReady) {
  Operator running;
  ApplyPipeline();
  ASSERT_TRUE(Eventually(seconds(30), ServingSecretIsThere)) << running.Log();
  Replica replica;
  replica.Report(ReplicaStatus(0, 1, kRefused));
  replica.Enlist(false);

  ASSERT_TRUE(Eventually(seconds(20), [&] { return Condition("Ready") == "NoNodesHealthy"; }))
      << Condition("Ready") << running.Log();
  EXPECT_EQ(Condition("Available"), "NoNodesHealthy");
  EXPECT_EQ(Condition("ScrapeHealthy"), "NoNodesHealthy");
  EXPECT_EQ(Condition("KubeletTLSVerified"), "CertificateRefused");
  const std::string told = Server().Kubectl({"describe", "metricspipeline", "cluster"});
  EXPECT_THAT(told, HasSubstr("x509: certificate signed by unknown authority"));
  EXPECT_THAT(told, HasSubstr("serverTLSBootstrap: true"));
  // Registered it is not: there is nobody who could answer.
  EXPECT_TRUE(Get({"apiservice", "v1beta1.metrics.k8s.io"}).is_null());
}

TEST_F(OperatorTest, UnmanagedMeansNoWritesButALivingStatus) {
  Operator running;
  ApplyPipeline();
  ASSERT_TRUE(Eventually(seconds(30), ServingSecretIsThere)) << running.Log();
  ApplyPipeline("cluster", {{"managementState", "Unmanaged"}});
  ASSERT_TRUE(Eventually(seconds(10), [&] { return Condition("Paused") == "Unmanaged"; }))
      << running.Log();

  Server().Kubectl({"delete", "service", "cluster-collector", "-n", kNamespace});
  Replica replica;
  replica.Report(ReplicaStatus(0, 1, kRefused));
  replica.Enlist(false);
  EXPECT_TRUE(Eventually(seconds(20), [&] {
    return Condition("ScrapeHealthy") == "NoNodesHealthy";
  })) << running.Log();
  EXPECT_TRUE(Get(kService).is_null());
  const Json pipeline = Get({"metricspipeline", "cluster"});
  EXPECT_EQ(pipeline["status"]["observedGeneration"], pipeline["metadata"]["generation"]);

  ApplyPipeline("cluster", {{"managementState", "Managed"}});
  EXPECT_TRUE(Eventually(seconds(10), [] { return !Get(kService).is_null(); })) << running.Log();
}

TEST_F(OperatorTest, ARequestToReconcileIsActedOnAndRepeated) {
  Operator running;
  ApplyPipeline();
  ASSERT_TRUE(Eventually(seconds(30), ServingSecretIsThere)) << running.Log();
  Server().Kubectl({"annotate", "metricspipeline", "cluster",
                    "metricspipeline.dev/reconcile-requested-at=2026-11-21T12:00:00Z"});

  EXPECT_TRUE(Eventually(seconds(5), [] {
    return Get({"metricspipeline", "cluster"})["status"].value("lastHandledReconcileAt", "") ==
           "2026-11-21T12:00:00Z";
  })) << running.Log();
  EXPECT_THAT(running.Log(), HasSubstr("reconcile requested"));
}

TEST_F(OperatorTest, ADeletedChildIsToldOf) {
  Operator running;
  ApplyPipeline();
  ASSERT_TRUE(Eventually(seconds(30), ServingSecretIsThere)) << running.Log();
  Server().Kubectl({"delete", "service", "cluster-collector", "-n", kNamespace});

  EXPECT_TRUE(Eventually(seconds(10), [] { return !Notes("DriftCorrected").empty(); }))
      << running.Log();
  EXPECT_THAT(
      Notes("DriftCorrected"),
      testing::Contains(HasSubstr("Service metricspipeline-system/cluster-collector was deleted")));
}

}  // namespace
}  // namespace mpl::test
