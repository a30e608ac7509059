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

// Answers when the node is due after an answer at `now` that told of a sample `age` old. `taken`
// says which one it was, in seconds.
class Following {
 public:
  explicit Following(Duration resolution = kResolution, int nodes = 1) : schedule_(resolution) {
    for (int i = 0; i < nodes; ++i) schedule_.Add("n" + std::to_string(i), At({}));
    while (schedule_.NextDue() != MonoTime::max()) schedule_.TakeDue(schedule_.NextDue());
  }
  Duration After(int taken, Duration age) {
    const TimePoint sample = TimePoint(seconds(1'763'724'000 + taken));
    schedule_.Succeeded("n0", At(seconds(taken) + age), SampleSeen{sample, sample + age});
    const MonoTime due = schedule_.NextDue();
    schedule_.TakeDue(due);
    return due - At(seconds(taken) + age);
  }

 private:
  ScrapeSchedule schedule_;
};

// 15 s are the mean distance of a kubelet's samples, 1.5 s the slack: 16.5 s after the last one.
TEST(Schedule, AFewNodesAreAskedWhenTheirNextSampleIsDue) {
  Following following;
  EXPECT_EQ(following.After(0, seconds(3)), milliseconds(13'500));
  EXPECT_EQ(following.After(15, seconds(9)), milliseconds(7'500));
  EXPECT_EQ(following.After(30, milliseconds(9'100)), milliseconds(7'400));  // 46.5 is on the grid
}

TEST(Schedule, ButNotBeforeAThirdOfTheResolutionNorAfterOne) {
  Following following;
  EXPECT_EQ(following.After(0, seconds(14)), seconds(5));
  EXPECT_EQ(following.After(15, Duration(0)), milliseconds(14'750));
}

// By hand: a quarter of the way from 15 to 10 each time: 13.75, 12.8125, 12.109375 s.
TEST(Schedule, LearnsHowFarANodesSamplesAreApart) {
  Following following;
  following.After(0, seconds(5));
  EXPECT_EQ(following.After(10, seconds(5)), milliseconds(10'250));  // 13.75 + 1.5 - 5
  EXPECT_EQ(following.After(20, seconds(5)), milliseconds(9'500));   // 9.3125, on the grid
  EXPECT_EQ(following.After(30, seconds(5)), milliseconds(8'750));   // 8.609, on the grid
  EXPECT_EQ(following.After(30, seconds(13)), seconds(5));          // the same once more: no lesson
  EXPECT_EQ(following.After(90, seconds(5)), milliseconds(8'750));  // one was missed: no lesson
}

TEST(Schedule, FollowsSamplesOnlyWhereItIsWorthIt) {
  // The place in the window, which no sample moves.
  const auto fixed = [](Duration resolution) { return ScrapeSchedule::Offset("n0", resolution); };
  for (const Duration resolution : {Duration(seconds(5)), Duration(seconds(30))}) {
    const Duration due = Following(resolution).After(0, seconds(3));
    EXPECT_EQ((At(seconds(3)) + due).time_since_epoch() % resolution, fixed(resolution));
  }
  const Duration crowded = Following(kResolution, 257).After(0, seconds(3));
  EXPECT_EQ((At(seconds(3)) + crowded).time_since_epoch() % kResolution, fixed(kResolution));
  EXPECT_EQ(Following(kResolution, 256).After(0, seconds(3)), milliseconds(13'500));
}

TEST(Schedule, AClockThatIsNotOursIsNotFollowed) {
  for (const Duration age : {Duration(-seconds(10)), Duration(seconds(61))}) {
    const Duration due = Following().After(100, age);
    EXPECT_EQ((At(seconds(100) + age) + due).time_since_epoch() % kResolution,
              ScrapeSchedule::Offset("n0", kResolution));
  }
}

// Two hosts that were booted at different times: places are those of the wall clock.
TEST(Schedule, ReplicasAskANodeAtTheSameMoment) {
  const auto wall_due = [](Duration booted, bool follow) {
    ScrapeSchedule schedule(kResolution);
    const Duration wall = seconds(1'763'724'007);
    const MonoTime now(wall - booted);
    schedule.SetWallClock(booted);
    schedule.Add("n", now);
    schedule.TakeDue(now);
    const TimePoint sample = TimePoint(wall - seconds(4));
    schedule.Succeeded(
        "n", now, follow ? std::optional(SampleSeen{sample, sample + seconds(4)}) : std::nullopt);
    return schedule.NextDue().time_since_epoch() + booted;
  };
  for (const bool follow : {false, true}) {
    EXPECT_EQ(wall_due(seconds(1'000'000), follow), wall_due(milliseconds(7'654'321), follow));
  }
}

TEST(Schedule, AWallClockThatJumpsOrTremblesLeavesNobodyOut) {
  ScrapeSchedule schedule(kResolution);
  schedule.SetWallClock(seconds(1'763'724'000));
  schedule.Add("n", At({}));
  schedule.TakeDue(At({}));
  schedule.Succeeded("n", At({}));
  const MonoTime first = schedule.NextDue();
  schedule.TakeDue(first);
  schedule.SetWallClock(seconds(1'763'724'000) + milliseconds(9));
  schedule.Succeeded("n", first);
  EXPECT_EQ(schedule.NextDue(), first + kResolution);
  schedule.TakeDue(first + kResolution);
  schedule.SetWallClock(seconds(1'763'720'400) + milliseconds(77));
  schedule.Succeeded("n", first + kResolution);
  EXPECT_GT(schedule.NextDue(), first + kResolution);
  EXPECT_LE(schedule.NextDue(), first + 2 * kResolution + seconds(1));
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
