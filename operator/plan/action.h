// What a plan wants done, in order.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "operator/plan/names.h"

namespace mpl::plan {

// Server-side apply with force, as kFieldManager.
struct ApplyObject {
  const Resource* resource;
  Json object;
};

struct DeleteObject {
  const Resource* resource;
  std::string ns, name;
  std::string uid;  // precondition
  std::string why;
};

// application/merge-patch+json: gives an APIService back.
struct PatchObject {
  const Resource* resource;
  std::string ns, name;
  Json patch;
  std::string why;
  // In whose name, when not in ours: the fields are theirs afterwards, and nothing stays ours.
  std::string field_manager = {};
};

using Action = std::variant<ApplyObject, DeleteObject, PatchObject>;

}  // namespace mpl::plan
