// The plan against a cluster in a storm: random events, foreign hands and crashes between any two
// actions, each run from a seed of its own. Whatever happened, when it is over the same objects
// stand there, and on the way nothing forbidden was done.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <random>
#include <set>

#include "operator/plan/registration.h"
#include "test/unit/operator/plan/world.h"

namespace mpl::plan {
namespace {

using pipeline::ConflictPolicy;
using pipeline::DeletionPolicy;
using std::chrono::minutes;
using std::chrono::seconds;
using test::Describe;
using test::World;

constexpr int kSteps = 40;
// With five policies and two ends: a thousand storms, half a minute of one core. Sanitizers take
// ten times as long. $MPL_STORM_RUNS asks for another number.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr unsigned kRuns = 8;
#else
constexpr unsigned kRuns = 100;
#endif
unsigned Runs() {
  const char* wanted = std::getenv("MPL_STORM_RUNS");
  return wanted == nullptr ? kRuns : static_cast<unsigned>(std::stoul(wanted));
}
constexpr const char* kOurService = "metricspipeline-system/cluster-collector";

bool IsOurs(const Json& live) { return live.is_object() && ServiceOf(live) == kOurService; }

class Storm {
 public:
  Storm(unsigned seed, const std::string& policies) : random_(seed), spec_(policies) {
    world.pipeline = test::MakePipeline(spec_);
  }

  World world;

  void Blow() {
    for (int step = 0; step < kSteps && !testing::Test::HasFatalFailure(); ++step) {
      Happen();
      if (Roll(3) != 0) Reconcile();
    }
  }

  // Everything heals, and time passes. With policy Fail the other provider goes.
  void Calm() {
    world.observed.rivals.clear();
    world.observed.namespace_phase = "Active";
    world.observed.serving.fault.clear();
    world.observed.serving.fault_reason.clear();
    world.pipeline.management_state = pipeline::ManagementState::kManaged;
    world.pipeline.collector.replicas = 2;
    for (const std::string& version : MetricsVersions()) {
      world.observed.api_services[ApiServiceName(version)].rewrites = 0;
      const bool foreign = world.Live(version).is_object() && !IsOurs(world.Live(version));
      if (foreign && Policy() == ConflictPolicy::kFail) world.Live(version) = nullptr;
    }
    for (int round = 0; round < 4; ++round) {
      world.Settle();
      world.ReplicasBecomeReady(2);
      world.ReplicasReport();
      world.ApiBecomesAvailable();
      world.now += minutes(6);
    }
    world.Settle();
  }

  std::set<std::string> Objects() const {
    std::set<std::string> names;
    for (const LiveChild& child : world.observed.children) {
      names.insert(child.resource->kind + " " + child.ns + "/" + child.name);
    }
    return names;
  }

 private:
  int Roll(int sides) { return std::uniform_int_distribution<int>(0, sides - 1)(random_); }
  ConflictPolicy Policy() const { return world.pipeline.api_services.conflict_policy; }
  const std::string& SomeVersion() { return MetricsVersions()[static_cast<std::size_t>(Roll(2))]; }

  void Happen() {
    switch (Roll(13)) {
      case 0:
      case 1:
        return world.ReplicasBecomeReady(Roll(3));
      case 2:
        return world.ReplicasReport(Roll(3), 2);
      case 3:
        return world.ApiBecomesAvailable();
      case 4:
        return LoseChild();
      case 5:
        return world.AddForeignApiService(SomeVersion());
      case 6:
        world.Live(SomeVersion()) = nullptr;
        return;
      case 7:
        world.observed.rivals.clear();
        if (Roll(2) == 0) world.observed.rivals = {{"older", "uid-0", test::kNow - minutes(900)}};
        return;
      case 8:
        world.observed.namespace_phase = Roll(3) == 0 ? "Terminating" : "Active";
        if (Roll(6) == 0) world.observed.namespace_phase.reset();
        return;
      case 9:
        world.observed.serving.fault = Roll(2) == 0 ? "expired" : "";
        world.observed.serving.fault_reason = "CertificateInvalid";
        return;
      case 10:
        world.pipeline.collector.replicas = 1 + Roll(2);
        return;
      case 11:
        world.pipeline.management_state = Roll(3) == 0 ? pipeline::ManagementState::kUnmanaged
                                                       : pipeline::ManagementState::kManaged;
        return;
      default:
        world.now += seconds(Roll(600));
        world.observed.api_services[ApiServiceName(SomeVersion())].rewrites = Roll(4);
    }
  }

  void LoseChild() {
    auto& children = world.observed.children;
    if (children.empty()) return;
    const auto lost = children.begin() + Roll(static_cast<int>(children.size()));
    if (*lost->resource == Deployments()) world.observed.deployment = nullptr;
    children.erase(lost);
  }

  // Carries out a plan, or dies after some of its actions.
  void Reconcile() {
    Plan plan = world.MakePlan();
    const Before before{world.observed.api_services, world.observed.ready_endpoints,
                        world.observed.serving.fault};
    if (Roll(4) == 0) {
      plan.actions.resize(
          static_cast<std::size_t>(Roll(static_cast<int>(plan.actions.size()) + 1)));
      plan.status = nullptr;
    }
    if (world.pipeline.management_state == pipeline::ManagementState::kUnmanaged) {
      ASSERT_TRUE(plan.actions.empty());
    }
    world.CarryOut(plan);
    for (const std::string& version : MetricsVersions()) Check(before, version);
  }

  struct Before {
    std::map<std::string, ApiServiceState> registrations;
    int ready_endpoints;
    std::string fault;
  };
  void Check(const Before& before, const std::string& version) {
    const Json& then = before.registrations.at(ApiServiceName(version)).live;
    const Json& now = world.Live(version);
    if (then == now) return;
    const bool was_ours = IsOurs(then);
    if (IsOurs(now) && !was_ours) {
      ASSERT_GT(before.ready_endpoints, 0) << "registered without a server";
      ASSERT_EQ(before.fault, "") << "registered without a certificate";
    }
    if (then.is_object() && !was_ours) {
      ASSERT_EQ(Policy(), ConflictPolicy::kTakeOver) << "touched what belongs to somebody else";
      ASSERT_TRUE(IsOurs(now)) << "removed what belongs to somebody else";
    }
  }

  std::mt19937 random_;
  std::string spec_;
};

class AfterAnyStorm : public testing::TestWithParam<const char*> {};

TEST_P(AfterAnyStorm, TheSameObjectsStandThere) {
  World calm;
  calm.pipeline = test::MakePipeline(GetParam());
  calm.MakeReady();
  std::set<std::string> expected;
  for (const LiveChild& child : calm.observed.children) {
    expected.insert(child.resource->kind + " " + child.ns + "/" + child.name);
  }
  for (unsigned seed = 1; seed <= Runs(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Storm storm(seed, GetParam());
    storm.Blow();
    storm.Calm();
    ASSERT_EQ(storm.world.Reason("Ready"), "MetricsServed") << storm.world.Message("Ready");
    ASSERT_EQ(storm.Objects(), expected);
    for (const std::string& version : MetricsVersions()) {
      ASSERT_TRUE(IsOurs(storm.world.Live(version))) << version;
    }
    ASSERT_EQ(storm.world.MakePlan().status, storm.world.pipeline.status) << "it still changes";
  }
}

TEST_P(AfterAnyStorm, DeletionLeavesNothingOfOurs) {
  for (unsigned seed = 1; seed <= Runs(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Storm storm(seed, GetParam());
    storm.Blow();
    World& world = storm.world;
    world.pipeline.meta.deletion_timestamp = world.now;
    world.Settle();
    for (const std::string& version : MetricsVersions()) {
      ASSERT_FALSE(IsOurs(world.Live(version))) << version;
    }
    ASSERT_FALSE(world.pipeline.has_restore_finalizer) << "the pipeline could never go";
  }
}

INSTANTIATE_TEST_SUITE_P(
    Policies, AfterAnyStorm,
    testing::Values(
        "{}", R"({"apiServices": {"conflictPolicy": "TakeOver"}})",
        R"({"apiServices": {"conflictPolicy": "TakeOver", "deletionPolicy": "Restore"}})",
        R"({"apiServices": {"unavailablePolicy": "Withdraw"}})",
        R"({"apiServices": {"conflictPolicy": "TakeOver", "deletionPolicy": "Restore",
                        "unavailablePolicy": "Withdraw"}})"));

}  // namespace
}  // namespace mpl::plan
