// What has to be done for one pipeline, decided in one place: a pure function from what was
// observed and what is wanted to ordered actions, status, and events.
//
// Idempotent: carrying out a plan and planning again from the result changes nothing more.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "operator/pipeline/pipeline.h"
#include "operator/plan/action.h"
#include "operator/plan/observed.h"

namespace mpl::plan {

struct EventIntent {
  bool warning = false;
  std::string reason;  // of reasons.h
  std::string note;    // at most 1024 bytes
};

struct Plan {
  // In order; when one fails, the rest is left for the next attempt but for what Refusals allows.
  std::vector<Action> actions;
  Json status;  // whole; null: write none
  std::vector<EventIntent> events;
  // When to plan again although nothing has changed.
  TimePoint wake;
  // For ObservedState of the next plan.
  std::optional<TimePoint> lost_since = std::nullopt;
};

// Steady pipelines are looked at this often.
inline constexpr auto kResync = std::chrono::minutes(10);

Plan MakePlan(const ObservedState& observed, const pipeline::MetricsPipeline& pipeline,
              TimePoint now);

// For an object that ParsePipeline refuses: status only. `object` is the object itself.
Plan MakeInvalidPlan(const Json& object, const pipeline::Faults& faults, TimePoint now);

// True when kRequestAnnotation has a value that status does not repeat yet.
bool IsRequested(const pipeline::MetricsPipeline& pipeline);

// True when `pipeline` is the one that is active: the oldest, then the first by name.
bool IsActive(const pipeline::MetricsPipeline& pipeline, const std::vector<Rival>& rivals);

// The namespace of the collector.
std::string CollectorNamespace(const pipeline::MetricsPipeline& pipeline,
                               const std::string& operator_namespace);

}  // namespace mpl::plan
