// What a kubelet of Kubernetes 1.36 says at /metrics/resource: all its families, in its order,
// sorted by label values inside a family (recorded from a real one). Numbers have fixed widths, so
// they may end with zeros that a kubelet would leave out; nothing else differs.
//
// Cheap, because the server that is measured shares the computer: a line is four copies, each
// number is formatted once per body. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/workload/node_state.h"

namespace mpl::bench {

class ExpositionWriter {
 public:
  // Replaces `out` by the body of that node at that time. A container appears with the first sample
  // taken after its start.
  void Write(const NodeState& state, std::int64_t now_ms, std::string& out);

 private:
  struct Texts {
    bool shown = false;
    std::string cpu, memory, time, start;  // "1.5", "5.0e+07", " 1795251242709\n", "1.7e+09"
  };

  void Prepare(const NodeState& state, std::int64_t now_ms);
  void PrepareNode(const NodeState& state, std::int64_t now_ms);
  static void Format(Texts& texts, std::int64_t cpu_micros, std::int64_t memory,
                     std::int64_t time_ms);
  void ContainerFamily(const NodeState& state, std::string_view name, std::string Texts::* value,
                       bool timed, std::string& out);
  void PodFamily(std::string_view name, std::string Texts::* value, std::string& out);
  void NodeFamily(std::string_view name, std::string Texts::* value, std::string& out) const;

  std::vector<std::size_t> order_;   // slots as the kubelet's sorting puts them
  std::vector<std::string> labels_;  // by slot: namespace="…",pod="…"
  std::vector<Texts> containers_;    // by slot × containers
  std::vector<Texts> pods_;          // by slot
  Texts node_;
};

// The body of a fresh node at the begin of scrape number `scrape`, 15 s apart; for
// micro-benchmarks.
std::string KubeletBody(int node, const ClusterShape& shape, std::int64_t scrape);

}  // namespace mpl::bench
