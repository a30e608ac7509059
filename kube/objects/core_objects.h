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

struct PodObject {
  ObjectMeta meta;        // without uid, generation and annotations
  std::string node_name;  // spec.nodeName; empty: not scheduled
  TextList running;       // containers, init containers included, that run by its status
};

// kMalformed on bytes or fields that are not what they should be; a field that is missing, and a
// status that makes no sense, stay empty. Bookmarks keep their annotations.
Result<NodeObject> ReadProtobufNode(std::string_view raw);
Result<PodObject> ReadProtobufPod(std::string_view raw);
Result<NodeObject> ReadJsonNode(const Json& object);
Result<PodObject> ReadJsonPod(const Json& object);
// Drops what nobody asks of a Pod, and shares what it has in common with others.
void KeepLittle(PodObject& pod);

}  // namespace mpl::objects
