// Finds out what the collector serves with, and renews it when it is the operator's own.
//
// The only part of planning in which keys are made: ObservedState carries the outcome, so that
// MakePlan itself always gives the same bytes.
#pragma once

#include <optional>

#include "operator/pipeline/pipeline.h"
#include "operator/plan/observed.h"

namespace mpl::plan {

// Live Secrets of the collector's namespace; null when there is none.
struct ServingSecrets {
  Json authority;  // NAME-collector-ca
  Json serving;    // NAME-collector-serving
  Json foreign;    // the user's, or cert-manager's
  // Since when every registration is seen to carry the bundle of these Secrets; see
  // certs::Material.
  std::optional<TimePoint> published_since;
};

// Steps that were taken, for the log, are appended to `done`.
Serving ObserveServing(const pipeline::MetricsPipeline& pipeline, const Names& names,
                       const ServingSecrets& secrets, TimePoint now,
                       std::vector<std::string>& done);

}  // namespace mpl::plan
