// The objects that an informer knows, ordered by namespace and name.
//
// Thread-safe: one writer (the informer), any number of readers. Readers get shared pointers to
// immutable objects, so nothing they hold changes under them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <span>
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
    const auto found = Find(space->second, name);
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
  // A part of List(): up to `most` objects behind this place, which need not be there; an empty
  // name stands before all of its namespace. Part by part a long list is read without that a writer
  // waits long or anybody holds on to old objects. What comes or goes meanwhile is there or not,
  // but nothing comes twice.
  std::vector<Ptr> ListBehind(std::string_view ns, std::string_view name, std::size_t most) const {
    return Part(ns, name, most, false);
  }
  // The same, of this namespace alone.
  std::vector<Ptr> ListWithinBehind(std::string_view ns, std::string_view name,
                                    std::size_t most) const {
    return Part(ns, name, most, true);
  }
  std::size_t size() const {
    const std::shared_lock lock(mutex_);
    return size_;
  }

  // In the place of all that is there: `objects` in the order of List(), each once.
  void Assign(std::span<const Ptr> objects) {
    Spaces next;
    auto space = next.end();
    for (const Ptr& object : objects) {
      if (space == next.end() || space->first != object->meta.ns) {
        space = next.emplace_hint(next.end(), object->meta.ns, Space());
      }
      space->second.push_back(object);
    }
    const std::unique_lock lock(mutex_);
    objects_.swap(next);  // the old ones go when the lock is open again
    size_ = objects.size();
  }
  // Returns what was there before, or null.
  Ptr Put(Ptr object) {
    const std::unique_lock lock(mutex_);
    Space& space = objects_[object->meta.ns];
    const auto place = LowerBound(space, object->meta.name);
    if (place != space.end() && (*place)->meta.name == object->meta.name) {
      return std::exchange(*place, std::move(object));
    }
    space.insert(place, std::move(object));
    ++size_;
    return nullptr;
  }
  Ptr Remove(std::string_view ns, std::string_view name) {
    const std::unique_lock lock(mutex_);
    const auto space = objects_.find(ns);
    if (space == objects_.end()) return nullptr;
    const auto found = Find(space->second, name);
    if (found == space->second.end()) return nullptr;
    Ptr before = *found;
    space->second.erase(found);
    if (space->second.empty()) objects_.erase(space);
    --size_;
    return before;
  }

 private:
  // By name. Beside a tree this is a third of the memory and goes through in one sweep; to put an
  // object among 100,000 moves a megabyte, which is a tenth of a millisecond.
  using Space = std::vector<Ptr>;
  using Spaces = std::map<std::string, Space, std::less<>>;

  static auto LowerBound(auto& space, std::string_view name) {
    return std::ranges::lower_bound(space, name, std::less<>(), NameOf);
  }
  static auto Find(auto& space, std::string_view name) {
    const auto place = LowerBound(space, name);
    return place != space.end() && NameOf(*place) == name ? place : space.end();
  }
  static std::string_view NameOf(const Ptr& object) { return object->meta.name; }

  std::vector<Ptr> Part(std::string_view ns, std::string_view name, std::size_t most,
                        bool within) const {
    const std::shared_lock lock(mutex_);
    std::vector<Ptr> part;
    for (auto space = objects_.lower_bound(ns); space != objects_.end() && part.size() < most;
         ++space) {
      const bool first = space->first == ns;
      if (within && !first) break;
      const Space& all = space->second;
      const auto from =
          first ? std::ranges::upper_bound(all, name, std::less<>(), NameOf) : all.begin();
      const auto room = static_cast<std::ptrdiff_t>(most - part.size());
      part.insert(part.end(), from, from + std::min(room, all.end() - from));
    }
    return part;
  }

  mutable std::shared_mutex mutex_;
  Spaces objects_;
  std::size_t size_ = 0;
};

}  // namespace mpl::machinery
