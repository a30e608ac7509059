#include "bench/workload/pod_order.h"

#include <algorithm>

namespace mpl::bench {
namespace {

constexpr int kTinySpace = 0;      // "small-010"
constexpr int kSmallSpace = 1;     // "small-300"
constexpr int kFirstOfBlocks = 2;  // "team-00-0" and on
constexpr int kInSmallSpaces = kTinyNamespacePods + kSmallNamespacePods;

// Nodes whose pods of a slot are in a namespace: first, and one behind the last.
struct Nodes {
  int first = 0;
  int end = 0;
};

Nodes NodesOf(int space, int slot) {
  if (space == kTinySpace) return {0, slot == 0 ? kTinyNamespacePods : 0};
  if (space == kSmallSpace) return {kTinyNamespacePods, slot == 0 ? kInSmallSpaces : 0};
  const int first = (space - kFirstOfBlocks) / kNamespacesPerBlock * kNodesPerBlock;
  return {slot == 0 ? std::max(first, kInSmallSpaces) : first, first + kNodesPerBlock};
}

// The next slot whose pods can be in the namespace.
int SlotAtOrAfter(int space, int slot) {
  const int first = space < kFirstOfBlocks ? 0 : (space - kFirstOfBlocks) % kNamespacesPerBlock;
  const int beyond = std::max(0, slot - first);
  return first + (beyond + kNamespacesPerBlock - 1) / kNamespacesPerBlock * kNamespacesPerBlock;
}

}  // namespace

int PodOrder::spaces() const {
  const int blocks = (shape_.nodes + kNodesPerBlock - 1) / kNodesPerBlock;
  return kFirstOfBlocks + blocks * kNamespacesPerBlock;
}

std::optional<PodPosition> PodOrder::AtOrAfter(PodPosition position) const {
  for (auto [space, slot, node] = position; space < spaces(); ++space, slot = 0, node = 0) {
    const int own_slot = SlotAtOrAfter(space, slot);
    if (own_slot != slot) node = 0;
    slot = own_slot;
    for (; slot < shape_.pods; slot += kNamespacesPerBlock, node = 0) {
      const Nodes nodes = NodesOf(space, slot);
      node = std::max(node, nodes.first);
      if (node < std::min(nodes.end, shape_.nodes)) return PodPosition{space, slot, node};
    }
  }
  return std::nullopt;
}

std::optional<int> PodOrder::SpaceOf(std::string_view ns) const {
  for (int space = 0; space < spaces(); ++space) {
    const auto first = AtOrAfter({.space = space});
    if (!first || first->space != space) continue;
    if (NamespaceOf(first->node, first->slot) == ns) return space;
  }
  return std::nullopt;
}

}  // namespace mpl::bench
