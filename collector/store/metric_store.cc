#include "collector/store/metric_store.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <string>
#include <vector>

#include "collector/store/rate_tracker.h"
#include "collector/store/usage_index.h"

namespace mpl::store {
namespace {

constexpr int kGapInResolutions = 3;

struct ContainerState {
  std::string name;
  RateTracker rate;
  std::uint64_t batch = 0;  // the last one that named it
  MonoTime seen{};
};

struct PodState {
  std::vector<ContainerState> containers;
  std::uint64_t batch = 0;
  MonoTime seen{};

  ContainerState& Find(std::string_view name) {
    for (ContainerState& container : containers) {
      if (container.name == name) return container;
    }
    containers.emplace_back().name = name;
    return containers.back();
  }
};

struct NodeState {
  std::string name;
  RateTracker rate;
  StringMap<PodState> pods;  // by "namespace/name"
  std::uint64_t batch = 0;
  MetricStore::Counts counts;
};

// Of a pod on its node.
void WriteKey(std::string& key, std::string_view ns, std::string_view name) {
  key.assign(ns);
  key += '/';
  key += name;
}

// Of a pod in the index: what a kubelet says stays apart from what others say.
void WriteIndexKey(std::string& key, std::string_view node, std::string_view pod_key) {
  key.assign(node);
  key += ' ';
  key += pod_key;
}

// Nothing unless every container of the last answer has a value.
std::shared_ptr<const PodUsage> Compose(const PodState& pod) {
  auto usage = std::make_shared<PodUsage>();
  usage->containers.reserve(pod.containers.size());
  for (const ContainerState& container : pod.containers) {
    if (container.batch != pod.batch) continue;
    const auto value = container.rate.Get();
    if (!value) return nullptr;
    if (usage->containers.empty() || value->timestamp < usage->timestamp) {
      usage->timestamp = value->timestamp;
      usage->window = value->window;
    }
    usage->containers.push_back({container.name, value->usage});
  }
  if (usage->containers.empty()) return nullptr;
  std::ranges::sort(usage->containers, {}, &ContainerUsage::name);
  return usage;
}

}  // namespace

struct MetricStore::Impl {
  std::atomic<Duration::rep> resolution;
  mutable std::mutex write_mutex;  // guards nodes and total
  StringMap<std::unique_ptr<NodeState>> nodes;
  Counts total;
  UsageIndex<NodeUsage> node_index;
  UsageIndex<PodUsage> pod_index;

  std::string index_key;  // working memory, guarded by write_mutex

  Duration Resolution() const { return Duration(resolution.load(std::memory_order_relaxed)); }
  Duration Life() const { return kGapInResolutions * Resolution(); }

  NodeState& NodeOf(std::string_view name) {
    const auto found = nodes.find(name);
    if (found != nodes.end()) return *found->second;
    auto state = std::make_unique<NodeState>();
    state->name = name;
    return *nodes.emplace(std::string(name), std::move(state)).first->second;
  }

  void TakeContainers(NodeState& node, const NodeBatch& batch, MonoTime now);
  void PublishNode(const NodeState& node, MonoTime now);
  void PublishPods(NodeState& node, MonoTime now);
  void Unpublish(const NodeState& node, std::string_view pod_key);
  void Count(NodeState& node);
  void Uncount(const NodeState& node);
};

void MetricStore::Impl::TakeContainers(NodeState& node, const NodeBatch& batch, MonoTime now) {
  const Duration span = Resolution();
  std::string key;
  for (const ContainerReading& entry : batch.containers) {
    WriteKey(key, entry.ns, entry.pod);
    auto found = node.pods.find(key);
    if (found == node.pods.end()) found = node.pods.try_emplace(key).first;
    PodState& pod = found->second;
    pod.batch = node.batch;
    pod.seen = now;
    ContainerState& container = pod.Find(entry.container);
    container.batch = node.batch;
    container.seen = now;
    container.rate.Add(entry.reading, span, now);
  }
}

void MetricStore::Impl::PublishNode(const NodeState& node, MonoTime now) {
  const auto value = node.rate.Get();
  if (!value) return;
  node_index.Put(
      node.name, now,
      std::make_shared<const NodeUsage>(NodeUsage{value->timestamp, value->window, value->usage}));
}

void MetricStore::Impl::PublishPods(NodeState& node, MonoTime now) {
  const Duration life = Life();
  for (auto it = node.pods.begin(); it != node.pods.end();) {
    auto& [key, pod] = *it;
    if (now - pod.seen > life) {
      Unpublish(node, key);
      it = node.pods.erase(it);
      continue;
    }
    ++it;
    std::erase_if(pod.containers,
                  [&](const ContainerState& container) { return now - container.seen > life; });
    if (pod.batch != node.batch) continue;
    auto usage = Compose(pod);
    if (usage == nullptr) continue;
    WriteIndexKey(index_key, node.name, key);
    pod_index.Put(index_key, now, std::move(usage));
  }
}

void MetricStore::Impl::Unpublish(const NodeState& node, std::string_view pod_key) {
  WriteIndexKey(index_key, node.name, pod_key);
  pod_index.Remove(index_key);
}

void MetricStore::Impl::Uncount(const NodeState& node) {
  total.pods -= node.counts.pods;
  total.containers -= node.counts.containers;
  total.node_values -= node.counts.node_values;
  total.container_values -= node.counts.container_values;
}

void MetricStore::Impl::Count(NodeState& node) {
  Uncount(node);
  node.counts = {};
  node.counts.node_values = node.rate.Get() ? 1 : 0;
  node.counts.pods = node.pods.size();
  for (const auto& [key, pod] : node.pods) {
    node.counts.containers += pod.containers.size();
    for (const ContainerState& container : pod.containers) {
      if (container.rate.Get()) ++node.counts.container_values;
    }
  }
  total.pods += node.counts.pods;
  total.containers += node.counts.containers;
  total.node_values += node.counts.node_values;
  total.container_values += node.counts.container_values;
}

MetricStore::MetricStore(Duration resolution) : impl_(std::make_unique<Impl>()) {
  SetResolution(resolution);
}
MetricStore::~MetricStore() = default;

void MetricStore::SetResolution(Duration resolution) {
  impl_->resolution = resolution.count();
  impl_->node_index.SetLife(impl_->Life());
  impl_->pod_index.SetLife(impl_->Life());
}

void MetricStore::Commit(std::string_view node, const NodeBatch& batch, MonoTime now) {
  const std::lock_guard lock(impl_->write_mutex);
  NodeState& state = impl_->NodeOf(node);
  ++state.batch;
  state.rate.Add(batch.node, impl_->Resolution(), now);
  impl_->TakeContainers(state, batch, now);
  if (batch.node.has_cpu || batch.node.has_memory) impl_->PublishNode(state, now);
  impl_->PublishPods(state, now);
  impl_->Count(state);
}

void MetricStore::CommitSummaryRates(std::string_view node, const SummaryBatch& batch,
                                     MonoTime now) {
  const std::lock_guard lock(impl_->write_mutex);
  NodeState& state = impl_->NodeOf(node);
  state.rate.AddSummary(batch.node);
  impl_->PublishNode(state, now);
  std::string key;
  for (const SummaryBatch::Container& entry : batch.containers) {
    WriteKey(key, entry.ns, entry.pod);
    const auto found = state.pods.find(key);
    // Only what /metrics/resource has named: it decides what belongs to a pod.
    if (found == state.pods.end()) continue;
    for (ContainerState& container : found->second.containers) {
      if (container.name == entry.container) container.rate.AddSummary(entry.reading);
    }
  }
  impl_->PublishPods(state, now);
  impl_->Count(state);
}

void MetricStore::Forget(std::string_view node) {
  const std::lock_guard lock(impl_->write_mutex);
  const auto found = impl_->nodes.find(node);
  if (found == impl_->nodes.end()) return;
  const NodeState& state = *found->second;
  impl_->node_index.Remove(state.name);
  for (const auto& [key, pod] : state.pods) impl_->Unpublish(state, key);
  impl_->Uncount(state);
  impl_->nodes.erase(found);
}

void MetricStore::ForgetPod(std::string_view node, std::string_view ns, std::string_view name) {
  const std::lock_guard lock(impl_->write_mutex);
  const auto found = impl_->nodes.find(node);
  if (found == impl_->nodes.end()) return;
  NodeState& state = *found->second;
  std::string key;
  WriteKey(key, ns, name);
  const auto pod = state.pods.find(key);
  if (pod == state.pods.end()) return;
  impl_->Unpublish(state, key);
  state.pods.erase(pod);
  impl_->Count(state);
}

std::optional<NodeUsage> MetricStore::GetNode(std::string_view name, MonoTime now) const {
  const auto usage = impl_->node_index.Get(name, now);
  return usage == nullptr ? std::nullopt : std::optional(*usage);
}

std::shared_ptr<const PodUsage> MetricStore::GetPod(const PodQuestion& pod, MonoTime now) const {
  static thread_local std::string key;  // a list asks 150,000 times in a row
  WriteIndexKey(key, pod.node, pod.ns);
  key += '/';
  key += pod.name;
  return impl_->pod_index.Get(key, now,
                              [&](const PodUsage& usage) { return Covers(usage, pod.running); });
}

MetricStore::Counts MetricStore::counts() const {
  const std::lock_guard lock(impl_->write_mutex);
  Counts counts = impl_->total;
  counts.nodes = impl_->nodes.size();
  return counts;
}

}  // namespace mpl::store
