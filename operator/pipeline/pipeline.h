// MetricsPipeline (metricspipeline.dev/v1alpha1) as a C++ type: what an admin wants.
//
// Field names, defaults and limits are those of crds/metricspipeline.dev_metricspipelines.yaml. The
// defaults stand here too, because `render` reads objects that no API server has filled in, and a
// test holds both against each other. Pure; values, safe to copy between threads.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kube/base/error.h"
#include "kube/base/time.h"
#include "kube/objects/meta.h"

namespace mpl::pipeline {

using objects::Json;
using objects::Labels;

inline constexpr std::string_view kApiVersion = "metricspipeline.dev/v1alpha1";
inline constexpr std::string_view kKind = "MetricsPipeline";
const objects::Resource& PipelineResource();

enum class ManagementState { kManaged, kUnmanaged };
enum class NetworkMode { kPod, kHost };
enum class SizingMode { kStatic, kProportional };
enum class PortSource { kNodeStatus, kFixed };
enum class KubeletTlsMode { kAuto, kClusterCa, kCustomCa, kInsecure };
enum class ServingMode { kSelfManaged, kSecret, kCertManager, kInsecure };
enum class ConflictPolicy { kFail, kTakeOver };
enum class DeletionPolicy { kDelete, kRestore, kOrphan };
enum class UnavailablePolicy { kKeep, kWithdraw };

// The word of the API: "NodeStatus", "CustomCA".
std::string_view Name(PortSource value);
std::string_view Name(KubeletTlsMode value);
std::string_view Name(ServingMode value);

struct CollectorSpec {
  std::string ns;     // empty: the operator's own
  std::string image;  // empty: the operator's own
  std::string image_pull_policy = "IfNotPresent";
  std::vector<std::string> image_pull_secrets;
  int replicas = 2;
  Json resources = {{"requests", {{"cpu", "50m"}, {"memory", "64Mi"}}}};  // as in the API of Pod
  SizingMode sizing = SizingMode::kStatic;
  std::string priority_class_name = "system-cluster-critical";
  Labels node_selector;
  Json tolerations = Json::array();  // as in the API of Pod
  Json affinity;                     // as in the API of Pod; null when left out
  Labels pod_labels;
  Labels pod_annotations;
  std::string log_level = "Info";
  std::string log_format = "Json";
  NetworkMode network_mode = NetworkMode::kPod;
  int secure_port = 10250;
};

struct ScrapeSpec {
  Duration resolution = std::chrono::seconds(15);
  Duration timeout = std::chrono::seconds(10);
  std::vector<std::string> address_types = {"InternalIP", "ExternalIP", "Hostname"};
  PortSource port_source = PortSource::kNodeStatus;
  std::optional<int> port_number;  // with kFixed only
  std::string node_selector;       // label selector; empty: all nodes
  int max_concurrency = 0;         // 0: the collector decides
};

struct CaBundleRef {
  std::string kind = "ConfigMap";  // or "Secret"
  std::string name;
  std::string key = "ca.crt";
};

struct IssuerRef {
  std::string name;
  std::string kind = "Issuer";
  std::string group = "cert-manager.io";
};

struct TlsSpec {
  KubeletTlsMode kubelet_mode = KubeletTlsMode::kAuto;
  std::optional<CaBundleRef> ca_bundle_ref;  // with kCustomCa only
  std::string client_certificate;            // Secret shown to kubelets; empty: a token is
  ServingMode serving_mode = ServingMode::kSelfManaged;
  std::string serving_secret;           // with kSecret only
  std::optional<IssuerRef> issuer_ref;  // with kCertManager only
};

struct ApiServicesSpec {
  ConflictPolicy conflict_policy = ConflictPolicy::kFail;
  DeletionPolicy deletion_policy = DeletionPolicy::kDelete;
  UnavailablePolicy unavailable_policy = UnavailablePolicy::kKeep;
};

struct MetricsPipeline {
  objects::ObjectMeta meta;
  bool has_restore_finalizer = false;  // see kRestoreFinalizer
  std::vector<std::string> other_finalizers;
  ManagementState management_state = ManagementState::kManaged;
  CollectorSpec collector;
  ScrapeSpec scrape;
  TlsSpec tls;
  ApiServicesSpec api_services;
  Json status;  // as it stands in the API; null when there is none
};

// Holds back the deletion of a pipeline until an adopted APIService has its former spec back. Set
// only while there is one (deletionPolicy Restore).
inline constexpr std::string_view kRestoreFinalizer = "metricspipeline.dev/restore-apiservices";

// Every fault of an object, each as "spec.scrape.timeout: must …; do …".
using Faults = std::vector<std::string>;

// Reads and checks an object, with or without defaults filled in. Unknown fields are left alone (a
// newer CRD may know them).
std::expected<MetricsPipeline, Faults> ParsePipeline(const Json& object);
// What a deletion needs, whatever the rest says (another version of ours may have written it): an
// object with the finalizer is one with deletionPolicy Restore.
MetricsPipeline ParseForDeletion(const Json& object);

}  // namespace mpl::pipeline
