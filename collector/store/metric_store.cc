#include "collector/store/metric_store.h"

#include <array>
#include <atomic>
#include <boost/unordered/unordered_flat_map.hpp>
#include <functional>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <vector>

#include "collector/store/node_table.h"
#include "kube/base/prefetch.h"
#include "kube/base/text_hash.h"

namespace mpl::store {
namespace {

constexpr int kGapInResolutions = 3;

}  // namespace

struct MetricStore::Impl {
  std::atomic<Duration::rep> resolution;
  mutable std::mutex write_mutex;  // one writer at a time; guards total and scratch
  // Guards the nodes and their tables, which are changed only by who holds write_mutex, too. One
  // for all: a commit takes 20 µs, and a lock for each node would have to come from the memory for
  // each pod of a list.
  mutable std::shared_mutex nodes_mutex;
  // Flat: names lie in the table itself, which is looked into for each pod of a list.
  boost::unordered_flat_map<std::string, std::unique_ptr<NodeTable>, TextHash, std::equal_to<>>
      nodes;
  Counts total;
  NodeTable::Scratch scratch;
  std::vector<ContainerName> named;  // of the committing thread

  Pace Now() const {
    const Duration span(resolution.load(std::memory_order_relaxed));
    return {.resolution = span, .life = kGapInResolutions * span};
  }
  // The caller holds write_mutex.
  NodeTable& TableOf(std::string_view node);
  NodeTable* Find(std::string_view node) const;
  template <class Do>
  void Change(NodeTable& table, Do change);
  void Count(const Counts& counts, bool add);
};

NodeTable* MetricStore::Impl::Find(std::string_view node) const {
  const auto found = nodes.find(node);
  return found == nodes.end() ? nullptr : found->second.get();
}

NodeTable& MetricStore::Impl::TableOf(std::string_view node) {
  if (NodeTable* const found = Find(node)) return *found;
  const std::unique_lock lock(nodes_mutex);
  return *nodes.emplace(std::string(node), std::make_unique<NodeTable>()).first->second;
}

void MetricStore::Impl::Count(const Counts& counts, bool add) {
  const auto count = [add](std::size_t& sum, std::size_t part) { add ? sum += part : sum -= part; };
  count(total.pods, counts.pods);
  count(total.containers, counts.containers);
  count(total.node_values, counts.node_values);
  count(total.container_values, counts.container_values);
}

template <class Do>
void MetricStore::Impl::Change(NodeTable& table, Do change) {
  Count(table.counts(), false);
  {
    const std::unique_lock lock(nodes_mutex);
    change(table);
  }
  Count(table.counts(), true);
}

MetricStore::MetricStore(Duration resolution) : impl_(std::make_unique<Impl>()) {
  SetResolution(resolution);
}
MetricStore::~MetricStore() = default;

void MetricStore::SetResolution(Duration resolution) { impl_->resolution = resolution.count(); }

NodeTable& MetricStore::TableOf(std::string_view node) {
  const std::lock_guard lock(impl_->write_mutex);
  return impl_->TableOf(node);
}

void MetricStore::Commit(NodeTable& node, const NodeBatch& batch, MonoTime now) {
  const std::lock_guard lock(impl_->write_mutex);
  impl_->Change(node,
                [&](NodeTable& table) { table.Take(batch, impl_->Now(), now, impl_->scratch); });
}

void MetricStore::Commit(std::string_view node, const NodeBatch& batch, MonoTime now) {
  Commit(TableOf(node), batch, now);
}

void MetricStore::CommitSummaryRates(std::string_view node, const SummaryBatch& batch,
                                     MonoTime now) {
  const std::lock_guard lock(impl_->write_mutex);
  impl_->Change(impl_->TableOf(node), [&](NodeTable& table) {
    table.TakeSummary(batch, impl_->Now(), now, impl_->scratch);
  });
}

std::span<const ContainerName> MetricStore::Named(const NodeTable& node) {
  node.Names(impl_->named);
  return impl_->named;
}

void MetricStore::Fetch(const NodeTable& node) { Prefetch(&node, sizeof(node)); }

void MetricStore::Forget(std::string_view node) {
  const std::lock_guard lock(impl_->write_mutex);
  const auto found = impl_->nodes.find(node);
  if (found == impl_->nodes.end()) return;
  impl_->Count(found->second->counts(), false);
  const std::unique_lock lock_nodes(impl_->nodes_mutex);
  impl_->nodes.erase(found);
}

void MetricStore::ForgetPod(std::string_view node, std::string_view ns, std::string_view name) {
  const std::lock_guard lock(impl_->write_mutex);
  NodeTable* const found = impl_->Find(node);
  if (found == nullptr) return;
  impl_->Change(*found, [&](NodeTable& table) { table.ForgetPod(ns, name); });
}

std::optional<NodeUsage> MetricStore::GetNode(std::string_view name, MonoTime now) const {
  const std::shared_lock lock(impl_->nodes_mutex);
  const NodeTable* const table = impl_->Find(name);
  return table == nullptr ? std::nullopt : table->Node(now, impl_->Now().life);
}

bool MetricStore::GetPod(const PodQuestion& pod, MonoTime now, PodUsage& out) const {
  return GetPods({&pod, 1}, now, {&out, 1}).any();
}

MetricStore::Found MetricStore::GetPods(std::span<const PodQuestion> pods, MonoTime now,
                                        std::span<PodUsage> out) const {
  struct Place {
    const NodeTable* table = nullptr;        // null: no such node
    std::uint32_t pod = SeriesTable::kNone;  // known by its bookmark
  };
  std::array<Place, kPodsAtOnce> places;
  const auto for_each_known = [&](auto step) {
    for (const Place& place : std::span(places).first(pods.size())) {
      if (place.pod != SeriesTable::kNone) (place.table->series().*step)(place.pod);
    }
  };
  const Duration life = impl_->Now().life;
  const std::shared_lock lock(impl_->nodes_mutex);
  for (std::size_t k = 0; k < pods.size(); ++k) {
    places[k].table = impl_->Find(pods[k].node);
    if (places[k].table != nullptr) places[k].table->series().FetchTable();
  }
  for (std::size_t k = 0; k < pods.size(); ++k) {
    if (places[k].table == nullptr || pods[k].bookmark == nullptr) continue;
    places[k].pod = places[k].table->series().PodAt(pods[k].bookmark->Get());
  }
  for_each_known(&SeriesTable::FetchPod);
  for_each_known(&SeriesTable::FetchRows);
  Found found;
  for (std::size_t k = 0; k < pods.size(); ++k) {
    const auto& [table, pod] = places[k];
    found[k] = table != nullptr && table->Pod(pods[k], pod, now, life, out[k]);
  }
  return found;
}

MetricStore::Counts MetricStore::counts() const {
  const std::lock_guard lock(impl_->write_mutex);
  Counts counts = impl_->total;
  counts.nodes = impl_->nodes.size();
  return counts;
}

}  // namespace mpl::store
