#include "operator/controller/controller_metrics.h"

#include "kube/base/time.h"

namespace mpl::controller {
namespace {

constexpr const char* kReconciles = "controller_runtime_reconcile_total";
constexpr const char* kReconcilesHelp = "Reconciliations by controller and result.";
constexpr const char* kApplies = "metricspipeline_apply_total";
constexpr const char* kAppliesHelp = "Children applied or deleted, by kind and result.";
constexpr const char* kDrift = "metricspipeline_drift_corrected_total";
constexpr const char* kDriftHelp =
    "Children that somebody else had changed and that were put right.";
constexpr const char* kCondition = "metricspipeline_condition";
constexpr const char* kExpiry = "metricspipeline_certificate_expiry_timestamp_seconds";
constexpr const char* kStatuses[] = {"True", "False", "Unknown"};
const metrics::Labels kQueue = {{"name", "metricspipeline"}};

}  // namespace

ControllerMetrics::ControllerMetrics(metrics::Registry& registry)
    : registry_(registry),
      adds_(registry.GetCounter("workqueue_adds_total", "Keys added to the work queue.", kQueue)),
      retries_(registry.GetCounter("workqueue_retries_total", "Keys added again after a failure.",
                                   kQueue)),
      depth_(registry.GetGauge("workqueue_depth", "Keys that wait in the work queue.", kQueue)),
      leader_(registry.GetGauge("leader_election_master_status",
                                "1 while this process holds the Lease, else 0.",
                                {{"name", "metricspipeline-operator"}})),
      condition_types_({"Ready", "Available", "APIServicesRegistered", "ScrapeHealthy",
                        "KubeletTLSVerified", "CertificatesValid", "Paused", "Reconciling",
                        "Stalled"}) {
  // Of all else something happens in every operator; drift may never.
  registry.GetCounter(kDrift, kDriftHelp, {{"kind", "Deployment"}});
  for (const char* result : {"success", "error"}) {
    registry.GetCounter(kReconciles, kReconcilesHelp,
                        {{"controller", "metricspipeline"}, {"result", result}});
  }
}

void ControllerMetrics::Reconciled(const std::string& result, double seconds) {
  registry_
      .GetCounter(kReconciles, kReconcilesHelp,
                  {{"controller", "metricspipeline"}, {"result", result}})
      .Increment();
  registry_
      .GetHistogram("controller_runtime_reconcile_time_seconds", "How long reconciliations take.",
                    {0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30},
                    {{"controller", "metricspipeline"}})
      .Observe(seconds);
}

void ControllerMetrics::Applied(const std::string& kind, const std::string& result) {
  registry_.GetCounter(kApplies, kAppliesHelp, {{"kind", kind}, {"result", result}}).Increment();
}

void ControllerMetrics::DriftCorrected(const std::string& kind) {
  registry_.GetCounter(kDrift, kDriftHelp, {{"kind", kind}}).Increment();
}

void ControllerMetrics::SetPipeline(const std::string& name, const objects::Json& status) {
  if (status.is_null()) return ForgetPipeline(name);
  std::map<std::string, std::string> conditions;
  if (status.is_object() && status.contains("conditions")) {
    for (const objects::Json& condition : status["conditions"]) {
      conditions[condition.value("type", "")] = condition.value("status", "");
    }
  }
  for (const std::string& type : condition_types_) SetCondition(name, type, conditions[type]);
  SetExpiry(name, status, "servingNotAfter", "serving");
  SetExpiry(name, status, "caNotAfter", "ca");
}

void ControllerMetrics::ForgetPipeline(const std::string& name) {
  for (const std::string& type : condition_types_) {
    for (const char* status : kStatuses) {
      registry_.Remove(kCondition, {{"name", name}, {"type", type}, {"status", status}});
    }
  }
  for (const char* certificate : {"serving", "ca"}) {
    registry_.Remove(kExpiry, {{"name", name}, {"certificate", certificate}});
  }
}

void ControllerMetrics::SetCondition(const std::string& name, const std::string& type,
                                     const std::string& status) {
  for (const char* value : kStatuses) {
    registry_
        .GetGauge(kCondition, "1 for the status that a condition has, else 0.",
                  {{"name", name}, {"type", type}, {"status", value}})
        .Set(status == value ? 1 : 0);
  }
}

void ControllerMetrics::SetExpiry(const std::string& name, const objects::Json& status,
                                  const char* field, const char* which) {
  const objects::Json::json_pointer at(std::string("/certificates/") + field);
  if (!status.is_object() || !status.contains(at) || !status[at].is_string()) return;
  const auto time = ParseRfc3339(status[at].get_ref<const std::string&>());
  if (!time) return;
  registry_
      .GetGauge(kExpiry, "When the serving certificate and its authority end, in Unix seconds.",
                {{"name", name}, {"certificate", which}})
      .Set(std::chrono::duration<double>(time->time_since_epoch()).count());
}

}  // namespace mpl::controller
