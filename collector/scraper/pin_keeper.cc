#include "collector/scraper/pin_keeper.h"

#include <algorithm>
#include <vector>

#include "kube/telemetry/log.h"

namespace mpl::scraper {
namespace {

using objects::Json;
using trust::Pin;

const objects::Resource kConfigMaps{"", "v1", "configmaps", "ConfigMap", true};
constexpr Duration kFirstRetry = std::chrono::seconds(1);
constexpr Duration kLastRetry = std::chrono::seconds(60);
// Of new pins in one write: if the ConfigMap is full, those before have been stored.
constexpr std::size_t kMostNew = 500;
// Replicas that write at the same time take turns after one or two.
constexpr int kPatientConflicts = 10;
// Nodes are met in bursts: one write for many of them.
constexpr Duration kGather = std::chrono::milliseconds(300);

std::map<std::string, std::string> DataOf(const Json& config_map) {
  std::map<std::string, std::string> data;
  const auto found = config_map.find("data");
  if (found == config_map.end() || !found->is_object()) return data;
  for (const auto& [key, value] : found->items()) {
    if (value.is_string()) data[key] = value.get<std::string>();
  }
  return data;
}

std::string ResourceVersionOf(const Json& config_map) {
  return config_map.value(Json::json_pointer("/metadata/resourceVersion"), std::string());
}

// Resource versions are numbers that grow (comparable since Kubernetes 1.35, in fact always).
bool IsOlder(const std::string& version, const std::string& than) {
  return version.size() != than.size() ? version.size() < than.size() : version < than;
}

}  // namespace

PinKeeper::PinKeeper(net::Executor executor) : wake_(std::move(executor)) {}

const Pin* PinKeeper::Find(const std::string& node) const { return book_.Find(node); }

void PinKeeper::Remember(const std::string& node, Pin pin) {
  const auto tell = pin.vouched_for ? &log::Debug : &log::Info;
  tell(pin.vouched_for ? "kubelet's key noted" : "kubelet pinned", {{"node", node},
                                                                    {"subject", pin.subject},
                                                                    {"issuer", pin.issuer},
                                                                    {"key", pin.public_key_sha256},
                                                                    {"bootID", pin.boot_id}});
  if (!in_memory_) pending_[node] = pin;
  book_.Put(node, std::move(pin));
  wake_.Notify();
}

void PinKeeper::Drop(const std::string& node) {
  if (book_.Find(node) == nullptr) return;
  book_.Remove(node);
  if (!in_memory_) pending_[node] = std::nullopt;
  wake_.Notify();
}

void PinKeeper::KeepInMemory() {
  in_memory_ = true;
  pending_.clear();
  trouble_.clear();
}

void PinKeeper::Retain(const std::set<std::string>& nodes) {
  std::vector<std::string> gone;
  for (const auto& [node, pin] : book_) {
    if (!nodes.contains(node)) gone.push_back(node);
  }
  for (const std::string& node : gone) Drop(node);
}

void PinKeeper::Adopt(const Json& config_map) {
  // The watch may still tell of what was there before our own write.
  if (IsOlder(ResourceVersionOf(config_map), resource_version_)) return;
  std::vector<std::string> faults;
  trust::PinBook stored = trust::PinBook::Parse(DataOf(config_map), &faults);
  for (const std::string& fault : faults) log::Warning("kubelet pin ignored", {{"fault", fault}});
  resource_version_ = ResourceVersionOf(config_map);
  stored_.clear();
  for (const auto& [node, pin] : stored) stored_.insert(node);

  std::set<std::string> changed;
  for (auto entry = pending_.begin(); entry != pending_.end();) {
    const auto& [node, mine] = *entry;
    const Pin* theirs = stored.Find(node);
    // Of first contacts the first stored one counts; a key that the authority vouches for replaces
    // the one before, of the same boot.
    const bool done =
        mine ? theirs != nullptr && theirs->boot_id == mine->boot_id &&
                   theirs->node_uid == mine->node_uid &&
                   (!mine->vouched_for || theirs->public_key_sha256 == mine->public_key_sha256)
             : theirs == nullptr;
    if (done) {
      entry = pending_.erase(entry);
      continue;
    }
    if (mine) {
      stored.Put(node, *mine);
    } else {
      stored.Remove(node);
    }
    ++entry;
  }
  for (const auto& [node, pin] : book_) {
    const Pin* now = stored.Find(node);
    if (now == nullptr || now->public_key_sha256 != pin.public_key_sha256) changed.insert(node);
  }
  book_ = std::move(stored);
  if (pending_.empty()) {
    trouble_.clear();  // another replica may have written it
  } else {
    wake_.Notify();
  }
  for (const std::string& node : changed) {
    if (changed_) changed_(node);
  }
}

// What makes the ConfigMap larger goes last and by itself: should that be refused, the rest is
// stored.
Json PinKeeper::NextEntries() const {
  Json smaller = Json::object();
  Json larger = Json::object();
  for (const auto& [node, pin] : pending_) {
    if (!pin) {
      smaller[node] = nullptr;
    } else if (stored_.contains(node)) {
      smaller[node] = trust::WritePin(*pin);
    } else if (larger.size() < kMostNew) {
      larger[node] = trust::WritePin(*pin);
    }
  }
  return smaller.empty() ? larger : smaller;
}

net::Task<Result<void>> PinKeeper::Write(client::KubeClient& client,
                                         objects::NamespacedName config_map) {
  if (look_first_ || resource_version_.empty()) {
    const auto stored = co_await client.Get(kConfigMaps, config_map.ns, config_map.name);
    if (!stored) co_return std::unexpected(stored.error());
    // Only a watch can be late; a GET tells what is. After a restore of etcd that has a version
    // which we have seen already.
    resource_version_.clear();
    Adopt(*stored);
    look_first_ = false;
  }
  if (pending_.empty()) co_return Result<void>();
  const Json data = NextEntries();
  const Json patch = {{"metadata", {{"resourceVersion", resource_version_}}}, {"data", data}};
  const auto written =
      co_await client.MergePatch(kConfigMaps, config_map.ns, config_map.name, patch);
  if (!written) {
    look_first_ = true;  // somebody was faster
    co_return std::unexpected(written.error());
  }
  Adopt(*written);
  co_return Result<void>();
}

net::Task<void> PinKeeper::Run(client::KubeClient& client, objects::NamespacedName config_map) {
  resource_version_.clear();  // it may be another ConfigMap than before
  trouble_.clear();
  if (std::exchange(in_memory_, false)) {
    for (const auto& [node, pin] : book_) pending_[node] = pin;
  }
  Duration retry = kFirstRetry;
  int conflicts = 0;  // on end
  for (;;) {
    if (pending_.empty()) {
      const bool woken = co_await wake_.Wait();
      if (!woken) co_return;
    }
    const bool go_on = co_await net::SleepFor(kGather);
    if (!go_on) co_return;
    const auto written = co_await Write(client, config_map);
    if (written) {
      trouble_.clear();
      retry = kFirstRetry;
      conflicts = 0;
      continue;
    }
    if (written.error().kind == ErrorKind::kCancelled) co_return;
    if (written.error().kind == ErrorKind::kConflict && ++conflicts < kPatientConflicts) continue;
    const std::string trouble =
        "ConfigMap " + config_map.ToString() +
        " cannot be written, pins are kept in memory only: " + written.error().message;
    if (trouble != trouble_) log::Warning("kubelet pins not stored", {{"reason", trouble}});
    trouble_ = trouble;
    const bool slept = co_await net::SleepFor(retry);
    if (!slept) co_return;
    retry = std::min(retry * 2, kLastRetry);
  }
}

}  // namespace mpl::scraper
