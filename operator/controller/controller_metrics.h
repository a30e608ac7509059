// The operator's own series, made at one place. Names and labels: docs/metrics.yaml.
//
// Not thread-safe.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "kube/objects/meta.h"
#include "kube/telemetry/metrics.h"

namespace mpl::controller {

class ControllerMetrics {
 public:
  explicit ControllerMetrics(metrics::Registry& registry);

  // `result`: success, error.
  void Reconciled(const std::string& result, double seconds);
  void Queued() { adds_.Increment(); }
  void Retried() { retries_.Increment(); }
  void SetDepth(std::size_t keys) { depth_.Set(static_cast<double>(keys)); }
  void SetLeader(bool leads) { leader_.Set(leads ? 1 : 0); }
  // `result`: created, changed, noop, skipped, deleted, failed.
  void Applied(const std::string& kind, const std::string& result);
  void DriftCorrected(const std::string& kind);
  // Conditions and certificate ends of a pipeline as its status tells; a null status: it is gone,
  // and so are its series.
  void SetPipeline(const std::string& name, const objects::Json& status);

 private:
  void ForgetPipeline(const std::string& name);
  void SetCondition(const std::string& name, const std::string& type, const std::string& status);
  void SetExpiry(const std::string& name, const objects::Json& status, const char* field,
                 const char* which);

  metrics::Registry& registry_;
  metrics::Counter& adds_;
  metrics::Counter& retries_;
  metrics::Gauge& depth_;
  metrics::Gauge& leader_;
  std::set<std::string> condition_types_;
};

}  // namespace mpl::controller
