// The Nodes and Pods of the synthetic cluster, as kube-apiserver stores them: with owners, managed
// fields and statuses, so that they are about as long as those of a real cluster. As JSON here, as
// protobuf in objects_protobuf.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/workload/node_state.h"

namespace mpl::bench {

// All that an object depends on: small enough to be kept in place of the object.
struct NodeRevision {
  int node = 0;
  std::uint16_t kubelet_port = 0;  // of NodeAddress(node)
  std::int64_t heartbeat_ms = 0;   // of its conditions; 0: since the cluster was born
  std::uint64_t version = 0;       // resourceVersion; 0: not stored yet
};
struct PodRevision {
  int node = 0;
  int slot = 0;
  int containers = 2;
  PodState state = {};
  std::int64_t deleted_ms = 0;  // deletionTimestamp; 0: none
  std::uint64_t version = 0;

  PodKey key() const { return {node, slot, state.generation}; }
};
// As the state of its node says.
PodRevision PodRevisionOf(const NodeState& state, int slot);

// Sorted by key.
using LabelList = std::vector<std::pair<std::string_view, std::string>>;
LabelList NodeLabels(int node);
LabelList PodLabels(int slot);

std::string NodeObject(const NodeRevision& node);
std::string PodObject(const PodRevision& pod);
// The same as meta.k8s.io/v1 PartialObjectMetadata.
std::string NodeMetadataObject(const NodeRevision& node);
std::string PodMetadataObject(const PodRevision& pod);

}  // namespace mpl::bench
