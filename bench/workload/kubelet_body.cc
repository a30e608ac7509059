#include "bench/workload/kubelet_body.h"

#include <array>
#include <cstdio>
#include <string_view>

namespace mpl::bench {
namespace {

constexpr std::int64_t kBegin = 1'795'251'242'709;  // milliseconds
constexpr std::array<const char*, 2> kContainers = {"app", "sidecar"};

struct Family {
  std::string_view name;
  std::string_view type;
  bool per_container;
  bool per_pod;
  bool stamped;
};

constexpr std::array kFamilies = {
    Family{"container_cpu_usage_seconds_total", "counter", true, false, true},
    Family{"container_memory_working_set_bytes", "gauge", true, false, true},
    Family{"container_start_time_seconds", "gauge", true, false, false},
    Family{"container_swap_usage_bytes", "gauge", true, false, true},
    Family{"node_cpu_usage_seconds_total", "counter", false, false, true},
    Family{"node_memory_working_set_bytes", "gauge", false, false, true},
    Family{"node_swap_usage_bytes", "gauge", false, false, true},
    Family{"pod_cpu_usage_seconds_total", "counter", false, true, true},
    Family{"pod_memory_working_set_bytes", "gauge", false, true, true},
    Family{"pod_swap_usage_bytes", "gauge", false, true, true},
    Family{"resource_scrape_error", "gauge", false, false, false},
};

std::string Value(const Family& family, int pod, std::int64_t scrape) {
  std::array<char, 40> text{};
  if (family.name.contains("cpu")) {
    std::snprintf(text.data(), text.size(), "%.6f",
                  1000.0 + pod * 7.25 + static_cast<double>(scrape) * 3.141592);
  } else if (family.name.contains("start_time")) {
    std::snprintf(text.data(), text.size(), "%.9e", 1.795e9 + pod);
  } else if (family.name.contains("memory")) {
    std::snprintf(text.data(), text.size(), "%.6e", 5.0e7 + pod * 4096.0);
  } else {
    return "0";
  }
  return text.data();
}

void Series(std::string& body, const Family& family, std::string_view labels, int pod,
            std::int64_t scrape) {
  body.append(family.name).append(labels).append(" ").append(Value(family, pod, scrape));
  if (family.stamped) body.append(" ").append(std::to_string(kBegin + scrape * 15'000 + pod));
  body += '\n';
}

std::string PodLabels(int node, int pod) {
  return "namespace=\"" + NamespaceOf(pod) + "\",pod=\"" + PodName(node, pod) + "\"}";
}

}  // namespace

std::string PodName(int node, int pod) {
  return "deployment-name-6f7c9d8b5-" + std::to_string(10'000 + node) + "-" + std::to_string(pod);
}

std::string NamespaceOf(int pod) { return "team-" + std::to_string(pod % 10); }

std::string KubeletBody(int node, const NodeShape& shape, std::int64_t scrape) {
  std::string body;
  for (const Family& family : kFamilies) {
    body.append("# HELP ")
        .append(family.name)
        .append(" [STABLE] help text of this family\n# TYPE ");
    body.append(family.name).append(" ").append(family.type).append("\n");
    if (!family.per_container && !family.per_pod) Series(body, family, "", 0, scrape);
    for (int pod = 0; pod < shape.pods && (family.per_container || family.per_pod); ++pod) {
      const std::string labels = PodLabels(node, pod);
      if (family.per_pod) Series(body, family, "{" + labels, pod, scrape);
      for (int c = 0; c < shape.containers_per_pod && family.per_container; ++c) {
        const char* name = kContainers[static_cast<std::size_t>(c) % kContainers.size()];
        Series(body, family, "{container=\"" + std::string(name) + "\"," + labels, pod, scrape);
      }
    }
  }
  return body;
}

}  // namespace mpl::bench
