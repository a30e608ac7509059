#include "operator/plan/action.h"

namespace mpl::plan {

bool Refusals::Allow(const Action& action) const {
  if (!any_) return true;
  if (const auto* apply = std::get_if<ApplyObject>(&action)) {
    return apply->regardless && !secret_;
  }
  if (const auto* remove = std::get_if<DeleteObject>(&action)) {
    return *remove->resource == ApiServices();
  }
  return *std::get<PatchObject>(action).resource == ApiServices();
}

void Refusals::Add(const Action& action) {
  any_ = true;
  const auto* apply = std::get_if<ApplyObject>(&action);
  if (apply != nullptr && *apply->resource == Secrets()) secret_ = true;
}

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
