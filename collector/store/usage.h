// What is served: rates and sizes, with the true time and span that they stand for.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kube/base/time.h"

namespace mpl::store {

struct Usage {
  std::uint64_t cpu_nanocores = 0;
  std::uint64_t memory_bytes = 0;
  std::optional<std::uint64_t> swap_bytes;
  friend bool operator==(const Usage&, const Usage&) = default;
};

// `timestamp` is when the newest of the two CPU samples was taken, `window` the distance to the
// older one: the usage is the mean over [timestamp - window, timestamp].
struct NodeUsage {
  TimePoint timestamp{};
  Duration window{};
  Usage usage;
  friend bool operator==(const NodeUsage&, const NodeUsage&) = default;
};

struct ContainerUsage {
  std::string name;
  Usage usage;
  friend bool operator==(const ContainerUsage&, const ContainerUsage&) = default;
};

// Time and window are those of the container whose newest sample is the oldest.
struct PodUsage {
  TimePoint timestamp{};
  Duration window{};
  std::vector<ContainerUsage> containers;  // by name; never empty
  friend bool operator==(const PodUsage&, const PodUsage&) = default;
};

// Whether every one of `names` is among the pod's containers.
bool Covers(const PodUsage& usage, std::span<const std::string> names);

// True when `before` has a part that `after` has not.
bool LosesPart(const PodUsage& before, const PodUsage& after);

}  // namespace mpl::store
