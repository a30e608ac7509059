#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "test/unit/collector/discovery/named_schedule.h"

namespace mpl::discovery {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr Duration kEvery = seconds(15);
MonoTime At(Duration time) { return MonoTime(seconds(1'000'005) + time); }

Duration FailedWait(int failures, bool ready, Duration resolution = kEvery) {
  NamedSchedule schedule(resolution);
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
  NamedSchedule schedule(kEvery);
  schedule.Add("n", At({}));
  EXPECT_THAT(schedule.TakeDue(At({})), ElementsAre("n"));
  EXPECT_EQ(schedule.NextDue(), MonoTime::max());
  schedule.Succeeded("n", At(milliseconds(300)));
  const MonoTime first = schedule.NextDue();
  EXPECT_LE(first, At(seconds(17)));
  schedule.TakeDue(first);
  schedule.Succeeded("n", first + milliseconds(80));
  EXPECT_EQ(schedule.NextDue(), first + kEvery);
  // However long the answer takes, the place in the window stays.
  schedule.TakeDue(first + kEvery);
  schedule.Succeeded("n", first + kEvery + seconds(10));
  EXPECT_EQ(schedule.NextDue(), first + 2 * kEvery);
}

TEST(Schedule, ManyNodesGoInBurstsOf64Every50Milliseconds) {
  NamedSchedule schedule(kEvery);
  for (int i = 0; i < 150; ++i) schedule.Add("n" + std::to_string(i), At({}));
  EXPECT_EQ(schedule.TakeDue(At({})).size(), 64U);
  EXPECT_EQ(schedule.NextDue(), At(milliseconds(50)));
  EXPECT_THAT(schedule.TakeDue(At(milliseconds(49))), IsEmpty());
  EXPECT_EQ(schedule.TakeDue(At(milliseconds(50))).size(), 64U);
  EXPECT_EQ(schedule.TakeDue(At(milliseconds(100))).size(), 22U);
  EXPECT_EQ(schedule.NextDue(), MonoTime::max());
}

TEST(Schedule, AnAnsweredBurstMakesRoomForTheNext) {
  NamedSchedule schedule(kEvery);
  for (int i = 0; i < 150; ++i) schedule.Add("n" + std::to_string(i), At({}));
  EXPECT_EQ(schedule.TakeDue(At({})).size(), 64U);
  schedule.EndBurst();
  EXPECT_LE(schedule.NextDue(), At(milliseconds(1)));
  EXPECT_EQ(schedule.TakeDue(At(milliseconds(1))).size(), 64U);
  EXPECT_THAT(schedule.TakeDue(At(milliseconds(2))), IsEmpty());
}

// The places of the nodes in the window are those of moments_test.cc; here only their order counts.
TEST(Schedule, NodesThatComeTogetherAreAskedInTheOrderOfTheirTurns) {
  NamedSchedule schedule(kEvery);
  std::vector<std::pair<Duration, std::string>> in_turn;
  for (int i = 0; i < 300; ++i) {
    const std::string node = "n" + std::to_string(i);
    schedule.Add(node, At(milliseconds(i)));
    if (i < 257) continue;  // the first ones have the places of a small cluster
    in_turn.emplace_back(Place(HashOf(node), kEvery, Crowd::kMany), node);
  }
  std::ranges::stable_sort(in_turn, {}, [](const auto& one) { return one.first; });
  std::vector<std::string> asked;
  for (MonoTime now = At(seconds(1)); asked.size() < 300; now += milliseconds(50)) {
    std::ranges::move(schedule.TakeDue(now), std::back_inserter(asked));
  }
  std::erase_if(asked, [](const std::string& node) { return std::stoi(node.substr(1)) < 257; });
  std::vector<std::string> expected;
  for (const auto& [place, node] : in_turn) expected.push_back(node);
  EXPECT_EQ(asked, expected);
}

TEST(Schedule, TheLongestWaitingGoesFirst) {
  NamedSchedule schedule(kEvery);
  schedule.Add("b", At(seconds(2)));
  schedule.Add("a", At(seconds(1)));
  EXPECT_THAT(schedule.TakeDue(At(seconds(3))), ElementsAre("a", "b"));
}

TEST(Schedule, FailuresBackOffUpToAMinute) {
  // The waits end at the node's place in the window: between the span and one resolution more.
  EXPECT_LE(FailedWait(1, true), kEvery + seconds(1));
  EXPECT_EQ(FailedWait(2, true), 2 * kEvery);
  EXPECT_EQ(FailedWait(3, true), seconds(60));
  EXPECT_EQ(FailedWait(9, true), seconds(60));
  EXPECT_EQ(FailedWait(2, false), seconds(60));
  EXPECT_EQ(FailedWait(100, true, minutes(5)), minutes(5));
}

TEST(Schedule, AnAnswerForgivesFailures) {
  NamedSchedule schedule(kEvery);
  schedule.Add("n", At({}));
  for (int i = 0; i < 5; ++i) {
    schedule.TakeDue(schedule.NextDue());
    schedule.Failed("n", true, At(minutes(i)));
  }
  const MonoTime due = schedule.NextDue();
  schedule.TakeDue(due);
  schedule.Succeeded("n", due);
  EXPECT_EQ(schedule.NextDue(), due + kEvery);
  schedule.TakeDue(due + kEvery);
  schedule.Failed("n", true, due + kEvery);
  EXPECT_EQ(schedule.NextDue(), due + 2 * kEvery);
}

TEST(Schedule, HurryBringsAWaitingNodeForward) {
  NamedSchedule schedule(kEvery);
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
  NamedSchedule schedule(kEvery);
  schedule.Add("n", At({}));
  schedule.TakeDue(At({}));
  schedule.Again("n", seconds(2), At(milliseconds(100)));
  EXPECT_EQ(schedule.NextDue(), At(milliseconds(2100)));
}

TEST(Schedule, ARemovedNodeIsForgottenEvenWhileItIsScraped) {
  NamedSchedule schedule(kEvery);
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

// A node that is asked whenever it is due, from At({}) on.
class Following {
 public:
  explicit Following(Duration resolution = kEvery, int nodes = 1) : schedule_(resolution) {
    for (int i = 0; i < nodes; ++i) schedule_.Add("n" + std::to_string(i), At({}));
    while (schedule_.NextDue() != MonoTime::max()) schedule_.TakeDue(schedule_.NextDue());
  }
  // It tells of a sample of this age. How long it is until it is asked again.
  Duration After(Duration age) {
    const TimePoint told(asked_.time_since_epoch());
    schedule_.Succeeded("n0", asked_, SampleSeen{told - age, told});
    const Duration wait = schedule_.NextDue() - asked_;
    asked_ = schedule_.NextDue();
    schedule_.TakeDue(asked_);
    return wait;
  }
  Duration asked() const { return asked_.time_since_epoch(); }

 private:
  NamedSchedule schedule_;
  MonoTime asked_ = At({});
};

Duration PlaceOfN0(Duration resolution = kEvery, Crowd crowd = Crowd::kFew) {
  return Place(HashOf("n0"), resolution, crowd);
}

// Looks come 12 s after a sample, moved to the node's place in a second, and every 5 s after that.
TEST(Schedule, AFewNodesAreAskedWhenTheirNextSampleIsDue) {
  Following following;
  const Duration first = following.After(seconds(3));
  EXPECT_GE(first, seconds(9));
  EXPECT_LT(first, seconds(10));
  EXPECT_EQ(following.After(first + seconds(3)), seconds(5));  // the same once more
}

TEST(Schedule, FollowsSamplesOnlyWhereItIsWorthIt) {
  for (const Duration resolution : {Duration(seconds(5)), Duration(seconds(30))}) {
    Following slow_or_fast(resolution);
    slow_or_fast.After(seconds(3));
    EXPECT_EQ(slow_or_fast.asked() % resolution, PlaceOfN0(resolution));
  }
  Following crowded(kEvery, 257);
  crowded.After(seconds(3));
  EXPECT_EQ(crowded.asked() % kEvery, PlaceOfN0(kEvery, Crowd::kMany));
  EXPECT_LT(Following(kEvery, 256).After(seconds(3)), seconds(10));
}

TEST(Schedule, AClockThatIsNotOursIsNotFollowed) {
  for (const Duration age : {Duration(-seconds(10)), Duration(seconds(61))}) {
    Following following;
    following.After(age);
    EXPECT_EQ(following.asked() % kEvery, PlaceOfN0());
  }
}

// Two hosts that were booted at different times: places are those of the wall clock.
TEST(Schedule, ReplicasAskANodeAtTheSameMoment) {
  const auto wall_due = [](Duration booted, bool follow) {
    NamedSchedule schedule(kEvery);
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
  NamedSchedule schedule(kEvery);
  schedule.SetWallClock(seconds(1'763'724'000));
  schedule.Add("n", At({}));
  schedule.TakeDue(At({}));
  schedule.Succeeded("n", At({}));
  const MonoTime first = schedule.NextDue();
  schedule.TakeDue(first);
  schedule.SetWallClock(seconds(1'763'724'000) + std::chrono::microseconds(900));
  schedule.Succeeded("n", first);
  EXPECT_EQ(schedule.NextDue(), first + kEvery);
  schedule.TakeDue(first + kEvery);
  schedule.SetWallClock(seconds(1'763'720'400) + milliseconds(77));
  schedule.Succeeded("n", first + kEvery);
  EXPECT_GT(schedule.NextDue(), first + kEvery);
  EXPECT_LE(schedule.NextDue(), first + 2 * kEvery + seconds(1));
}

// By hand: planned for a common moment, shown 200 ms after it; new nodes and second looks at once.
TEST(Schedule, WhatAllReplicasAskForAtOneMomentIsShownAtOneMoment) {
  NamedSchedule schedule(kEvery);
  schedule.Add("n", At({}));
  schedule.TakeDue(At({}));
  EXPECT_EQ(schedule.PublishAt("n"), MonoTime{});
  schedule.Again("n", seconds(2), At({}));
  schedule.TakeDue(schedule.NextDue());
  EXPECT_EQ(schedule.PublishAt("n"), MonoTime{});
  schedule.Succeeded("n", At(seconds(2)));
  const MonoTime turn = schedule.NextDue();
  schedule.TakeDue(turn + milliseconds(30));
  EXPECT_EQ(schedule.PublishAt("n"), turn + milliseconds(200));
  EXPECT_EQ(schedule.PublishAt("unknown"), MonoTime{});
  for (int i = 0; i < 256; ++i) schedule.Add("n" + std::to_string(i), At({}));
  EXPECT_EQ(schedule.PublishAt("n"), MonoTime{});  // 257 answers would have to be kept
}

// Taken 0.4 s before the kubelet was asked: a replica that asked half a second earlier has it not.
TEST(Schedule, ASampleThatReplicasMayNotShareWaitsForTheNextLook) {
  NamedSchedule schedule(kEvery);
  const auto wall = [](Duration time) { return TimePoint(At(time).time_since_epoch()); };
  schedule.Add("n", At({}));
  schedule.TakeDue(At({}));
  EXPECT_TRUE(schedule.KnownToAll("n", wall(-milliseconds(400))));  // asked by itself
  schedule.Succeeded("n", At({}), SampleSeen{wall(-seconds(4)), wall({})});
  const MonoTime look = schedule.NextDue();
  schedule.TakeDue(look);
  const Duration asked = look - At({});
  EXPECT_FALSE(schedule.KnownToAll("n", wall(asked - milliseconds(400))));
  EXPECT_TRUE(schedule.KnownToAll("n", wall(asked - milliseconds(500))));
  const SampleSeen fresh{wall(asked - milliseconds(400)), wall(asked)};
  schedule.Succeeded("n", look + milliseconds(40), fresh);
  EXPECT_EQ(schedule.NextDue(), look + seconds(5));
}

// By how much our clock is set back; the kubelet's is not, and takes a sample every 10 s. How many
// looks on end hid what they were told of in the five minutes after that.
int HiddenOnEnd(Duration back) {
  NamedSchedule schedule(kEvery);
  const auto wall = [](MonoTime time) { return TimePoint(time.time_since_epoch()); };
  const MonoTime first = At(-seconds(1));
  schedule.Add("n", At({}));
  schedule.TakeDue(At({}));
  schedule.Succeeded("n", At({}), SampleSeen{wall(first), wall(At({}))});
  schedule.SetWallClock(-back);
  int most = 0;
  int on_end = 0;
  for (MonoTime due = schedule.NextDue(); due < At(minutes(5)); due = schedule.NextDue()) {
    schedule.TakeDue(due);
    const TimePoint taken = wall(due - (due - first) % seconds(10));
    on_end = schedule.KnownToAll("n", taken) ? 0 : on_end + 1;
    most = std::max(most, on_end);
    schedule.Succeeded("n", due, SampleSeen{taken, wall(due) - back});
    EXPECT_LE(schedule.NextDue() - due, kEvery + seconds(5));
  }
  return most;
}

TEST(Schedule, AClockThatIsSetBackHidesANodeForOneLookNotUntilItHasCaughtUp) {
  for (Duration back = seconds(1); back < seconds(90); back += milliseconds(500)) {
    EXPECT_LE(HiddenOnEnd(back), 1) << back.count();
  }
  EXPECT_EQ(HiddenOnEnd(minutes(60)), 0);
}

// A kubelet that takes its node's sample when asked, too, has no rhythm to follow.
TEST(Schedule, SamplesTakenOnDemandAreShownAndNotFollowed) {
  NamedSchedule schedule(kEvery);
  schedule.Add("n", At({}));
  for (MonoTime due = At({}); due < At(minutes(2)); due = schedule.NextDue()) {
    schedule.TakeDue(due);
    const TimePoint taken(due.time_since_epoch() + milliseconds(5));
    EXPECT_TRUE(schedule.KnownToAll("n", taken));
    schedule.Succeeded("n", due + milliseconds(20), SampleSeen{taken, taken});
    EXPECT_EQ(schedule.NextDue().time_since_epoch() % kEvery,
              Place(HashOf("n"), kEvery, Crowd::kFew));
  }
}

TEST(Schedule, ANewResolutionCountsAtOnce) {
  NamedSchedule schedule(minutes(5));
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
