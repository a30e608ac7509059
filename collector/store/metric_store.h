// The last readings of every node and container, and the usage that follows from them.
//
// Thread-safe. One writer at a time commits what one kubelet said; readers wait for some
// microseconds meanwhile, and a writer no longer than kPodsAtOnce take.
//
// Rules (docs/architecture.md, docs/design/0006-whole-pods.md):
//  - A gap is not a deletion: without news a node or pod keeps its last value, with its true time
//    and window, for three resolutions; after that it is absent. Zero is a value. A longer
//    resolution lengthens the life of what is there already; a shorter one cuts nothing short.
//  - A pod is served only whole: when every container of the kubelet's last answer and every one
//    that its status calls running has a value. While a new or restarted container waits for its
//    own, the last whole value stays (as long as in a gap). A container that the kubelet no longer
//    reports and that does not run does not hold its pod back.
//  - The time of a pod never goes back.
//  - A kubelet speaks only for the pods that are bound to its node: what another one says under
//    the same name is never served.
//  - A kubelet that answers but repeats a sample for more than two minutes (the age at which it
//    drops samples itself) has nothing to say: that value is absent.
#pragma once

#include <bitset>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "collector/store/batch.h"
#include "collector/store/usage.h"
#include "kube/base/bookmark.h"
#include "kube/base/time.h"

namespace mpl::store {

// A pod as the API server knows it.
struct PodQuestion {
  std::string_view node;  // spec.nodeName
  std::string_view ns;
  std::string_view name;
  // The containers that run by its status; without status none.
  std::span<const std::string> running = {};
  // Of this very pod, for this store alone: who asks again is spared the look for its names.
  const Bookmark* bookmark = nullptr;
};

class NodeTable;  // node_table.h

class MetricStore {
 public:
  explicit MetricStore(Duration resolution);
  ~MetricStore();
  MetricStore(const MetricStore&) = delete;
  MetricStore& operator=(const MetricStore&) = delete;

  void SetResolution(Duration resolution);

  // Where the node's answers go, made when there is nothing yet; good until Forget. Only for the
  // thread that commits and forgets, which need not look for it each time.
  NodeTable& TableOf(std::string_view node);
  // What a kubelet answered. `now` is when the answer came.
  void Commit(NodeTable& node, const NodeBatch& batch, MonoTime now);
  void Commit(std::string_view node, const NodeBatch& batch, MonoTime now);
  // The kubelet's own rates: served only where none of ours spans 5 s yet.
  void CommitSummaryRates(std::string_view node, const SummaryBatch& batch, MonoTime now);
  // What the node's last answer named, in its order: what its next one will name, mostly. For the
  // same thread; good until it commits or forgets.
  std::span<const ContainerName> Named(const NodeTable& node);
  // Asks the memory for what that and Commit touch first: see kube/base/prefetch.h.
  static void Fetch(const NodeTable& node);
  // The node is gone: so is all that it said.
  void Forget(std::string_view node);
  // The pod is gone, or another one bears its name now.
  void ForgetPod(std::string_view node, std::string_view ns, std::string_view name);

  std::optional<NodeUsage> GetNode(std::string_view name, MonoTime now) const;
  // False when absent.
  bool GetPod(const PodQuestion& pod, MonoTime now, PodUsage& out) const;
  // Of so many pods at most, what GetPod says of each: `out[k]` of `pods[k]`. Bit k is not set when
  // that one is absent. Reuses what `out` has allocated, and fetches the memory of all of them at
  // once: pods in the order of a list lie all over the nodes, and one by one most of the time would
  // be waiting.
  static constexpr std::size_t kPodsAtOnce = 32;
  using Found = std::bitset<kPodsAtOnce>;
  Found GetPods(std::span<const PodQuestion> pods, MonoTime now, std::span<PodUsage> out) const;

  // How much is kept, servable or not.
  struct Counts {
    std::size_t nodes = 0;
    std::size_t pods = 0;
    std::size_t containers = 0;
    // Of those, nodes and containers that have a value.
    std::size_t node_values = 0;
    std::size_t container_values = 0;
  };
  Counts counts() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mpl::store
