#include "kube/auth/decision_cache.h"

#include <gtest/gtest.h>

namespace mpl::auth {
namespace {

using std::chrono::seconds;

MonoTime At(int second) { return MonoTime(seconds(second)); }

TEST(DecisionCache, ForgetsAfterTheLifetime) {
  DecisionCache<bool> cache(8);
  cache.Put("k", true, seconds(10), At(0));

  EXPECT_EQ(cache.Find("k", At(9)), true);
  EXPECT_EQ(cache.Find("k", At(10)), std::nullopt);
  EXPECT_EQ(cache.size(), 0U);
}

TEST(DecisionCache, ReadingDoesNotProlongALife) {
  DecisionCache<bool> cache(8);
  cache.Put("k", true, seconds(10), At(0));
  cache.Find("k", At(9));
  EXPECT_EQ(cache.Find("k", At(11)), std::nullopt);
}

TEST(DecisionCache, ReplacesAnOlderDecision) {
  DecisionCache<bool> cache(8);
  cache.Put("k", true, seconds(10), At(0));
  cache.Put("k", false, seconds(10), At(5));

  EXPECT_EQ(cache.Find("k", At(12)), false);
  EXPECT_EQ(cache.size(), 1U);
}

TEST(DecisionCache, DropsTheLeastRecentlyUsedWhenFull) {
  DecisionCache<int> cache(2);
  cache.Put("a", 1, seconds(10), At(0));
  cache.Put("b", 2, seconds(10), At(0));
  cache.Find("a", At(1));
  cache.Put("c", 3, seconds(10), At(1));

  EXPECT_EQ(cache.Find("a", At(2)), 1);
  EXPECT_EQ(cache.Find("b", At(2)), std::nullopt);
  EXPECT_EQ(cache.Find("c", At(2)), 3);
}

TEST(DecisionCache, ClearsAll) {
  DecisionCache<int> cache(2);
  cache.Put("a", 1, seconds(10), At(0));
  cache.Clear();
  EXPECT_EQ(cache.Find("a", At(1)), std::nullopt);
}

}  // namespace
}  // namespace mpl::auth
