#include "kube/telemetry/rate_limited.h"

#include <gtest/gtest.h>

namespace mpl::log {
namespace {

using std::chrono::seconds;

MonoTime At(int second) { return MonoTime(seconds(second)); }

TEST(RateLimited, WritesTheFirstAndThenOnePerIntervalWithTheNumberLeftOut) {
  RateLimited limit(seconds(60));

  EXPECT_EQ(limit.Occurred("n1", At(0)), 0U);
  EXPECT_EQ(limit.Occurred("n1", At(15)), std::nullopt);
  EXPECT_EQ(limit.Occurred("n1", At(59)), std::nullopt);
  EXPECT_EQ(limit.Occurred("n1", At(60)), 2U);
  EXPECT_EQ(limit.Occurred("n1", At(61)), std::nullopt);
  EXPECT_EQ(limit.Occurred("n1", At(120)), 1U);
}

TEST(RateLimited, KeepsFaultsApart) {
  RateLimited limit(seconds(60));
  limit.Occurred("n1", At(0));

  EXPECT_EQ(limit.Occurred("n2", At(1)), 0U);
}

TEST(RateLimited, WritesAtOnceAfterTheFaultWasOver) {
  RateLimited limit(seconds(60));
  limit.Occurred("n1", At(0));
  limit.Forget("n1");

  EXPECT_EQ(limit.Occurred("n1", At(1)), 0U);
}

TEST(RateLimited, ForgetsTheLongestUnseenWhenFull) {
  RateLimited limit(seconds(60), 2);
  limit.Occurred("old", At(0));
  limit.Occurred("busy", At(1));
  limit.Occurred("old", At(2));
  limit.Occurred("new", At(3));  // "busy" is the longest unseen

  EXPECT_EQ(limit.Occurred("old", At(4)), std::nullopt);
  EXPECT_EQ(limit.Occurred("busy", At(5)), 0U);
}

}  // namespace
}  // namespace mpl::log
