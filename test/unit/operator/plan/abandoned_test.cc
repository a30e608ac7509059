// Registrations whose pipeline went without the operator having seen it go.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operator/plan/registration.h"
#include "test/unit/operator/plan/world.h"

namespace mpl::plan {
namespace {

using test::Describe;
using test::TakenOver;
using test::World;
using testing::ElementsAre;
using testing::IsEmpty;

Json OwnedBy(const std::string& uid) {
  return {{"metadata",
           {{"name", "v1.metrics.k8s.io"},
            {"uid", "x"},
            {"ownerReferences", Json::array({{{"apiVersion", "metricspipeline.dev/v1alpha1"},
                                              {"kind", "MetricsPipeline"},
                                              {"name", "cluster"},
                                              {"uid", uid}}})}}},
          {"spec", {{"service", {{"namespace", "x"}, {"name", "cluster-collector"}}}}}};
}

TEST(Abandoned, GoAndOthersStay) {
  EXPECT_THAT(Describe(RemoveAbandoned({OwnedBy("gone")}, {{"cluster", "uid-1"}}, {})),
              ElementsAre("-APIService/v1.metrics.k8s.io"));
  EXPECT_THAT(RemoveAbandoned({OwnedBy("uid-1")}, {{"cluster", "uid-1"}}, {}), IsEmpty());
  EXPECT_THAT(RemoveAbandoned({Json{{"metadata", {{"name", "v1.metrics.k8s.io"}}}}}, {}, {}),
              IsEmpty());
}

// As a pipeline with that deletionPolicy leaves v1beta1 when nobody sees it go.
Json LeftBehind(const std::string& policy) { return TakenOver(policy).Live("v1beta1"); }

// Its finalizer was patched away.
TEST(Abandoned, WhatWasToBeRestoredIsGivenBack) {
  const Json live = LeftBehind("Restore");
  ASSERT_FALSE(live["metadata"].contains("ownerReferences"));

  const auto actions = RemoveAbandoned({live}, {{"another", "uid-2"}}, {});

  ASSERT_THAT(Describe(actions), ElementsAre("~APIService/v1beta1.metrics.k8s.io"));
  Json back = live;
  back.merge_patch(std::get<PatchObject>(actions[0]).patch);
  World before;
  before.AddForeignApiService("v1beta1");
  EXPECT_EQ(back["spec"], before.Live("v1beta1")["spec"]);
  EXPECT_EQ(std::get<PatchObject>(actions[0]).hand_to, "helm");
  EXPECT_THAT(RemoveAbandoned({back}, {}, {}), IsEmpty()) << "it is not ours any more";
}

TEST(Abandoned, GoesWhenItsFormerServiceIsGone) {
  const Json live = LeftBehind("Restore");

  EXPECT_THAT(ServicesInQuestion({live}, {}), ElementsAre("kube-system/metrics-server"));
  EXPECT_THAT(Describe(RemoveAbandoned({live}, {}, {"kube-system/metrics-server"})),
              ElementsAre("-APIService/v1beta1.metrics.k8s.io"));
}

// How the operator sees it go, with metrics-server gone before.
struct Going {
  const char* name;
  void (*begin)(World&);
};
class WhatWasTakenOver : public testing::TestWithParam<Going> {};

TEST_P(WhatWasTakenOver, GoesWhenItsFormerServiceIsGone) {
  World world = TakenOver("Restore");
  EXPECT_THAT(FormerServices(world.observed, world.pipeline), IsEmpty()) << "nobody has to ask";
  GetParam().begin(world);
  EXPECT_THAT(FormerServices(world.observed, world.pipeline),
              ElementsAre("kube-system/metrics-server"));
  EXPECT_THAT(Describe(world.MakePlan().actions),
              testing::Contains("~APIService/v1beta1.metrics.k8s.io"));
  world.observed.gone_services = {"kube-system/metrics-server"};

  const Plan plan = world.MakePlan();

  EXPECT_THAT(Describe(plan.actions), testing::Contains("-APIService/v1beta1.metrics.k8s.io"));
  ASSERT_FALSE(plan.events.empty());
  EXPECT_EQ(plan.events.back().reason, "FormerOwnerGone");
  EXPECT_THAT(plan.events.back().note, testing::HasSubstr("kube-system/metrics-server"));
}

INSTANTIATE_TEST_SUITE_P(
    Ways, WhatWasTakenOver,
    testing::Values(Going{"Deleted", [](World& w) { w.pipeline.meta.deletion_timestamp = w.now; }},
                    Going{"WithItsNamespace",
                          [](World& w) { w.observed.namespace_phase = "Terminating"; }},
                    Going{"Withdrawn",
                          [](World& w) {
                            w.pipeline.api_services.unavailable_policy =
                                pipeline::UnavailablePolicy::kWithdraw;
                            w.ReplicasBecomeReady(0);
                            w.Settle();
                            w.now += std::chrono::minutes(5);
                          }}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Abandoned, IsNotWhatHasItsPipeline) {
  const Json live = LeftBehind("Restore");

  EXPECT_THAT(RemoveAbandoned({live}, {{"cluster", "uid-1"}}, {}), IsEmpty());
  EXPECT_THAT(RemoveAbandoned({live}, {{"cluster", "made-again"}}, {}), IsEmpty())
      << "the plan of the pipeline decides";
  EXPECT_THAT(ServicesInQuestion({live}, {{"cluster", "uid-1"}}), IsEmpty());
}

// An apply of another provider leaves our labels and annotations where they are.
TEST(Abandoned, IsNotWhatSomebodyElseUsesByNow) {
  Json live = LeftBehind("Restore");
  live["spec"]["service"] = {{"namespace", "monitoring"}, {"name", "prometheus-adapter"}};

  EXPECT_THAT(RemoveAbandoned({live}, {}, {"kube-system/metrics-server"}), IsEmpty());
}

// Garbage collection takes what its owner reference ties to a pipeline that is gone.
TEST(Abandoned, IsLetGoWhenSomebodyElseUsesItByNow) {
  Json live = LeftBehind("Delete");
  live["spec"]["service"] = {{"namespace", "kube-system"}, {"name", "metrics-server"}};
  const Json spec = live["spec"];

  EXPECT_THAT(ServicesInQuestion({live}, {}), ElementsAre("kube-system/metrics-server"));
  const auto actions = RemoveAbandoned({live}, {}, {});
  ASSERT_THAT(Describe(actions), ElementsAre("~APIService/v1beta1.metrics.k8s.io"));
  live.merge_patch(std::get<PatchObject>(actions[0]).patch);

  EXPECT_EQ(live["spec"], spec);
  EXPECT_FALSE(live["metadata"].contains("ownerReferences"));
  EXPECT_THAT(live["metadata"]["labels"], IsEmpty());
  EXPECT_THAT(live["metadata"]["annotations"], IsEmpty());
  EXPECT_THAT(RemoveAbandoned({live}, {}, {}), IsEmpty());
}

TEST(Abandoned, GoesWhenItsServiceIsGoneWhoeverNamedIt) {
  Json live = LeftBehind("Delete");
  live["spec"]["service"] = {{"namespace", "kube-system"}, {"name", "metrics-server"}};

  EXPECT_THAT(Describe(RemoveAbandoned({live}, {}, {"kube-system/metrics-server"})),
              ElementsAre("-APIService/v1beta1.metrics.k8s.io"));
}

TEST(Abandoned, IsNoOrphan) {
  EXPECT_THAT(RemoveAbandoned({LeftBehind("Orphan")}, {}, {}), IsEmpty());
  EXPECT_THAT(ServicesInQuestion({LeftBehind("Orphan")}, {}), IsEmpty());
}

// The policy was changed and the pipeline deleted at once, so that no apply came between.
TEST(Abandoned, IsNoOrphanOfTheLastMoment) {
  World world = TakenOver("Restore");
  world.pipeline.api_services.deletion_policy = pipeline::DeletionPolicy::kOrphan;
  world.pipeline.meta.deletion_timestamp = world.now;

  const Plan plan = world.MakePlan();
  world.CarryOut(plan);

  EXPECT_THAT(Describe(plan.actions),
              ElementsAre("~APIService/v1beta1.metrics.k8s.io", "~MetricsPipeline/cluster"));
  EXPECT_EQ(ServiceOf(world.Live("v1beta1")), "metricspipeline-system/cluster-collector");
  EXPECT_THAT(RemoveAbandoned({world.Live("v1beta1")}, {}, {}), IsEmpty());
}

TEST(Abandoned, AnOrphanThatIsGivenBackAfterAllLosesItsMark) {
  World world = TakenOver("Orphan");
  world.pipeline.api_services.deletion_policy = pipeline::DeletionPolicy::kRestore;
  world.pipeline.meta.deletion_timestamp = world.now;

  world.CarryOut(world.MakePlan());

  EXPECT_THAT(world.Live("v1beta1")["metadata"].value("annotations", Json::object()), IsEmpty());
}

}  // namespace
}  // namespace mpl::plan
