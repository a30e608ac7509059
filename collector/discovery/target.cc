#include "collector/discovery/target.h"

#include <algorithm>

namespace mpl::discovery {
namespace {

using objects::Json;

constexpr std::uint16_t kKubeletPort = 10250;
constexpr const char* kPathAnnotation = "metrics.k8s.io/resource-metrics-path";

// The member at the end of `path`; null when any step is missing.
const Json* At(const Json& object, std::initializer_list<const char*> path) {
  const Json* at = &object;
  for (const char* name : path) {
    if (!at->is_object()) return nullptr;
    const auto found = at->find(name);
    if (found == at->end()) return nullptr;
    at = &*found;
  }
  return at;
}

std::string TextAt(const Json& object, std::initializer_list<const char*> path) {
  const Json* text = At(object, path);
  return text != nullptr && text->is_string() ? text->get<std::string>() : std::string();
}

struct Address {
  std::string type;
  std::string address;
};

std::vector<Address> Addresses(const Json& node) {
  std::vector<Address> addresses;
  const Json* list = At(node, {"status", "addresses"});
  if (list == nullptr || !list->is_array()) return addresses;
  for (const Json& item : *list) {
    Address address{TextAt(item, {"type"}), TextAt(item, {"address"})};
    if (!address.address.empty()) addresses.push_back(std::move(address));
  }
  return addresses;
}

void AddOnce(std::vector<std::string>& list, const std::string& text) {
  if (std::ranges::find(list, text) == list.end()) list.push_back(text);
}

bool IsReady(const Json& node) {
  const Json* conditions = At(node, {"status", "conditions"});
  if (conditions == nullptr || !conditions->is_array()) return false;
  return std::ranges::any_of(*conditions, [](const Json& condition) {
    return TextAt(condition, {"type"}) == "Ready" && TextAt(condition, {"status"}) == "True";
  });
}

std::uint16_t PortOf(const Json& node, const config::ScrapeConfig& config) {
  if (config.port_source == config::PortSource::kFixed) return config.port_number;
  // The API spells this one with a capital letter.
  const Json* port = At(node, {"status", "daemonEndpoints", "kubeletEndpoint", "Port"});
  if (port == nullptr || !port->is_number_integer()) return kKubeletPort;
  const auto number = port->get<std::int64_t>();
  return number <= 0 || number > 65535 ? kKubeletPort : static_cast<std::uint16_t>(number);
}

}  // namespace

bool Selected(const objects::ObjectMeta& node, const config::ScrapeConfig& config) {
  return config.node_selector.Matches(node.labels);
}

ScrapeTarget MakeTarget(const objects::JsonObject& node, const config::ScrapeConfig& config) {
  ScrapeTarget target;
  target.node = node.meta.name;
  target.uid = node.meta.uid;
  target.boot_id = TextAt(node.json, {"status", "nodeInfo", "bootID"});
  const auto addresses = Addresses(node.json);
  for (const std::string& type : config.address_types) {
    for (const Address& address : addresses) {
      if (address.type == type) AddOnce(target.candidates, address.address);
    }
  }
  for (const Address& address : addresses) AddOnce(target.identities, address.address);
  AddOnce(target.identities, node.meta.name);
  target.port = PortOf(node.json, config);
  target.ready = IsReady(node.json);
  const auto path = node.meta.annotations.find(kPathAnnotation);
  if (path != node.meta.annotations.end() && path->second.starts_with('/')) {
    target.path = path->second;
  }
  return target;
}

}  // namespace mpl::discovery
