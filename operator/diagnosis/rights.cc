#include "operator/diagnosis/rights.h"

#include <algorithm>

#include "kube/base/text.h"

namespace mpl::diagnosis {
namespace {

const std::vector<std::string> kKeep = {"get", "list", "watch", "create", "patch", "delete"};
const std::string kRbac = "rbac.authorization.k8s.io";

// ClusterRole metricspipeline-operator-namespaced without what the operator uses at home only.
std::vector<Right> RightsAt(const CollectorPlace& place) {
  const std::string& ns = place.ns;
  std::vector<Right> rights = {
      {"", "pods", "", ns, "", {"get", "list"}},
      {"discovery.k8s.io", "endpointslices", "", ns, "", {"list", "watch"}},
      {"apps", "deployments", "", ns, "", kKeep},
      {"policy", "poddisruptionbudgets", "", ns, "", kKeep},
      {kRbac, "roles", "", ns, "", kKeep},
      {kRbac, "rolebindings", "", ns, "", kKeep},
      {"", "serviceaccounts", "token", ns, "", {"create"}},
  };
  for (const char* kind : {"serviceaccounts", "services", "configmaps", "secrets"}) {
    rights.push_back({"", kind, "", ns, "", kKeep});
  }
  if (place.cert_manager) {
    rights.push_back(
        {"cert-manager.io", "certificates", "", ns, "", {"get", "create", "patch", "delete"}});
  }
  return rights;
}

void AddEach(std::vector<Right>& rights, const std::vector<Right>& more) {
  for (const Right& right : more) {
    if (std::ranges::find(rights, right) == rights.end()) rights.push_back(right);
  }
}

}  // namespace

std::string Right::ToString() const {
  if (!path.empty()) return path;
  std::string text = group.empty() ? resource : group + "/" + resource;
  if (!subresource.empty()) text += "/" + subresource;
  if (!name.empty()) text += " \"" + name + "\"";
  if (!ns.empty()) text += " in namespace " + ns;
  return text;
}

Json Right::Question(const std::string& verb) const {
  if (!path.empty()) return {{"nonResourceAttributes", {{"path", path}, {"verb", verb}}}};
  Json attributes = {{"group", group}, {"resource", resource}, {"verb", verb}};
  if (!subresource.empty()) attributes["subresource"] = subresource;
  if (!ns.empty()) attributes["namespace"] = ns;
  if (!name.empty()) attributes["name"] = name;
  return {{"resourceAttributes", std::move(attributes)}};
}

std::vector<Right> NeededRights(const std::string& ns, const std::vector<CollectorPlace>& places) {
  const std::string ours = "metricspipeline.dev";
  std::vector<Right> rights = {
      {ours, "metricspipelines", "", "", "", {"get", "list", "watch", "patch"}},
      {ours, "metricspipelines", "status", "", "", {"patch"}},
      {ours, "metricspipelines", "finalizers", "", "", {"update"}},
      {"apiextensions.k8s.io",
       "customresourcedefinitions",
       "",
       "",
       "metricspipelines.metricspipeline.dev",
       {"get"}},
      {kRbac, "clusterrolebindings", "", "", "", kKeep},
      {kRbac, "rolebindings", "", "kube-system", "", kKeep},
      {kRbac, "roles", "", "kube-system", "extension-apiserver-authentication-reader", {"bind"}},
      {"", "services", "", "kube-system", "metrics-server", {"get"}},
      {"", "namespaces", "", "", "", {"list", "watch"}},
      {"metrics.k8s.io", "nodes", "", "", "", {"list"}},
      {"", "", "", "", "", {"get"}, "/status"},
      {"events.k8s.io", "events", "", "default", "", {"create", "patch"}},
      {"coordination.k8s.io", "leases", "", ns, "", {"get", "create", "update"}},
  };
  for (const char* role :
       {"metricspipeline-collector", "metricspipeline-scraper", "system:auth-delegator"}) {
    rights.push_back({kRbac, "clusterroles", "", "", role, {"bind"}});
  }
  for (const char* name : {"v1.metrics.k8s.io", "v1beta1.metrics.k8s.io"}) {
    rights.push_back({"apiregistration.k8s.io", "apiservices", "", "", name, kKeep});
  }
  AddEach(rights, RightsAt({ns}));
  for (const CollectorPlace& place : places) AddEach(rights, RightsAt(place));
  return rights;
}

std::vector<Right> InstallRights(const std::string& ns) {
  const std::vector<std::string> apply = {"get", "create", "patch"};
  return {
      {"", "namespaces", "", "", ns, apply},
      {"apiextensions.k8s.io", "customresourcedefinitions", "", "", "", apply},
      {kRbac, "clusterroles", "", "", "", {"get", "create", "patch", "escalate", "bind"}},
      {kRbac, "clusterrolebindings", "", "", "", apply},
      {kRbac, "roles", "", "kube-system", "", {"get", "create", "patch", "escalate", "bind"}},
      {kRbac, "rolebindings", "", "kube-system", "", apply},
      {kRbac, "rolebindings", "", ns, "", apply},
      {"", "serviceaccounts", "", ns, "", apply},
      {"apps", "deployments", "", ns, "", apply},
      {"policy", "poddisruptionbudgets", "", ns, "", apply},
      {"metricspipeline.dev", "metricspipelines", "", "", "", {"get", "create", "patch"}},
  };
}

std::string RemedyOf(const Right& right, const std::string& ns,
                     const std::vector<CollectorPlace>& places) {
  const bool elsewhere = right.ns != ns && std::ranges::any_of(places, [&](const auto& place) {
                           return place.ns == right.ns;
                         });
  if (!elsewhere) return "kubectl apply -k config/rbac";
  // In kube-system config/rbac makes a RoleBinding metricspipeline-operator of its own.
  return "kubectl -n " + right.ns +
         " create rolebinding metricspipeline-operator-namespaced "
         "--clusterrole=metricspipeline-operator-namespaced --serviceaccount=" +
         ns + ":metricspipeline-operator, after kubectl apply -k config/rbac";
}

std::vector<Finding> JudgeRights(const std::string& who, const std::vector<MissingRight>& missing) {
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
              "what needs it fails with 403 (Forbidden)", entry.remedy));
  }
  return findings;
}

}  // namespace mpl::diagnosis
