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
    : ClusterState(shape, epoch_ms), faults_(static_cast<std::size_t>(shape.nodes)) {}

void Fleet::SetFault(NodeRange range, Fault fault) {
  const int end = std::min(size(), range.from + range.count);
  for (int i = std::max(0, range.from); i < end; ++i) faults_[static_cast<std::size_t>(i)] = fault;
}

}  // namespace mpl::bench
