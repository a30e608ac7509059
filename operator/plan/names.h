// What the operator's objects are called, and which kinds there are.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kube/objects/meta.h"

namespace mpl::plan {

using objects::Json;
using objects::Resource;

inline constexpr std::string_view kFieldManager = "metricspipeline-operator";
inline constexpr std::string_view kStatusFieldManager = "metricspipeline-operator-status";
inline constexpr std::string_view kManagedByLabel = "app.kubernetes.io/managed-by";
inline constexpr std::string_view kPipelineLabel = "metricspipeline.dev/pipeline";
// On an APIService that was taken over: the former owner's spec as JSON.
inline constexpr std::string_view kPreviousSpecAnnotation = "metricspipeline.dev/previous-spec";
// Beside it, when known: the field manager that wrote it.
inline constexpr std::string_view kPreviousManagerAnnotation =
    "metricspipeline.dev/previous-manager";
// Beside it, when there were any: the former values of the labels that ours replaced, as JSON.
inline constexpr std::string_view kPreviousLabelsAnnotation = "metricspipeline.dev/previous-labels";
// "Orphan" on an APIService that stays when its pipeline goes, and that nobody is given back.
inline constexpr std::string_view kDeletionPolicyAnnotation = "metricspipeline.dev/deletion-policy";
inline constexpr std::string_view kOrphan = "Orphan";

// On a MetricsPipeline: any new value makes the operator look at everything and apply every child
// again at once; status.lastHandledReconcileAt repeats the value.
inline constexpr std::string_view kRequestAnnotation = "metricspipeline.dev/reconcile-requested-at";

// Kinds of children. Each is a reference to a constant.
const Resource& ServiceAccounts();
const Resource& Roles();
const Resource& RoleBindings();
const Resource& ClusterRoleBindings();
const Resource& ConfigMaps();
const Resource& Secrets();
const Resource& Services();
const Resource& Deployments();
const Resource& PodDisruptionBudgets();
const Resource& Certificates();  // cert-manager.io
const Resource& ApiServices();
const Resource& Namespaces();
const Resource& EndpointSlices();
const Resource& Nodes();
const Resource& Pods();
// Those that are children in the collector's namespace and exist in every cluster.
const std::vector<const Resource*>& NamespacedChildKinds();

// The registered versions: "v1", "v1beta1".
inline constexpr std::string_view kMetricsGroup = "metrics.k8s.io";
const std::vector<std::string>& MetricsVersions();
std::string ApiServiceName(std::string_view version);  // "v1beta1.metrics.k8s.io"

// Names for one pipeline.
struct Names {
  Names(std::string_view pipeline, std::string_view ns);

  std::string pipeline, ns;
  std::string collector;       // Deployment, Service, ServiceAccount, Role, RoleBinding, PDB
  std::string scraper;         // ServiceAccount shown to kubelets
  std::string config;          // ConfigMap with the collector's configuration
  std::string pins;            // ConfigMap that the collector writes
  std::string authority;       // Secret with the authority's key
  std::string serving;         // Secret that the collector mounts
  std::string certificate;     // Certificate and Secret of cert-manager
  std::string collector_role;  // ClusterRoleBindings …
  std::string delegator_role;
  std::string scraper_role;
  std::string reader_binding;  // RoleBinding in kube-system

  // What the serving certificate has to name; the first is what kube-apiserver checks.
  std::vector<std::string> DnsNames() const;
  // "cluster-collector.metricspipeline-system.svc"
  std::string ServerName() const { return collector + "." + ns + ".svc"; }
};

}  // namespace mpl::plan
