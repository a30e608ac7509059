// A queue of keys with the promises of client-go's workqueue: a key waits at most once, is never
// handed out twice at the same time, and comes again after Done when it was added meanwhile.
//
// Pure and not thread-safe: the driver asks NextWake and brings `now`.
#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "kube/base/time.h"
#include "kube/machinery/backoff.h"
#include "kube/machinery/token_bucket.h"

namespace mpl::machinery {

template <class Key>
class Workqueue {
 public:
  // Overall limit of AddRateLimited as in client-go's default: 10 a second, bursts of 100.
  explicit Workqueue(Random random, double per_second = 10, int burst = 100)
      : backoff_(std::move(random)), bucket_(per_second, burst) {}

  void Add(const Key& key) {
    if (shutting_down_ || !dirty_.insert(key).second) return;
    if (!processing_.contains(key)) ready_.push_back(key);
  }

  // The earliest of several times counts. A time that has come is as good as Add.
  void AddAfter(const Key& key, MonoTime when) {
    if (shutting_down_) return;
    const auto [entry, fresh] = delayed_.emplace(key, when);
    if (!fresh) entry->second = std::min(entry->second, when);
  }

  // After a failure: waits for the key's own back-off and for the overall rate, whichever is later.
  void AddRateLimited(const Key& key, MonoTime now) {
    AddAfter(key, now + std::max(backoff_.Next(key), bucket_.Reserve(now)));
  }

  // After a success: the next failure starts from the shortest delay.
  void Forget(const Key& key) { backoff_.Forget(key); }
  int NumRequeues(const Key& key) const { return backoff_.Failures(key); }

  // The next key to work on, or nothing. Every key got must be given back with Done.
  std::optional<Key> Get(MonoTime now) {
    MoveDue(now);
    if (ready_.empty()) return std::nullopt;
    Key key = std::move(ready_.front());
    ready_.pop_front();
    dirty_.erase(key);
    processing_.insert(key);
    return key;
  }

  void Done(const Key& key) {
    if (processing_.erase(key) > 0 && dirty_.contains(key)) ready_.push_back(key);
  }

  // When Get may have something: now or earlier when a key is ready, never when nothing waits.
  std::optional<MonoTime> NextWake(MonoTime now) const {
    if (!ready_.empty()) return now;
    std::optional<MonoTime> next;
    for (const auto& [key, when] : delayed_) next = next ? std::min(*next, when) : when;
    return next;
  }

  // Takes nothing new; what is ready may still be got, what is delayed is dropped.
  void ShutDown() {
    shutting_down_ = true;
    delayed_.clear();
  }
  bool shutting_down() const { return shutting_down_; }
  // Keys that are ready and not yet got.
  std::size_t size() const { return ready_.size(); }
  std::size_t processing() const { return processing_.size(); }

 private:
  void MoveDue(MonoTime now) {
    std::multimap<MonoTime, Key> due;
    for (auto entry = delayed_.begin(); entry != delayed_.end();) {
      if (entry->second <= now) {
        due.emplace(entry->second, entry->first);
        entry = delayed_.erase(entry);
      } else {
        ++entry;
      }
    }
    for (const auto& [when, key] : due) Add(key);
  }

  KeyedBackoff<Key> backoff_;
  TokenBucket bucket_;
  std::deque<Key> ready_;
  std::set<Key> dirty_;       // to be worked on: in ready_, or again after Done
  std::set<Key> processing_;  // got, not yet done
  std::map<Key, MonoTime> delayed_;
  bool shutting_down_ = false;
};

}  // namespace mpl::machinery
