// Two replicas of the collector that never hear of each other, in front of one simulated kubelet,
// and a reader who asks one, then the other.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "test/unit/collector/discovery/named_schedule.h"

namespace mpl::discovery {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr TimePoint kBegin{seconds(1'763'724'007)};
constexpr TimePoint kEnd = kBegin + minutes(30);
// Until the first looks of both are over.
constexpr TimePoint kSettledIn = kBegin + minutes(2);

// The times of a kubelet's samples of its node, so far apart. Those of pods it takes when asked.
std::vector<TimePoint> NodeSamples(Duration closest, Duration farthest) {
  std::mt19937_64 random(7);
  std::uniform_int_distribution<std::int64_t> step(closest.count(), farthest.count());
  std::vector<TimePoint> taken;
  for (TimePoint t = kBegin - minutes(1); t < kEnd; t += Duration(step(random))) taken.push_back(t);
  return taken;
}

template <typename T, typename Key>
const T& LastUpTo(const std::vector<T>& all, TimePoint time, Key key) {
  return *std::prev(std::ranges::upper_bound(all, time, {}, key));
}

struct Shown {
  TimePoint from{};  // by the one true clock
  TimePoint node{};  // times of the samples
  TimePoint pod{};
};

struct Life {
  Duration begins{};                   // after kBegin
  Duration up = hours(100);            // of its host, at kBegin
  Duration clock_ahead{};              // of the true one
  Duration answer = milliseconds(20);  // from the moment it asks
  int fails_one_in = 0;                // scrapes that fail; 0: none
};

class Replica {
 public:
  Replica(const Life& life, Duration resolution)
      : life_(life), boot_(kBegin.time_since_epoch() - life.up), schedule_(resolution) {
    schedule_.SetWallClock(boot_ + life.clock_ahead);
  }

  // All that it shows, in order.
  std::vector<Shown> Run(const std::vector<TimePoint>& node_samples) {
    schedule_.Add("node1", Mono(kBegin + life_.begins));
    std::vector<Shown> shown;
    while (True(schedule_.NextDue()) < kEnd) {
      const MonoTime due = schedule_.NextDue();
      schedule_.TakeDue(due);
      asked_at_.push_back(True(due));
      const TimePoint answered = True(due) + life_.answer;
      if (life_.fails_one_in != 0 && random_() % life_.fails_one_in == 0 && shown.size() > 3) {
        last_.told = answered + life_.clock_ahead;
        schedule_.Succeeded("node1", Mono(answered), last_);
        continue;
      }
      Answered(shown, LastUpTo(node_samples, answered, std::identity{}), answered);
    }
    return shown;
  }
  const std::vector<TimePoint>& asked_at() const { return asked_at_; }

 private:
  MonoTime Mono(TimePoint time) const { return MonoTime(time.time_since_epoch() - boot_); }
  TimePoint True(MonoTime time) const { return TimePoint(time.time_since_epoch() + boot_); }

  void Answered(std::vector<Shown>& shown, TimePoint sample, TimePoint answered) {
    last_ = SampleSeen{sample, answered + life_.clock_ahead};
    const bool all = shown.empty() || schedule_.KnownToAll("node1", sample);
    const TimePoint published = std::max(answered, True(schedule_.PublishAt("node1")));
    shown.push_back({published, all ? sample : shown.back().node, answered});
    if (shown.size() < 3) return schedule_.Again("node1", seconds(2), Mono(published));
    schedule_.Succeeded("node1", Mono(published), last_);
  }

  Life life_;
  Duration boot_;  // what the true clock is ahead of the monotonic one
  NamedSchedule schedule_;
  std::mt19937_64 random_{11};
  SampleSeen last_;
  std::vector<TimePoint> asked_at_;
};

struct StepsBack {
  int node = 0;
  int pod = 0;
  Duration widest{};
};

TimePoint Cut(TimePoint time) { return std::chrono::floor<seconds>(time); }

// Of one who asks the replicas in turn, `apart` apart, and sees whole seconds as the API shows
// them.
StepsBack Read(const std::vector<Shown>& a, const std::vector<Shown>& b, Duration apart) {
  StepsBack back;
  Shown newest;
  int turn = 0;
  for (TimePoint now = kSettledIn; now < kEnd; now += apart) {
    const Shown& seen = LastUpTo(++turn % 2 == 0 ? a : b, now, &Shown::from);
    if (Cut(seen.node) < newest.node) ++back.node;
    if (Cut(seen.pod) < newest.pod) ++back.pod;
    back.widest = std::max({back.widest, newest.node - Cut(seen.node), newest.pod - Cut(seen.pod)});
    newest.node = std::max(newest.node, Cut(seen.node));
    newest.pod = std::max(newest.pod, Cut(seen.pod));
  }
  return back;
}

struct Rhythm {
  Duration resolution;
  Duration closest;
  Duration farthest;
};

class Replicas : public testing::TestWithParam<Rhythm> {
 protected:
  StepsBack With(const Life& a, const Life& b, Duration apart = milliseconds(25)) {
    const auto samples = NodeSamples(GetParam().closest, GetParam().farthest);
    Replica one(a, GetParam().resolution);
    Replica other(b, GetParam().resolution);
    const auto back = Read(one.Run(samples), other.Run(samples), apart);
    asked_ = one.asked_at().size();
    return back;
  }
  std::size_t asked_ = 0;
};

// Booted and started at different times, answered at different speed, clocks 3 ms apart: whoever
// needs longer than these 3 ms from one answer to the next sees time go forward only.
TEST_P(Replicas, AReaderNeverSeesTimeGoBack) {
  const StepsBack back = With({}, {.begins = milliseconds(8'765),
                                   .up = milliseconds(1'234'567),
                                   .clock_ahead = milliseconds(3),
                                   .answer = milliseconds(140)});
  EXPECT_EQ(back.node, 0) << back.widest;
  EXPECT_EQ(back.pod, 0) << back.widest;
}

// One scrape in ten is lost by one replica: it is behind until the next look or turn, no longer.
TEST_P(Replicas, AReplicaThatLostAScrapeIsBackWithTheOtherAfterTheNext) {
  const StepsBack back = With({}, {.fails_one_in = 10});
  EXPECT_GT(back.pod, 0);
  EXPECT_LE(back.widest, GetParam().resolution + GetParam().farthest + seconds(1));
}

// Two in a resolution at most, beside the first looks.
TEST_P(Replicas, KubeletsAreNotAskedMuchMoreOften) {
  With({}, {});
  EXPECT_LE(asked_, static_cast<std::size_t>(2.4 * ((kEnd - kBegin) / GetParam().resolution) + 3));
}

INSTANTIATE_TEST_SUITE_P(Rhythms, Replicas,
                         testing::Values(Rhythm{seconds(15), seconds(10), milliseconds(10'300)},
                                         Rhythm{seconds(15), seconds(10), seconds(20)},
                                         Rhythm{seconds(15), seconds(15), seconds(30)},
                                         Rhythm{seconds(12), seconds(10), seconds(20)},
                                         Rhythm{seconds(20), seconds(10), seconds(12)}));

// Where no sample is followed: the turns are the same, and nothing else moves the pods' times.
class ReplicasInTurns : public Replicas {};

TEST_P(ReplicasInTurns, AReaderNeverSeesTheTimeOfPodsGoBack) {
  const StepsBack back = With({}, {.begins = milliseconds(8'765),
                                   .up = milliseconds(1'234'567),
                                   .clock_ahead = milliseconds(3),
                                   .answer = milliseconds(140)});
  EXPECT_EQ(back.pod, 0);
}

INSTANTIATE_TEST_SUITE_P(Rhythms, ReplicasInTurns,
                         testing::Values(Rhythm{seconds(5), seconds(10), seconds(12)},
                                         Rhythm{seconds(60), seconds(10), seconds(20)}));

}  // namespace
}  // namespace mpl::discovery
