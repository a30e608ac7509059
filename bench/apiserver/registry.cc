#include "bench/apiserver/registry.h"

#include <algorithm>
#include <utility>

namespace mpl::bench {
namespace {

constexpr std::size_t kMostEvents = 100'000;
constexpr std::size_t kMostStates = 8;
constexpr std::int64_t kGraceMs = 30'000;  // between mark and end of a pod, as it says itself

}  // namespace

Registry::Registry(const ClusterShape& shape, std::uint16_t kubelet_port,
                   const AuthSettings& settings)
    : current_(std::make_shared<Contents>(shape, kubelet_port, settings)) {}

void Registry::Emit(EventType type, Object object) {
  events_.push_back({type, object});
  if (events_.size() > kMostEvents) events_.pop_front();
}

void Registry::EmitPod(Contents& draft, EventType type, PodRevision pod) {
  pod.version = ++draft.version;
  draft.pod_versions[draft.PodIndex(pod.node, pod.slot)] = pod.version;
  Emit(type, pod);
}

void Registry::EmitNode(Contents& draft, EventType type, NodeRevision node) {
  node.version = ++draft.version;
  draft.nodes[static_cast<std::size_t>(node.node)].version = node.version;
  Emit(type, node);
}

void Registry::EmitGone(Contents& draft, PodRevision pod, std::int64_t now_ms) {
  pod.deleted_ms = now_ms + kGraceMs;
  EmitPod(draft, EventType::kModified, pod);
  EmitPod(draft, EventType::kDeleted, pod);
}

void Registry::ReplacePods(int count, std::int64_t now_ms) {
  const auto draft = Draft();
  for (const auto& [gone, born, before] : draft->cluster.ReplacePods(count, now_ms)) {
    if (before.present) {
      EmitGone(*draft,
               {.node = gone.node,
                .slot = gone.slot,
                .containers = draft->shape.containers,
                .state = before},
               now_ms);
    }
    EmitPod(*draft, EventType::kAdded, *draft->Pod(born.node, born.slot));
  }
  current_ = draft;
}

void Registry::RestartPods(int count, std::int64_t now_ms) {
  const auto draft = Draft();
  for (const PodKey& key : draft->cluster.RestartPods(count, now_ms)) {
    if (const auto pod = draft->Pod(key.node, key.slot))
      EmitPod(*draft, EventType::kModified, *pod);
  }
  current_ = draft;
}

void Registry::SetPresent(NodeRange range, int slot, bool present, std::int64_t now_ms) {
  const auto draft = Draft();
  for (const PodKey& key : draft->cluster.SetPresent(range, slot, present, now_ms)) {
    if (present) {
      EmitPod(*draft, EventType::kAdded, *draft->Pod(key.node, key.slot));
    } else {
      EmitGone(*draft, PodRevisionOf(draft->cluster.node(key.node), key.slot), now_ms);
    }
  }
  current_ = draft;
}

void Registry::SetNodes(NodeRange range, bool present) {
  const auto draft = Draft();
  const int end = std::min(draft->shape.nodes, range.from + range.count);
  for (int i = std::max(0, range.from); i < end; ++i) {
    NodeFacts& facts = draft->nodes[static_cast<std::size_t>(i)];
    if (facts.present == present) continue;
    facts.present = true;
    EmitNode(*draft, present ? EventType::kAdded : EventType::kDeleted, *draft->Node(i));
    facts.present = present;
  }
  current_ = draft;
}

void Registry::TouchNodes(NodeRange range, std::int64_t now_ms) {
  const auto draft = Draft();
  const int end = std::min(draft->shape.nodes, range.from + range.count);
  for (int i = std::max(0, range.from); i < end; ++i) {
    draft->nodes[static_cast<std::size_t>(i)].heartbeat_ms = now_ms;
    if (const auto node = draft->Node(i)) EmitNode(*draft, EventType::kModified, *node);
  }
  current_ = draft;
}

const Event* Registry::After(std::uint64_t version) const {
  if (version >= this->version() || version < oldest()) return nullptr;
  return &events_[version - oldest()];
}

void Registry::Remember(const std::shared_ptr<const Contents>& contents) {
  if (std::ranges::find(remembered_, contents) != remembered_.end()) return;
  remembered_.push_back(contents);
  if (remembered_.size() > kMostStates) remembered_.pop_front();
}

std::shared_ptr<const Contents> Registry::Find(std::uint64_t version) const {
  if (version == current_->version) return current_;
  const auto found =
      std::ranges::find_if(remembered_, [&](const auto& kept) { return kept->version == version; });
  return found == remembered_.end() ? nullptr : *found;
}

}  // namespace mpl::bench
