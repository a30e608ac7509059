// One pass for one pipeline: gather → plan → carry out → status → events.
//
// Decides nothing itself; see operator/plan. Not thread-safe.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "operator/controller/applier.h"
#include "operator/controller/gather.h"
#include "operator/plan/plan.h"

namespace mpl::controller {

// Tells people about a pipeline (`object`: the pipeline).
using EventSink = std::function<void(const Json& object, const plan::EventIntent& event)>;

class Reconciler {
 public:
  Reconciler(Watches& watches, Prober& prober, Gatherer& gatherer, Applier& applier,
             ControllerMetrics& metrics, EventSink events);

  // When to come again although nothing has changed. An error is worth a retry with back-off; it
  // stands in the pipeline's status by then.
  net::Task<Result<TimePoint>> Reconcile(std::string name);
  // Registrations of pipelines that are gone.
  net::Task<Result<void>> RemoveAbandoned();
  void Forget(const std::string& name);

 private:
  struct Failure {
    std::string message, reason;
    friend bool operator==(const Failure&, const Failure&) = default;
  };
  // Of a pipeline, between passes.
  struct Memory {
    Failure failure;  // of the last attempt; empty when it succeeded
    std::optional<TimePoint> lost_since;
    int conflicts = 0;  // in a row
  };
  net::Task<Result<TimePoint>> ReconcileValid(pipeline::MetricsPipeline pipeline, Json object);
  net::Task<Result<TimePoint>> ReconcileInvalid(Json object, pipeline::Faults faults);
  net::Task<Result<TimePoint>> ReportUnwatched(pipeline::MetricsPipeline pipeline, Json object);
  net::Task<Result<void>> Publish(Json object, plan::Plan plan);
  // Somebody asks for everything to be looked at again, by annotation.
  void TakeRequest(const pipeline::MetricsPipeline& pipeline);
  void Tell(const Json& object, const plan::EventIntent& event);
  void Expect(const pipeline::MetricsPipeline& pipeline, const plan::Names& names,
              const plan::ObservedState& observed, const plan::Plan& plan);
  // `remedy`: of a right that is missing.
  static Failure Describe(const Error& error, const std::string& remedy);

  Watches& watches_;
  Prober& prober_;
  Gatherer& gatherer_;
  Applier& applier_;
  ControllerMetrics& metrics_;
  EventSink events_;
  std::map<std::string, Memory> memory_;  // by pipeline
};

}  // namespace mpl::controller
