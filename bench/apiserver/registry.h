// The state of the API, how it changes, and what has happened lately: what etcd and the watch cache
// are to kube-apiserver. Pure: changes come with their time. Not thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>

#include "bench/apiserver/contents.h"

namespace mpl::bench {

class Registry {
 public:
  // The kubelets are said to listen on `kubelet_port`; `settings` is referred to.
  Registry(const ClusterShape& shape, std::uint16_t kubelet_port, const AuthSettings& settings);

  std::shared_ptr<const Contents> current() const { return current_; }
  std::uint64_t version() const { return current_->version; }

  // As bench/kubelets does them: both sides told the same numbers stay in step. A pod that goes is
  // marked first, then deleted.
  void ReplacePods(int count, std::int64_t now_ms);
  void RestartPods(int count, std::int64_t now_ms);
  void SetPresent(NodeRange range, int slot, bool present, std::int64_t now_ms);
  // Nodes leave the API or come back; their pods stay.
  void SetNodes(NodeRange range, bool present);
  // A heartbeat changes each of the nodes that there are.
  void TouchNodes(NodeRange range, std::int64_t now_ms);

  // Versions of events have no holes. Null when `version` is the newest, or older than oldest().
  const Event* After(std::uint64_t version) const;
  // Whoever has seen this version, or a later one, can be told what came after it.
  std::uint64_t oldest() const { return version() - events_.size(); }

  // For lists that go on later. Remembers a few states; null for those that are forgotten.
  void Remember(const std::shared_ptr<const Contents>& contents);
  std::shared_ptr<const Contents> Find(std::uint64_t version) const;

 private:
  // A change works on a copy: whoever reads the state before keeps it.
  std::shared_ptr<Contents> Draft() const { return std::make_shared<Contents>(*current_); }
  void EmitPod(Contents& draft, EventType type, PodRevision pod);
  void EmitNode(Contents& draft, EventType type, NodeRevision node);
  void EmitGone(Contents& draft, PodRevision pod, std::int64_t now_ms);
  void Emit(EventType type, Object object);

  std::shared_ptr<const Contents> current_;
  std::deque<Event> events_;  // up to the newest
  std::deque<std::shared_ptr<const Contents>> remembered_;
};

}  // namespace mpl::bench
