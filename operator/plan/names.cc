#include "operator/plan/names.h"

namespace mpl::plan {
namespace {

Resource Core(std::string plural, std::string kind, bool namespaced = true) {
  return {"", "v1", std::move(plural), std::move(kind), namespaced};
}

Resource Rbac(std::string plural, std::string kind, bool namespaced = true) {
  return {"rbac.authorization.k8s.io", "v1", std::move(plural), std::move(kind), namespaced};
}

}  // namespace

const Resource& ServiceAccounts() {
  static const Resource kResource = Core("serviceaccounts", "ServiceAccount");
  return kResource;
}
const Resource& Roles() {
  static const Resource kResource = Rbac("roles", "Role");
  return kResource;
}
const Resource& RoleBindings() {
  static const Resource kResource = Rbac("rolebindings", "RoleBinding");
  return kResource;
}
const Resource& ClusterRoleBindings() {
  static const Resource kResource = Rbac("clusterrolebindings", "ClusterRoleBinding", false);
  return kResource;
}
const Resource& ConfigMaps() {
  static const Resource kResource = Core("configmaps", "ConfigMap");
  return kResource;
}
const Resource& Secrets() {
  static const Resource kResource = Core("secrets", "Secret");
  return kResource;
}
const Resource& Services() {
  static const Resource kResource = Core("services", "Service");
  return kResource;
}
const Resource& Deployments() {
  static const Resource kResource{"apps", "v1", "deployments", "Deployment", true};
  return kResource;
}
const Resource& PodDisruptionBudgets() {
  static const Resource kResource{"policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget",
                                  true};
  return kResource;
}
const Resource& Certificates() {
  static const Resource kResource{"cert-manager.io", "v1", "certificates", "Certificate", true};
  return kResource;
}
const Resource& ApiServices() {
  static const Resource kResource{"apiregistration.k8s.io", "v1", "apiservices", "APIService",
                                  false};
  return kResource;
}
const Resource& Namespaces() {
  static const Resource kResource = Core("namespaces", "Namespace", false);
  return kResource;
}
const Resource& EndpointSlices() {
  static const Resource kResource{"discovery.k8s.io", "v1", "endpointslices", "EndpointSlice",
                                  true};
  return kResource;
}
const Resource& Nodes() {
  static const Resource kResource{"", "v1", "nodes", "Node", false};
  return kResource;
}
const Resource& Pods() {
  static const Resource kResource = Core("pods", "Pod");
  return kResource;
}

const std::vector<const Resource*>& NamespacedChildKinds() {
  static const std::vector<const Resource*> kKinds = {
      &ServiceAccounts(), &Roles(),    &RoleBindings(), &ConfigMaps(),
      &Secrets(),         &Services(), &Deployments(),  &PodDisruptionBudgets()};
  return kKinds;
}

const std::vector<std::string>& MetricsVersions() {
  static const std::vector<std::string> kVersions = {"v1", "v1beta1"};
  return kVersions;
}

std::string ApiServiceName(std::string_view version) {
  return std::string(version) + "." + std::string(kMetricsGroup);
}

Names::Names(std::string_view pipeline_name, std::string_view collector_ns)
    : pipeline(pipeline_name),
      ns(collector_ns),
      collector(pipeline + "-collector"),
      scraper(pipeline + "-scraper"),
      config(pipeline + "-collector"),
      pins(pipeline + "-collector-pins"),
      authority(pipeline + "-collector-ca"),
      serving(pipeline + "-collector-serving"),
      certificate(pipeline + "-collector-certificate"),
      collector_role("metricspipeline-" + pipeline + "-collector"),
      delegator_role("metricspipeline-" + pipeline + "-auth-delegator"),
      scraper_role("metricspipeline-" + pipeline + "-scraper"),
      reader_binding("metricspipeline-" + pipeline + "-auth-reader") {}

std::vector<std::string> Names::DnsNames() const {
  return {ServerName(), collector + "." + ns, collector,
          collector + "." + ns + ".svc.cluster.local"};
}

}  // namespace mpl::plan
