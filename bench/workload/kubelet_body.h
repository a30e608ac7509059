// Bodies as a kubelet of Kubernetes 1.36 writes them at /metrics/resource: all its families, in its
// order, sorted inside a family.
#pragma once

#include <cstdint>
#include <string>

namespace mpl::bench {

struct NodeShape {
  int pods = 30;
  int containers_per_pod = 2;
};

std::string PodName(int node, int pod);
std::string NamespaceOf(int pod);  // ten namespaces, "team-0" to "team-9"

// `scrape` moves every counter and timestamp on by one step of 15 s.
std::string KubeletBody(int node, const NodeShape& shape, std::int64_t scrape);

}  // namespace mpl::bench
