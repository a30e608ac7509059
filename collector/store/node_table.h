// What one kubelet said last, and what is served of it: the rules of metric_store.h for one node.
// Not thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collector/store/batch.h"
#include "collector/store/lifetime.h"
#include "collector/store/metric_store.h"
#include "collector/store/rate_tracker.h"
#include "collector/store/series_table.h"
#include "collector/store/usage.h"
#include "kube/base/time.h"

namespace mpl::store {

// The resolution, and how long something is served without news.
struct Pace {
  Duration resolution{};
  Duration life{};
};

class NodeTable {
 public:
  // Working memory of Take, shared by all nodes.
  using Scratch = std::vector<RateTracker::Basis>;

  void Take(const NodeBatch& batch, const Pace& pace, MonoTime now, Scratch& scratch);
  void TakeSummary(const SummaryBatch& batch, const Pace& pace, MonoTime now, Scratch& scratch);
  void ForgetPod(std::string_view ns, std::string_view name);
  void Names(std::vector<ContainerName>& out) const { series_.Names(out); }

  std::optional<NodeUsage> Node(MonoTime now, Duration life) const;
  // False when absent. Reuses what `out` has allocated. `at`: where series() has the pod, when the
  // question's bookmark said so.
  bool Pod(const PodQuestion& question, std::uint32_t at, MonoTime now, Duration life,
           PodUsage& out) const;
  const SeriesTable& series() const { return series_; }

  // Without `nodes`.
  const MetricStore::Counts& counts() const { return counts_; }

 private:
  void RememberBases(Scratch& scratch) const;
  void PublishNode(const Pace& pace, MonoTime now);
  void PublishPods(const Scratch& before, const Pace& pace, MonoTime now);
  void PublishPod(PodRow& pod, const Scratch& before, const Pace& pace, MonoTime now);
  void PublishChanged(PodRow& pod, const Pace& pace, MonoTime now);
  bool CoversAll(const PodRow& pod, std::span<const std::string> names) const;
  void Count();

  RateTracker rate_;
  std::optional<NodeUsage> served_;
  Lifetime served_life_;
  Tick last_ = 0;  // when it answered last
  SeriesTable series_;
  MetricStore::Counts counts_;
};

}  // namespace mpl::store
