// Turns the counter readings of one node or container into a rate.
//
// Keeps the last two distinct CPU samples. A rate comes only from the samples' own times:
//  - a sample with the time of the last one, or less than a second from it, changes nothing (the
//    kubelet repeats a sample until the next is due; over a tiny window noise would be a rate);
//  - an older sample is ignored; but older ones that move on among themselves mean that the node's
//    clock was set back, and count from then on. A sample that is newer by more than can have
//    passed means that it was set forward: nothing before it counts;
//  - another start time, or a smaller counter where no start time says otherwise, is a restart:
//    nothing before it counts;
//  - a smaller counter of the container that we know, by its start time, is set aside: a rate from
//    it would be the container's whole life in one window if it was a slip. When the next one is no
//    smaller than before the fall, that was one; when it goes on from the smaller one, it counts;
//  - CPU and memory both 0, of what has started or had used something, is no reading. The kubelet
//    says so of a container that runs but whose statistics it did not get (containerd leaves them
//    out when a shim does not answer in time). What was known stays, as if it were repeated;
//  - samples close to each other (scrapes are not evenly spaced) share a window: one of a moment
//    would say little about what it stands for until the next;
//  - a size that is two minutes older than the CPU sample is none.
// A container that started a moment ago needs no second sample: at its start it had used nothing.
// metrics-server has the same rule, but only for an age of 10 s up to one resolution; here any age
// from 2 s (a shorter one is all start-up) to 3 resolutions (an older container that we see for the
// first time would answer with its life's mean) will do.
//
// There is one for each container of the cluster: every byte of it counts 300,000 times at 5,000
// nodes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "collector/store/batch.h"
#include "collector/store/ticks.h"
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
  struct Point {
    TimePoint time = TimePoint::min();  // min: none
    std::uint64_t cpu_nanoseconds = 0;

    bool known() const { return time != TimePoint::min(); }
  };
  // What a value is worked out from: cheap to copy and to compare with a later one.
  struct Basis {
    Point last;
    Point previous;
    std::uint64_t memory_bytes = kUnknown;
    std::uint64_t swap_bytes = kUnknown;

    // There is a value: a rate and a memory size.
    bool complete() const { return previous.known(); }
    TimePoint timestamp() const { return last.time; }
    // Of a complete one.
    Value Work() const;
  };

  // `now` is when the reading came.
  void Add(const Reading& reading, Duration resolution, MonoTime now);
  // The kubelet's own rate: shown only until the first one of ours that spans 5 s, or that is newer
  // by more than it spans itself (15 s).
  void AddSummary(const SummaryReading& summary);
  // Incomplete until there is a rate and a memory size.
  Basis basis() const;
  std::optional<Value> Get() const;

 private:
  // No counter and no size is as large: the parser takes nothing from 2^63 on.
  static constexpr std::uint64_t kUnknown = ~std::uint64_t{0};

  struct Summary {
    TimePoint time{};
    std::uint64_t cpu_nanocores = 0;
    std::uint64_t memory_bytes = 0;
  };
  // What hardly any container has.
  struct Rare {
    std::optional<Summary> summary;
    std::optional<Point> older;   // the last sample that was older than `last_`
    std::optional<Point> fallen;  // the last one whose counter fell below it under the same start
  };

  void AddCpu(const Reading& reading, Duration resolution, MonoTime now);
  // Zeros that stand for nothing; see above.
  bool IsVoid(const Reading& reading) const;
  // True when the reading goes on from one that was set aside there, and was taken.
  bool AddAside(std::optional<Point> Rare::* aside, const Reading& reading);
  void AddMemory(const Reading& reading);
  void DropOldSummary();
  void Restart(const Reading& reading, Duration resolution, bool counter_fell);
  template <class Part>
  void Drop(std::optional<Part> Rare::* part);
  bool MemoryIsOld() const;

  Point last_;
  Point previous_;
  std::uint64_t memory_bytes_ = kUnknown;
  std::uint64_t swap_bytes_ = kUnknown;
  std::unique_ptr<Rare> rare_;
  std::uint32_t memory_second_ = 0;  // when the size was taken, since 1970; 0: no size
  Tick last_came_ = 0;
  // Stands for the start time, of which only matters whether it is another one; 0: none yet.
  std::uint32_t start_mark_ = 0;
};

}  // namespace mpl::store
