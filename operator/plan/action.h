// What a plan wants done, in order.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "operator/plan/names.h"

namespace mpl::plan {

// Server-side apply with force, as kFieldManager.
struct ApplyObject {
  const Resource* resource;
  Json object;
  // The resourceVersion that the content was worked out from, empty when there was no such object:
  // kConflict when it is another one by now. Nothing: any version will do.
  // Keys that were just made, and registrations: what somebody else wrote meanwhile has to be seen
  // before it is undone.
  std::optional<std::string> based_on = {};
  // See Refusals: what keeps the API up while another child is refused.
  bool regardless = false;
};

struct DeleteObject {
  const Resource* resource;
  std::string ns, name;
  std::string uid;  // precondition
  std::string why;
  // Likewise the resourceVersion, of what may be somebody else's by now; empty: any.
  std::string based_on = {};
  bool tell = false;  // people hear `why` by an Event
};

// application/merge-patch+json: gives an APIService back, or lets a pipeline go.
struct PatchObject {
  const Resource* resource;
  std::string ns, name;
  Json patch;
  std::string why;
  // The field manager that owns our fields afterwards (see HandBack); empty: they stay ours.
  std::string hand_to = {};
};

using Action = std::variant<ApplyObject, DeleteObject, PatchObject>;

// Which actions of a plan go ahead after one of them was refused. A registration that is withdrawn
// or given back always does; the pipeline whose promise that was stays. What is `regardless` does
// unless a Secret is not in place: its keys may have been made for this plan, and nothing may be
// signed by, or trust, what nobody can read.
class Refusals {
 public:
  bool Allow(const Action& action) const;
  // It was refused, or not allowed.
  void Add(const Action& action);

 private:
  bool any_ = false;
  bool secret_ = false;
};

// What to create before the apply where nothing stands yet, so that a racing creator is noticed.
// managedFields keeps for good what was created, beside what is applied, and no apply takes such a
// key away again: so of the data only the keys that the type of a Secret asks for.
Json ClaimOf(Json object);

}  // namespace mpl::plan
