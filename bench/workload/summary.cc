#include "bench/workload/summary.h"

#include <fmt/format.h>
#include <chrono>

#include "kube/base/time.h"

namespace mpl::bench {
namespace {

std::string Rfc3339(std::int64_t ms) {
  return FormatRfc3339(TimePoint(std::chrono::milliseconds(ms)));
}

std::string Usage(std::int64_t millicores, std::int64_t cpu_micros, std::int64_t bytes,
                  std::int64_t time_ms) {
  const std::string time = Rfc3339(time_ms);
  return fmt::format(
      R"("cpu":{{"time":"{}","usageNanoCores":{},"usageCoreNanoSeconds":{}}},)"
      R"("memory":{{"time":"{}","usageBytes":{},"workingSetBytes":{},"rssBytes":{},"pageFaults":12345,)"
      R"("majorPageFaults":17}})",
      time, millicores * 1'000'000, cpu_micros * 1000, time, bytes + 8'000'000, bytes,
      bytes - 4'000'000);
}

std::string FileSystem(std::string_view name, std::int64_t time_ms) {
  return fmt::format(
      R"("{}":{{"time":"{}","availableBytes":41278640128,"capacityBytes":105087164416,"usedBytes":28672,)"
      R"("inodesFree":6470101,"inodes":6553600,"inodesUsed":9}})",
      name, Rfc3339(time_ms));
}

std::string Pod(const NodeState& state, int slot, std::int64_t now_ms) {
  const PodState& pod = state.pods[static_cast<std::size_t>(slot)];
  std::string containers;
  for (int i = 0; i < state.containers; ++i) {
    const std::int64_t time = SampleTimeMs(state.node, slot, i, now_ms);
    if (time <= pod.started_ms) continue;
    const int millicores = CpuMillicores(state.node, slot, i);
    if (!containers.empty()) containers += ',';
    containers +=
        fmt::format(R"({{"name":"{}","startTime":"{}",{},{},{}}})", ContainerName(i),
                    Rfc3339(pod.started_ms != 0 ? pod.started_ms : state.epoch_ms - 86'400'000),
                    Usage(millicores, CpuMicros(state, millicores, pod, time),
                          MemoryBytes(state.node, slot, i), time),
                    FileSystem("rootfs", time), FileSystem("logs", time));
  }
  if (containers.empty()) return {};
  return fmt::format(
      R"({{"podRef":{{"name":"{}","namespace":"{}","uid":"{:08x}-0000-4000-8000-{:012x}"}},)"
      R"("containers":[{}],{},"process_stats":{{"process_count":4}}}})",
      PodName({state.node, slot, pod.generation}), NamespaceOf(state.node, slot), state.node,
      slot * 1000 + pod.generation, containers, FileSystem("ephemeral-storage", now_ms));
}

}  // namespace

std::string WriteSummary(const NodeState& state, std::int64_t now_ms) {
  std::string pods;
  std::int64_t millicores = kNodeOwnMillicores;
  std::int64_t bytes = kNodeOwnBytes;
  for (int slot = 0; slot < static_cast<int>(state.pods.size()); ++slot) {
    for (int i = 0; i < state.containers; ++i) {
      millicores += CpuMillicores(state.node, slot, i);
      bytes += MemoryBytes(state.node, slot, i);
    }
    if (!state.pods[static_cast<std::size_t>(slot)].present) continue;
    const std::string pod = Pod(state, slot, now_ms);
    if (!pod.empty()) pods += (pods.empty() ? "" : ",") + pod;
  }
  const std::int64_t time = SampleTimeMs(state.node, 0, -1, now_ms);
  return fmt::format(
      R"({{"node":{{"nodeName":"{}","startTime":"{}",{},{}}},"pods":[{}]}})", NodeName(state.node),
      Rfc3339(state.epoch_ms - 86'400'000),
      Usage(millicores, 100'000'000'000 + millicores * (time - state.epoch_ms), bytes, time),
      FileSystem("fs", time), pods);
}

}  // namespace mpl::bench
