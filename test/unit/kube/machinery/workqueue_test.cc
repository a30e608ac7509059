#include "kube/machinery/workqueue.h"

#include <gmock/gmock.h>

#include <random>

namespace mpl::machinery {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Eq;
using testing::Optional;

const MonoTime kNow{std::chrono::hours(1)};

class WorkqueueTest : public testing::Test {
 protected:
  Workqueue<std::string> queue_{[] { return 0.5; }};
};

// The promises are those of client-go util/workqueue: "Fair", "Stingy", "Multiple consumers".
TEST_F(WorkqueueTest, HandsOutInOrderAndOnce) {
  queue_.Add("a");
  queue_.Add("b");
  queue_.Add("a");

  EXPECT_THAT(queue_.Get(kNow), Optional(Eq("a")));
  EXPECT_THAT(queue_.Get(kNow), Optional(Eq("b")));
  EXPECT_EQ(queue_.Get(kNow), std::nullopt);
}

TEST_F(WorkqueueTest, NeverHandsOutAKeyTwiceAtOnce) {
  queue_.Add("a");
  queue_.Get(kNow);

  queue_.Add("a");
  queue_.Add("a");
  EXPECT_EQ(queue_.Get(kNow), std::nullopt);

  queue_.Done("a");
  EXPECT_THAT(queue_.Get(kNow), Optional(Eq("a")));
  queue_.Done("a");
  EXPECT_EQ(queue_.Get(kNow), std::nullopt);
}

TEST_F(WorkqueueTest, DelaysUntilTheEarliestTimeAskedFor) {
  queue_.AddAfter("a", kNow + seconds(5));
  queue_.AddAfter("a", kNow + seconds(2));
  queue_.AddAfter("a", kNow + seconds(9));

  EXPECT_EQ(queue_.NextWake(kNow), kNow + seconds(2));
  EXPECT_EQ(queue_.Get(kNow + milliseconds(1999)), std::nullopt);
  EXPECT_THAT(queue_.Get(kNow + seconds(2)), Optional(Eq("a")));
  queue_.Done("a");
  EXPECT_EQ(queue_.Get(kNow + seconds(10)), std::nullopt);
}

TEST_F(WorkqueueTest, HandsOutDelayedKeysInTheOrderOfTheirTimes) {
  queue_.AddAfter("a", kNow + seconds(2));
  queue_.AddAfter("b", kNow + seconds(1));

  EXPECT_THAT(queue_.Get(kNow + seconds(3)), Optional(Eq("b")));
  EXPECT_THAT(queue_.Get(kNow + seconds(3)), Optional(Eq("a")));
}

TEST_F(WorkqueueTest, WakesAtOnceWhenAKeyIsReady) {
  EXPECT_EQ(queue_.NextWake(kNow), std::nullopt);
  queue_.AddAfter("b", kNow + seconds(2));
  queue_.Add("a");
  EXPECT_EQ(queue_.NextWake(kNow), kNow);
}

TEST_F(WorkqueueTest, BacksOffUntilForgotten) {
  queue_.AddRateLimited("a", kNow);
  EXPECT_EQ(queue_.NextWake(kNow), kNow + milliseconds(250));
  queue_.Get(kNow + seconds(1));
  queue_.Done("a");
  queue_.AddRateLimited("a", kNow);
  EXPECT_EQ(queue_.NextWake(kNow), kNow + milliseconds(500));
  EXPECT_EQ(queue_.NumRequeues("a"), 2);

  queue_.Forget("a");
  EXPECT_EQ(queue_.NumRequeues("a"), 0);
}

TEST_F(WorkqueueTest, LimitsTheRateOfAllFailuresTogether) {
  // Bucket of 100 at 10 a second: the 110th failure of one moment waits a second.
  for (int i = 0; i < 110; ++i) queue_.AddRateLimited("key" + std::to_string(i), kNow);
  int ready = 0;
  while (queue_.Get(kNow + milliseconds(999))) ++ready;
  EXPECT_EQ(ready, 109);
}

TEST_F(WorkqueueTest, DrainsAfterShutDown) {
  queue_.Add("a");
  queue_.AddAfter("late", kNow);
  queue_.ShutDown();
  queue_.Add("b");

  EXPECT_THAT(queue_.Get(kNow), Optional(Eq("a")));
  EXPECT_EQ(queue_.Get(kNow), std::nullopt);
  EXPECT_EQ(queue_.NextWake(kNow), std::nullopt);
}

// A seeded story of many workers: whatever happens, no key is in two hands, and none is lost.
TEST_F(WorkqueueTest, KeepsItsPromisesUnderARandomStory) {
  std::mt19937 chance(7);
  std::set<std::string> in_hand;
  std::set<std::string> owed;  // added and not handed out since
  MonoTime now = kNow;
  for (int step = 0; step < 20'000; ++step) {
    now += milliseconds(chance() % 50);
    const std::string key(1, static_cast<char>('a' + chance() % 6));
    const auto kind = chance() % 4;
    if (kind == 0) {
      queue_.Add(key);
      owed.insert(key);
    } else if (kind == 1) {
      queue_.AddAfter(key, now + milliseconds(chance() % 200));
    } else if (kind == 2) {
      if (const auto got = queue_.Get(now)) {
        ASSERT_TRUE(in_hand.insert(*got).second) << "handed out twice: " << *got;
        owed.erase(*got);
      }
    } else if (in_hand.erase(key) > 0) {
      queue_.Done(key);
    }
  }
  for (const std::string& key : in_hand) queue_.Done(key);
  while (const auto got = queue_.Get(now)) owed.erase(*got);
  EXPECT_THAT(owed, testing::IsEmpty());
}

}  // namespace
}  // namespace mpl::machinery
