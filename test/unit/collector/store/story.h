// Tells stories to a store: readings at seconds, questions at seconds.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "collector/store/metric_store.h"

namespace mpl::store {

using std::chrono::milliseconds;
using std::chrono::seconds;

inline TimePoint At(double second) {
  return TimePoint(seconds(1'700'000'000)) + milliseconds(static_cast<std::int64_t>(second * 1000));
}
// The collector's own clock, which knows nothing of the date.
inline MonoTime Mono(double second) {
  return MonoTime(seconds(5'000)) + milliseconds(static_cast<std::int64_t>(second * 1000));
}
constexpr std::uint64_t kCore = 1'000'000'000;  // nanocores; also nanoseconds of CPU time
constexpr std::uint64_t kMiB = 1ULL << 20U;

// `cpu` in core-seconds.
inline Reading Read(double time, double cpu, std::uint64_t memory = 2 * kMiB) {
  Reading reading;
  reading.has_cpu = reading.has_memory = true;
  reading.cpu_time = reading.memory_time = At(time);
  reading.cpu_nanoseconds = static_cast<std::uint64_t>(cpu * 1e9);
  reading.memory_bytes = memory;
  return reading;
}
inline Reading Started(double start, Reading reading) {
  reading.has_start = true;
  reading.start = At(start);
  return reading;
}

class Story {
 public:
  explicit Story(Duration resolution = seconds(15)) : store(resolution) {}

  // One answer of `node`; it comes a second after its newest sample unless `answered` is set.
  struct Pod {
    std::string_view pod;
    std::string_view container;
    Reading reading;
  };
  void Answer(double answered, const std::vector<Pod>& pods, std::string_view node = "node1") {
    NodeBatch batch;
    for (const Pod& pod : pods) {
      batch.containers.push_back({"ns1", pod.pod, pod.container, pod.reading});
    }
    store.Commit(node, batch, Mono(answered));
  }
  void NodeAnswer(double answered, const Reading& reading, std::string_view node = "node1") {
    NodeBatch batch;
    batch.node = reading;
    store.Commit(node, batch, Mono(answered));
  }
  // `running`: what its status says; `node`: where it is bound.
  std::shared_ptr<const PodUsage> Pod1(double now, const std::vector<std::string>& running = {},
                                       std::string_view node = "node1") const {
    PodUsage usage;
    const PodQuestion pod{.node = node, .ns = "ns1", .name = "pod1", .running = running};
    return store.GetPod(pod, Mono(now), usage) ? std::make_shared<const PodUsage>(usage) : nullptr;
  }
  std::optional<NodeUsage> Node1(double now) const { return store.GetNode("node1", Mono(now)); }

  MetricStore store;
};

}  // namespace mpl::store
