#include "operator/plan/action.h"

namespace mpl::plan {

Json ClaimOf(Json object) {
  const auto found = object.find("data");
  if (found == object.end()) return object;
  const Json data = std::move(*found);
  object.erase(found);
  if (object.value("type", "") != "kubernetes.io/tls") return object;
  for (const char* key : {"tls.crt", "tls.key"}) object["data"][key] = data.value(key, "");
  return object;
}

}  // namespace mpl::plan
