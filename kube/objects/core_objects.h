// What is kept of Nodes and Pods: a whole Node is some 15 kB of JSON, a Pod 5, and there are many.
//
// Field numbers and JSON names: k8s.io/api core/v1. Pure values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

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
  bool ends_initial_events = false;  // of a bookmark, which has no name
};
inline bool EndsInitialEvents(const PodMeta& bookmark) { return bookmark.ends_initial_events; }
bool IsSameVersion(const PodMeta& a, const PodMeta& b);

struct PodObject {
  PodMeta meta;
  SharedText node_name;  // spec.nodeName; empty: not scheduled
  TextList running;      // containers, init containers included, that run by its status
};

// kMalformed on bytes or fields that are not what they should be; a field that is missing, and a
// status that makes no sense, stay empty.
Result<NodeObject> ReadProtobufNode(std::string_view raw);
Result<PodObject> ReadProtobufPod(std::string_view raw);
Result<NodeObject> ReadJsonNode(const Json& object);
Result<PodObject> ReadJsonPod(const Json& object);

}  // namespace mpl::objects
