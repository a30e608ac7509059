// Puts a whole new list into a store and says what that changed, deletions included: what went away
// while we did not look.
#pragma once

#include <map>
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

template <class T>
using StagedObjects = std::map<objects::NamespacedName, std::shared_ptr<const T>>;

// Objects with an unchanged uid and resourceVersion are no change. Deletions come first, so that a
// handler frees before it takes. An object recreated under its name is one change with both sides.
template <class T>
std::vector<StoreChange<T>> ReplaceAll(ObjectStore<T>& store, StagedObjects<T> staged) {
  std::vector<StoreChange<T>> changes;
  for (const auto& old : store.List()) {
    if (!staged.contains(old->meta.Key())) {
      changes.push_back({store.Remove(old->meta.ns, old->meta.name), nullptr});
    }
  }
  for (auto& [key, object] : staged) {
    const auto old = store.Get(key.ns, key.name);
    if (old != nullptr && old->meta.uid == object->meta.uid &&
        old->meta.resource_version == object->meta.resource_version) {
      continue;
    }
    auto before = store.Put(object);
    changes.push_back({std::move(before), std::move(object)});
  }
  return changes;
}

}  // namespace mpl::machinery
