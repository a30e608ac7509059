#include "operator/plan/conditions.h"

#include "kube/objects/fields.h"
#include "operator/plan/debounce.h"
#include "operator/plan/reasons.h"

namespace mpl::plan {

using pipeline::ManagementState;

const Json* FindCondition(const Json& status, std::string_view type) {
  if (!status.is_object() || !status.contains("conditions")) return nullptr;
  for (const Json& condition : status["conditions"]) {
    if (condition.value("type", "") == type) return &condition;
  }
  return nullptr;
}

const Json* FindLiveCondition(const Json& object, std::string_view type) {
  if (!object.is_object()) return nullptr;
  const auto status = object.find("status");
  return status == object.end() ? nullptr : FindCondition(*status, type);
}

namespace {

std::optional<TimePoint> Since(const Json& status, std::string_view type, const char* wanted) {
  const Json* condition = FindCondition(status, type);
  if (condition == nullptr || condition->value("status", "") != wanted) return std::nullopt;
  return ParseRfc3339(condition->value("lastTransitionTime", ""));
}

Condition Paused(const Case& in) {
  if (in.pipeline.management_state == ManagementState::kManaged) {
    return {"Paused", "False", std::string(reason::kManaged), "the operator keeps every child"};
  }
  return {"Paused", "True", std::string(reason::kUnmanaged),
          "the operator writes nothing but status: set spec.managementState to Managed to go on"};
}

// What is wrong with an object that the spec names; `field` is below spec.tls.kubelet.
std::string MissingIn(const Referenced& object, const std::string& field, const std::string& where,
                      const std::string& key, const char* what) {
  const std::string prefix = "spec.tls.kubelet." + field + ": " + where;
  if (!object.exists) return prefix + " does not exist: create it";
  if (!object.data.contains(key)) {
    return prefix + " has no key " + key + ": add the " + what + " under it";
  }
  return {};
}

std::string MissingReference(const Case& in) {
  const pipeline::TlsSpec& tls = in.pipeline.tls;
  if (tls.ca_bundle_ref && in.observed.ca_bundle) {
    const std::string where =
        tls.ca_bundle_ref->kind + " " + in.names.ns + "/" + tls.ca_bundle_ref->name;
    std::string missing = MissingIn(*in.observed.ca_bundle, "caBundleRef", where,
                                    tls.ca_bundle_ref->key, "PEM certificates");
    if (!missing.empty()) return missing;
  }
  if (tls.client_certificate.empty() || !in.observed.client_certificate) return {};
  const Referenced& secret = *in.observed.client_certificate;
  const std::string where = "Secret " + in.names.ns + "/" + tls.client_certificate;
  for (const auto& [key, what] : {std::pair("tls.crt", "client certificate (PEM)"),
                                  std::pair("tls.key", "private key (PEM)")}) {
    std::string missing = MissingIn(secret, "clientCertificateRef", where, key, what);
    if (!missing.empty()) return missing;
  }
  const auto fits =
      certs::InspectClient(secret.data.at("tls.crt"), secret.data.at("tls.key"), in.now);
  if (!fits) {
    return "spec.tls.kubelet.clientCertificateRef: " + where + ": " + fits.error().message +
           ": renew both together";
  }
  return {};
}

// The first thing that stands in the way, from the outside in.
std::optional<Condition> Obstacle(const Case& in) {
  const ObservedState& observed = in.observed;
  const auto no = [](std::string_view reason, std::string message) {
    return Condition{"Ready", "False", std::string(reason), std::move(message)};
  };
  if (!observed.namespace_phase) {
    return no(reason::kNamespaceMissing, "namespace " + in.names.ns +
                                             " does not exist: create it, or recreate this object "
                                             "with another spec.collector.namespace");
  }
  if (observed.namespace_phase == "Terminating") {
    return no(reason::kNamespaceTerminating, "namespace " + in.names.ns + " is being deleted");
  }
  if (std::string missing = MissingReference(in); !missing.empty()) {
    return no(reason::kReferenceMissing, std::move(missing));
  }
  if (!observed.failure.empty()) return no(observed.failure_reason, observed.failure);
  if (!observed.serving.fault.empty()) {
    return no(observed.serving.fault_reason, observed.serving.fault);
  }
  return std::nullopt;
}

Condition Ready(const Case& in, const std::vector<Condition>& parts) {
  if (auto obstacle = Obstacle(in)) return *obstacle;
  // Conflicts come before replicas: they need a person.
  const Condition& available = parts[0];
  const Condition& registered = parts[1];
  const bool needs_person = registered.reason == reason::kConflictingProvider ||
                            registered.reason == reason::kRegistrationContested;
  if (needs_person) return {"Ready", "False", registered.reason, registered.message};
  if (available.status != "True") return {"Ready", "False", available.reason, available.message};
  if (registered.status != "True") {
    return {"Ready", "False", registered.reason, registered.message};
  }
  if (in.observed.api_probe != ApiProbe::kAnswers) {
    return {"Ready", "False", std::string(reason::kApiNotAnswering),
            in.observed.api_probe == ApiProbe::kUnknown
                ? "the API has not been asked yet"
                : "GET /apis/metrics.k8s.io/v1beta1/nodes through kube-apiserver failed: " +
                      in.observed.api_probe_failure};
  }
  const ScrapeSummary scrape = Summarise(in.observed.reports);
  if (scrape.serving && scrape.most_healthy == 0 && parts[2].status == "False") {
    return {"Ready", "False", parts[2].reason, parts[2].message};
  }
  return {"Ready", "True", std::string(reason::kMetricsServed),
          "metrics.k8s.io is served through kube-apiserver"};
}

// kstatus: present only while true.
void AddProgress(const Case& in, const Condition& ready, std::vector<Condition>& conditions) {
  const Condition available = conditions[1];
  const auto is = [&](std::string_view reason) { return ready.reason == reason; };
  if (is(reason::kConflictingProvider) || is(reason::kRegistrationContested)) {
    conditions.push_back({"Stalled", "True", ready.reason, ready.message});
    return;
  }
  if (in.pipeline.management_state == ManagementState::kUnmanaged) return;
  const Rollout rollout = ReadRollout(in.observed.deployment, in.pipeline.collector.replicas);
  const ScrapeSummary scrape = Summarise(in.observed.reports);
  if (!rollout.complete()) {
    conditions.push_back({"Reconciling", "True", std::string(reason::kRollingOut),
                          available.status == "True"
                              ? "the collector's replicas are on their way"
                              : "waiting for a replica: " + available.message});
  } else if (ready.status != "True") {
    conditions.push_back({"Reconciling", "True", std::string(reason::kRegistering),
                          "waiting for the API: " + ready.message});
  } else if (scrape.known && scrape.config_error.empty() && scrape.config_hash != in.config_hash) {
    conditions.push_back({"Reconciling", "True", std::string(reason::kApplyingConfiguration),
                          "the replicas are taking up configuration " + in.config_hash});
  }
}

}  // namespace

std::optional<TimePoint> FalseSince(const Json& status, std::string_view type) {
  return Since(status, type, "False");
}
std::optional<TimePoint> TrueSince(const Json& status, std::string_view type) {
  return Since(status, type, "True");
}

Judgement Judge(const Case& in) {
  std::vector<Condition> parts = {JudgeAvailable(in),  JudgeRegistered(in),   JudgeScrape(in),
                                  JudgeKubeletTls(in), JudgeCertificates(in), Paused(in)};
  Debounced debounced = Debounce(Ready(in, parts), in.pipeline.status, in.pipeline.meta.generation,
                                 in.observed.lost_since, in.now);
  parts.insert(parts.begin(), debounced.ready);
  AddProgress(in, debounced.ready, parts);
  return {std::move(parts), debounced.lost_since, debounced.wake};
}

std::vector<Condition> JudgeInactive(std::string_view reason, const std::string& message) {
  const std::string why(reason);
  std::vector<Condition> conditions;
  for (const char* type : {"Ready", "Available", "APIServicesRegistered"}) {
    conditions.push_back({type, "False", why, message});
  }
  for (const char* type : {"ScrapeHealthy", "KubeletTLSVerified", "CertificatesValid"}) {
    conditions.push_back({type, "Unknown", why, message});
  }
  conditions.push_back({"Paused", "False", why, message});
  if (reason == reason::kInvalidSpec) conditions.push_back({"Stalled", "True", why, message});
  return conditions;
}

std::vector<Condition> WithReady(const Json& status, Condition ready) {
  std::vector<Condition> conditions = {std::move(ready)};
  for (const Json& condition : objects::ListAt(status, "/conditions")) {
    const auto text = [&](const char* member) { return objects::TextIn(condition, member); };
    const std::string type = text("type");
    if (type == "Ready" || type == "Reconciling" || type == "Stalled") continue;
    conditions.push_back({type, text("status"), text("reason"), text("message")});
  }
  return conditions;
}

Json WriteConditions(const std::vector<Condition>& conditions, const Json& prior_status,
                     std::int64_t generation, TimePoint now) {
  Json list = Json::array();
  for (const Condition& condition : conditions) {
    const Json* before = FindCondition(prior_status, condition.type);
    const bool same = before != nullptr && before->value("status", "") == condition.status;
    list.push_back({{"type", condition.type},
                    {"status", condition.status},
                    {"observedGeneration", generation},
                    {"lastTransitionTime",
                     same ? before->value("lastTransitionTime", "") : FormatRfc3339(now)},
                    {"reason", condition.reason},
                    {"message", condition.message}});
  }
  return list;
}

}  // namespace mpl::plan
