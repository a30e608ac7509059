// Whose a registration is that carries our labels: an apply of another provider leaves them where
// they are.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operator/plan/registration.h"
#include "test/unit/operator/plan/world.h"

namespace mpl::plan {
namespace {

using test::Describe;
using test::MakePipeline;
using test::TakenOver;
using test::World;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// `kubectl apply -f components.yaml` of metrics-server.
void RepointV1Beta1(World& world) {
  world.Live("v1beta1")["spec"]["service"] = {{"namespace", "kube-system"},
                                              {"name", "metrics-server"}};
  world.observed.api_services["v1beta1.metrics.k8s.io"].manager = "kubectl-client-side-apply";
}

// A pipeline with deletionPolicy Orphan went, metrics-server was applied, and a new pipeline of
// that name is made.
World AfterAnOrphan(const std::string& policies) {
  World former = TakenOver("Orphan");
  RepointV1Beta1(former);
  World world;
  world.pipeline = MakePipeline(R"({"apiServices": )" + policies + "}");
  world.pipeline.meta.uid = "uid-2";
  world.Live("v1beta1") = former.Live("v1beta1");
  world.observed.api_services["v1beta1.metrics.k8s.io"].manager = "kubectl-client-side-apply";
  return world;
}

TEST(Held, LabelsAloneAreNoProof) {
  World world = AfterAnOrphan("{}");
  world.Settle();
  EXPECT_THAT(Describe(world.MakePlan().actions), Not(Contains(HasSubstr("v1beta1"))))
      << "no replica is ready";

  world.MakeReady();

  EXPECT_EQ(ServiceOf(world.Live("v1beta1")), "kube-system/metrics-server");
  EXPECT_EQ(world.Reason("APIServicesRegistered"), "ConflictingProvider");
  EXPECT_THAT(world.Message("Stalled"), HasSubstr("Service kube-system/metrics-server"));
}

TEST(Held, ATakeOverOfWhatCarriesOurLabelsRemembersWhoseItIs) {
  World world = AfterAnOrphan(R"({"conflictPolicy": "TakeOver", "deletionPolicy": "Restore"})");
  world.MakeReady();
  EXPECT_EQ(ServiceOf(world.Live("v1beta1")), "kube-system/metrics-server") << "nobody is warm yet";
  world.now += std::chrono::seconds(30);
  world.MakeReady();

  EXPECT_EQ(ServiceOf(world.Live("v1beta1")), "metricspipeline-system/cluster-collector");
  EXPECT_EQ(FormerOwnerOf(world.Live("v1beta1")).manager, "kubectl-client-side-apply");
  EXPECT_THAT(FormerOwnerOf(world.Live("v1beta1")).spec, HasSubstr("kube-system"));
}

TEST(Held, AnOrphanThatStillPointsAtUsIsOursAtOnce) {
  World former = TakenOver("Orphan");
  World world;
  world.pipeline.meta.uid = "uid-2";
  world.Live("v1beta1") = former.Live("v1beta1");
  world.Settle();

  EXPECT_EQ(world.pipeline.status["apiServices"][1]["state"], "Registered");
}

// What proves that this very pipeline held it: an owner reference, the promise to restore, or what
// status says. Then the rewrite is answered.
class Proof : public testing::TestWithParam<const char*> {};

TEST_P(Proof, IsAnsweredAndContested) {
  World world = TakenOver(GetParam());
  world.ApiBecomesAvailable();
  world.Settle();
  RepointV1Beta1(world);
  EXPECT_THAT(Describe(world.MakePlan().actions), Contains("APIService/v1beta1.metrics.k8s.io"));

  world.pipeline.api_services.conflict_policy = pipeline::ConflictPolicy::kFail;
  EXPECT_THAT(Describe(world.MakePlan().actions), Contains("APIService/v1beta1.metrics.k8s.io"));
  world.observed.api_services["v1beta1.metrics.k8s.io"].rewrites = 3;
  world.Settle();
  EXPECT_EQ(world.Reason("Stalled"), "RegistrationContested");

  world.observed.api_services["v1beta1.metrics.k8s.io"].rewrites = 0;
  world.Settle();
  EXPECT_EQ(ServiceOf(world.Live("v1beta1")), "metricspipeline-system/cluster-collector")
      << "five minutes later it is tried again";
}

INSTANTIATE_TEST_SUITE_P(Policies, Proof, testing::Values("Delete", "Restore", "Orphan"));

TEST(Held, WhatPointsElsewhereIsNotCalledOursWhileUnmanaged) {
  World world;
  world.MakeReady();
  world.pipeline.management_state = pipeline::ManagementState::kUnmanaged;
  RepointV1Beta1(world);
  world.Settle();
  EXPECT_EQ(world.Reason("APIServicesRegistered"), "Unmanaged");
  EXPECT_EQ(world.Status("APIServicesRegistered"), "False");
  EXPECT_THAT(world.Message("APIServicesRegistered"),
              HasSubstr("v1beta1.metrics.k8s.io points at Service kube-system/metrics-server"));

  world.pipeline.management_state = pipeline::ManagementState::kManaged;
  world.Settle();
  EXPECT_EQ(ServiceOf(world.Live("v1beta1")), "metricspipeline-system/cluster-collector");
}

TEST(Held, AnOrphanIsNobodysOnceStatusIsGone) {
  World world = TakenOver("Orphan");
  world.pipeline.api_services.conflict_policy = pipeline::ConflictPolicy::kFail;
  RepointV1Beta1(world);
  world.pipeline.status = nullptr;

  EXPECT_THAT(Describe(world.MakePlan().actions), Not(Contains(HasSubstr("v1beta1"))));
}

// Another pipeline's, by its labels, before metrics-server was applied over it.
TEST(Held, WhatASiblingLostIsNotASiblings) {
  World world = AfterAnOrphan("{}");
  world.Live("v1beta1")["metadata"]["labels"]["metricspipeline.dev/pipeline"] = "former";
  world.MakeReady();

  EXPECT_EQ(world.Reason("APIServicesRegistered"), "ConflictingProvider");
}

// spec.collector.namespace can only change with a new pipeline.
TEST(Held, WhatAnEarlierPipelineOfThatNameLeftInAnotherNamespaceIsFollowed) {
  World former;
  former.pipeline = MakePipeline(
      R"({"collector": {"namespace": "old"}, "apiServices": {"deletionPolicy": "Orphan"}})");
  former.MakeReady();
  World world;
  world.pipeline.meta.uid = "uid-2";
  for (const std::string& version : MetricsVersions()) world.Live(version) = former.Live(version);
  world.Settle();
  EXPECT_EQ(world.Reason("APIServicesRegistered"), "WaitingForEndpoints");
  EXPECT_THAT(world.Message("APIServicesRegistered"),
              HasSubstr("still that of an earlier MetricsPipeline cluster"));

  world.MakeReady();

  EXPECT_EQ(ServiceOf(world.Live("v1beta1")), "metricspipeline-system/cluster-collector");
  EXPECT_EQ(world.Reason("Ready"), "MetricsServed");
}

// The operator was installed in another namespace.
TEST(Held, OursIsOursInAnotherNamespace) {
  World world;
  world.MakeReady();
  world.observed.operator_namespace = "new";

  EXPECT_THAT(Describe(world.MakePlan().actions), Contains("APIService/v1beta1.metrics.k8s.io"));
  world.pipeline.meta.deletion_timestamp = world.now;
  EXPECT_THAT(Describe(world.MakePlan().actions),
              ElementsAre("-APIService/v1.metrics.k8s.io", "-APIService/v1beta1.metrics.k8s.io"));
}

// It would put back its caBundle as often as we write ours.
TEST(Held, NoTakeOverBeginsWhileCertManagerWritesTheBundle) {
  World world;
  world.pipeline = MakePipeline(R"({"apiServices": {"conflictPolicy": "TakeOver"}})");
  world.AddForeignApiService("v1beta1");
  world.Live("v1beta1")["metadata"]["annotations"] = {
      {"cert-manager.io/inject-ca-from", "kube-system/metrics-server"}};
  world.MakeReady();
  world.now += std::chrono::minutes(1);
  world.MakeReady();

  EXPECT_EQ(ServiceOf(world.Live("v1beta1")), "kube-system/metrics-server");
  EXPECT_EQ(world.Reason("Stalled"), "RegistrationContested");
  const std::string remedy =
      "kubectl annotate apiservice v1beta1.metrics.k8s.io cert-manager.io/inject-ca-from-";
  EXPECT_THAT(world.Message("Stalled"), HasSubstr(remedy));

  world.pipeline.api_services.conflict_policy = pipeline::ConflictPolicy::kFail;
  world.Settle();
  EXPECT_EQ(world.Reason("Stalled"), "ConflictingProvider");
  EXPECT_THAT(world.Message("Stalled"),
              AllOf(HasSubstr("conflictPolicy: TakeOver, after"), HasSubstr(remedy)));

  world.pipeline.api_services.conflict_policy = pipeline::ConflictPolicy::kTakeOver;
  world.Live("v1beta1")["metadata"]["annotations"] = nullptr;
  world.MakeReady();
  EXPECT_EQ(ServiceOf(world.Live("v1beta1")), "metricspipeline-system/cluster-collector");
}

// As cert-manager's cainjector does with an annotation that came after the take-over.
TEST(Held, ABundleThatSomebodyKeepsRewritingIsContestedToo) {
  World world;
  world.MakeReady();
  world.Live("v1beta1")["spec"]["caBundle"] = "b3RoZXI=";
  ApiServiceState& state = world.observed.api_services["v1beta1.metrics.k8s.io"];
  state.manager = "cainjector";
  state.rewrites = 2;
  EXPECT_THAT(Describe(world.MakePlan().actions), Contains("APIService/v1beta1.metrics.k8s.io"));

  state.rewrites = 3;
  const Plan plan = world.MakePlan();
  EXPECT_THAT(Describe(plan.actions), Not(Contains("APIService/v1beta1.metrics.k8s.io")));
  world.CarryOut(plan);
  EXPECT_EQ(world.Reason("Stalled"), "RegistrationContested");
  EXPECT_THAT(world.Message("Stalled"), AllOf(HasSubstr("caBundle of v1beta1.metrics.k8s.io"),
                                              HasSubstr("field manager cainjector")));

  world.Live("v1beta1")["metadata"]["annotations"] = {{"cert-manager.io/inject-ca-from", "a/b"}};
  world.Settle();
  EXPECT_THAT(world.Message("Stalled"), HasSubstr("cert-manager.io/inject-ca-from-"));

  state.live["spec"] = world.Live("v1")["spec"];
  world.Settle();
  EXPECT_EQ(world.Reason("APIServicesRegistered"), "Registered") << "it trusts us again";
}

TEST(Held, WhatIsTrustedIsTheBundleOrAnything) {
  EXPECT_EQ(TrustOf({{"spec", {{"caBundle", "QQ=="}}}}), "QQ==");
  EXPECT_EQ(TrustOf({{"spec", {{"caBundle", "QQ=="}, {"insecureSkipTLSVerify", false}}}}), "QQ==");
  EXPECT_EQ(TrustOf({{"spec", {{"caBundle", nullptr}, {"insecureSkipTLSVerify", true}}}}),
            "insecure");
  EXPECT_EQ(TrustOf(nullptr), "");
}

// Its owner reference would have it collected with the pipeline.
TEST(Held, DeletionLetsGoOfWhatIsSomebodyElsesByNow) {
  World world;
  world.MakeReady();
  RepointV1Beta1(world);
  world.pipeline.meta.deletion_timestamp = world.now;

  const Plan plan = world.MakePlan();
  world.CarryOut(plan);

  EXPECT_THAT(Describe(plan.actions),
              ElementsAre("-APIService/v1.metrics.k8s.io", "~APIService/v1beta1.metrics.k8s.io"));
  const Json& live = world.Live("v1beta1");
  EXPECT_EQ(ServiceOf(live), "kube-system/metrics-server");
  EXPECT_FALSE(live["metadata"].contains("ownerReferences"));
  EXPECT_THAT(live["metadata"]["labels"], IsEmpty());
  EXPECT_EQ(std::get<PatchObject>(plan.actions[1]).hand_to, "kubectl-client-side-apply");
  EXPECT_THAT(world.MakePlan().actions, IsEmpty());
}

TEST(Held, ATerminatingNamespaceTakesNothingThatIsSomebodyElsesByNow) {
  World world;
  world.MakeReady();
  RepointV1Beta1(world);
  world.observed.namespace_phase = "Terminating";

  EXPECT_THAT(Describe(world.MakePlan().actions), ElementsAre("-APIService/v1.metrics.k8s.io"));
}

TEST(Held, ATerminatingNamespaceTakesWhatPointsIntoTheFormerOne) {
  World world;
  world.MakeReady();
  world.observed.operator_namespace = "new";
  world.observed.namespace_phase = "Terminating";

  EXPECT_THAT(Describe(world.MakePlan().actions),
              ElementsAre("-APIService/v1.metrics.k8s.io", "-APIService/v1beta1.metrics.k8s.io"));
}

TEST(Held, AWithdrawalTakesNothingThatIsSomebodyElsesByNow) {
  World world;
  world.pipeline = MakePipeline(R"({"apiServices": {"unavailablePolicy": "Withdraw"}})");
  world.MakeReady();
  world.ReplicasBecomeReady(0);
  world.Settle();
  RepointV1Beta1(world);
  world.now += std::chrono::minutes(5);

  const auto actions = Describe(world.MakePlan().actions);

  EXPECT_THAT(actions, Contains("-APIService/v1.metrics.k8s.io"));
  EXPECT_THAT(actions, Not(Contains("-APIService/v1beta1.metrics.k8s.io")));
}

}  // namespace
}  // namespace mpl::plan
