// Remembers decisions for a short time, and never more than a fixed number of them.
//
// Not thread-safe. Time is passed in.
#pragma once

#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "kube/base/time.h"

namespace mpl::auth {

// Least recently used goes first when full. Keys are digests (reviews.h), never secrets.
template <class Value>
class DecisionCache {
 public:
  explicit DecisionCache(std::size_t capacity) : capacity_(capacity) {}

  // Nothing when unknown or expired.
  std::optional<Value> Find(const std::string& key, MonoTime now) {
    const auto found = index_.find(key);
    if (found == index_.end()) return std::nullopt;
    if (now >= found->second->expires) {
      Erase(found);
      return std::nullopt;
    }
    entries_.splice(entries_.begin(), entries_, found->second);
    return found->second->value;
  }

  void Put(const std::string& key, Value value, Duration lifetime, MonoTime now) {
    if (const auto found = index_.find(key); found != index_.end()) Erase(found);
    if (entries_.size() >= capacity_) Erase(index_.find(entries_.back().key));
    entries_.push_front(Entry{key, std::move(value), now + lifetime});
    index_.emplace(entries_.front().key, entries_.begin());
  }

  void Clear() {
    index_.clear();
    entries_.clear();
  }
  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::string key;
    Value value;
    MonoTime expires;
  };
  using Entries = std::list<Entry>;
  using Index = std::unordered_map<std::string_view, typename Entries::iterator>;

  void Erase(typename Index::iterator found) {
    const auto entry = found->second;  // the index looks into the entry's key: it goes first
    index_.erase(found);
    entries_.erase(entry);
  }

  std::size_t capacity_;
  Entries entries_;  // most recently used first
  Index index_;
};

}  // namespace mpl::auth
