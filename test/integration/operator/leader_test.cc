// Two operators: one leads, the other is warm.
#include <gmock/gmock.h>

#include <csignal>
#include <filesystem>
#include <iostream>
#include <thread>

#include "test/integration/operator/clock.h"
#include "test/support/fault_proxy/fault_proxy.h"

namespace mpl::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const std::vector<std::string> kQuick = {"--lease-duration=5s", "--renew-deadline=3s",
                                         "--retry-period=1s"};

std::string Holder() {
  const Json lease = Get({"lease", "metricspipeline-operator", "-n", kNamespace});
  const Json::json_pointer holder("/spec/holderIdentity");
  return lease.contains(holder) ? lease[holder].get<std::string>() : "";
}

TEST_F(OperatorTest, AFrozenLeaderIsReplacedAndWritesNothingAfterwards) {
  Operator first(kQuick);
  ASSERT_TRUE(Eventually(seconds(20), [] { return Holder() != ""; })) << first.Log();
  const std::string first_holder = Holder();
  Operator second(kQuick);
  ApplyPipeline();
  ASSERT_TRUE(Eventually(seconds(30), [] { return !Get(kService).is_null(); })) << first.Log();

  first.process().Signal(SIGSTOP);
  ASSERT_TRUE(Eventually(seconds(20), [&] { return Holder() != first_holder; })) << second.Log();
  const std::string second_holder = Holder();
  Server().Kubectl({"delete", "service", "cluster-collector", "-n", kNamespace});
  EXPECT_TRUE(Eventually(seconds(10), [] { return !Get(kService).is_null(); })) << second.Log();

  first.process().Signal(SIGCONT);
  EXPECT_TRUE(Eventually(seconds(10), [&] { return !first.process().Running(); })) << first.Log();
  EXPECT_THAT(first.Log(), HasSubstr("leadership lost"));
  EXPECT_EQ(Holder(), second_holder);
  const std::string after = first.Log().substr(first.Log().find("leadership lost"));
  for (const char* write : {"applied", "drift corrected", "deleted"}) {
    EXPECT_THAT(after, testing::Not(HasSubstr(write)));
  }
}

TEST_F(OperatorTest, ALeaderThatIsCutOffEndsBeforeAnotherBegins) {
  FaultProxy way(Server());
  Operator first(kQuick, {.url = way.url(), .environment = {}});
  ASSERT_TRUE(Eventually(seconds(20), [] { return Holder() != ""; })) << first.Log();
  const std::string first_holder = Holder();
  Operator second(kQuick);
  ApplyPipeline();
  ASSERT_TRUE(Eventually(seconds(30), [] { return !Get(kService).is_null(); })) << first.Log();

  way.Set("partition");
  ASSERT_TRUE(Eventually(seconds(20), [&] { return Holder() != first_holder; })) << second.Log();
  EXPECT_THAT(first.Log(), HasSubstr("leadership lost"));
  EXPECT_TRUE(Eventually(seconds(10), [&] { return !first.process().Running(); })) << first.Log();
  Server().Kubectl({"delete", "service", "cluster-collector", "-n", kNamespace});
  EXPECT_TRUE(Eventually(seconds(10), [] { return !Get(kService).is_null(); })) << second.Log();
}

TEST_F(OperatorTest, ClocksThatJumpMoveNoLeadership) {
  if (!kClocksCanBeSet) GTEST_SKIP();
  ASSERT_TRUE(std::filesystem::exists(Clock::kFakeTime)) << "hack/install-deps build installs it";
  const Clock leaders("leader"), standbys("standby");
  Operator first(kQuick, leaders.Environment());
  ASSERT_TRUE(Eventually(seconds(20), [] { return Holder() != ""; })) << first.Log();
  const std::string holder = Holder();
  Operator second(kQuick, standbys.Environment());
  const auto spec = [] {
    return Get({"lease", "metricspipeline-operator", "-n", kNamespace})["spec"];
  };
  const Json before = spec();

  const std::pair<const char*, const char*> jumps[] = {
      {"+2h", "+0"}, {"+0", "+2h"}, {"+2h", "+1h"}};
  std::string latest = before["renewTime"];
  for (const auto& [leader, standby] : jumps) {
    leaders.Set(leader);
    standbys.Set(standby);
    std::this_thread::sleep_for(seconds(6));  // more than a lease
    EXPECT_EQ(Holder(), holder) << second.Log();
    EXPECT_NE(spec()["renewTime"], latest) << "it goes on";
    latest = spec()["renewTime"];
  }
  EXPECT_EQ(spec()["leaseTransitions"], before["leaseTransitions"]);
  EXPECT_EQ(spec()["acquireTime"], before["acquireTime"]);
  EXPECT_TRUE(first.process().Running() && second.process().Running());
  // The clock did jump: two hours are more than any delay here.
  EXPECT_GT(latest.substr(0, 13), std::string(before["renewTime"]).substr(0, 13));
}

// With the timings of the installation. A leader that is killed gives nothing back.
TEST_F(OperatorTest, AKilledLeaderIsReplacedWithin35Seconds) {
  Operator first;
  ASSERT_TRUE(Eventually(seconds(40), [] { return Holder() != ""; })) << first.Log();
  const std::string first_holder = Holder();
  Operator second;
  ApplyPipeline();
  ASSERT_TRUE(Eventually(seconds(30), [] { return !Get(kService).is_null(); })) << first.Log();

  first.process().Signal(SIGKILL);
  Server().Kubectl({"delete", "service", "cluster-collector", "-n", kNamespace});
  const auto begin = std::chrono::steady_clock::now();
  ASSERT_TRUE(Eventually(seconds(60), [&] { return Holder() != first_holder; })) << second.Log();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  std::cout << "another leads " << took.count() << " s after the leader was killed\n";
  EXPECT_LE(took.count(), 35);
  EXPECT_TRUE(Eventually(seconds(10), [] { return !Get(kService).is_null(); })) << second.Log();
}

TEST_F(OperatorTest, GivesTheLeaseBackWhenItIsAskedToStop) {
  Operator running(kQuick);
  ASSERT_TRUE(Eventually(seconds(20), [] { return Holder() != ""; })) << running.Log();

  const auto begin = std::chrono::steady_clock::now();
  running.process().Stop(seconds(15));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(5)) << running.Log();
  EXPECT_EQ(Holder(), "");
}

}  // namespace
}  // namespace mpl::test
