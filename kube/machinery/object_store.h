// The objects that an informer knows, ordered by namespace and name.
//
// Thread-safe: one writer (the informer), any number of readers. Readers get shared pointers to
// immutable objects, so nothing they hold changes under them.
#pragma once

#include <map>
#include <memory>
#include <mutex>
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
    return found == space->second.end() ? nullptr : found->second;
  }

  // Sorted by namespace, then name (bytewise).
  std::vector<Ptr> List() const {
    const std::shared_lock lock(mutex_);
    std::vector<Ptr> all;
    all.reserve(size_);
    for (const auto& [ns, space] : objects_) {
      for (const auto& [name, object] : space) all.push_back(object);
    }
    return all;
  }
  std::vector<Ptr> List(std::string_view ns) const {
    const std::shared_lock lock(mutex_);
    std::vector<Ptr> all;
    const auto space = objects_.find(ns);
    if (space == objects_.end()) return all;
    all.reserve(space->second.size());
    for (const auto& [name, object] : space->second) all.push_back(object);
    return all;
  }
  std::size_t size() const {
    const std::shared_lock lock(mutex_);
    return size_;
  }

  // Returns what was there before, or null.
  Ptr Put(Ptr object) {
    const std::unique_lock lock(mutex_);
    Ptr& slot = objects_[object->meta.ns][object->meta.name];
    Ptr before = std::exchange(slot, std::move(object));
    if (before == nullptr) ++size_;
    return before;
  }
  Ptr Remove(std::string_view ns, std::string_view name) {
    const std::unique_lock lock(mutex_);
    const auto space = objects_.find(ns);
    if (space == objects_.end()) return nullptr;
    const auto found = space->second.find(name);
    if (found == space->second.end()) return nullptr;
    Ptr before = found->second;
    space->second.erase(found);
    if (space->second.empty()) objects_.erase(space);
    --size_;
    return before;
  }

 private:
  mutable std::shared_mutex mutex_;
  std::map<std::string, std::map<std::string, Ptr, std::less<>>, std::less<>> objects_;
  std::size_t size_ = 0;
};

}  // namespace mpl::machinery
