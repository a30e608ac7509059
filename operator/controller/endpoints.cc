#include "operator/controller/endpoints.h"

#include <set>

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

}  // namespace

std::vector<Endpoint> ReadyEndpoints(const std::vector<Json>& slices) {
  std::set<Endpoint> found;
  for (const Json& slice : slices) {
    const std::uint16_t port = HttpsPort(slice);
    if (port == 0) continue;
    for (const Json& endpoint : ListOf(slice, "endpoints")) {
      const Json& addresses = ListOf(endpoint, "addresses");
      // All addresses of one endpoint are the same replica.
      if (!IsReady(endpoint) || addresses.empty() || !addresses[0].is_string()) continue;
      found.insert({addresses[0].get<std::string>(), port});
    }
  }
  return {found.begin(), found.end()};
}

}  // namespace mpl::controller
