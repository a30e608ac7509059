#include "bench/kubelets/fleet.h"

#include <algorithm>
#include <array>
#include <utility>

namespace mpl::bench {

std::optional<FaultKind> ParseFaultKind(std::string_view word) {
  constexpr std::array<std::pair<std::string_view, FaultKind>, 6> kWords = {
      {{"none", FaultKind::kNone},
       {"slow", FaultKind::kSlow},
       {"dead", FaultKind::kDead},
       {"blackhole", FaultKind::kBlackhole},
       {"truncating", FaultKind::kTruncating},
       {"self-signed", FaultKind::kSelfSigned}}};
  const auto* const found = std::ranges::find(kWords, word, &decltype(kWords)::value_type::first);
  if (found == kWords.end()) return std::nullopt;
  return found->second;
}

Fleet::Fleet(const ClusterShape& shape, std::int64_t epoch_ms)
    : faults_(static_cast<std::size_t>(shape.nodes)) {
  for (int node = 0; node < shape.nodes; ++node) {
    nodes_.push_back(FreshNode(node, shape, epoch_ms));
  }
}

void Fleet::SetFault(NodeRange range, Fault fault) {
  const int end = std::min(size(), range.from + range.count);
  for (int i = std::max(0, range.from); i < end; ++i) faults_[static_cast<std::size_t>(i)] = fault;
}

// Steps over the nodes first, so that churn is spread as in a cluster.
PodKey Fleet::NextVictim() {
  const std::size_t node = victim_ % nodes_.size();
  NodeState& state = nodes_[node];
  const std::size_t slot = (victim_ / nodes_.size()) % state.pods.size();
  ++victim_;
  return {static_cast<int>(node), static_cast<int>(slot), state.pods[slot].generation};
}

std::vector<Fleet::Replaced> Fleet::ReplacePods(int count, std::int64_t now_ms) {
  std::vector<Replaced> replaced;
  for (int i = 0; i < count; ++i) {
    const PodKey gone = NextVictim();
    PodState& pod =
        nodes_[static_cast<std::size_t>(gone.node)].pods[static_cast<std::size_t>(gone.slot)];
    pod = {.present = true, .generation = gone.generation + 1, .started_ms = now_ms};
    replaced.push_back({gone, {gone.node, gone.slot, pod.generation}});
  }
  return replaced;
}

std::vector<PodKey> Fleet::RestartPods(int count, std::int64_t now_ms) {
  std::vector<PodKey> restarted;
  for (int i = 0; i < count; ++i) {
    const PodKey key = NextVictim();
    nodes_[static_cast<std::size_t>(key.node)].pods[static_cast<std::size_t>(key.slot)].started_ms =
        now_ms;
    restarted.push_back(key);
  }
  return restarted;
}

void Fleet::SetPresent(NodeRange range, int slot, bool present, std::int64_t now_ms) {
  const int end = std::min(size(), range.from + range.count);
  for (int i = std::max(0, range.from); i < end; ++i) {
    auto& pods = nodes_[static_cast<std::size_t>(i)].pods;
    if (slot < 0 || slot >= static_cast<int>(pods.size())) continue;
    PodState& pod = pods[static_cast<std::size_t>(slot)];
    if (present && !pod.present) {
      pod.started_ms = now_ms;
      ++pod.generation;
    }
    pod.present = present;
  }
}

}  // namespace mpl::bench
