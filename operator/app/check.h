// `check`: is this cluster ready for the operator? Every answer names what to do.
#pragma once

#include <string>
#include <vector>

#include "kube/client/kube_client.h"

namespace mpl::app {

struct Finding {
  enum class Mark { kFine, kNote, kFault } mark = Mark::kFine;
  std::string what;    // "CustomResourceDefinition is installed"
  std::string remedy;  // for a note or fault
};

// One line for each, a second one with the remedy.
std::string Describe(const std::vector<Finding>& findings);
bool HasFault(const std::vector<Finding>& findings);

// `ns` is the operator's namespace.
net::Task<Result<std::vector<Finding>>> Check(client::KubeClient& client, std::string ns);

// One right that the operator needs; see config/rbac.
struct Right {
  std::string group, resource, subresource, ns, name;
  std::vector<std::string> verbs;
  std::string ToString() const;  // "apps/deployments in metricspipeline-system"
};
std::vector<Right> NeededRights(const std::string& ns);

}  // namespace mpl::app
