// CollectorConfiguration (config.metricspipeline.dev/v1alpha1): all that a collector is told.
//
//   apiVersion: config.metricspipeline.dev/v1alpha1
//   kind: CollectorConfiguration
//   scrape:
//     resolution: 15s                # one scrape of every node in this time; 5s to 5m
//     timeout: 10s                   # of one scrape; at most 90 % of the resolution, which is also
//                                    # what it is when left out at a resolution below 12s
//     addressTypes: [InternalIP, ExternalIP, Hostname]
//     port: {source: NodeStatus}     # or {source: Fixed, number: 10250}
//     nodeSelector: "a=b,!c"         # or labels as a map; empty: all nodes
//     maxConcurrency: 0              # scrapes at the same time; 0: by the number of nodes
//     compression: Gzip              # or Identity
//   tls: {kubelet: {mode: Auto, caBundle: <PEM, with CustomCA>}}
//   pins: {configMap: namespace/name}
//   scrapeIdentity: {serviceAccount: name, namespace: ns}
//   logging: {level: Info, format: Text}
//
// Every field has its default here and nowhere else. Pure; a value, safe to copy between threads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kube/base/error.h"
#include "kube/base/time.h"
#include "kube/objects/meta.h"
#include "kube/objects/selector.h"

namespace mpl::config {

inline constexpr std::string_view kApiVersion = "config.metricspipeline.dev/v1alpha1";
inline constexpr std::string_view kKind = "CollectorConfiguration";
// Key of the ConfigMap's data.
inline constexpr std::string_view kConfigMapKey = "collector.yaml";

enum class PortSource { kNodeStatus, kFixed };
enum class KubeletTlsMode { kAuto, kClusterCa, kCustomCa, kInsecure };
enum class Compression { kGzip, kIdentity };

// "NodeStatus", "ClusterCA", …: as in the document.
std::string_view Name(PortSource value);
std::string_view Name(KubeletTlsMode value);
std::string_view Name(Compression value);

struct ScrapeConfig {
  Duration resolution = std::chrono::seconds(15);
  Duration timeout = std::chrono::seconds(10);
  // In order of preference: Hostname, InternalDNS, InternalIP, ExternalDNS, ExternalIP.
  std::vector<std::string> address_types = {"InternalIP", "ExternalIP", "Hostname"};
  PortSource port_source = PortSource::kNodeStatus;
  std::uint16_t port_number = 10250;  // with kFixed
  objects::LabelSelector node_selector;
  std::string node_selector_text;  // the same, as a label selector
  int max_concurrency = 0;         // 0: by the number of nodes
  Compression compression = Compression::kGzip;
};

struct KubeletTlsConfig {
  KubeletTlsMode mode = KubeletTlsMode::kAuto;
  std::string ca_bundle_pem;  // with kCustomCa
};

struct CollectorConfig {
  ScrapeConfig scrape;
  KubeletTlsConfig kubelet_tls;
  // Where pins are kept; without: in memory only, so that a restart trusts anew.
  std::optional<objects::NamespacedName> pins;
  // Whose token kubelets are shown; without: the collector's own (when run by hand).
  std::optional<objects::NamespacedName> scrape_identity;
  std::string log_level = "Info";   // Debug, Info, Warning, Error
  std::string log_format = "Text";  // Text, Json
};

// One thing that is wrong with a document.
struct Fault {
  std::string field;   // "scrape.timeout"; empty: the document as a whole
  std::string detail;  // the value, what is wrong with it, and the remedy
  // "scrape.timeout: …"
  std::string ToString() const { return field.empty() ? detail : field + ": " + detail; }
  friend bool operator==(const Fault&, const Fault&) = default;
};

// All faults at once, in the order of the document's description above.
std::expected<CollectorConfig, std::vector<Fault>> ParseConfig(std::string_view yaml_or_json);
// One line for a log or /status: "2 faults: a; b".
std::string Describe(const std::vector<Fault>& faults);

// Names the version of a document: 16 hex digits over its bytes as they stand in the ConfigMap, so
// that operator and collector agree without agreeing on a form.
std::string ConfigHash(std::string_view document);

}  // namespace mpl::config
