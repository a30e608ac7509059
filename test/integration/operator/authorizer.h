// What RBAC says on the real API server: whether somebody may do something, and what all he may do.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "test/integration/operator/fixture.h"
#include "test/support/kube_apiserver/audit.h"

namespace mpl::test {

// "system:serviceaccount:metricspipeline-system:NAME"
std::string ServiceAccount(const std::string& name);
inline const std::string kOperatorAccount = "metricspipeline-operator";

// SubjectAccessReviews as the API server answers them, one for each request.
std::vector<bool> AllAllowed(const std::string& service_account,
                             const std::vector<AuditEvent>& requests);
bool AllowedPath(const std::string& service_account, const std::string& path);

// SelfSubjectRulesReview: "get pods", "patch configmaps cluster-collector-pins", without what every
// service account may do. Holds for `ns` and cluster-scoped resources.
std::set<std::string> RightsIn(const std::string& ns, const std::string& service_account);

// One thing that a rule allows.
struct Right {
  std::string verb, group, resource, name;  // resource: "pods", "serviceaccounts/token"
  bool path = false;                        // a nonResourceURL, in `resource`
  std::string ToString() const;
};

// A role of config/rbac that is bound to the operator.
struct BoundRole {
  std::string kind, name, ns;  // ns: of a Role
  std::string scope;           // where it is bound; empty: everywhere

  Json Rules() const;
  void SetRules(const Json& rules) const;
  // Whether the right made this request possible. Server-side apply of something new takes create;
  // where the API server does not stream lists, a watch begins with list (informer_test.cc).
  bool Made(const Right& right, const AuditEvent& request) const;
};
const std::vector<BoundRole>& OperatorsRoles();
std::vector<Right> RightsOf(const Json& rule);

// The same rule without one right: perhaps several rules, perhaps none.
Json Without(const Json& rule, const Right& right);

}  // namespace mpl::test
