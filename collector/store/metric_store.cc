#include "collector/store/metric_store.h"

#include <atomic>
#include <functional>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "collector/store/node_table.h"

namespace mpl::store {
namespace {

constexpr int kGapInResolutions = 3;

struct StringHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>{}(text);
  }
};

struct Entry {
  mutable std::shared_mutex mutex;
  NodeTable table;  // guarded by mutex; changed only by who holds the store's write_mutex, too
};

}  // namespace

struct MetricStore::Impl {
  std::atomic<Duration::rep> resolution;
  mutable std::mutex write_mutex;  // one writer at a time; guards total and scratch
  mutable std::shared_mutex nodes_mutex;
  // Guarded by nodes_mutex; changed only by who holds write_mutex, too.
  std::unordered_map<std::string, std::unique_ptr<Entry>, StringHash, std::equal_to<>> nodes;
  Counts total;
  NodeTable::Scratch scratch;
  std::vector<ContainerName> named;  // of the committing thread

  Pace Now() const {
    const Duration span(resolution.load(std::memory_order_relaxed));
    return {.resolution = span, .life = kGapInResolutions * span};
  }
  // The caller holds write_mutex.
  Entry& EntryOf(std::string_view node);
  Entry* Find(std::string_view node) const;
  template <class Do>
  void Change(Entry& entry, Do change);
  void Count(const Counts& counts, bool add);
};

Entry* MetricStore::Impl::Find(std::string_view node) const {
  const auto found = nodes.find(node);
  return found == nodes.end() ? nullptr : found->second.get();
}

Entry& MetricStore::Impl::EntryOf(std::string_view node) {
  if (Entry* const found = Find(node)) return *found;
  const std::unique_lock lock(nodes_mutex);
  return *nodes.emplace(std::string(node), std::make_unique<Entry>()).first->second;
}

void MetricStore::Impl::Count(const Counts& counts, bool add) {
  const auto count = [add](std::size_t& sum, std::size_t part) { add ? sum += part : sum -= part; };
  count(total.pods, counts.pods);
  count(total.containers, counts.containers);
  count(total.node_values, counts.node_values);
  count(total.container_values, counts.container_values);
}

template <class Do>
void MetricStore::Impl::Change(Entry& entry, Do change) {
  Count(entry.table.counts(), false);
  {
    const std::unique_lock lock(entry.mutex);
    change(entry.table);
  }
  Count(entry.table.counts(), true);
}

MetricStore::MetricStore(Duration resolution) : impl_(std::make_unique<Impl>()) {
  SetResolution(resolution);
}
MetricStore::~MetricStore() = default;

void MetricStore::SetResolution(Duration resolution) { impl_->resolution = resolution.count(); }

void MetricStore::Commit(std::string_view node, const NodeBatch& batch, MonoTime now) {
  const std::lock_guard lock(impl_->write_mutex);
  impl_->Change(impl_->EntryOf(node),
                [&](NodeTable& table) { table.Take(batch, impl_->Now(), now, impl_->scratch); });
}

void MetricStore::CommitSummaryRates(std::string_view node, const SummaryBatch& batch,
                                     MonoTime now) {
  const std::lock_guard lock(impl_->write_mutex);
  impl_->Change(impl_->EntryOf(node), [&](NodeTable& table) {
    table.TakeSummary(batch, impl_->Now(), now, impl_->scratch);
  });
}

std::span<const ContainerName> MetricStore::Named(std::string_view node) {
  impl_->named.clear();
  if (const Entry* const entry = impl_->Find(node)) entry->table.Names(impl_->named);
  return impl_->named;
}

void MetricStore::Forget(std::string_view node) {
  const std::lock_guard lock(impl_->write_mutex);
  const auto found = impl_->nodes.find(node);
  if (found == impl_->nodes.end()) return;
  impl_->Count(found->second->table.counts(), false);
  const std::unique_lock nodes_lock(impl_->nodes_mutex);  // no reader is inside the node then
  impl_->nodes.erase(found);
}

void MetricStore::ForgetPod(std::string_view node, std::string_view ns, std::string_view name) {
  const std::lock_guard lock(impl_->write_mutex);
  Entry* const entry = impl_->Find(node);
  if (entry == nullptr) return;
  impl_->Change(*entry, [&](NodeTable& table) { table.ForgetPod(ns, name); });
}

std::optional<NodeUsage> MetricStore::GetNode(std::string_view name, MonoTime now) const {
  const std::shared_lock nodes_lock(impl_->nodes_mutex);
  const Entry* const entry = impl_->Find(name);
  if (entry == nullptr) return std::nullopt;
  const std::shared_lock lock(entry->mutex);
  return entry->table.Node(now, impl_->Now().life);
}

bool MetricStore::GetPod(const PodQuestion& pod, MonoTime now, PodUsage& out) const {
  const std::shared_lock nodes_lock(impl_->nodes_mutex);
  const Entry* const entry = impl_->Find(pod.node);
  if (entry == nullptr) return false;
  const std::shared_lock lock(entry->mutex);
  return entry->table.Pod(pod, now, impl_->Now().life, out);
}

MetricStore::Counts MetricStore::counts() const {
  const std::lock_guard lock(impl_->write_mutex);
  Counts counts = impl_->total;
  counts.nodes = impl_->nodes.size();
  return counts;
}

}  // namespace mpl::store
