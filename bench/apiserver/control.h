// The control port: what the runner asks of the simulation, plain HTTP on 127.0.0.1. The first
// three changes are those of bench/kubelets, which has to be told as well.
//
//   GET  /counters                                   JSON, see counters.h
//   POST /replace?count=100                          pods go, others come
//   POST /restart?count=100                          containers start again: their pods change
//   POST /present?from=0&count=10&slot=3&present=0   a slot's pods go (0) or come (1)
//   POST /nodes?from=0&count=10&present=0            nodes leave the API (0) or come back (1)
//   POST /touch?from=0&count=10                      nodes get a heartbeat
//   POST /drop                                       closes every connection
#pragma once

#include <cstdint>

#include "bench/apiserver/counters.h"
#include "bench/apiserver/registry.h"
#include "bench/serving/control_port.h"

namespace mpl::bench {

class ApiControl {
 public:
  ApiControl(Registry& registry, const ApiCounters& counters)
      : registry_(registry), counters_(counters) {}

  // All but /drop, which is the server's own.
  ControlAnswer Answer(const Query& query, std::int64_t now_ms);

 private:
  Registry& registry_;
  const ApiCounters& counters_;
};

}  // namespace mpl::bench
