// Finds out what the collector serves with, and renews it when it is the operator's own.
//
// The only part of planning in which keys are made: ObservedState carries the outcome, so that
// MakePlan itself always gives the same bytes.
#pragma once

#include <optional>

#include "operator/pipeline/pipeline.h"
#include "operator/plan/observed.h"

namespace mpl::plan {

// Live Secrets of the collector's namespace, null when there is none, and what is done with them.
struct ServingSecrets {
  Json authority;  // NAME-collector-ca
  Json serving;    // NAME-collector-serving
  Json foreign;    // the user's, or cert-manager's
  // Since when every registration is seen to carry the bundle of these Secrets; see
  // certs::Material.
  std::optional<TimePoint> published_since;
  // Why nothing can be made or renewed at the moment: "spec.managementState is Unmanaged". Empty:
  // it can. Otherwise what stands in the Secrets is judged as it is.
  std::string held;
  // The Secret that the live Deployment mounts, and whether pods of an older one may still run.
  std::string mounted;
  bool rolling = false;
};

// Keys that were made and are in no Secret yet. They are made once, however often writing them
// fails: other keys in every pass would be another status in every pass, which begins the next.
struct UnsavedKeys {
  std::string authority_version;  // of the Secrets that they were made from; empty: of none
  std::string serving_version;
  std::optional<certs::Material> material;  // secret; nothing: all is saved
};

// Steps that were taken, for the log, are appended to `done`; `unsaved` is kept from pass to pass.
// A mode whose Secret is not in order yet leaves what is mounted in its place, and renews it.
Serving ObserveServing(const pipeline::MetricsPipeline& pipeline, const Names& names,
                       const ServingSecrets& secrets, TimePoint now, UnsavedKeys& unsaved,
                       std::vector<std::string>& done);

}  // namespace mpl::plan
