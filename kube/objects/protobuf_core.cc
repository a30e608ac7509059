// Nodes and Pods from protobuf. Field numbers: k8s.io/api core/v1/generated.proto.
#include "kube/objects/core_objects.h"
#include "kube/objects/protobuf_meta.h"
#include "kube/objects/protobuf_reading.h"

namespace mpl::objects {
namespace {

// Calls `on_field(reader)` for every field; it answers false for those that it did not take.
template <class OnField>
void ForEach(pbf_reader reader, OnField on_field) {
  while (reader.next()) {
    if (!on_field(reader)) reader.skip();
  }
}

// The string in field `field`; the last one, as protobuf has it.
std::string TextIn(pbf_reader reader, std::uint32_t field) {
  std::string text;
  ForEach(reader, [&](pbf_reader& at) {
    if (at.tag_and_type() != Bytes(field)) return false;
    text = at.get_string();
    return true;
  });
  return text;
}

// NodeAddress{1: type, 2: address}
void ReadAddress(pbf_reader reader, NodeObject& node) {
  NodeAddress address;
  ForEach(reader, [&](pbf_reader& at) {
    if (at.tag_and_type() == Bytes(1)) {
      address.type = at.get_string();
    } else if (at.tag_and_type() == Bytes(2)) {
      address.address = at.get_string();
    } else {
      return false;
    }
    return true;
  });
  if (!address.address.empty()) node.addresses.push_back(std::move(address));
}

// NodeCondition{1: type, 2: status}
bool IsReady(pbf_reader reader) {
  return TextIn(reader, 1) == "Ready" && TextIn(reader, 2) == "True";
}

// NodeDaemonEndpoints{1: kubeletEndpoint}, DaemonEndpoint{1: Port}
std::uint16_t ReadPort(pbf_reader reader) {
  std::int32_t port = 0;
  ForEach(reader, [&](pbf_reader& at) {
    if (at.tag_and_type() != Bytes(1)) return false;
    ForEach(at.get_message(), [&](pbf_reader& endpoint) {
      if (endpoint.tag_and_type() != Varint(1)) return false;
      port = endpoint.get_int32();
      return true;
    });
    return true;
  });
  return port <= 0 || port > UINT16_MAX ? std::uint16_t{0} : static_cast<std::uint16_t>(port);
}

// NodeStatus{4: conditions, 5: addresses, 6: daemonEndpoints, 7: nodeInfo{3: bootID}}
void ReadNodeStatus(pbf_reader reader, NodeObject& node) {
  ForEach(reader, [&](pbf_reader& at) {
    switch (at.tag_and_type()) {
      case Bytes(4):
        node.ready = IsReady(at.get_message()) || node.ready;
        return true;
      case Bytes(5):
        ReadAddress(at.get_message(), node);
        return true;
      case Bytes(6):
        node.kubelet_port = ReadPort(at.get_message());
        return true;
      case Bytes(7):
        node.boot_id = TextIn(at.get_message(), 3);
        return true;
      default:
        return false;
    }
  });
}

// ContainerStatus{1: name, 2: state}, ContainerState{2: running}
void ReadContainerStatus(pbf_reader reader, TextList& running_ones) {
  std::string name;
  bool running = false;
  ForEach(reader, [&](pbf_reader& at) {
    if (at.tag_and_type() == Bytes(1)) {
      name = at.get_string();
    } else if (at.tag_and_type() == Bytes(2)) {
      ForEach(at.get_message(), [&](pbf_reader& state) {
        running = running || state.tag_and_type() == Bytes(2);
        return false;
      });
    } else {
      return false;
    }
    return true;
  });
  if (running) running_ones.push_back(std::move(name));
}

// PodStatus{8: containerStatuses, 10: initContainerStatuses}
void ReadPodStatus(pbf_reader reader, TextList& running) {
  ForEach(reader, [&](pbf_reader& at) {
    if (at.tag_and_type() != Bytes(8) && at.tag_and_type() != Bytes(10)) return false;
    ReadContainerStatus(at.get_message(), running);
    return true;
  });
}

}  // namespace

// Node{1: metadata, 3: status}
Result<NodeObject> ReadProtobufNode(std::string_view raw) {
  auto meta = ReadProtobufMeta(raw);
  if (!meta) return std::unexpected(std::move(meta.error()));
  return Guard<NodeObject>("node", [&] {
    NodeObject node;
    node.meta = *std::move(meta);
    ForEach(pbf_reader(View(raw)), [&](pbf_reader& at) {
      if (at.tag_and_type() != Bytes(3)) return false;
      ReadNodeStatus(at.get_message(), node);
      return true;
    });
    return node;
  });
}

// Pod{1: metadata, 2: spec{10: nodeName}, 3: status}
Result<PodObject> ReadProtobufPod(std::string_view raw) {
  auto meta = ReadProtobufMeta(raw);
  if (!meta) return std::unexpected(std::move(meta.error()));
  return Guard<PodObject>("pod", [&] {
    PodObject pod;
    pod.meta = PodMeta(*std::move(meta));
    TextList running;
    ForEach(pbf_reader(View(raw)), [&](pbf_reader& at) {
      if (at.tag_and_type() == Bytes(2)) {
        pod.node_name = Shared(TextIn(at.get_message(), 10));
      } else if (at.tag_and_type() == Bytes(3)) {
        ReadPodStatus(at.get_message(), running);
      } else {
        return false;
      }
      return true;
    });
    pod.running = Shared(std::move(running));
    return pod;
  });
}

}  // namespace mpl::objects
