// All kubelets of the simulation: what runs on each node, and what is wrong with it. Pure: changes
// come with their time. Not thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/workload/cluster_state.h"

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

class Fleet : public ClusterState {
 public:
  Fleet(const ClusterShape& shape, std::int64_t epoch_ms);

  const Fault& fault(int index) const { return faults_[static_cast<std::size_t>(index)]; }
  void SetFault(NodeRange range, Fault fault);

 private:
  std::vector<Fault> faults_;
};

}  // namespace mpl::bench
