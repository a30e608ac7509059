#include "operator/diagnosis/rights.h"

#include "kube/base/text.h"

namespace mpl::diagnosis {
namespace {

const std::vector<std::string> kKeep = {"get", "list", "watch", "create", "patch", "delete"};

}  // namespace

std::string Right::ToString() const {
  std::string text = group.empty() ? resource : group + "/" + resource;
  if (!subresource.empty()) text += "/" + subresource;
  if (!name.empty()) text += " \"" + name + "\"";
  if (!ns.empty()) text += " in namespace " + ns;
  return text;
}

Json Right::Attributes(const std::string& verb) const {
  Json attributes = {{"group", group}, {"resource", resource}, {"verb", verb}};
  if (!subresource.empty()) attributes["subresource"] = subresource;
  if (!ns.empty()) attributes["namespace"] = ns;
  if (!name.empty()) attributes["name"] = name;
  return attributes;
}

std::vector<Right> NeededRights(const std::string& ns) {
  const std::string rbac = "rbac.authorization.k8s.io";
  const std::string ours = "metricspipeline.dev";
  std::vector<Right> rights = {
      {ours, "metricspipelines", "", "", "", {"get", "list", "watch", "patch"}},
      {ours, "metricspipelines", "status", "", "", {"patch"}},
      {ours, "metricspipelines", "finalizers", "", "", {"update"}},
      {rbac, "clusterrolebindings", "", "", "", kKeep},
      {rbac, "rolebindings", "", "kube-system", "", kKeep},
      {rbac, "roles", "", "kube-system", "extension-apiserver-authentication-reader", {"bind"}},
      {"", "services", "", "kube-system", "metrics-server", {"get"}},
      {"", "namespaces", "", "", "", {"list", "watch"}},
      {"metrics.k8s.io", "nodes", "", "", "", {"list"}},
      {"events.k8s.io", "events", "", "default", "", {"create", "patch"}},
      {"", "pods", "", ns, "", {"get", "list"}},
      {"discovery.k8s.io", "endpointslices", "", ns, "", {"list", "watch"}},
      {"apps", "deployments", "", ns, "", kKeep},
      {"policy", "poddisruptionbudgets", "", ns, "", kKeep},
      {rbac, "roles", "", ns, "", kKeep},
      {rbac, "rolebindings", "", ns, "", kKeep},
      {"coordination.k8s.io", "leases", "", ns, "", {"get", "create", "update"}},
      {"", "serviceaccounts", "token", ns, "", {"create"}},
  };
  for (const char* role :
       {"metricspipeline-collector", "metricspipeline-scraper", "system:auth-delegator"}) {
    rights.push_back({rbac, "clusterroles", "", "", role, {"bind"}});
  }
  for (const char* name : {"v1.metrics.k8s.io", "v1beta1.metrics.k8s.io"}) {
    rights.push_back({"apiregistration.k8s.io", "apiservices", "", "", name, kKeep});
  }
  for (const char* kind : {"serviceaccounts", "services", "configmaps", "secrets"}) {
    rights.push_back({"", kind, "", ns, "", kKeep});
  }
  return rights;
}

std::vector<Right> InstallRights(const std::string& ns) {
  const std::string rbac = "rbac.authorization.k8s.io";
  const std::vector<std::string> apply = {"get", "create", "patch"};
  return {
      {"", "namespaces", "", "", ns, apply},
      {"apiextensions.k8s.io", "customresourcedefinitions", "", "", "", apply},
      {rbac, "clusterroles", "", "", "", {"get", "create", "patch", "escalate", "bind"}},
      {rbac, "clusterrolebindings", "", "", "", apply},
      {rbac, "roles", "", "kube-system", "", {"get", "create", "patch", "escalate", "bind"}},
      {rbac, "rolebindings", "", "kube-system", "", apply},
      {rbac, "rolebindings", "", ns, "", apply},
      {"", "serviceaccounts", "", ns, "", apply},
      {"apps", "deployments", "", ns, "", apply},
      {"policy", "poddisruptionbudgets", "", ns, "", apply},
      {"metricspipeline.dev", "metricspipelines", "", "", "", {"get", "create", "patch"}},
  };
}

std::vector<Finding> JudgeRights(const std::string& who, const std::vector<MissingRight>& missing,
                                 const std::string& remedy) {
  if (missing.empty()) {
    return {Fine(subject::kRights,
                 who + (who == "you" ? " have" : " has") + " every right that is needed")};
  }
  std::vector<Finding> findings;
  findings.reserve(missing.size());
  for (const MissingRight& entry : missing) {
    findings.push_back(
        Fault(subject::kRights,
              who + " may not " + Join(entry.verbs, ", ") + " " + entry.right.ToString(),
              "what needs it fails with 403 (Forbidden)", remedy));
  }
  return findings;
}

}  // namespace mpl::diagnosis
