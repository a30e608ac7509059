// The rights that the operator needs, and those that its installation needs, as questions for a
// SubjectAccessReview.
#pragma once

#include <string>
#include <vector>

#include "operator/diagnosis/finding.h"

namespace mpl::diagnosis {

struct Right {
  std::string group, resource, subresource, ns, name;
  std::vector<std::string> verbs;
  std::string path = {};  // of a non-resource URL, "/status"; then the others but `verbs` are empty
  std::string ToString() const;  // "apps/deployments in namespace metricspipeline-system"
  // The `spec` of a review.
  Json Question(const std::string& verb) const;
  friend bool operator==(const Right&, const Right&) = default;
};

// A namespace in which collectors run or shall run.
struct CollectorPlace {
  std::string ns;
  bool cert_manager = false;  // tls.serving.mode CertManager of a pipeline there
};
// What config/rbac gives the operator in its own namespace `ns`, and what it needs in each of
// `places`. Watches of its own namespace run whether or not a collector does.
std::vector<Right> NeededRights(const std::string& ns, const std::vector<CollectorPlace>& places);
// What `kubectl apply -k config/default` takes. Roles can be made only by somebody who holds what
// they give, or may escalate: that is asked too.
std::vector<Right> InstallRights(const std::string& ns);

// A right of which some verbs were refused.
struct MissingRight {
  Right right;
  std::vector<std::string> verbs;
  std::string remedy;
};
// `who`: "system:serviceaccount:…" or "you".
std::vector<Finding> JudgeRights(const std::string& who, const std::vector<MissingRight>& missing);
// How the operator of namespace `ns` gets a right that it needs.
std::string RemedyOf(const Right& right, const std::string& ns,
                     const std::vector<CollectorPlace>& places);

}  // namespace mpl::diagnosis
