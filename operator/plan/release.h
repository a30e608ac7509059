// How registrations go: withdrawn, given back to whom they belonged before, left to nobody, or
// found abandoned. What an APIService's own fields say of it decides.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "operator/plan/action.h"
#include "operator/plan/children.h"
#include "operator/plan/observed.h"

namespace mpl::plan {

// "ns/name", or "" for one without a Service.
std::string ServiceOf(const Json& api_service);
// What kube-apiserver is to believe the server by: caBundle as it is written; "insecure": anything.
std::string TrustOf(const Json& api_service);
// Whose it was before it was taken over; an empty spec: nobody's.
FormerOwner FormerOwnerOf(const Json& api_service);
// What is to be remembered of a registration that is about to be taken over.
FormerOwner FormerOwnerOnTakeOver(const ApiServiceState& state);
// Who writes it besides us; empty when that is not known.
std::string KnownManager(const ApiServiceState& state);
// The pipeline that it was registered for; empty when that was none of ours.
std::string PipelineOf(const Json& api_service);
// The same, while it points at that pipeline's Service, in whichever namespace: without that the
// labels may be what an apply of somebody else's left standing.
std::string HolderOf(const Json& api_service);
// An owner reference names the pipeline with this uid.
bool IsOwnedBy(const Json& api_service, const std::string& uid);
// It was left to nobody on purpose (deletionPolicy Orphan).
bool IsOrphan(const Json& api_service);

DeleteObject Remove(const Json& api_service, std::string why);
// Gives the former owner's spec back and takes away what says that it is ours. Fields that the
// former spec did not have are removed, or they would contradict it.
PatchObject GiveBack(const Json& api_service, const FormerOwner& former);

// The same, unless the former owner's Service is among `gone_services` ("ns/name"): an API without
// a server would stop the deletion of every namespace, so then it is removed.
Action Restore(const Json& api_service, const std::set<std::string>& gone_services);
// The Services to look for beforehand; none while nothing is to be given back.
std::set<std::string> FormerServices(const ObservedState& observed,
                                     const pipeline::MetricsPipeline& pipeline);

// What becomes of the registrations when the pipeline is being deleted.
std::vector<Action> TearDownRegistrations(const ObservedState& observed,
                                          const pipeline::MetricsPipeline& pipeline,
                                          const ChildContext& context);

struct LivePipeline {
  std::string name, uid;
};

// What becomes of the registrations whose pipeline is gone without the operator having seen it go.
// Those that it owned are removed. One that was to be restored has no owner: it goes back to its
// former one, unless that one's Service is among `gone_services` ("ns/name"). Those that are
// nobody's property (deletionPolicy Orphan) stay. What it owned but somebody else has pointed at
// another Service, that is not gone, is let go: garbage collection would take that one's API away.
std::vector<Action> RemoveAbandoned(const std::vector<Json>& api_services,
                                    const std::vector<LivePipeline>& pipelines,
                                    const std::set<std::string>& gone_services);
// The Services to look for before that.
std::set<std::string> ServicesInQuestion(const std::vector<Json>& api_services,
                                         const std::vector<LivePipeline>& pipelines);

}  // namespace mpl::plan
