// From a Node object to what a scraper has to know of it. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "collector/config/config.h"
#include "kube/objects/core_objects.h"

namespace mpl::discovery {

struct ScrapeTarget {
  std::string node;
  std::string uid;
  std::string boot_id;  // status.nodeInfo.bootID; empty: not reported
  // Where to dial, best first: by address type in the order of the configuration, then as the Node
  // lists them. IP literals without brackets, or DNS names. Empty: no address of a wanted type.
  std::vector<std::string> candidates;
  // Everything that a certificate of this node may carry: every address of any type, and its name.
  std::vector<std::string> identities;
  std::uint16_t port = 10250;
  bool ready = false;  // condition Ready is True
  // Annotation metrics.k8s.io/resource-metrics-path, as with metrics-server.
  std::string path = "/metrics/resource";

  friend bool operator==(const ScrapeTarget&, const ScrapeTarget&) = default;
};

// True when the node is to be scraped at all.
bool Selected(const objects::ObjectMeta& node, const config::ScrapeConfig& config);
ScrapeTarget MakeTarget(const objects::NodeObject& node, const config::ScrapeConfig& config);

}  // namespace mpl::discovery
