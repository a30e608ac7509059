#include "bench/workload/cluster_state.h"

#include <algorithm>

namespace mpl::bench {

ClusterState::ClusterState(const ClusterShape& shape, std::int64_t epoch_ms) {
  for (int node = 0; node < shape.nodes; ++node) {
    nodes_.push_back(FreshNode(node, shape, epoch_ms));
  }
}

// Steps over the nodes first, so that churn is spread as in a cluster.
PodKey ClusterState::NextVictim() {
  const std::size_t node = victim_ % nodes_.size();
  NodeState& state = nodes_[node];
  const std::size_t slot = (victim_ / nodes_.size()) % state.pods.size();
  ++victim_;
  return {static_cast<int>(node), static_cast<int>(slot), state.pods[slot].generation};
}

std::vector<ClusterState::Replaced> ClusterState::ReplacePods(int count, std::int64_t now_ms) {
  std::vector<Replaced> replaced;
  for (int i = 0; i < count; ++i) {
    const PodKey gone = NextVictim();
    PodState& pod =
        nodes_[static_cast<std::size_t>(gone.node)].pods[static_cast<std::size_t>(gone.slot)];
    const PodState before = pod;
    pod = {.present = true, .generation = gone.generation + 1, .started_ms = now_ms};
    replaced.push_back({gone, {gone.node, gone.slot, pod.generation}, before});
  }
  return replaced;
}

std::vector<PodKey> ClusterState::RestartPods(int count, std::int64_t now_ms) {
  std::vector<PodKey> restarted;
  for (int i = 0; i < count; ++i) {
    const PodKey key = NextVictim();
    nodes_[static_cast<std::size_t>(key.node)].pods[static_cast<std::size_t>(key.slot)].started_ms =
        now_ms;
    restarted.push_back(key);
  }
  return restarted;
}

std::vector<PodKey> ClusterState::SetPresent(NodeRange range, int slot, bool present,
                                             std::int64_t now_ms) {
  std::vector<PodKey> changed;
  const int end = std::min(size(), range.from + range.count);
  for (int i = std::max(0, range.from); i < end; ++i) {
    auto& pods = nodes_[static_cast<std::size_t>(i)].pods;
    if (slot < 0 || slot >= static_cast<int>(pods.size())) continue;
    PodState& pod = pods[static_cast<std::size_t>(slot)];
    if (pod.present == present) continue;
    if (present) {
      pod.started_ms = now_ms;
      ++pod.generation;
    }
    pod.present = present;
    changed.push_back({i, slot, pod.generation});
  }
  return changed;
}

}  // namespace mpl::bench
