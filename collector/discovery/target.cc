#include "collector/discovery/target.h"

#include <algorithm>
#include <span>

namespace mpl::discovery {
namespace {

constexpr std::uint16_t kKubeletPort = 10250;
constexpr const char* kPathAnnotation = "metrics.k8s.io/resource-metrics-path";

// Kubernetes sets no limit, and a kubelet writes its own. With two families of addresses, a host
// name and names in a cloud's DNS it is some ten.
constexpr std::size_t kMostAddresses = 32;

void AddOnce(std::vector<std::string>& list, const std::string& text) {
  if (std::ranges::find(list, text) == list.end()) list.push_back(text);
}

}  // namespace

bool Selected(const objects::ObjectMeta& node, const config::ScrapeConfig& config) {
  return config.node_selector.Matches(node.labels);
}

ScrapeTarget MakeTarget(const objects::NodeObject& node, const config::ScrapeConfig& config) {
  ScrapeTarget target;
  target.node = node.meta.name;
  target.uid = node.meta.uid;
  target.boot_id = node.boot_id;
  const auto addresses =
      std::span(node.addresses).first(std::min(node.addresses.size(), kMostAddresses));
  for (const std::string& type : config.address_types) {
    for (const objects::NodeAddress& address : addresses) {
      if (address.type == type) AddOnce(target.candidates, address.address);
    }
  }
  for (const objects::NodeAddress& address : addresses) {
    AddOnce(target.identities, address.address);
  }
  AddOnce(target.identities, node.meta.name);
  target.port = config.port_source == config::PortSource::kFixed ? config.port_number
                : node.kubelet_port != 0                         ? node.kubelet_port
                                                                 : kKubeletPort;
  target.ready = node.ready;
  const auto path = node.meta.annotations.find(kPathAnnotation);
  if (path != node.meta.annotations.end() && path->second.starts_with('/')) {
    target.path = path->second;
  }
  return target;
}

}  // namespace mpl::discovery
