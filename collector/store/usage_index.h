// The readers' side of the store: what is served, by name, each entry with an end of life.
//
// Thread-safe. Spread over shards with a lock each, so that readers wait for a pointer swap at
// most.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
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

  struct Offer {
    const void* owner = nullptr;  // the node that says so
    TimePoint newest_start{};     // of the pod's containers
    TimePoint now{};
    Duration life{};  // without news
    Ptr usage;
  };

  // Takes the offer unless another owner holds a younger claim, or time would go back.
  void Put(std::string_view key, const Offer& offer) {
    Shard& shard = ShardOf(key);
    const std::unique_lock lock(shard.mutex);
    auto found = shard.slots.find(key);
    if (found == shard.slots.end()) found = shard.slots.try_emplace(std::string(key)).first;
    Slot& slot = found->second;
    const bool alive = slot.usage != nullptr && offer.now <= slot.alive_until;
    if (alive && slot.owner != offer.owner && offer.newest_start <= slot.newest_start) return;
    if (alive && offer.usage->timestamp < slot.usage->timestamp) return;
    const bool repeats = slot.usage != nullptr && slot.owner == offer.owner &&
                         slot.usage->timestamp == offer.usage->timestamp;
    if (!repeats) slot.changed_at = offer.now;
    slot.owner = offer.owner;
    slot.newest_start = offer.newest_start;
    slot.usage = offer.usage;
    if (offer.now - slot.changed_at <= kLongestRepeat) slot.alive_until = offer.now + offer.life;
  }

  // Null when unknown or out of life.
  Ptr Get(std::string_view key, TimePoint now) const {
    const Shard& shard = ShardOf(key);
    const std::shared_lock lock(shard.mutex);
    const auto found = shard.slots.find(key);
    if (found == shard.slots.end() || now > found->second.alive_until) return nullptr;
    return found->second.usage;
  }

  // Only if it is the owner's.
  void Remove(std::string_view key, const void* owner) {
    Shard& shard = ShardOf(key);
    const std::unique_lock lock(shard.mutex);
    const auto found = shard.slots.find(key);
    if (found != shard.slots.end() && found->second.owner == owner) shard.slots.erase(found);
  }

 private:
  // k8s.io/kubernetes pkg/kubelet: statsCacheDuration, the age at which samples are dropped there.
  static constexpr Duration kLongestRepeat = std::chrono::minutes(2);

  struct Slot {
    const void* owner = nullptr;
    TimePoint newest_start{};
    TimePoint changed_at{};  // when we first saw this timestamp
    TimePoint alive_until{};
    Ptr usage;
  };
  struct Shard {
    mutable std::shared_mutex mutex;
    StringMap<Slot> slots;  // guarded by mutex
  };

  Shard& ShardOf(std::string_view key) { return shards_[StringHash{}(key) % shards_.size()]; }
  const Shard& ShardOf(std::string_view key) const {
    return shards_[StringHash{}(key) % shards_.size()];
  }

  std::array<Shard, 64> shards_;
};

}  // namespace mpl::store
