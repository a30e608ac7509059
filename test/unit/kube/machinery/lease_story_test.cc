// Two candidates and one server, tenth by tenth of a second, in every kind of bad weather: a
// candidate that freezes, clocks that jump, a network that parts. Never may both lead, and the
// other one has to take over soon.
#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "kube/machinery/lease.h"

namespace mpl::machinery {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using Action = LeaseMachine::Action;

constexpr int kStorySeconds = 300;
constexpr int kTicks = 10;  // in a second
// What we promise of 30 s leases: from the moment the leader stops to the moment another leads.
constexpr double kLongestTakeOver = 35;

// What is wrong in each second; candidate 0 leads at first.
struct Weather {
  std::function<bool(int candidate, int second)> frozen = [](int, int) { return false; };
  std::function<bool(int candidate, int second)> parted = [](int, int) { return false; };
  // Of a candidate's wall clock against the true time.
  std::function<seconds(int candidate, int second)> wrong = [](int, int) { return seconds(0); };
};

struct Candidate {
  explicit Candidate(std::string name)
      : machine(std::move(name), LeaseTimings{}, [] { return 1.0; }) {}  // as late as it may be
  LeaseMachine machine;
  MonoTime due{};
  bool started = false;
  bool lost = false;
};

class Story {
 public:
  explicit Story(Weather weather) : weather_(std::move(weather)) {}

  // A candidate that lost ends and is started anew, as a pod is.
  void Tell() {
    for (int tick = 0; tick < kStorySeconds * kTicks; ++tick) {
      const int second = tick / kTicks;
      const auto passed = std::chrono::milliseconds(tick * (1000 / kTicks));
      const MonoTime now = MonoTime(hours(1)) + passed;
      for (int i = 0; i < 2; ++i) {
        Candidate& one = candidates_[static_cast<std::size_t>(i)];
        if (one.lost) one = Candidate(std::string(1, static_cast<char>('a' + i)));
        if (weather_.frozen(i, second) || now < one.due) continue;
        Drive(one, {now, TimePoint(hours(500'000)) + passed + weather_.wrong(i, second)},
              weather_.parted(i, second));
      }
      const bool a = candidates_[0].machine.Leads(now), b = candidates_[1].machine.Leads(now);
      ASSERT_FALSE(a && b) << "both lead in second " << second;
      if (b && !second_led_after) second_led_after = static_cast<double>(tick) / kTicks;
    }
  }

  std::optional<double> second_led_after;  // seconds of the story; candidate 1, for the first time
  int transitions() const { return server_ ? server_->record.transitions : 0; }
  const std::string& holder() const { return server_->record.holder; }

 private:
  void Drive(Candidate& one, const Clocks& clocks, bool parted) {
    Action action = one.started ? one.machine.Handle(LeaseMachine::Waited{}, clocks)
                                : one.machine.Handle(LeaseMachine::Started{}, clocks);
    one.started = true;
    for (;;) {
      if (const auto* wait = std::get_if<LeaseMachine::Wait>(&action)) {
        one.due = clocks.now + wait->delay;
        return;
      }
      if (std::holds_alternative<LeaseMachine::Lost>(action)) {
        one.lost = true;
        return;
      }
      action = one.machine.Handle(Answer(action, parted), clocks);
    }
  }

  LeaseMachine::Event Answer(const Action& action, bool parted) {
    if (parted) return LeaseMachine::Failed{{ErrorKind::kUnreachable, "no route to host"}};
    if (std::holds_alternative<LeaseMachine::Read>(action)) {
      if (!server_) return LeaseMachine::Missing{};
      return LeaseMachine::Found{*server_};
    }
    const auto& write = std::get<LeaseMachine::Write>(action);
    if (write.resource_version != (server_ ? server_->resource_version : "")) {
      return LeaseMachine::Failed{{ErrorKind::kConflict, "changed meanwhile"}};
    }
    server_ = ObservedLease{write.record, std::to_string(++version_)};
    return LeaseMachine::Written{*server_};
  }

  Weather weather_;
  std::array<Candidate, 2> candidates_ = {Candidate("a"), Candidate("b")};
  std::optional<ObservedLease> server_;
  int version_ = 0;
};

TEST(LeaseStory, AFrozenLeaderIsReplaced) {
  for (int begin = 6; begin < 60; ++begin) {
    SCOPED_TRACE(begin);
    Weather weather;
    weather.frozen = [&](int i, int second) {
      return i == 0 && second >= begin && second < begin + 45;
    };
    Story story(weather);
    story.Tell();
    EXPECT_EQ(story.transitions(), 1);
    ASSERT_TRUE(story.second_led_after);
    EXPECT_LE(*story.second_led_after - begin, kLongestTakeOver);
  }
}

TEST(LeaseStory, APartedLeaderStopsBeforeTheOtherBegins) {
  for (int begin = 6; begin < 60; ++begin) {
    SCOPED_TRACE(begin);
    Weather weather;
    weather.parted = [&](int i, int second) {
      return i == 0 && second >= begin && second < begin + 60;
    };
    Story story(weather);
    story.Tell();
    EXPECT_EQ(story.transitions(), 1);
    EXPECT_EQ(story.holder(), "b");
    ASSERT_TRUE(story.second_led_after);
    EXPECT_LE(*story.second_led_after - begin, kLongestTakeOver);
  }
}

// Decisions follow the steady clock; the wall clock is only written down.
TEST(LeaseStory, ClocksThatJumpChangeNothing) {
  for (const hours jump : {hours(-48), hours(-1), hours(1), hours(48)}) {
    Weather weather;
    weather.wrong = [&](int i, int second) {
      return second % 7 < 3 ? seconds(jump) * (i == 0 ? 1 : -1) : seconds(0);
    };
    Story story(weather);
    story.Tell();
    EXPECT_EQ(story.transitions(), 0) << "nothing happened but clocks that jump";
    EXPECT_FALSE(story.second_led_after);
  }
}

TEST(LeaseStory, NeverTwoLeadersInAnyWeather) {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const auto up_to = [&](int most) {
      return std::uniform_int_distribution<int>(0, most)(random);
    };
    struct Spell {
      int candidate, begin, end;
      bool in(int who, int second) const {
        return who == candidate && second >= begin && second < end;
      }
    };
    std::vector<Spell> freezes, partitions;
    for (int i = 0; i < 4; ++i) {
      const int begin = up_to(kStorySeconds);
      (up_to(1) == 0 ? freezes : partitions).push_back({up_to(1), begin, begin + up_to(60)});
    }
    const int jump = up_to(7200) - 3600;
    const auto any = [](const std::vector<Spell>& spells) {
      return [spells](int who, int second) {
        return std::ranges::any_of(spells, [&](const Spell& one) { return one.in(who, second); });
      };
    };
    Story story({any(freezes), any(partitions),
                 [jump](int who, int second) { return seconds(who == second % 2 ? jump : 0); }});
    story.Tell();
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace mpl::machinery
