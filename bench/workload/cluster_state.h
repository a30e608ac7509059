// What runs on each node, and how that changes: pods make room for others, containers start again.
// Changes come with their time and in an order that depends on nothing but their number, so that
// two simulators that are told the same agree without talking. A plain value; not thread-safe.
#pragma once

#include <cstdint>
#include <vector>

#include "bench/workload/node_state.h"

namespace mpl::bench {

// Nodes from `from` on, `count` of them; cut off at the end of the fleet.
struct NodeRange {
  int from = 0;
  int count = 0;
};

class ClusterState {
 public:
  ClusterState(const ClusterShape& shape, std::int64_t epoch_ms);

  int size() const { return static_cast<int>(nodes_.size()); }
  const NodeState& node(int index) const { return nodes_[static_cast<std::size_t>(index)]; }

  struct Replaced {
    PodKey gone, born;
    PodState before;  // of the one that is gone
  };
  // The next `count` pods, node after node and slot after slot, make room for new ones.
  std::vector<Replaced> ReplacePods(int count, std::int64_t now_ms);
  // Their containers start again under the same name: counters begin at zero.
  std::vector<PodKey> RestartPods(int count, std::int64_t now_ms);
  // The pods come (or go) without a successor; those that did.
  std::vector<PodKey> SetPresent(NodeRange range, int slot, bool present, std::int64_t now_ms);

 private:
  PodKey NextVictim();

  std::vector<NodeState> nodes_;
  std::size_t victim_ = 0;
};

}  // namespace mpl::bench
