#include "operator/plan/sizing.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>

#include "kube/objects/quantity.h"

namespace mpl::plan {
namespace {

// Where the figures come from. Memory: a collector of the demonstration cluster (2 nodes, some 20
// pods) holds 2 to 3 MiB. With 5,000 nodes and 150,000 pods 123 MB, 172 MB after lists of all pods,
// and 0.23 s of CPU a cycle were measured (docs/performance.md), which is 15m at 15 s. On top comes
// what was not measured: bodies and answers under way, metadata of nodes and pods, a burst of
// requests, a resolution of 5 s. So twice to ten times.
constexpr std::int64_t kMiB = 1 << 20;
constexpr std::int64_t kBaseBytes = 32 * kMiB;
constexpr std::int64_t kNodeBytes = 48 << 10;
constexpr std::int64_t kPodBytes = 1536;
constexpr std::int64_t kBaseMillicores = 20;
constexpr std::int64_t kNodesPerMillicore = 50;
constexpr std::int64_t kPodsPerMillicore = 2500;

// Numbers that a scheduler's administrator can read.
constexpr std::int64_t kStepBytes = 16 * kMiB;
constexpr std::int64_t kStepMillicores = 10;

// Clusters up to here are all alike.
constexpr SizingBasis kLeast = {10, 300};

std::int64_t RoundUp(std::int64_t value, std::int64_t step) {
  return (value + step - 1) / step * step;
}

std::int64_t Bytes(const SizingBasis& basis) {
  return RoundUp(kBaseBytes + basis.nodes * kNodeBytes + basis.pods * kPodBytes, kStepBytes);
}

std::int64_t Millicores(const SizingBasis& basis) {
  return RoundUp(
      kBaseMillicores + basis.nodes / kNodesPerMillicore + basis.pods / kPodsPerMillicore,
      kStepMillicores);
}

SizingBasis WithSpare(const SizingBasis& seen) {
  const auto more = [](int count) {
    return static_cast<int>((static_cast<std::int64_t>(count) * 5 + 3) / 4);
  };
  return {std::max(more(seen.nodes), kLeast.nodes), std::max(more(seen.pods), kLeast.pods)};
}

// Of resources[part][name], times 10⁹; nothing when it is absent or no quantity.
std::optional<std::int64_t> Given(const Json& resources, const char* part, const char* name) {
  const Json::json_pointer at("/" + std::string(part) + "/" + name);
  if (!resources.contains(at)) return std::nullopt;
  const Json& value = resources[at];
  const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  return std::string_view(name) == "cpu" ? objects::ParseNanocores(text)
                                         : objects::ParseBytes(text);
}

// The request that stands there stays as it is written when it is enough.
void Raise(Json& resources, const char* name, std::int64_t wanted, const std::string& text) {
  if (const auto limit = Given(resources, "limits", name); limit && *limit < wanted) {
    resources["requests"][name] = resources["limits"][name];
    return;
  }
  if (const auto least = Given(resources, "requests", name); least && *least >= wanted) return;
  resources["requests"][name] = text;
}

// Whether quantity `a` is less than `b`; false when one is none. In 10⁻⁹ while both fit.
bool IsLess(const Json& a, const Json& b) {
  const auto text = [](const Json& value) {
    return value.is_string() ? value.get<std::string>() : value.dump();
  };
  const auto fine_a = objects::ParseNanocores(text(a)), fine_b = objects::ParseNanocores(text(b));
  if (fine_a && fine_b) return *fine_a < *fine_b;
  const auto whole_a = objects::ParseBytes(text(a)), whole_b = objects::ParseBytes(text(b));
  return whole_a && whole_b && *whole_a < *whole_b;
}

}  // namespace

std::string ToText(const SizingBasis& basis) {
  return std::to_string(basis.nodes) + " nodes, " + std::to_string(basis.pods) + " pods";
}

std::optional<SizingBasis> ReadBasis(const Json& deployment) {
  static const Json::json_pointer kAt("/metadata/annotations/metricspipeline.dev~1sized-for");
  if (!deployment.contains(kAt) || !deployment[kAt].is_string()) return std::nullopt;
  SizingBasis basis;
  const auto& text = deployment[kAt].get_ref<const std::string&>();
  if (std::sscanf(text.c_str(), "%9d nodes, %9d pods", &basis.nodes, &basis.pods) != 2) {
    return std::nullopt;
  }
  // Only what we write ourselves: anything else is made anew.
  return ToText(basis) == text && basis.nodes >= 0 && basis.pods >= 0 ? std::optional(basis)
                                                                      : std::nullopt;
}

std::optional<SizingBasis> SeenCluster(const std::vector<ReplicaReport>& reports) {
  std::optional<SizingBasis> seen;
  for (const ReplicaReport& report : reports) {
    if (!report.ready) continue;
    if (!seen) seen.emplace();
    seen->nodes = std::max(seen->nodes, report.nodes_total);
    seen->pods = std::max(seen->pods, report.pods);
  }
  return seen;
}

SizingBasis ChooseBasis(const std::optional<SizingBasis>& current,
                        const std::optional<SizingBasis>& seen) {
  if (!seen) return current.value_or(kLeast);
  const SizingBasis fresh = WithSpare(*seen);
  if (!current) return fresh;
  if (seen->nodes > current->nodes || seen->pods > current->pods) return fresh;
  return 2 * Bytes(fresh) <= Bytes(*current) ? fresh : *current;
}

Json SizedResources(const Json& resources, const SizingBasis& basis) {
  Json sized = resources.is_object() ? resources : Json::object();
  const std::int64_t millicores = Millicores(basis);
  const std::int64_t bytes = Bytes(basis);
  Raise(sized, "cpu", millicores * 1'000'000, std::to_string(millicores) + "m");
  Raise(sized, "memory", bytes, std::to_string(bytes / kMiB) + "Mi");
  return sized;
}

Json WithinLimits(Json resources) {
  const bool both = resources.is_object() && resources.value("requests", Json()).is_object() &&
                    resources.value("limits", Json()).is_object();
  if (!both) return resources;
  for (auto& [name, request] : resources["requests"].items()) {
    const auto limit = resources["limits"].find(name);
    if (limit != resources["limits"].end() && IsLess(*limit, request)) request = *limit;
  }
  return resources;
}

}  // namespace mpl::plan
