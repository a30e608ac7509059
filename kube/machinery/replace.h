// Puts a whole new list into a store and says what that changed, deletions included: what went away
// while we did not look.
#pragma once

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include "kube/machinery/object_store.h"
#include "kube/objects/meta.h"

namespace mpl::machinery {

// `before` is null for an object that is new, `after` for one that is gone.
template <class T>
struct StoreChange {
  std::shared_ptr<const T> before;
  std::shared_ptr<const T> after;
};

// What a list and the events behind it have brought so far. Kept as it came, in one piece of
// memory: a map of 150,000 objects that lives for a second leaves holes behind that nothing fills.
template <class T>
class StagedObjects {
 public:
  using Ptr = std::shared_ptr<const T>;

  void Put(Ptr object) { events_.push_back({std::move(object), true}); }
  void Remove(Ptr object) { events_.push_back({std::move(object), false}); }
  void Clear() { events_ = {}; }
  // Each object as the last event has left it, in the order of ObjectStore::List(); nothing stays.
  std::vector<Ptr> Take() {
    std::ranges::stable_sort(events_, Before, &Event::object);
    std::vector<Ptr> objects;
    objects.reserve(events_.size());
    for (std::size_t i = 0; i < events_.size(); ++i) {
      const bool last = i + 1 == events_.size() || Before(events_[i].object, events_[i + 1].object);
      if (last && events_[i].there) objects.push_back(std::move(events_[i].object));
    }
    Clear();
    return objects;
  }

  static bool Before(const Ptr& a, const Ptr& b) {
    const std::string& space = a->meta.ns;
    const int spaces = space.compare(b->meta.ns);
    return spaces != 0 ? spaces < 0 : a->meta.name < b->meta.name;
  }

 private:
  struct Event {
    Ptr object;
    bool there = true;
  };
  std::vector<Event> events_;
};

// Objects with an unchanged uid and resourceVersion are no change. Deletions come first, so that a
// handler frees before it takes. An object recreated under its name is one change with both sides.
template <class T>
std::vector<StoreChange<T>> ReplaceAll(ObjectStore<T>& store, StagedObjects<T>& staged) {
  const auto before = StagedObjects<T>::Before;
  auto objects = staged.Take();
  const auto known = store.List();
  std::vector<StoreChange<T>> changes;
  std::vector<StoreChange<T>> came;
  auto old = known.begin();
  for (auto& object : objects) {
    for (; old != known.end() && before(*old, object); ++old) changes.push_back({*old, nullptr});
    if (old == known.end() || before(object, *old)) {
      came.push_back({nullptr, object});
      continue;
    }
    if (IsSameVersion((*old)->meta, object->meta)) {
      object = *old;
    } else {
      came.push_back({*old, object});
    }
    ++old;
  }
  for (; old != known.end(); ++old) changes.push_back({*old, nullptr});
  store.Assign(objects);
  std::ranges::move(came, std::back_inserter(changes));
  return changes;
}

}  // namespace mpl::machinery
