// The readers' side of the store: what is served, by name, each entry with an end of life.
//
// Thread-safe. Spread over shards with a lock each, so that readers wait for a pointer swap at
// most.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "collector/store/usage.h"
#include "kube/base/time.h"

namespace mpl::store {

struct StringHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>{}(text);
  }
};
template <class V>
using StringMap = std::unordered_map<std::string, V, StringHash, std::equal_to<>>;

// `T` is NodeUsage or PodUsage.
template <class T>
class UsageIndex {
 public:
  using Ptr = std::shared_ptr<const T>;

  // How long an entry lives without news. A longer life counts at once, also for what is there; a
  // shorter one from each entry's next news on, for that may be an old life away.
  void SetLife(Duration life) { life_.store(life.count(), std::memory_order_relaxed); }

  // Takes the usage unless time would go back.
  void Put(std::string_view key, MonoTime now, Ptr usage) {
    Shard& shard = ShardOf(key);
    const std::unique_lock lock(shard.mutex);
    auto found = shard.slots.find(key);
    if (found == shard.slots.end()) found = shard.slots.try_emplace(std::string(key)).first;
    Slot& slot = found->second;
    const bool alive = slot.usage != nullptr && now <= EndOf(slot);
    if (alive && usage->timestamp < slot.usage->timestamp) return;
    KeepWhole(slot, *usage, now);
    if (slot.usage == nullptr || slot.usage->timestamp != usage->timestamp) slot.changed_at = now;
    slot.usage = std::move(usage);
    if (now - slot.changed_at > kLongestRepeat) return;
    slot.news_at = now;
    slot.end = now + Life();
  }

  // Null when unknown or out of life. `whole` says whether a usage is all that it should be: of a
  // pod that lost a container a moment ago, the usage of before is there too.
  template <class Whole>
  Ptr Get(std::string_view key, MonoTime now, Whole whole) const {
    const Shard& shard = ShardOf(key);
    const std::shared_lock lock(shard.mutex);
    const auto found = shard.slots.find(key);
    if (found == shard.slots.end()) return nullptr;
    const Slot& slot = found->second;
    if (now <= EndOf(slot) && whole(*slot.usage)) {
      if (slot.before != nullptr) slot.before->outdated.store(true, std::memory_order_relaxed);
      return slot.usage;
    }
    if (slot.before == nullptr || now > slot.before->end || slot.before->outdated ||
        !whole(*slot.before->usage)) {
      return nullptr;
    }
    return slot.before->usage;
  }
  Ptr Get(std::string_view key, MonoTime now) const {
    return Get(key, now, [](const T&) { return true; });
  }

  void Remove(std::string_view key) {
    Shard& shard = ShardOf(key);
    const std::unique_lock lock(shard.mutex);
    const auto found = shard.slots.find(key);
    if (found != shard.slots.end()) shard.slots.erase(found);
  }

 private:
  // k8s.io/kubernetes pkg/kubelet: statsCacheDuration, the age at which samples are dropped there.
  static constexpr Duration kLongestRepeat = std::chrono::minutes(2);

  // What a usage with fewer parts replaced.
  struct Before {
    Ptr usage;
    MonoTime end{};
    // A reader has seen the later one: time must not go back.
    std::atomic<bool> outdated = false;
  };
  struct Slot {
    MonoTime changed_at{};  // when we first saw this timestamp
    MonoTime news_at{};
    MonoTime end{};  // of its life, as it was when the news came
    Ptr usage;
    std::unique_ptr<Before> before;  // rarely there
  };
  struct Shard {
    mutable std::shared_mutex mutex;
    StringMap<Slot> slots;  // guarded by mutex
  };

  Duration Life() const { return Duration(life_.load(std::memory_order_relaxed)); }
  MonoTime EndOf(const Slot& slot) const { return std::max(slot.end, slot.news_at + Life()); }

  void KeepWhole(Slot& slot, const T& next, MonoTime now) {
    if (slot.before != nullptr &&
        (now > slot.before->end || !LosesPart(*slot.before->usage, next))) {
      slot.before.reset();
    }
    if (slot.before != nullptr || slot.usage == nullptr || now > EndOf(slot) ||
        !LosesPart(*slot.usage, next)) {
      return;
    }
    slot.before = std::make_unique<Before>();
    slot.before->usage = slot.usage;
    slot.before->end = EndOf(slot);
  }

  Shard& ShardOf(std::string_view key) { return shards_[StringHash{}(key) % shards_.size()]; }
  const Shard& ShardOf(std::string_view key) const {
    return shards_[StringHash{}(key) % shards_.size()];
  }

  std::atomic<Duration::rep> life_ = 0;
  std::array<Shard, 64> shards_;
};

}  // namespace mpl::store
