// What is kept of Nodes and Pods: a whole Node is some 15 kB of JSON, a Pod 5, and there are many.
//
// Field numbers and JSON names: k8s.io/api core/v1. Pure values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kube/base/bookmark.h"
#include "kube/base/error.h"
#include "kube/objects/meta.h"

namespace mpl::objects {

struct NodeAddress {
  std::string type;  // "InternalIP", "Hostname", …
  std::string address;
  friend bool operator==(const NodeAddress&, const NodeAddress&) = default;
};

struct NodeObject {
  ObjectMeta meta;
  std::vector<NodeAddress> addresses;  // as the Node lists them; none is empty
  std::uint16_t kubelet_port = 0;      // status.daemonEndpoints.kubeletEndpoint.Port; 0: not said
  std::string boot_id;                 // status.nodeInfo.bootID; empty: not reported
  bool ready = false;                  // condition Ready is True
};

// What somebody asks of a Pod's metadata; with 150,000 pods 100 bytes less are 15 MB.
struct PodMeta {
  PodMeta() = default;
  // Shares what it has in common with others.
  explicit PodMeta(ObjectMeta meta);

  std::string name;
  SharedText ns;
  std::string resource_version;
  TimePoint creation_timestamp{};  // zero: not said
  Labels labels;
};
// A bookmark was never created: of one that ends the initial list, this stands where the time does.
inline constexpr TimePoint kEndsInitialEvents = TimePoint::max();
inline bool EndsInitialEvents(const PodMeta& bookmark) {
  return bookmark.name.empty() && bookmark.creation_timestamp == kEndsInitialEvents;
}
bool IsSameVersion(const PodMeta& a, const PodMeta& b);

// With the two counters of a shared pointer it fills a block of 160 bytes of the allocator's to the
// last; the next size is 192.
struct PodObject {
  PodMeta meta;
  SharedText node_name;  // spec.nodeName; empty: not scheduled
  TextList running;      // containers, init containers included, that run by its status
  Bookmark usage;        // of who looks for its usage in each list of all pods
};
static_assert(sizeof(void*) != 8 || sizeof(PodObject) + 16 <= 160);

// kMalformed on bytes or fields that are not what they should be; a field that is missing, and a
// status that makes no sense, stay empty.
Result<NodeObject> ReadProtobufNode(std::string_view raw);
Result<PodObject> ReadProtobufPod(std::string_view raw);
Result<NodeObject> ReadJsonNode(const Json& object);
Result<PodObject> ReadJsonPod(const Json& object);

}  // namespace mpl::objects
