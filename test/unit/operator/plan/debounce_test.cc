#include "operator/plan/debounce.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test/unit/operator/plan/world.h"

namespace mpl::plan {
namespace {

using std::chrono::seconds;
using test::kNow;
using test::World;
using testing::IsEmpty;

void LoseTheApi(World& world) {
  world.observed.api_probe = ApiProbe::kFails;
  world.observed.api_probe_failure = "503";
}

TEST(Debounce, AHiccupWritesNothing) {
  World world;
  world.MakeReady();
  LoseTheApi(world);

  const Plan plan = world.MakePlan();

  EXPECT_EQ(plan.status, world.pipeline.status);
  EXPECT_THAT(plan.events, IsEmpty());
  EXPECT_EQ(plan.lost_since, world.now);
  EXPECT_EQ(plan.wake, world.now + seconds(30));
}

TEST(Debounce, ALossThatLastsIsBelievedAfterThirtySeconds) {
  World world;
  world.MakeReady();
  LoseTheApi(world);
  world.Settle();
  world.now += seconds(29);
  world.Settle();
  EXPECT_EQ(world.Status("Ready"), "True");

  world.now += seconds(1);
  world.Settle();

  EXPECT_EQ(world.Status("Ready"), "False");
  EXPECT_EQ(world.Reason("Ready"), "APINotAnswering");
}

TEST(Debounce, RecoveryStartsTheClockAgain) {
  World world;
  world.MakeReady();
  LoseTheApi(world);
  world.Settle();
  world.now += seconds(20);
  world.observed.api_probe = ApiProbe::kAnswers;
  world.Settle();
  EXPECT_EQ(world.observed.lost_since, std::nullopt);

  LoseTheApi(world);
  world.Settle();
  world.now += seconds(20);
  world.Settle();

  EXPECT_EQ(world.Status("Ready"), "True");
}

// One cause after the other is one outage.
TEST(Debounce, AnotherReasonGoesOnWithTheSameClock) {
  World world;
  world.MakeReady();
  LoseTheApi(world);
  world.Settle();
  world.now += seconds(20);
  world.ReplicasBecomeReady(0);
  world.Settle();
  world.now += seconds(10);
  world.Settle();

  EXPECT_EQ(world.Reason("Ready"), "ReplicasUnavailable");
}

TEST(Debounce, OtherConditionsTellAtOnce) {
  World world;
  world.MakeReady();
  world.ReplicasBecomeReady(0);
  world.Settle();

  EXPECT_EQ(world.Status("Available"), "False");
  EXPECT_EQ(world.Status("Ready"), "True");
}

TEST(Debounce, ReadyAgainComesAtOnce) {
  World world;
  world.MakeReady();
  LoseTheApi(world);
  world.Settle();
  world.now += seconds(30);
  world.Settle();
  ASSERT_EQ(world.Status("Ready"), "False");
  world.observed.api_probe = ApiProbe::kAnswers;
  world.Settle();

  EXPECT_EQ(world.Status("Ready"), "True");
}

TEST(Debounce, WhatNeedsAPersonIsToldAtOnce) {
  World world;
  world.MakeReady();
  world.AddForeignApiService("v1");
  world.Settle();

  EXPECT_EQ(world.Reason("Ready"), "ConflictingProvider");
}

// `kubectl wait --for=condition=Ready` after an edit must not pass on the state before it.
TEST(Debounce, ANewSpecIsNotSpared) {
  World world;
  world.MakeReady();
  world.pipeline.meta.generation += 1;
  LoseTheApi(world);
  world.Settle();

  EXPECT_EQ(world.Reason("Ready"), "APINotAnswering");
}

TEST(Debounce, NeverMakesReadyWhatWasNot) {
  const Condition judged{"Ready", "False", "APINotAnswering", "m"};

  EXPECT_EQ(Debounce(judged, Json(), 1, std::nullopt, kNow).ready, judged);
  const Json status = {{"conditions", {{{"type", "Ready"}, {"status", "False"}}}}};
  EXPECT_EQ(Debounce(judged, status, 1, std::nullopt, kNow).ready, judged);
}

// A clock that was set back must not make the outage last longer.
TEST(Debounce, TakesNoTimeFromTheFuture) {
  const Json status = {
      {"conditions",
       {{{"type", "Ready"}, {"status", "True"}, {"observedGeneration", 1}, {"reason", "r"}}}}};
  const auto debounced = Debounce({"Ready", "False", "APINotAnswering", "m"}, status, 1,
                                  kNow + std::chrono::hours(1), kNow);

  EXPECT_EQ(debounced.lost_since, kNow);
}

}  // namespace
}  // namespace mpl::plan
