// Two operators: one leads, the other is warm.
#include <gmock/gmock.h>

#include <csignal>

#include "test/integration/operator/fixture.h"

namespace mpl::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const std::vector<std::string> kQuick = {"--lease-duration=5s", "--renew-deadline=3s",
                                         "--retry-period=1s"};
const std::vector<std::string> kService = {"service", "cluster-collector", "-n", kNamespace};

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
