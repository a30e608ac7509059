// All pods in the order of their keys in etcd, "namespace/name", by arithmetic: a list can begin
// anywhere and nothing has to be sorted or kept. Generations do not matter: one slot has one pod.
#pragma once

#include <compare>
#include <optional>
#include <string_view>

#include "bench/workload/cluster.h"

namespace mpl::bench {

// A place in the order, whether or not a pod stands there. `space` numbers the namespaces.
struct PodPosition {
  int space = 0;
  int slot = 0;
  int node = 0;
  friend auto operator<=>(const PodPosition&, const PodPosition&) = default;
};

class PodOrder {
 public:
  explicit PodOrder(const ClusterShape& shape) : shape_(shape) {}

  // The first slot of a pod at or behind a place; nothing at the end.
  std::optional<PodPosition> AtOrAfter(PodPosition position) const;
  // The number of a namespace; nothing for names that the cluster does not have.
  std::optional<int> SpaceOf(std::string_view ns) const;

 private:
  int spaces() const;

  ClusterShape shape_;
};

}  // namespace mpl::bench
