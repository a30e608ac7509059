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
  std::string ToString() const;  // "apps/deployments in namespace metricspipeline-system"
  // As spec.resourceAttributes of a review.
  Json Attributes(const std::string& verb) const;
};

// What config/rbac gives the operator; `ns` is its namespace.
std::vector<Right> NeededRights(const std::string& ns);
// What `kubectl apply -k config/default` takes. Roles can be made only by somebody who holds what
// they give, or may escalate: that is asked too.
std::vector<Right> InstallRights(const std::string& ns);

// A right of which some verbs were refused.
struct MissingRight {
  Right right;
  std::vector<std::string> verbs;
};
// `who`: "system:serviceaccount:…" or "you".
std::vector<Finding> JudgeRights(const std::string& who, const std::vector<MissingRight>& missing,
                                 const std::string& remedy);

}  // namespace mpl::diagnosis
