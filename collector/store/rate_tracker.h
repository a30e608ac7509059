// Turns the counter readings of one node or container into a rate.
//
// Keeps the last two distinct CPU samples. A rate comes only from the samples' own times:
//  - a sample with the time of the last one, or less than a second from it, changes nothing (the
//    kubelet repeats a sample until the next is due; over a tiny window noise would be a rate);
//  - an older sample is ignored;
//  - a smaller counter or another start time is a restart: nothing before it counts.
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

  void Add(const Reading& reading, Duration resolution);
  // The kubelet's own rate: shown only until the first real one.
  void AddSummary(const SummaryReading& summary);
  // Nothing until there is a rate and a memory size.
  std::optional<Value> Get() const;
  TimePoint start() const { return start_; }  // zero: unknown

 private:
  struct Point {
    TimePoint time{};
    std::uint64_t cpu_nanoseconds = 0;
  };

  void AddCpu(const Reading& reading, Duration resolution);
  void Restart(const Reading& reading, Duration resolution, bool counter_fell);

  std::optional<Point> last_;
  std::optional<Point> previous_;
  TimePoint start_{};
  TimePoint memory_time_{};
  std::optional<std::uint64_t> memory_bytes_;
  std::optional<std::uint64_t> swap_bytes_;
  std::unique_ptr<Value> summary_;  // rarely there: kept small
};

}  // namespace mpl::store
