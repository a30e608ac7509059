// The parts of an object that every kind has.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kube/base/error.h"
#include "kube/base/time.h"
#include "kube/objects/shared_texts.h"

namespace mpl::objects {

using Json = nlohmann::json;
using Labels = TextMap;

// Which objects: group "" is the core group.
struct Resource {
  std::string group;
  std::string version;
  std::string plural;  // "nodes"
  std::string kind;    // "Node"
  bool namespaced = false;

  std::string ApiVersion() const { return group.empty() ? version : group + "/" + version; }
  // "/api/v1/nodes", "/apis/apps/v1/namespaces/ns/deployments"; `ns` empty: all namespaces.
  std::string Path(std::string_view ns = {}) const;
  std::string Path(std::string_view ns, std::string_view name) const;
  friend bool operator==(const Resource&, const Resource&) = default;
};

struct NamespacedName {
  std::string ns;  // empty for cluster-scoped objects
  std::string name;
  // "ns/name" or "name"
  std::string ToString() const { return ns.empty() ? name : ns + "/" + name; }
  friend auto operator<=>(const NamespacedName&, const NamespacedName&) = default;
};

struct ObjectMeta {
  std::string name;
  std::string ns;
  std::string uid;
  std::string resource_version;
  std::int64_t generation = 0;
  std::optional<TimePoint> creation_timestamp;
  std::optional<TimePoint> deletion_timestamp;
  Labels labels;
  Labels annotations;

  NamespacedName Key() const { return {ns, name}; }
};
// Of a bookmark: it ends the initial list of a watch-list stream.
bool EndsInitialEvents(const ObjectMeta& bookmark);
// The same state of the same object: nothing has changed between them.
inline bool IsSameVersion(const ObjectMeta& a, const ObjectMeta& b) {
  return a.uid == b.uid && a.resource_version == b.resource_version;
}

// Reads `metadata` of an object. Missing fields stay empty; a wrong type is kMalformed and names
// the field. managedFields and ownerReferences are not kept.
Result<ObjectMeta> ParseObjectMeta(const Json& object);

// What an informer of metadata keeps, and of whole objects.
struct MetaObject {
  ObjectMeta meta;
};
struct JsonObject {
  ObjectMeta meta;
  Json json;  // without metadata.managedFields
};

}  // namespace mpl::objects
