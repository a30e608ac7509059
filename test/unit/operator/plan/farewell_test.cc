// A pipeline that is being deleted: its finalizer, and what it says while it cannot go.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operator/plan/reasons.h"
#include "test/unit/operator/plan/world.h"

namespace mpl::plan {
namespace {

using test::Describe;
using test::TakenOver;
using test::World;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

World Dying(const std::string& policy) {
  World world = TakenOver(policy);
  world.pipeline.meta.deletion_timestamp = world.now;
  return world;
}

// `kubectl apply --server-side` of an exported pipeline makes that manager an owner of our
// finalizer: an apply without it would change nothing.
TEST(Farewell, TakesTheFinalizerAwayWhoeverElseOwnsIt) {
  World world = Dying("Restore");
  world.pipeline.meta.resource_version = "41";
  world.pipeline.other_finalizers = {"example.com/wait"};

  const Plan plan = world.MakePlan();

  ASSERT_TRUE(std::holds_alternative<PatchObject>(plan.actions.back()));
  const auto& patch = std::get<PatchObject>(plan.actions.back());
  EXPECT_EQ(*patch.resource, pipeline::PipelineResource());
  EXPECT_EQ(patch.name, "cluster");
  EXPECT_EQ(patch.patch["metadata"]["finalizers"], Json({"example.com/wait"}));
  EXPECT_EQ(patch.patch["metadata"]["resourceVersion"], "41");
  EXPECT_EQ(patch.patch["metadata"]["uid"], "uid-1");

  world.pipeline.other_finalizers.clear();
  EXPECT_TRUE(std::get<PatchObject>(world.MakePlan().actions.back())
                  .patch["metadata"]["finalizers"]
                  .is_null());
}

// Else a tool that applies it again and again would be fought.
TEST(Farewell, ComesNotBeforeTheDeletion) {
  World world = TakenOver("Restore");
  ASSERT_TRUE(world.pipeline.has_restore_finalizer);
  world.pipeline.api_services.deletion_policy = pipeline::DeletionPolicy::kDelete;

  EXPECT_EQ(Describe(world.MakePlan().actions).back(), "MetricsPipeline/cluster");
}

TEST(Farewell, WithoutTroubleNeedsNoWords) {
  const Plan plan = Dying("Restore").MakePlan();

  EXPECT_TRUE(plan.status.is_null());
  EXPECT_THAT(plan.events, IsEmpty());
}

TEST(Farewell, ThatFailsSaysWhyAndWhatToDo) {
  World world = Dying("Restore");
  world.observed.failure = "patch APIService v1beta1.metrics.k8s.io: denied by policy";
  world.observed.failure_reason = reason::kApplyFailed;

  const Plan plan = world.MakePlan();
  world.pipeline.status = plan.status;

  EXPECT_EQ(world.Reason("Ready"), "ApplyFailed");
  EXPECT_EQ(world.Status("Ready"), "False");
  EXPECT_THAT(world.Message("Ready"), AllOf(HasSubstr("denied by policy"),
                                            HasSubstr("kubectl patch mpl cluster --type=merge")));
  EXPECT_EQ(world.Status("Available"), "True") << "what is not known better stays";
  EXPECT_TRUE(plan.status.contains("apiServices"));
  EXPECT_EQ(world.Condition("Reconciling"), nullptr);
  ASSERT_EQ(plan.events.size(), 1U);
  EXPECT_TRUE(plan.events[0].warning);
  EXPECT_EQ(plan.events[0].reason, "ApplyFailed");
  EXPECT_EQ(world.MakePlan().status, world.pipeline.status);
  EXPECT_THAT(world.MakePlan().events, IsEmpty()) << "it is told once";
}

TEST(Farewell, OfAPipelineWithoutStatusIsToldToo) {
  World world;
  world.pipeline.meta.deletion_timestamp = world.now;
  world.observed.failure = "no";
  world.observed.failure_reason = reason::kForbidden;

  world.CarryOut(world.MakePlan());

  EXPECT_EQ(world.Reason("Ready"), "Forbidden");
  EXPECT_THAT(world.Message("Ready"), testing::Not(HasSubstr("finalizers")));
}

TEST(Farewell, NamesTheFinalizersOfOthers) {
  World world = Dying("Delete");
  world.pipeline.other_finalizers = {"example.com/wait", "foregroundDeletion"};

  const Plan plan = world.MakePlan();
  world.CarryOut(plan);

  EXPECT_EQ(world.Reason("Ready"), "Deleting");
  EXPECT_THAT(world.Message("Ready"), HasSubstr("example.com/wait, foregroundDeletion"));
  ASSERT_EQ(plan.events.size(), 1U);
  EXPECT_FALSE(plan.events[0].warning);
}

}  // namespace
}  // namespace mpl::plan
