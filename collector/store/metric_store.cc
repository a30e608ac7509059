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
  TimePoint seen{};
};

struct PodState {
  std::vector<ContainerState> containers;
  std::uint64_t batch = 0;
  TimePoint seen{};

  ContainerState& Find(std::string_view name) {
    for (ContainerState& container : containers) {
      if (container.name == name) return container;
    }
    containers.emplace_back().name = name;
    return containers.back();
  }
};

struct NodeState {
  RateTracker rate;
  StringMap<PodState> pods;  // by "namespace/name"
  std::uint64_t batch = 0;
  MetricStore::Counts counts;
};

void WriteKey(std::string& key, std::string_view ns, std::string_view name) {
  key.assign(ns);
  key += '/';
  key += name;
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

TimePoint NewestStart(const PodState& pod) {
  TimePoint newest{};
  for (const ContainerState& container : pod.containers) {
    if (container.batch == pod.batch) newest = std::max(newest, container.rate.start());
  }
  return newest;
}

}  // namespace

struct MetricStore::Impl {
  std::atomic<Duration::rep> resolution;
  mutable std::mutex write_mutex;  // guards nodes and total
  StringMap<std::unique_ptr<NodeState>> nodes;
  Counts total;
  UsageIndex<NodeUsage> node_index;
  UsageIndex<PodUsage> pod_index;

  Duration Resolution() const { return Duration(resolution.load(std::memory_order_relaxed)); }
  Duration Life() const { return kGapInResolutions * Resolution(); }

  NodeState& NodeOf(std::string_view name) {
    const auto found = nodes.find(name);
    if (found != nodes.end()) return *found->second;
    return *nodes.emplace(std::string(name), std::make_unique<NodeState>()).first->second;
  }

  void TakeContainers(NodeState& node, const NodeBatch& batch, TimePoint now);
  void PublishNode(std::string_view name, const NodeState& node, TimePoint now);
  void PublishPods(NodeState& node, TimePoint now);
  void Count(NodeState& node);
  void Uncount(const NodeState& node);
};

void MetricStore::Impl::TakeContainers(NodeState& node, const NodeBatch& batch, TimePoint now) {
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
    container.rate.Add(entry.reading, span);
  }
}

void MetricStore::Impl::PublishNode(std::string_view name, const NodeState& node, TimePoint now) {
  const auto value = node.rate.Get();
  if (!value) return;
  node_index.Put(name, {.owner = &node,
                        .newest_start = {},
                        .now = now,
                        .life = Life(),
                        .usage = std::make_shared<const NodeUsage>(
                            NodeUsage{value->timestamp, value->window, value->usage})});
}

void MetricStore::Impl::PublishPods(NodeState& node, TimePoint now) {
  const Duration life = Life();
  for (auto it = node.pods.begin(); it != node.pods.end();) {
    auto& [key, pod] = *it;
    if (now - pod.seen > life) {
      pod_index.Remove(key, &node);
      it = node.pods.erase(it);
      continue;
    }
    ++it;
    std::erase_if(pod.containers,
                  [&](const ContainerState& container) { return now - container.seen > life; });
    if (pod.batch != node.batch) continue;
    auto usage = Compose(pod);
    if (usage == nullptr) continue;
    pod_index.Put(key, {.owner = &node,
                        .newest_start = NewestStart(pod),
                        .now = now,
                        .life = life,
                        .usage = std::move(usage)});
  }
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

void MetricStore::SetResolution(Duration resolution) { impl_->resolution = resolution.count(); }

void MetricStore::Commit(std::string_view node, const NodeBatch& batch, TimePoint now) {
  const std::lock_guard lock(impl_->write_mutex);
  NodeState& state = impl_->NodeOf(node);
  ++state.batch;
  state.rate.Add(batch.node, impl_->Resolution());
  impl_->TakeContainers(state, batch, now);
  if (batch.node.has_cpu || batch.node.has_memory) impl_->PublishNode(node, state, now);
  impl_->PublishPods(state, now);
  impl_->Count(state);
}

void MetricStore::CommitSummaryRates(std::string_view node, const SummaryBatch& batch,
                                     TimePoint now) {
  const std::lock_guard lock(impl_->write_mutex);
  NodeState& state = impl_->NodeOf(node);
  state.rate.AddSummary(batch.node);
  impl_->PublishNode(node, state, now);
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
  const NodeState* state = found->second.get();
  impl_->node_index.Remove(node, state);
  for (const auto& [key, pod] : state->pods) impl_->pod_index.Remove(key, state);
  impl_->Uncount(*state);
  impl_->nodes.erase(found);
}

std::optional<NodeUsage> MetricStore::GetNode(std::string_view name, TimePoint now) const {
  const auto usage = impl_->node_index.Get(name, now);
  return usage == nullptr ? std::nullopt : std::optional(*usage);
}

std::shared_ptr<const PodUsage> MetricStore::GetPod(std::string_view ns, std::string_view name,
                                                    TimePoint now) const {
  std::string key;
  WriteKey(key, ns, name);
  return impl_->pod_index.Get(key, now);
}

MetricStore::Counts MetricStore::counts() const {
  const std::lock_guard lock(impl_->write_mutex);
  Counts counts = impl_->total;
  counts.nodes = impl_->nodes.size();
  return counts;
}

}  // namespace mpl::store
