// The control port: what the runner asks of the simulation, plain HTTP on 127.0.0.1.
//
//   GET  /counters                                        JSON, see counters.h
//   GET  /objects/nodes?from=0&count=100                  one JSON object a line
//   GET  /objects/pods?from=0&count=100                   pods of these nodes, one a line
//   POST /fault?kind=slow&from=0&count=10&delay_ms=3000   kinds: see fleet.h; "none" heals
//   POST /drop                                            closes every kubelet connection
//   POST /replace?count=100    pods go, others come; a line each: {"gone": name, "born": object}
//   POST /restart?count=100    containers start again; their pods, one a line
//   POST /present?from=0&count=10&slot=3&present=0        a slot's pods go (0) or come (1)
#pragma once

#include <cstdint>
#include <string>

#include "bench/kubelets/counters.h"
#include "bench/kubelets/fleet.h"
#include "bench/serving/control_port.h"

namespace mpl::bench {

class Control {
 public:
  Control(Fleet& fleet, const Counters& counters, std::uint16_t kubelet_port)
      : fleet_(fleet), counters_(counters), kubelet_port_(kubelet_port) {}

  // All but /drop, which is the server's own.
  ControlAnswer Answer(const Query& query, std::int64_t now_ms);

 private:
  std::string Objects(const Query& query) const;
  ControlAnswer Change(const Query& query, std::int64_t now_ms);

  Fleet& fleet_;
  const Counters& counters_;
  std::uint16_t kubelet_port_;
};

}  // namespace mpl::bench
