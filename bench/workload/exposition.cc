#include "bench/workload/exposition.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <numeric>
#include <string_view>

namespace mpl::bench {
namespace {

constexpr std::int64_t kLongAgoSeconds = 30L * 24 * 3600;

struct Family {
  std::string_view name, type, help;
};

void Head(const Family& family, std::string& out) {
  out.append("# HELP ").append(family.name).append(" [STABLE] ").append(family.help);
  out.append("\n# TYPE ").append(family.name).append(" ").append(family.type).append("\n");
}

void Digits(std::int64_t value, int width, std::string& out) {
  std::array<char, 20> text{};
  for (int i = width - 1; i >= 0; --i, value /= 10) {
    text[static_cast<std::size_t>(i)] = static_cast<char>('0' + value % 10);
  }
  out.append(text.data(), static_cast<std::size_t>(width));
}

// "12345.678901"
void Seconds(std::int64_t micros, std::string& out) {
  std::array<char, 20> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), micros / 1'000'000).ptr;
  out.assign(text.data(), end);
  out += '.';
  Digits(micros % 1'000'000, 6, out);
}

// "5.1234816000e+07", as Go prints large numbers; exact below 10^11.
void Scientific(std::int64_t value, std::string& out) {
  constexpr int kDigits = 11;
  int exponent = 0;
  std::int64_t scale = 1;
  while (value / scale >= 10) scale *= 10, ++exponent;
  std::int64_t digits = value;
  for (int i = exponent; i < kDigits - 1; ++i) digits *= 10;
  out.clear();
  Digits(digits, kDigits, out);
  out.insert(1, ".");
  out += "e+";
  Digits(exponent, 2, out);
}

}  // namespace

void ExpositionWriter::Format(Texts& texts, std::int64_t cpu_micros, std::int64_t memory,
                              std::int64_t time_ms) {
  texts.shown = true;
  Seconds(cpu_micros, texts.cpu);
  Scientific(memory, texts.memory);
  texts.time.assign(" ");
  Digits(time_ms, 13, texts.time);
  texts.time += '\n';
}

void ExpositionWriter::Prepare(const NodeState& state, std::int64_t now_ms) {
  const std::size_t pods = state.pods.size();
  const auto per_pod = static_cast<std::size_t>(state.containers);
  labels_.resize(pods);
  pods_.resize(pods);
  containers_.resize(pods * per_pod);
  for (std::size_t slot = 0; slot < pods; ++slot) {
    const PodState& pod = state.pods[slot];
    const int at = static_cast<int>(slot);
    labels_[slot] = "namespace=\"" + NamespaceOf(state.node, at) + "\",pod=\"" +
                    PodName({state.node, at, pod.generation}) + "\"} ";
    std::int64_t cpu = 0;
    std::int64_t memory = 0;
    std::int64_t pod_time = 0;
    for (std::size_t i = 0; i < per_pod; ++i) {
      const int container = static_cast<int>(i);
      Texts& texts = containers_[slot * per_pod + i];
      const std::int64_t time = SampleTimeMs(state.node, at, container, now_ms);
      texts.shown = false;
      if (!pod.present || time <= pod.started_ms) continue;
      const std::int64_t used =
          CpuMicros(state, CpuMillicores(state.node, at, container), pod, time);
      const std::int64_t bytes = MemoryBytes(state.node, at, container);
      Format(texts, used, bytes, time);
      Scientific(
          pod.started_ms != 0 ? pod.started_ms / 1000 : state.epoch_ms / 1000 - kLongAgoSeconds,
          texts.start);
      cpu += used;
      memory += bytes;
      pod_time = std::max(pod_time, time);
    }
    pods_[slot].shown = pod_time != 0;
    if (pod_time != 0) Format(pods_[slot], cpu, memory, pod_time);
  }
  order_.resize(pods);
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  std::ranges::sort(order_, {},
                    [&](std::size_t slot) -> const std::string& { return labels_[slot]; });
}

void ExpositionWriter::PrepareNode(const NodeState& state, std::int64_t now_ms) {
  const std::int64_t time = SampleTimeMs(state.node, 0, -1, now_ms);
  std::int64_t millicores = kNodeOwnMillicores;
  std::int64_t bytes = kNodeOwnBytes;
  for (std::size_t slot = 0; slot < state.pods.size(); ++slot) {
    for (int container = 0; container < state.containers; ++container) {
      const int at = static_cast<int>(slot);
      millicores += CpuMillicores(state.node, at, container);
      bytes += MemoryBytes(state.node, at, container);
    }
  }
  // As if all slots were filled all the time: the node's counter must not go back with a pod.
  Format(node_, 100'000'000'000 + millicores * (time - state.epoch_ms), bytes, time);
}

void ExpositionWriter::ContainerFamily(const NodeState& state, std::string_view name,
                                       std::string Texts::* value, bool timed, std::string& out) {
  const auto per_pod = static_cast<std::size_t>(state.containers);
  for (std::size_t container = 0; container < per_pod; ++container) {
    const std::string prefix = std::string(name) + "{container=\"" +
                               std::string(ContainerName(static_cast<int>(container))) + "\",";
    for (const std::size_t slot : order_) {
      const Texts& texts = containers_[slot * per_pod + container];
      if (!texts.shown) continue;
      out.append(prefix).append(labels_[slot]);
      out.append(value != nullptr ? std::string_view(texts.*value) : "0");
      out.append(timed ? std::string_view(texts.time) : std::string_view("\n"));
    }
  }
}

void ExpositionWriter::PodFamily(std::string_view name, std::string Texts::* value,
                                 std::string& out) {
  for (const std::size_t slot : order_) {
    const Texts& texts = pods_[slot];
    if (!texts.shown) continue;
    out.append(name).append("{").append(labels_[slot]);
    out.append(value != nullptr ? std::string_view(texts.*value) : "0").append(texts.time);
  }
}

void ExpositionWriter::NodeFamily(std::string_view name, std::string Texts::* value,
                                  std::string& out) const {
  out.append(name).append(" ");
  out.append(value != nullptr ? std::string_view(node_.*value) : "0").append(node_.time);
}

void ExpositionWriter::Write(const NodeState& state, std::int64_t now_ms, std::string& out) {
  Prepare(state, now_ms);
  PrepareNode(state, now_ms);
  out.clear();
  const auto begin = [&](std::string_view name, std::string_view type, std::string_view help) {
    Head({name, type, help}, out);
    return name;
  };
  ContainerFamily(state,
                  begin("container_cpu_usage_seconds_total", "counter",
                        "Cumulative cpu time consumed by the container in core-seconds"),
                  &Texts::cpu, true, out);
  ContainerFamily(state,
                  begin("container_memory_working_set_bytes", "gauge",
                        "Current working set of the container in bytes"),
                  &Texts::memory, true, out);
  ContainerFamily(state,
                  begin("container_start_time_seconds", "gauge",
                        "Start time of the container since unix epoch in seconds"),
                  &Texts::start, false, out);
  ContainerFamily(state,
                  begin("container_swap_usage_bytes", "gauge",
                        "Current amount of the container swap usage in bytes"),
                  nullptr, true, out);
  NodeFamily(begin("node_cpu_usage_seconds_total", "counter",
                   "Cumulative cpu time consumed by the node in core-seconds"),
             &Texts::cpu, out);
  NodeFamily(
      begin("node_memory_working_set_bytes", "gauge", "Current working set of the node in bytes"),
      &Texts::memory, out);
  NodeFamily(begin("node_swap_usage_bytes", "gauge", "Current swap usage of the node in bytes"),
             nullptr, out);
  PodFamily(begin("pod_cpu_usage_seconds_total", "counter",
                  "Cumulative cpu time consumed by the pod in core-seconds"),
            &Texts::cpu, out);
  PodFamily(
      begin("pod_memory_working_set_bytes", "gauge", "Current working set of the pod in bytes"),
      &Texts::memory, out);
  PodFamily(begin("pod_swap_usage_bytes", "gauge", "Current amount of the pod swap usage in bytes"),
            nullptr, out);
  begin("resource_scrape_error", "gauge",
        "1 if there was an error while getting container metrics, 0 otherwise");
  out += "resource_scrape_error 0\n";
}

std::string KubeletBody(int node, const ClusterShape& shape, std::int64_t scrape) {
  constexpr std::int64_t kBegin = 1'795'251'242'709;
  ExpositionWriter writer;
  std::string body;
  writer.Write(FreshNode(node, shape, kBegin), kBegin + scrape * 15'000, body);
  return body;
}

}  // namespace mpl::bench
