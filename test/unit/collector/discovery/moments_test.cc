#include "collector/discovery/moments.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace mpl::discovery {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration kResolution = seconds(15);

TimePoint Wall(Duration time) { return TimePoint(seconds(1'763'724'000) + time); }

std::string Name(int i) { return "node-" + std::to_string(i); }

Duration InSecond(TimePoint time) { return time.time_since_epoch() % Duration(seconds(1)); }

TEST(Moments, TheWindowIsFourSecondsOrAThirdOfTheResolution) {
  EXPECT_EQ(TurnWindow(seconds(15)), seconds(4));
  EXPECT_EQ(TurnWindow(minutes(5)), seconds(4));
  EXPECT_EQ(TurnWindow(seconds(6)), seconds(2));
}

TEST(Moments, ManyNodesAreSpreadOverTheWindowInStepsOfFourBursts) {
  std::set<Duration> places;
  for (int i = 0; i < 2000; ++i) {
    const Duration place = Place(HashOf(Name(i)), kResolution, Crowd::kMany);
    EXPECT_EQ(place, Place(HashOf(Name(i)), kResolution, Crowd::kMany));
    EXPECT_LT(place, seconds(4));
    EXPECT_EQ(place % milliseconds(200), Duration(0));
    places.insert(place);
  }
  EXPECT_EQ(places.size(), 20U);  // 4 s / 200 ms: all of them are used
}

// Times are cut to seconds: from 0.1 s on, an early clock does not tell of the second before; up to
// 0.3 s, a kubelet has most of a second to take its samples.
TEST(Moments, FewNodesAreAskedEarlyInASecond) {
  std::set<Duration> places;
  for (int i = 0; i < 2000; ++i) {
    const Duration place = Place(HashOf(Name(i)), kResolution, Crowd::kFew);
    EXPECT_LT(place, seconds(4));
    EXPECT_GE(place % Duration(seconds(1)), milliseconds(100));
    EXPECT_LT(place % Duration(seconds(1)), milliseconds(300));
    places.insert(place);
  }
  EXPECT_EQ(places.size(), 32U);  // 8 in each of 4 seconds
  EXPECT_LT(Place(HashOf("n"), milliseconds(50), Crowd::kFew), milliseconds(300));
}

TEST(Moments, ATurnComesOnceInEveryResolution) {
  for (const Crowd crowd : {Crowd::kFew, Crowd::kMany}) {
    TimePoint turn = NextTurn(HashOf("n"), kResolution, crowd, Wall({}));
    EXPECT_GT(turn, Wall(seconds(1)));
    EXPECT_LE(turn, Wall(seconds(16)));
    for (int i = 0; i < 3; ++i) {
      // However long the answer takes, up to the next turn.
      const TimePoint next = NextTurn(HashOf("n"), kResolution, crowd, turn + seconds(4 * i));
      EXPECT_EQ(next, turn + kResolution);
      turn = next;
    }
  }
}

// 12 s, then 5 s each, moved to the node's place in a second: by less than one.
TEST(Moments, ASampleIsFollowedInStepsFromTheTimeAtWhichItWasTaken) {
  const auto look = [](Duration after) { return NextLook(HashOf("n"), Wall({}), Wall(after)); };
  const TimePoint first = look(seconds(1));
  EXPECT_GE(first, Wall(seconds(12)));
  EXPECT_LT(first, Wall(seconds(13)));
  EXPECT_EQ(InSecond(first), Place(HashOf("n"), kResolution, Crowd::kFew) % Duration(seconds(1)));
  EXPECT_EQ(look(milliseconds(9'500)), first);
  EXPECT_EQ(look(milliseconds(9'501)), first + seconds(5));
  EXPECT_EQ(look(first.time_since_epoch() - Wall({}).time_since_epoch()), first + seconds(5));
  EXPECT_EQ(look(seconds(100)), first + seconds(95));  // 12 + 18 * 5 = 102, 102 - 100 < 2.5
}

TEST(Moments, ASampleThatAReplicaMayHaveMissedIsNotSettled) {
  EXPECT_FALSE(Settled(Wall({}), Wall(milliseconds(499))));
  EXPECT_TRUE(Settled(Wall({}), Wall(milliseconds(500))));
  EXPECT_FALSE(Settled(Wall(seconds(5)), Wall({})));  // taken when asked, or by a clock ahead
}

}  // namespace
}  // namespace mpl::discovery
