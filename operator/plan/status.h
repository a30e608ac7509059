// The parts of status besides conditions, and the events that a change of conditions is worth.
#pragma once

#include <string>
#include <vector>

#include "operator/plan/conditions.h"
#include "operator/plan/plan.h"

namespace mpl::plan {

// summary, collector, scrape, apiServices, certificates, operatorVersion. Absent parts are not
// known.
Json Figures(const Case& in, const std::string& image);

// The server-side apply of that status to the pipeline of that name, if it still has that
// resourceVersion: a uid is no precondition there, because kube-apiserver takes metadata of the
// live object (apiextensions-apiserver, customresource/status_strategy.go).
Json StatusIntent(const std::string& pipeline, const std::string& version, Json status);

// One event for each condition whose status changed since `prior_status`; none for a first sight
// that is neither good nor bad.
std::vector<EventIntent> Transitions(const std::vector<Condition>& conditions,
                                     const Json& prior_status);

}  // namespace mpl::plan
