// What one answer of one kubelet says: the counters and gauges as they were read, before any rate.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "kube/base/time.h"

namespace mpl::store {

// The reading of one node or container. CPU and memory have a time each: the kubelet stamps every
// family, and a rate must use the CPU's.
struct Reading {
  bool has_cpu = false;
  bool has_memory = false;
  bool has_swap = false;
  bool has_start = false;
  TimePoint cpu_time{};
  TimePoint memory_time{};
  TimePoint start{};                  // when the container started
  std::uint64_t cpu_nanoseconds = 0;  // used since the start
  std::uint64_t memory_bytes = 0;     // working set
  std::uint64_t swap_bytes = 0;
};

struct ContainerName {
  std::string_view ns;
  std::string_view pod;
  std::string_view container;
};

// The names point into the body that was parsed: valid as long as its owner says.
struct ContainerReading {
  std::string_view ns;
  std::string_view pod;
  std::string_view container;
  Reading reading;
};

struct NodeBatch {
  Reading node;
  std::vector<ContainerReading> containers;  // each (ns, pod, container) at most once
};

// What /stats/summary says: rates that the kubelet worked out itself.
struct SummaryReading {
  TimePoint time{};
  std::uint64_t cpu_nanocores = 0;
  std::uint64_t memory_bytes = 0;
  bool has_cpu = false;
  bool has_memory = false;
};

struct SummaryBatch {
  SummaryReading node;
  struct Container {
    std::string_view ns;
    std::string_view pod;
    std::string_view container;
    SummaryReading reading;
  };
  std::vector<Container> containers;
};

}  // namespace mpl::store
