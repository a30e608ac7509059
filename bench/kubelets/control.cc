#include "bench/kubelets/control.h"

#include <algorithm>
#include <utility>

#include "bench/workload/objects.h"

namespace mpl::bench {
namespace {

NodeRange RangeOf(const Query& query) {
  return {NumberParameter(query.query, "from", 0), NumberParameter(query.query, "count", 1)};
}

}  // namespace

ControlAnswer Control::Answer(const Query& query, std::int64_t now_ms) {
  if (query.path == "/counters") return {.body = counters_.ToJson()};
  if (query.path.starts_with("/objects/")) return {.body = Objects(query)};
  return Change(query, now_ms);
}

std::string Control::Objects(const Query& query) const {
  const NodeRange range = RangeOf(query);
  const int end = std::min(fleet_.size(), range.from + range.count);
  std::string lines;
  for (int node = std::max(0, range.from); node < end; ++node) {
    if (query.path == "/objects/nodes") {
      lines += NodeObject({.node = node, .kubelet_port = kubelet_port_}) + "\n";
      continue;
    }
    const NodeState& state = fleet_.node(node);
    for (int slot = 0; slot < static_cast<int>(state.pods.size()); ++slot) {
      const PodRevision pod = PodRevisionOf(state, slot);
      if (pod.state.present) lines += PodObject(pod) + "\n";
    }
  }
  return lines;
}

ControlAnswer Control::Change(const Query& query, std::int64_t now_ms) {
  std::string lines;
  const int count = NumberParameter(query.query, "count", 1);
  if (query.path == "/fault") {
    const auto kind = ParseFaultKind(Parameter(query.query, "kind"));
    if (!kind) return {.status = 400, .body = "unknown kind\n"};
    fleet_.SetFault(
        RangeOf(query),
        {*kind, std::chrono::milliseconds(NumberParameter(query.query, "delay_ms", 0))});
  } else if (query.path == "/replace") {
    for (const auto& [gone, born, before] : fleet_.ReplacePods(count, now_ms)) {
      lines += R"({"namespace":")" + NamespaceOf(gone.node, gone.slot) + R"(","gone":")" +
               PodName(gone) + R"(","born":)" +
               PodObject(PodRevisionOf(fleet_.node(born.node), born.slot)) + "}\n";
    }
  } else if (query.path == "/restart") {
    for (const PodKey& pod : fleet_.RestartPods(count, now_ms)) lines += PodName(pod) + "\n";
  } else if (query.path == "/present") {
    fleet_.SetPresent(RangeOf(query), NumberParameter(query.query, "slot", 0),
                      NumberParameter(query.query, "present", 1) != 0, now_ms);
  } else {
    return {.status = 404, .body = "see bench/kubelets/control.h\n"};
  }
  return {.body = std::move(lines)};
}

}  // namespace mpl::bench
