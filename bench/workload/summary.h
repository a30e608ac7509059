// What a kubelet says at /stats/summary: the rates that it has worked out itself, with the other
// figures that make a real one long (file systems, network).
#pragma once

#include <cstdint>
#include <string>

#include "bench/workload/node_state.h"

namespace mpl::bench {

std::string WriteSummary(const NodeState& state, std::int64_t now_ms);

}  // namespace mpl::bench
