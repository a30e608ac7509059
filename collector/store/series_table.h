// The containers that one kubelet reports, with their rates: a table that keeps its form from
// answer to answer and is made anew when another container comes or one of them goes.
//
// Steady, an answer names the same containers in the same order as the one before, and nothing is
// looked up or allocated. A container that an answer lacks stays, absent, for a while: when it is
// back its rate goes on. What a node can name and take back is bounded. Not thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "collector/store/batch.h"
#include "collector/store/lifetime.h"
#include "collector/store/rate_tracker.h"
#include "collector/store/ticks.h"
#include "collector/store/usage.h"

namespace mpl::store {

// What is served of a pod that is not simply what its containers' rates say now.
struct PodHistory {
  // Served instead of the rates, while those have no value for each container, or an older one.
  std::optional<PodUsage> kept;
  // What a usage with fewer containers replaced, until `before_end`.
  std::optional<PodUsage> before;
  Tick before_end = 0;
  // A reader has seen the later one: time must not go back.
  std::atomic<bool> outdated = false;
};

struct ContainerRow {
  static constexpr Tick kPresent = ~Tick{0};
  static constexpr unsigned kPodBits = 20;
  static constexpr unsigned kNameSizeBits = 12;

  [[no_unique_address]] RateTracker rate;  // its padding serves the next member
  std::uint32_t name_at = 0;
  Tick seen = kPresent;  // last; kPresent: in the last answer that named the pod
  std::uint32_t pod : kPodBits = 0;
  std::uint32_t name_size : kNameSizeBits = 0;

  bool present() const { return seen == kPresent; }
  RateTracker::Basis basis() const { return rate.basis(); }
};

// 80 bytes for each of 300,000 containers.
static_assert(sizeof(void*) != 8 || sizeof(ContainerRow) == 80);

struct PodRow {
  std::uint32_t name_at = 0;  // "namespace/name"
  std::uint32_t first = 0;    // its containers lie together, by name
  std::uint32_t count = 0;
  std::uint16_t ns_size = 0;
  std::uint16_t name_size = 0;
  Lifetime life;
  bool present = true;  // in the last answer
  bool live = false;    // served is what the rates of its present containers say
  Tick seen = 0;        // last, where it is not present
  std::unique_ptr<PodHistory> history;

  bool served() const { return live || (history != nullptr && history->kept); }
};

class SeriesTable {
 public:
  // Whether the batch names what the last one named, in the same order.
  bool Matches(const NodeBatch& batch) const;
  // The names of the last batch in its order, as views; none where one of them has a character that
  // stands escaped in an answer.
  void Names(std::vector<ContainerName>& out) const;
  // Makes the table anew for the batch. Containers that it lacks stay, absent since `last`, unless
  // they were seen last before `oldest` or are far more than it names. A pod whose set of
  // containers changes keeps what is served of it in its history.
  void Rebuild(const NodeBatch& batch, Tick last, Tick oldest);
  void RemovePod(std::uint32_t pod);
  // Whether a pod or container that is absent was seen last before `oldest`.
  bool HasOlderThan(Tick oldest) const;

  // The row of the k-th container of the batch that matches or was built for; null where its name
  // is longer than any of Kubernetes.
  ContainerRow* RowOf(std::size_t k) { return order_[k] == kNone ? nullptr : &rows_[order_[k]]; }

  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  // By halving: a hash would be open to names that are chosen for it. kNone when unknown.
  std::uint32_t FindPod(std::string_view ns, std::string_view name) const;
  std::uint32_t FindRow(std::string_view ns, std::string_view pod, std::string_view name) const;

  // Says where the pod is until this table is made anew. Never 0.
  std::uint64_t MarkOf(std::uint32_t pod) const { return edition_ << ContainerRow::kPodBits | pod; }
  // The pod of the mark; kNone: that is one of another table, or was this one's long ago.
  std::uint32_t PodAt(std::uint64_t mark) const;
  // For who looks for many pods in many tables: each asks the memory for what comes next.
  void FetchTable() const;
  void FetchPod(std::uint32_t pod) const;
  void FetchRows(std::uint32_t pod) const;

  std::span<PodRow> pods() { return pods_; }
  std::span<const PodRow> pods() const { return pods_; }
  std::span<ContainerRow> rows() { return rows_; }
  std::span<const ContainerRow> rows() const { return rows_; }
  std::span<ContainerRow> RowsOf(const PodRow& pod) {
    return std::span(rows_).subspan(pod.first, pod.count);
  }
  std::span<const ContainerRow> RowsOf(const PodRow& pod) const {
    return std::span(rows_).subspan(pod.first, pod.count);
  }
  std::string_view NameOf(const ContainerRow& row) const {
    return std::string_view(names_).substr(row.name_at, row.name_size);
  }
  std::string_view NamespaceOf(const PodRow& pod) const {
    return std::string_view(names_).substr(pod.name_at, pod.ns_size);
  }
  std::string_view NameOf(const PodRow& pod) const {
    return std::string_view(names_).substr(pod.name_at + pod.ns_size + 1, pod.name_size);
  }

 private:
  struct Member;

  bool Is(const PodRow& pod, std::string_view ns, std::string_view name) const;
  void Keep(std::vector<Member>& members, Tick last, Tick oldest) const;
  std::vector<Member> Absent(std::span<const Member> members, Tick last, Tick oldest) const;
  template <class Do>
  static void ForEachPod(std::span<const Member> members, Do with);
  static bool InAnswer(std::span<const Member> members);
  void FreezeChanged(std::span<const Member> members);
  Tick SeenOf(const ContainerRow& row, Tick last) const;
  bool WasPresent(const Member& member) const;
  void Build(std::span<const Member> members, std::size_t batch_size, Tick last);
  PodRow TakePod(std::span<const Member> members, Tick last);

  std::uint64_t edition_ = 0;  // no two tables ever have the same, nor one before and after Build
  std::vector<PodRow> pods_;   // by namespace and name
  std::vector<ContainerRow> rows_;
  std::vector<std::uint32_t> order_;  // of an answer: which row each of its containers has
  std::string names_;
  bool plain_ = true;  // no name needs an escape
};

// What the pod's present containers amount to, worked out from what `basis_of(row)` gives for each.
// Only where each of these is complete and there is at least one.
template <class BasisOf>
void ComposePod(const SeriesTable& table, const PodRow& pod, BasisOf basis_of, PodUsage& out) {
  std::size_t used = 0;
  for (const ContainerRow& row : table.RowsOf(pod)) {
    if (!row.present()) continue;
    const RateTracker::Value value = basis_of(row).Work();
    if (used == 0 || value.timestamp < out.timestamp) {
      out.timestamp = value.timestamp;
      out.window = value.window;
    }
    if (used == out.containers.size()) out.containers.emplace_back();
    out.containers[used].name = table.NameOf(row);
    out.containers[used].usage = value.usage;
    ++used;
  }
  out.containers.resize(used);
}

// Where a live pod's rates no longer say what is served of it: that goes into its history, by what
// `basis_of(row)` gives. Nothing when the pod is not live.
template <class BasisOf>
void FreezePod(const SeriesTable& table, PodRow& pod, BasisOf basis_of) {
  if (!pod.live) return;
  if (pod.history == nullptr) pod.history = std::make_unique<PodHistory>();
  ComposePod(table, pod, basis_of, pod.history->kept.emplace());
  pod.live = false;
}

}  // namespace mpl::store
