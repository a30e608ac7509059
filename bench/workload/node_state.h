// What has happened to the pods of one node since the simulation began. A plain value.
#pragma once

#include <cstdint>
#include <vector>

#include "bench/workload/cluster.h"

namespace mpl::bench {

struct PodState {
  bool present = true;
  int generation = 0;
  // When its containers were started; 0: long before the simulation, with counters well under way.
  std::int64_t started_ms = 0;
};

struct NodeState {
  int node = 0;
  int containers = 2;
  std::int64_t epoch_ms = 0;   // the begin of the simulation
  std::vector<PodState> pods;  // by slot
};

inline NodeState FreshNode(int node, const ClusterShape& shape, std::int64_t epoch_ms) {
  return {.node = node,
          .containers = shape.containers,
          .epoch_ms = epoch_ms,
          .pods = std::vector<PodState>(static_cast<std::size_t>(shape.pods))};
}

// CPU microseconds that a container has used at `at_ms`, its own sample's time.
inline std::int64_t CpuMicros(const NodeState& state, int millicores, const PodState& pod,
                              std::int64_t at_ms) {
  constexpr std::int64_t kEarlier = 10'000'000'000;  // 10,000 s of CPU
  if (pod.started_ms != 0) return millicores * (at_ms - pod.started_ms);
  return kEarlier + millicores * (at_ms - state.epoch_ms);
}

}  // namespace mpl::bench
