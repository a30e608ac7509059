#include "operator/controller/endpoints.h"

#include <algorithm>
#include <map>

namespace mpl::controller {
namespace {

using objects::Json;

const Json& ListOf(const Json& object, const char* field) {
  static const Json kNone = Json::array();
  if (!object.is_object()) return kNone;
  const auto found = object.find(field);
  return found != object.end() && found->is_array() ? *found : kNone;
}

std::uint16_t HttpsPort(const Json& slice) {
  for (const Json& port : ListOf(slice, "ports")) {
    if (!port.is_object() || port.value("name", Json()) != "https") continue;
    const Json number = port.value("port", Json());
    if (number.is_number_integer()) return number.get<std::uint16_t>();
  }
  return 0;
}

bool IsReady(const Json& endpoint) {
  static const Json::json_pointer kReady("/conditions/ready");
  return !endpoint.contains(kReady) || endpoint[kReady] != Json(false);
}

bool IsTerminating(const Json& endpoint) {
  static const Json::json_pointer kTerminating("/conditions/terminating");
  return endpoint.contains(kTerminating) && endpoint[kTerminating] == Json(true);
}

}  // namespace

std::vector<Endpoint> Replicas(const std::vector<Json>& slices) {
  std::map<std::pair<std::string, std::uint16_t>, bool> found;  // value: ready
  for (const Json& slice : slices) {
    const std::uint16_t port = HttpsPort(slice);
    if (port == 0) continue;
    for (const Json& endpoint : ListOf(slice, "endpoints")) {
      const Json& addresses = ListOf(endpoint, "addresses");
      // All addresses of one endpoint are the same replica.
      if (IsTerminating(endpoint) || addresses.empty() || !addresses[0].is_string()) continue;
      bool& ready = found[{addresses[0].get<std::string>(), port}];
      ready = ready || IsReady(endpoint);
    }
  }
  std::vector<Endpoint> replicas;
  replicas.reserve(found.size());
  for (const auto& [where, ready] : found) replicas.push_back({where.first, where.second, ready});
  return replicas;
}

std::vector<Endpoint> ReadyEndpoints(const std::vector<Json>& slices) {
  std::vector<Endpoint> replicas = Replicas(slices);
  std::erase_if(replicas, [](const Endpoint& replica) { return !replica.ready; });
  return replicas;
}

}  // namespace mpl::controller
