// The Nodes and Pods of the synthetic cluster, as kube-apiserver stores them: with owners, managed
// fields and statuses, so that they are about as long as those of a real cluster.
#pragma once

#include <cstdint>
#include <string>

#include "bench/workload/node_state.h"

namespace mpl::bench {

// JSON. The kubelet is said to listen on `port` of NodeAddress(node).
std::string NodeObject(int node, std::uint16_t port);
std::string PodObject(const NodeState& state, int slot);

}  // namespace mpl::bench
