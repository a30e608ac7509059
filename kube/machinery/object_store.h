// The objects that an informer knows, ordered by namespace and name.
//
// Thread-safe: one writer (the informer), any number of readers. Readers get shared pointers to
// immutable objects, so nothing they hold changes under them.
#pragma once

#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kube/objects/meta.h"

namespace mpl::machinery {

template <class T>
class ObjectStore {
 public:
  using Ptr = std::shared_ptr<const T>;

  // Null when unknown.
  Ptr Get(std::string_view ns, std::string_view name) const {
    const std::shared_lock lock(mutex_);
    const auto space = objects_.find(ns);
    if (space == objects_.end()) return nullptr;
    const auto found = space->second.find(name);
    return found == space->second.end() ? nullptr : *found;
  }

  // Sorted by namespace, then name (bytewise).
  std::vector<Ptr> List() const {
    const std::shared_lock lock(mutex_);
    std::vector<Ptr> all;
    all.reserve(size_);
    for (const auto& [ns, space] : objects_) {
      all.insert(all.end(), space.begin(), space.end());
    }
    return all;
  }
  std::vector<Ptr> List(std::string_view ns) const {
    const std::shared_lock lock(mutex_);
    std::vector<Ptr> all;
    const auto space = objects_.find(ns);
    if (space == objects_.end()) return all;
    all.assign(space->second.begin(), space->second.end());
    return all;
  }
  std::size_t size() const {
    const std::shared_lock lock(mutex_);
    return size_;
  }

  // Returns what was there before, or null.
  Ptr Put(Ptr object) {
    const std::unique_lock lock(mutex_);
    Space& space = objects_[object->meta.ns];
    const auto [slot, added] = space.insert(object);
    if (added) {
      ++size_;
      return nullptr;
    }
    // Its name is the same, so its place is.
    const auto next = std::next(slot);
    auto taken = space.extract(slot);
    Ptr before = std::exchange(taken.value(), std::move(object));
    space.insert(next, std::move(taken));
    return before;
  }
  Ptr Remove(std::string_view ns, std::string_view name) {
    const std::unique_lock lock(mutex_);
    const auto space = objects_.find(ns);
    if (space == objects_.end()) return nullptr;
    const auto found = space->second.find(name);
    if (found == space->second.end()) return nullptr;
    Ptr before = *found;
    space->second.erase(found);
    if (space->second.empty()) objects_.erase(space);
    --size_;
    return before;
  }

 private:
  // The names stand in the objects themselves: once is enough.
  struct ByName {
    using is_transparent = void;
    bool operator()(const Ptr& a, const Ptr& b) const { return a->meta.name < b->meta.name; }
    bool operator()(const Ptr& a, std::string_view b) const { return a->meta.name < b; }
    bool operator()(std::string_view a, const Ptr& b) const { return a < b->meta.name; }
  };
  using Space = std::set<Ptr, ByName>;

  mutable std::shared_mutex mutex_;
  std::map<std::string, Space, std::less<>> objects_;
  std::size_t size_ = 0;
};

}  // namespace mpl::machinery
