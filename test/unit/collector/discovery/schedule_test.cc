#include "collector/discovery/schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace mpl::discovery {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr Duration kResolution = seconds(15);
MonoTime At(Duration time) { return MonoTime(seconds(1'000'005) + time); }

Duration FailedWait(int failures, bool ready, Duration resolution = kResolution) {
  ScrapeSchedule schedule(resolution);
  schedule.Add("n", At({}));
  MonoTime now = At({});
  for (int i = 0; i < failures; ++i) {
    now = schedule.NextDue();
    EXPECT_THAT(schedule.TakeDue(now), ElementsAre("n"));
    schedule.Failed("n", ready, now);
  }
  return schedule.NextDue() - now;
}

TEST(Schedule, ANewNodeIsDueAtOnceAndThenOncePerResolution) {
  ScrapeSchedule schedule(kResolution);
  schedule.Add("n", At({}));
  EXPECT_THAT(schedule.TakeDue(At({})), ElementsAre("n"));
  EXPECT_EQ(schedule.NextDue(), MonoTime::max());
  schedule.Succeeded("n", At(milliseconds(300)));
  const MonoTime first = schedule.NextDue();
  EXPECT_LE(first, At(seconds(17)));
  schedule.TakeDue(first);
  schedule.Succeeded("n", first + milliseconds(80));
  EXPECT_EQ(schedule.NextDue(), first + kResolution);
  // However long the answer takes, the place in the window stays.
  schedule.TakeDue(first + kResolution);
  schedule.Succeeded("n", first + kResolution + seconds(10));
  EXPECT_EQ(schedule.NextDue(), first + 2 * kResolution);
}

TEST(Schedule, TheWindowIsFourSecondsOrAThirdOfTheResolution) {
  EXPECT_EQ(ScrapeSchedule::Window(seconds(15)), seconds(4));
  EXPECT_EQ(ScrapeSchedule::Window(minutes(5)), seconds(4));
  EXPECT_EQ(ScrapeSchedule::Window(seconds(6)), seconds(2));
}

TEST(Schedule, PlacesAreStableAndSpreadOverTheWindowIn50MillisecondSteps) {
  std::set<Duration> places;
  for (int i = 0; i < 2000; ++i) {
    const Duration offset = ScrapeSchedule::Offset("node-" + std::to_string(i), kResolution);
    EXPECT_EQ(offset, ScrapeSchedule::Offset("node-" + std::to_string(i), kResolution));
    EXPECT_LT(offset, seconds(4));
    EXPECT_EQ(offset % milliseconds(50), Duration(0));
    places.insert(offset);
  }
  EXPECT_EQ(places.size(), 80U);  // 4 s / 50 ms: all of them are used
}

TEST(Schedule, ManyNodesGoInBurstsOf64Every50Milliseconds) {
  ScrapeSchedule schedule(kResolution);
  for (int i = 0; i < 150; ++i) schedule.Add("n" + std::to_string(i), At({}));
  EXPECT_EQ(schedule.TakeDue(At({})).size(), 64U);
  EXPECT_EQ(schedule.NextDue(), At(milliseconds(50)));
  EXPECT_THAT(schedule.TakeDue(At(milliseconds(49))), IsEmpty());
  EXPECT_EQ(schedule.TakeDue(At(milliseconds(50))).size(), 64U);
  EXPECT_EQ(schedule.TakeDue(At(milliseconds(100))).size(), 22U);
  EXPECT_EQ(schedule.NextDue(), MonoTime::max());
}

TEST(Schedule, TheLongestWaitingGoesFirst) {
  ScrapeSchedule schedule(kResolution);
  schedule.Add("b", At(seconds(2)));
  schedule.Add("a", At(seconds(1)));
  EXPECT_THAT(schedule.TakeDue(At(seconds(3))), ElementsAre("a", "b"));
}

TEST(Schedule, FailuresBackOffUpToAMinute) {
  // The waits end at the node's place in the window: between the span and one resolution more.
  EXPECT_LE(FailedWait(1, true), kResolution + seconds(1));
  EXPECT_EQ(FailedWait(2, true), 2 * kResolution);
  EXPECT_EQ(FailedWait(3, true), seconds(60));
  EXPECT_EQ(FailedWait(9, true), seconds(60));
  EXPECT_EQ(FailedWait(2, false), seconds(60));
  EXPECT_EQ(FailedWait(100, true, minutes(5)), minutes(5));
}

TEST(Schedule, AnAnswerForgivesFailures) {
  ScrapeSchedule schedule(kResolution);
  schedule.Add("n", At({}));
  for (int i = 0; i < 5; ++i) {
    schedule.TakeDue(schedule.NextDue());
    schedule.Failed("n", true, At(minutes(i)));
  }
  const MonoTime due = schedule.NextDue();
  schedule.TakeDue(due);
  schedule.Succeeded("n", due);
  EXPECT_EQ(schedule.NextDue(), due + kResolution);
  schedule.TakeDue(due + kResolution);
  schedule.Failed("n", true, due + kResolution);
  EXPECT_EQ(schedule.NextDue(), due + 2 * kResolution);
}

TEST(Schedule, HurryBringsAWaitingNodeForward) {
  ScrapeSchedule schedule(kResolution);
  schedule.Add("n", At({}));
  schedule.TakeDue(At({}));
  schedule.Hurry("n", At(seconds(1)));  // is being scraped: nothing to bring forward
  EXPECT_EQ(schedule.NextDue(), MonoTime::max());
  schedule.Failed("n", false, At(seconds(1)));
  schedule.Hurry("n", At(seconds(2)));
  EXPECT_EQ(schedule.NextDue(), At(seconds(2)));
  schedule.Hurry("unknown", At(seconds(2)));
  EXPECT_THAT(schedule.TakeDue(At(seconds(2))), ElementsAre("n"));
}

TEST(Schedule, AgainAsksForASecondSampleSoon) {
  ScrapeSchedule schedule(kResolution);
  schedule.Add("n", At({}));
  schedule.TakeDue(At({}));
  schedule.Again("n", seconds(2), At(milliseconds(100)));
  EXPECT_EQ(schedule.NextDue(), At(milliseconds(2100)));
}

TEST(Schedule, ARemovedNodeIsForgottenEvenWhileItIsScraped) {
  ScrapeSchedule schedule(kResolution);
  schedule.Add("a", At({}));
  schedule.Add("b", At({}));
  schedule.Remove("a");
  EXPECT_THAT(schedule.TakeDue(At({})), ElementsAre("b"));
  schedule.Remove("b");
  schedule.Succeeded("b", At(seconds(1)));
  schedule.Failed("b", true, At(seconds(1)));
  EXPECT_EQ(schedule.NextDue(), MonoTime::max());
  EXPECT_EQ(schedule.size(), 0U);
}

TEST(Schedule, ANewResolutionCountsAtOnce) {
  ScrapeSchedule schedule(minutes(5));
  schedule.Add("n", At({}));
  schedule.TakeDue(At({}));
  schedule.Succeeded("n", At(seconds(1)));
  schedule.SetResolution(seconds(5), At(seconds(2)));
  EXPECT_LE(schedule.NextDue(), At(seconds(8)));
  schedule.Add("n", At(seconds(2)));  // known already
  EXPECT_EQ(schedule.size(), 1U);
}

}  // namespace
}  // namespace mpl::discovery
