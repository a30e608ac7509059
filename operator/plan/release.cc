#include "operator/plan/release.h"

#include <algorithm>

#include "kube/objects/fields.h"
#include "operator/pipeline/pipeline.h"

namespace mpl::plan {
namespace {

using objects::TextAt;
using pipeline::DeletionPolicy;

std::string VersionOf(const Json& live) { return TextAt(live, "/metadata/resourceVersion"); }

// Says of a registration that it stays behind; its pipeline goes before a whole apply could.
PatchObject Orphan(const Json& live) {
  const Json patch = {{"metadata",
                       {{"resourceVersion", VersionOf(live)},
                        {"annotations", {{std::string(kDeletionPolicyAnnotation), kOrphan}}}}}};
  return {&ApiServices(), "", TextAt(live, "/metadata/name"), patch, "it stays behind"};
}

// True when it belongs to a pipeline, of which there is none with that uid any more.
bool LostItsOwner(const Json& live, const std::vector<LivePipeline>& pipelines) {
  const Json::json_pointer owners("/metadata/ownerReferences");
  if (!live.contains(owners)) return false;
  return std::ranges::any_of(live[owners], [&](const Json& owner) {
    return TextAt(owner, "/apiVersion") == pipeline::kApiVersion &&
           TextAt(owner, "/kind") == pipeline::kKind &&
           std::ranges::find(pipelines, TextAt(owner, "/uid"), &LivePipeline::uid) ==
               pipelines.end();
  });
}

// True when it was to be restored by a pipeline, of which there is none with that name any more,
// and nobody else has pointed it elsewhere since.
bool LostItsRestorer(const Json& live, const std::vector<LivePipeline>& pipelines) {
  const std::string pipeline = PipelineOf(live);
  const bool left = TextAt(live, "/spec/service/name") == Names(pipeline, "").collector;
  return !pipeline.empty() && left &&
         !live.contains(Json::json_pointer("/metadata/ownerReferences")) &&
         !FormerOwnerOf(live).spec.empty() && !IsOrphan(live) &&
         std::ranges::find(pipelines, pipeline, &LivePipeline::name) == pipelines.end();
}

std::string FormerServiceOf(const Json& live) {
  const Json spec = Json::parse(FormerOwnerOf(live).spec, nullptr, false);
  return spec.is_object() ? ServiceOf({{"spec", spec}}) : "";
}

}  // namespace

std::string ServiceOf(const Json& api_service) {
  const std::string name = TextAt(api_service, "/spec/service/name");
  return name.empty() ? "" : TextAt(api_service, "/spec/service/namespace") + "/" + name;
}

FormerOwner FormerOwnerOf(const Json& live) {
  return {TextAt(live, "/metadata/annotations/metricspipeline.dev~1previous-spec"),
          TextAt(live, "/metadata/annotations/metricspipeline.dev~1previous-manager")};
}

std::string PipelineOf(const Json& live) {
  if (TextAt(live, "/metadata/labels/app.kubernetes.io~1managed-by") !=
      "metricspipeline-operator") {
    return {};
  }
  return TextAt(live, "/metadata/labels/metricspipeline.dev~1pipeline");
}

bool IsOrphan(const Json& live) {
  return TextAt(live, "/metadata/annotations/metricspipeline.dev~1deletion-policy") == kOrphan;
}

DeleteObject Remove(const Json& live, std::string why) {
  return {&ApiServices(),
          "",
          TextAt(live, "/metadata/name"),
          TextAt(live, "/metadata/uid"),
          std::move(why),
          VersionOf(live)};
}

PatchObject GiveBack(const Json& live, const FormerOwner& former) {
  Json spec = Json::parse(former.spec, nullptr, false);
  if (!spec.is_object()) spec = Json::object();
  for (const char* field : {"caBundle", "insecureSkipTLSVerify", "service"}) {
    if (!spec.contains(field)) spec[field] = nullptr;
  }
  // resourceVersion: not if somebody has changed it meanwhile.
  const Json patch = {{"metadata",
                       {{"resourceVersion", VersionOf(live)},
                        {"annotations",
                         {{std::string(kPreviousSpecAnnotation), nullptr},
                          {std::string(kPreviousManagerAnnotation), nullptr},
                          {std::string(kDeletionPolicyAnnotation), nullptr}}},
                        {"labels",
                         {{"app.kubernetes.io/name", nullptr},
                          {std::string(kManagedByLabel), nullptr},
                          {std::string(kPipelineLabel), nullptr}}}}},
                      {"spec", std::move(spec)}};
  return {&ApiServices(),
          "",
          TextAt(live, "/metadata/name"),
          patch,
          "the former owner gets its registration back",
          former.manager};
}

std::vector<Action> TearDownRegistrations(const ObservedState& observed,
                                          const pipeline::MetricsPipeline& pipeline,
                                          const ChildContext& context) {
  std::vector<Action> actions;
  const DeletionPolicy policy = pipeline.api_services.deletion_policy;
  for (const auto& [name, state] : observed.api_services) {
    const bool ours = !state.live.is_null() &&
                      ServiceOf(state.live) == context.names.ns + "/" + context.names.collector;
    if (!ours) continue;
    const FormerOwner former = FormerOwnerOf(state.live);
    if (policy == DeletionPolicy::kOrphan) {
      if (!former.spec.empty() && !IsOrphan(state.live)) actions.emplace_back(Orphan(state.live));
    } else if (!former.spec.empty() && policy == DeletionPolicy::kRestore) {
      actions.emplace_back(GiveBack(state.live, former));
    } else {
      actions.emplace_back(Remove(state.live, "the pipeline is being deleted"));
    }
  }
  return actions;
}

std::vector<Action> RemoveAbandoned(const std::vector<Json>& api_services,
                                    const std::vector<LivePipeline>& pipelines,
                                    const std::set<std::string>& gone_services) {
  std::vector<Action> actions;
  for (const Json& live : api_services) {
    if (LostItsOwner(live, pipelines)) {
      actions.emplace_back(Remove(live, "its pipeline is gone"));
    } else if (LostItsRestorer(live, pipelines)) {
      if (gone_services.contains(FormerServiceOf(live))) {
        actions.emplace_back(Remove(live, "its pipeline and its former owner's Service are gone"));
      } else {
        actions.emplace_back(GiveBack(live, FormerOwnerOf(live)));
      }
    }
  }
  return actions;
}

std::set<std::string> FormerServices(const std::vector<Json>& api_services,
                                     const std::vector<LivePipeline>& pipelines) {
  std::set<std::string> services;
  for (const Json& live : api_services) {
    if (LostItsRestorer(live, pipelines)) services.insert(FormerServiceOf(live));
  }
  services.erase("");
  return services;
}

}  // namespace mpl::plan
