// Turns the counter readings of one node or container into a rate.
//
// Keeps the last two distinct CPU samples. A rate comes only from the samples' own times:
//  - a sample with the time of the last one, or less than a second from it, changes nothing (the
//    kubelet repeats a sample until the next is due; over a tiny window noise would be a rate);
//  - an older sample is ignored; but older ones that move on among themselves mean that the node's
//    clock was set back, and count from then on. A sample that is newer by more than can have
//    passed means that it was set forward: nothing before it counts;
//  - a smaller counter or another start time is a restart: nothing before it counts;
//  - samples close to each other (scrapes are not evenly spaced) share a window: one of a moment
//    would say little about what it stands for until the next;
//  - a size that is two minutes older than the CPU sample is none.
// A container that started a moment ago needs no second sample: at its start it had used nothing.
// metrics-server has the same rule, but only for an age of 10 s up to one resolution; here any age
// from 2 s (a shorter one is all start-up) to 3 resolutions (an older container that we see for the
// first time would answer with its life's mean) will do.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "collector/store/batch.h"
#include "collector/store/usage.h"
#include "kube/base/time.h"

namespace mpl::store {

class RateTracker {
 public:
  // A usage with the samples' time and distance.
  struct Value {
    TimePoint timestamp{};
    Duration window{};
    Usage usage;
  };

  // `now` is when the reading came.
  void Add(const Reading& reading, Duration resolution, MonoTime now);
  // The kubelet's own rate: shown only until the first one of ours that spans 5 s.
  void AddSummary(const SummaryReading& summary);
  // Nothing until there is a rate and a memory size.
  std::optional<Value> Get() const;

 private:
  struct Point {
    TimePoint time{};
    std::uint64_t cpu_nanoseconds = 0;
  };

  void AddCpu(const Reading& reading, Duration resolution, MonoTime now);
  // True when the reading shows that the clock was set back, and was taken.
  bool AddOlder(const Reading& reading);
  void AddMemory(const Reading& reading);
  void Restart(const Reading& reading, Duration resolution, bool counter_fell);

  std::optional<Point> last_;
  std::optional<Point> previous_;
  MonoTime last_came_{};
  TimePoint start_{};
  TimePoint memory_time_{};
  std::optional<std::uint64_t> memory_bytes_;
  std::optional<std::uint64_t> swap_bytes_;
  // Rarely there: kept small.
  std::unique_ptr<Value> summary_;
  std::unique_ptr<Point> older_;  // the last sample that was older than `last_`
};

}  // namespace mpl::store
