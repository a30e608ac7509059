// Whether a child still stands as it was applied, and who changed it. Pure.
#pragma once

#include <string>
#include <vector>

#include "operator/plan/names.h"

namespace mpl::plan {

// True when every field of `intent` has its value in `live`. What Go leaves out of JSON (null,
// false, 0, "", empty) may be missing. Lists compare by position, quantities as text: a false
// answer may be wrong, a true one never is.
bool Holds(const Json& live, const Json& intent);

// Whether the API server must refuse an update of `live` to `intent` because of what can never
// change: the role of a binding, the type of a Secret, all of an immutable one, and an object that
// another controller owns. What is refused for another reason must not be deleted for it.
bool CannotBecome(const Json& live, const Json& intent);

// A child that is put right.
struct Drift {
  std::string object;               // "Deployment ns/cluster-collector"
  bool deleted = false;             // it is not there any more
  std::string manager;              // field manager of who changed it; empty: it is not told
  std::vector<std::string> fields;  // "spec.replicas"; empty when a field was removed
  friend bool operator==(const Drift&, const Drift&) = default;
};

// Reads metadata.managedFields of `live` (fieldsV1: meta/v1, FieldsV1; structured-merge-diff's
// value/serialize-pe.go says how keys are spelled): another manager than ours that owns a field of
// `intent` with another value; failing that, the other one that wrote last.
Drift FindDrift(const std::string& object, const Json& live, const Json& intent);

// managedFields in which we own nothing any more: what we own by a patch goes to `manager`, to what
// it applied if it does that, else to what it updated. So its next apply meets no conflict.
Json HandBack(const Json& managed_fields, const std::string& manager);

// The text of an Event: what happened, who did it, what to do instead.
std::string Describe(const Drift& drift);

}  // namespace mpl::plan
