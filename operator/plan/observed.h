// Everything that a plan may depend on, gathered before it is made. Values only.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "kube/base/error.h"
#include "kube/base/time.h"
#include "kube/objects/meta.h"
#include "operator/certs/certs.h"
#include "operator/plan/names.h"

namespace mpl::plan {

struct FailingNode {
  std::string node;
  std::string reason;   // from the collector's closed list
  std::string message;  // what was seen, and the remedy
  std::string since;    // RFC 3339
  friend bool operator==(const FailingNode&, const FailingNode&) = default;
};

// A kubelet whose certificate no authority vouches for: its key was remembered at first contact.
struct PinnedNode {
  std::string node;
  std::string subject;  // of the certificate
  std::string issuer;
  friend bool operator==(const PinnedNode&, const PinnedNode&) = default;
};

// What one replica answers on /status.
struct ReplicaReport {
  bool ready = true;  // takes requests; not of the answer, but of the endpoint that gave it
  std::string config_hash;
  std::string version;
  int nodes_total = 0;
  int nodes_healthy = 0;
  int nodes_failing = 0;             // the rest waits for its first scrape
  int pods = 0;                      // that it keeps values of, fit to be served or not
  std::vector<FailingNode> failing;  // 100 at most, refused certificates first
  // All that fail; nothing from a older collector, which does not count them.
  std::optional<std::map<std::string, int>> failing_by_reason;
  std::vector<PinnedNode> pins;  // the first 100 by name
  int tls_verified = 0;
  int tls_pinned = 0;
  int tls_insecure = 0;
  std::string pins_error;         // why pins of kubelets cannot be stored; empty: they can
  std::string last_config_error;  // why the newest document was refused; empty when it was not
  friend bool operator==(const ReplicaReport&, const ReplicaReport&) = default;
};
// Lenient: fields that are absent stay at zero. kMalformed when `json` is no object.
Result<ReplicaReport> ParseReplicaReport(const Json& json);

// What keeps the pods of a PodList from running, distinct and sorted; without names of pods, which
// would change the text for ever.
std::vector<std::string> PodTroubles(const Json& pod_list);

inline constexpr const char* kUnknownManager = "unknown";

struct ApiServiceState {
  Json live;  // null: there is none
  // Field manager of spec.service when that is somebody else's; of caBundle when that was
  // rewritten.
  std::string manager;
  int rewrites = 0;  // how often somebody changed our registration within the last 5 minutes
};

// A user's Secret or ConfigMap that the spec names.
struct Referenced {
  bool exists = false;
  std::map<std::string, std::string> data;  // decoded
};

// A live object that carries our labels.
struct LiveChild {
  const Resource* resource = nullptr;  // one of names.h
  std::string ns, name, uid;
};

struct Rival {
  std::string name, uid;
  std::optional<TimePoint> created;
};

// What serves the certificate of the API; see GatherServing.
struct Serving {
  std::string secret_name;  // mounted by the collector
  std::string ca_bundle;    // PEM
  Json authority_data;      // `data` of the Secrets to apply; null when they are not ours
  Json serving_data;
  std::string authority_version;  // of the live Secrets that they were made from; empty: none
  std::string serving_version;
  std::optional<certs::Facts> facts;
  // Why it is not renewed although that is due; see ServingSecrets::held.
  std::string held;
  // Pods may still mount the operator's own Secrets, though the mode is another one.
  bool keeps_own = false;
  std::string fault_reason;  // "SecretMissing", "CertificateInvalid"; empty when fine
  std::string fault;
  std::optional<TimePoint> wake;
};

enum class ApiProbe { kUnknown, kAnswers, kFails };

struct ObservedState {
  std::string operator_namespace;
  std::string operator_image;
  std::vector<std::string> operator_pull_secrets;  // that its own pod was pulled with
  std::string operator_version;

  std::vector<Rival> rivals;                   // other pipelines that are not being deleted
  std::optional<std::string> namespace_phase;  // of the collector's namespace; nothing: missing
  std::map<std::string, ApiServiceState> api_services;  // by name
  // Of those that registrations were taken over from, "ns/name"; see FormerServices.
  std::set<std::string> gone_services;
  Json deployment;                        // live; null: none
  std::vector<std::string> pod_troubles;  // "ImagePullBackOff: …", sorted, distinct
  std::string live_config;                // the document in the live ConfigMap
  std::vector<LiveChild> children;        // all that carry our labels, for pruning
  int ready_endpoints = 0;
  std::vector<ReplicaReport> reports;  // of all replicas that answered, ready or not
  int unread_replicas = 0;             // ready, but did not answer /status
  std::string unread_reason;
  ApiProbe api_probe = ApiProbe::kUnknown;  // GET through the aggregator
  std::string api_probe_failure;
  std::optional<Referenced> ca_bundle;  // when tls.kubelet.caBundleRef is set
  // When tls.kubelet.clientCertificateRef is set.
  std::optional<Referenced> client_certificate;
  Serving serving;
  // Of the plan before: since when Ready has been judged lost; see debounce.h.
  std::optional<TimePoint> lost_since;
  // Why the last attempt to carry out a plan, or to watch, stopped. Empty: it did not.
  std::string failure;
  std::string failure_reason;  // "ApplyFailed", "Forbidden"

  // Something can be written into it.
  bool namespace_lives() const { return namespace_phase && *namespace_phase != "Terminating"; }
};

}  // namespace mpl::plan
