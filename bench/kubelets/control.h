// The control port: what the runner asks of the simulation, plain HTTP on 127.0.0.1.
//
//   GET  /counters                                        JSON, see counters.h
//   GET  /objects/nodes?from=0&count=100                  one JSON object a line
//   GET  /objects/pods?from=0&count=100                   pods of these nodes, one a line
//   POST /fault?kind=slow&from=0&count=10&delay_ms=3000   kinds: see fleet.h; "none" heals
//   POST /drop                                            closes every kubelet connection
//   POST /replace?count=100     pods go and others come; one line each: {"gone": name, "born":
//   object} POST /restart?count=100     containers start again; their pods, one a line POST
//   /present?from=0&count=10&slot=3&present=0        a slot's pods go (0) or come (1)
#pragma once

#include <cstdint>
#include <string>

#include "bench/kubelets/counters.h"
#include "bench/kubelets/fleet.h"
#include "bench/kubelets/message.h"

namespace mpl::bench {

class Control {
 public:
  Control(Fleet& fleet, const Counters& counters, std::uint16_t kubelet_port)
      : fleet_(fleet), counters_(counters), kubelet_port_(kubelet_port) {}

  enum class Outcome { kDone, kDropConnections };
  // Reads one request from the socket and answers it. Blocks for at most a second: whoever has the
  // control port is trusted.
  Outcome Serve(int descriptor, std::int64_t now_ms);

  // The answer alone: status in `status`, body returned.
  std::string Answer(const Query& query, std::int64_t now_ms, int& status, Outcome& outcome);

 private:
  std::string Objects(const Query& query) const;
  std::string Change(const Query& query, std::int64_t now_ms, int& status);

  Fleet& fleet_;
  const Counters& counters_;
  std::uint16_t kubelet_port_;
};

}  // namespace mpl::bench
