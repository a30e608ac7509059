#include "kube/machinery/backoff.h"

#include <gmock/gmock.h>

#include "kube/machinery/token_bucket.h"

namespace mpl::machinery {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const MonoTime kStart{std::chrono::hours(1)};
double Lowest() { return 0; }
double Highest() { return 1; }

// 800 ms, ×2, cap 30 s: client-go tools/cache/reflector.go, NewReflectorWithOptions.
TEST(ExponentialBackoff, DoublesUpToTheCap) {
  ExponentialBackoff backoff(kReflectorBackoff, Lowest);
  std::vector<Duration> delays;
  for (int i = 0; i < 8; ++i) delays.push_back(backoff.Next(kStart));
  EXPECT_THAT(delays,
              testing::ElementsAre(milliseconds(800), milliseconds(1600), milliseconds(3200),
                                   milliseconds(6400), milliseconds(12800), milliseconds(25600),
                                   seconds(30), seconds(30)));
}

TEST(ExponentialBackoff, JitterAddsUpToTheDelayItself) {
  ExponentialBackoff backoff(kReflectorBackoff, Highest);
  EXPECT_EQ(backoff.Next(kStart), milliseconds(1600));
  EXPECT_EQ(backoff.Next(kStart), milliseconds(3200));
}

TEST(ExponentialBackoff, StartsAgainAfterTwoHealthyMinutes) {
  ExponentialBackoff backoff(kReflectorBackoff, Lowest);
  backoff.Next(kStart);
  backoff.Next(kStart);
  EXPECT_EQ(backoff.Next(kStart + minutes(2)), milliseconds(3200));
  EXPECT_EQ(backoff.Next(kStart + minutes(4) + milliseconds(1)), milliseconds(800));
}

TEST(KeyedBackoff, CountsEachKeyForItself) {
  KeyedBackoff<std::string> backoff([] { return 0.5; });
  EXPECT_EQ(backoff.Next("a"), milliseconds(250));
  EXPECT_EQ(backoff.Next("a"), milliseconds(500));
  EXPECT_EQ(backoff.Next("b"), milliseconds(250));
  for (int i = 0; i < 100; ++i) backoff.Next("a");
  EXPECT_EQ(backoff.Next("a"), seconds(60));
  backoff.Forget("a");
  EXPECT_EQ(backoff.Next("a"), milliseconds(250));
}

TEST(KeyedBackoff, SpreadsByTenPercent) {
  EXPECT_EQ(KeyedBackoff<int>(Lowest).Next(1), milliseconds(225));
  EXPECT_EQ(KeyedBackoff<int>(Highest).Next(1), milliseconds(275));
}

TEST(TokenBucket, AllowsABurstAndThenTheRate) {
  TokenBucket bucket(10, 3);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(bucket.Reserve(kStart), Duration::zero());
  EXPECT_EQ(bucket.Reserve(kStart), milliseconds(100));
  EXPECT_EQ(bucket.Reserve(kStart), milliseconds(200));
  EXPECT_EQ(bucket.Reserve(kStart + seconds(1)), Duration::zero());
}

TEST(TokenBucket, NeverSavesMoreThanTheBurst) {
  TokenBucket bucket(10, 2);
  bucket.Reserve(kStart);
  const MonoTime later = kStart + minutes(10);
  EXPECT_EQ(bucket.Reserve(later), Duration::zero());
  EXPECT_EQ(bucket.Reserve(later), Duration::zero());
  EXPECT_EQ(bucket.Reserve(later), milliseconds(100));
}

TEST(TokenBucket, WhoeverDoesNotWaitTakesNothing) {
  TokenBucket bucket(10, 1);
  EXPECT_EQ(bucket.Reserve(kStart), Duration::zero());
  // A flood of requests that give up must not make the next one wait for all of them.
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(bucket.ReserveWithin(kStart, milliseconds(99)), std::nullopt);
  }
  EXPECT_EQ(bucket.ReserveWithin(kStart, milliseconds(100)), milliseconds(100));
}

TEST(TokenBucket, TakesBackWhatWasNotUsed) {
  TokenBucket bucket(10, 1);
  bucket.Reserve(kStart);
  EXPECT_EQ(bucket.Reserve(kStart), milliseconds(100));
  bucket.GiveBack();
  EXPECT_EQ(bucket.Reserve(kStart), milliseconds(100));
  for (int i = 0; i < 10; ++i) bucket.GiveBack();
  EXPECT_EQ(bucket.Reserve(kStart), Duration::zero());
  EXPECT_EQ(bucket.Reserve(kStart), milliseconds(100)) << "never more than the burst";
}

TEST(TokenBucket, ZeroMeansNoLimit) {
  TokenBucket bucket(0, 0);
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(bucket.Reserve(kStart), Duration::zero());
}

}  // namespace
}  // namespace mpl::machinery
