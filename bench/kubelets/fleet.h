// All kubelets of the simulation: what runs on each node, and what is wrong with it. Pure: changes
// come with their time. Not thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/workload/node_state.h"

namespace mpl::bench {

enum class FaultKind {
  kNone,
  kSlow,        // answers after `delay`
  kDead,        // resets every connection
  kBlackhole,   // accepts and never says a word
  kTruncating,  // stops in the middle of the body and closes
  kSelfSigned,  // shows a certificate that no authority knows
};
// "none", "slow", "dead", "blackhole", "truncating", "self-signed"; nothing for other words.
std::optional<FaultKind> ParseFaultKind(std::string_view word);

struct Fault {
  FaultKind kind = FaultKind::kNone;
  std::chrono::milliseconds delay{};
};

// Nodes from `from` on, `count` of them; cut off at the end of the fleet.
struct NodeRange {
  int from = 0;
  int count = 0;
};

class Fleet {
 public:
  Fleet(const ClusterShape& shape, std::int64_t epoch_ms);

  int size() const { return static_cast<int>(nodes_.size()); }
  const NodeState& node(int index) const { return nodes_[static_cast<std::size_t>(index)]; }
  const Fault& fault(int index) const { return faults_[static_cast<std::size_t>(index)]; }
  void SetFault(NodeRange range, Fault fault);

  struct Replaced {
    PodKey gone, born;
  };
  // The next `count` pods, node after node and slot after slot, make room for new ones.
  std::vector<Replaced> ReplacePods(int count, std::int64_t now_ms);
  // Their containers start again under the same name: counters begin at zero.
  std::vector<PodKey> RestartPods(int count, std::int64_t now_ms);
  // The pods come (or go) without a successor.
  void SetPresent(NodeRange range, int slot, bool present, std::int64_t now_ms);

 private:
  PodKey NextVictim();

  std::vector<NodeState> nodes_;
  std::vector<Fault> faults_;
  std::size_t victim_ = 0;
};

}  // namespace mpl::bench
