// spec.collector.sizing Proportional: requests of the collector's container that grow with the
// cluster, in steps, because each change replaces the pods. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "operator/plan/names.h"
#include "operator/plan/observed.h"

namespace mpl::plan {

// On the collector's Deployment: the SizingBasis, so that it outlives the operator's process.
inline constexpr std::string_view kSizedForAnnotation = "metricspipeline.dev/sized-for";

// The size of cluster that requests are worked out for: always somewhat more than there is.
struct SizingBasis {
  int nodes = 0;
  int pods = 0;
  friend bool operator==(const SizingBasis&, const SizingBasis&) = default;
};

// "125 nodes, 3750 pods", and back; nothing for a Deployment (or null) that has no such annotation.
std::string ToText(const SizingBasis& basis);
std::optional<SizingBasis> ReadBasis(const Json& deployment);

// What the replicas that take requests know of; nothing while none does.
std::optional<SizingBasis> SeenCluster(const std::vector<ReplicaReport>& reports);

// Hysteresis: `current` stays until the cluster has outgrown it, or half of its memory would do
// with a quarter to spare. What comes in its place has that quarter. `seen` nothing: nobody knows,
// so nothing changes.
SizingBasis ChooseBasis(const std::optional<SizingBasis>& current,
                        const std::optional<SizingBasis>& seen);

// `resources` as in the API of Pod, with requests.cpu and requests.memory for that cluster: at
// least what stands there as request, at most what stands there as limit.
Json SizedResources(const Json& resources, const SizingBasis& basis);

// `resources` with every request lowered to its limit where that is less: with a limit alone the
// CRD's default would stand above it, and kube-apiserver refuses such pods.
Json WithinLimits(Json resources);

}  // namespace mpl::plan
