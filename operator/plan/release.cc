#include "operator/plan/release.h"

#include <algorithm>

#include "kube/objects/fields.h"
#include "operator/pipeline/pipeline.h"

namespace mpl::plan {
namespace {

using objects::TextAt;
using pipeline::DeletionPolicy;

constexpr const char* kNameLabel = "app.kubernetes.io/name";

std::string VersionOf(const Json& live) { return TextAt(live, "/metadata/resourceVersion"); }

// What a merge patch of metadata says to take away what tells that it is ours; not if somebody has
// changed it meanwhile.
Json WithoutMarks(const Json& live) {
  return {{"resourceVersion", VersionOf(live)},
          {"annotations",
           {{std::string(kPreviousSpecAnnotation), nullptr},
            {std::string(kPreviousManagerAnnotation), nullptr},
            {std::string(kPreviousLabelsAnnotation), nullptr},
            {std::string(kDeletionPolicyAnnotation), nullptr}}},
          {"labels",
           {{kNameLabel, nullptr},
            {std::string(kManagedByLabel), nullptr},
            {std::string(kPipelineLabel), nullptr}}}};
}

// Of the labels that ours replace, those that are there, as JSON.
std::string ReplacedLabels(const Json& live) {
  const Json labels = objects::ListAt(live, "/metadata/labels");
  Json replaced = Json::object();
  for (const std::string& name : {std::string(kNameLabel), std::string(kManagedByLabel)}) {
    const std::string value = objects::TextIn(labels, name);
    if (!value.empty()) replaced[name] = value;
  }
  return replaced.empty() ? "" : replaced.dump();
}

// Says of a registration that it stays behind; its pipeline goes before a whole apply could.
PatchObject Orphan(const Json& live) {
  const Json patch = {{"metadata",
                       {{"resourceVersion", VersionOf(live)},
                        {"annotations", {{std::string(kDeletionPolicyAnnotation), kOrphan}}}}}};
  return {&ApiServices(), "", TextAt(live, "/metadata/name"), patch, "it stays behind"};
}

bool IsPipeline(const Json& owner) {
  return TextAt(owner, "/apiVersion") == pipeline::kApiVersion &&
         TextAt(owner, "/kind") == pipeline::kKind;
}

std::string UidOf(const Json& owner) { return TextAt(owner, "/uid"); }

Json OwnersOf(const Json& live) { return objects::ListAt(live, "/metadata/ownerReferences"); }

// The pipeline that it belongs to although there is none with that uid any more; null: none.
Json LostOwnerOf(const Json& live, const std::vector<LivePipeline>& pipelines) {
  for (const Json& owner : OwnersOf(live)) {
    const bool lost = IsPipeline(owner) && std::ranges::find(pipelines, UidOf(owner),
                                                             &LivePipeline::uid) == pipelines.end();
    if (lost) return owner;
  }
  return nullptr;
}

bool PointsAtServiceOf(const Json& live, const std::string& pipeline) {
  return !pipeline.empty() && TextAt(live, "/spec/service/name") == Names(pipeline, "").collector;
}

// Somebody else's by now: nothing of it is ours any more. Its spec stays as it is.
PatchObject LetGo(const Json& live, const std::string& uid, const std::string& manager) {
  Json metadata = WithoutMarks(live);
  metadata["ownerReferences"] = nullptr;
  for (const Json& owner : OwnersOf(live)) {
    if (UidOf(owner) != uid) metadata["ownerReferences"].push_back(owner);
  }
  return {&ApiServices(),
          "",
          TextAt(live, "/metadata/name"),
          {{"metadata", std::move(metadata)}},
          "somebody else has pointed it elsewhere",
          manager};
}

// True when it was to be restored by a pipeline, of which there is none with that name any more,
// and nobody else has pointed it elsewhere since.
bool LostItsRestorer(const Json& live, const std::vector<LivePipeline>& pipelines) {
  const std::string pipeline = HolderOf(live);
  return !pipeline.empty() && !live.contains(Json::json_pointer("/metadata/ownerReferences")) &&
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

std::string TrustOf(const Json& api_service) {
  const Json spec = objects::ListAt(api_service, "/spec");
  const bool insecure = spec.is_object() && spec.value("insecureSkipTLSVerify", Json()) == true;
  return insecure ? "insecure" : objects::TextIn(spec, "caBundle");
}

FormerOwner FormerOwnerOf(const Json& live) {
  return {TextAt(live, "/metadata/annotations/metricspipeline.dev~1previous-spec"),
          TextAt(live, "/metadata/annotations/metricspipeline.dev~1previous-manager"),
          TextAt(live, "/metadata/annotations/metricspipeline.dev~1previous-labels")};
}

FormerOwner FormerOwnerOnTakeOver(const ApiServiceState& state) {
  // Ours may have stayed on it from an earlier time.
  const bool marked = !PipelineOf(state.live).empty();
  return {state.live.value("spec", Json::object()).dump(), KnownManager(state),
          marked ? "" : ReplacedLabels(state.live)};
}

std::string PipelineOf(const Json& live) {
  if (TextAt(live, "/metadata/labels/app.kubernetes.io~1managed-by") !=
      "metricspipeline-operator") {
    return {};
  }
  return TextAt(live, "/metadata/labels/metricspipeline.dev~1pipeline");
}

std::string KnownManager(const ApiServiceState& state) {
  return state.manager == kUnknownManager ? "" : state.manager;
}

std::string HolderOf(const Json& live) {
  std::string pipeline = PipelineOf(live);
  return PointsAtServiceOf(live, pipeline) ? pipeline : "";
}

bool IsOwnedBy(const Json& live, const std::string& uid) {
  return !uid.empty() && std::ranges::any_of(OwnersOf(live), [&](const Json& owner) {
    return IsPipeline(owner) && UidOf(owner) == uid;
  });
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
  Json metadata = WithoutMarks(live);
  const Json labels = Json::parse(former.labels, nullptr, false);
  if (labels.is_object()) metadata["labels"].update(labels);
  const Json patch = {{"metadata", std::move(metadata)}, {"spec", std::move(spec)}};
  return {&ApiServices(),
          "",
          TextAt(live, "/metadata/name"),
          patch,
          "the former owner gets its registration back",
          former.manager};
}

Action Restore(const Json& live, const std::set<std::string>& gone_services) {
  const std::string service = FormerServiceOf(live);
  if (!gone_services.contains(service)) return GiveBack(live, FormerOwnerOf(live));
  DeleteObject removal = Remove(live, "it is not given back, because Service " + service +
                                          " of its former owner does not exist any more");
  removal.tell = true;
  return removal;
}

std::set<std::string> FormerServices(const ObservedState& observed,
                                     const pipeline::MetricsPipeline& pipeline) {
  const pipeline::ApiServicesSpec& spec = pipeline.api_services;
  const bool withdraws = spec.unavailable_policy == pipeline::UnavailablePolicy::kWithdraw &&
                         observed.ready_endpoints == 0;
  const bool goes = pipeline.meta.deletion_timestamp || !observed.namespace_lives() || withdraws;
  std::set<std::string> services;
  if (!goes || spec.deletion_policy != DeletionPolicy::kRestore) return services;
  for (const auto& [name, state] : observed.api_services) {
    services.insert(FormerServiceOf(state.live));
  }
  services.erase("");
  return services;
}

std::vector<Action> TearDownRegistrations(const ObservedState& observed,
                                          const pipeline::MetricsPipeline& pipeline,
                                          const ChildContext& context) {
  std::vector<Action> actions;
  const DeletionPolicy policy = pipeline.api_services.deletion_policy;
  for (const auto& [name, state] : observed.api_services) {
    if (state.live.is_null()) continue;
    const bool owned = IsOwnedBy(state.live, pipeline.meta.uid);
    const bool ours = ServiceOf(state.live) == context.names.ns + "/" + context.names.collector ||
                      (owned && PointsAtServiceOf(state.live, pipeline.meta.name));
    if (!ours) {
      // Garbage collection would take it with the pipeline.
      if (owned) actions.emplace_back(LetGo(state.live, pipeline.meta.uid, KnownManager(state)));
      continue;
    }
    const FormerOwner former = FormerOwnerOf(state.live);
    if (policy == DeletionPolicy::kOrphan) {
      if (!former.spec.empty() && !IsOrphan(state.live)) actions.emplace_back(Orphan(state.live));
    } else if (!former.spec.empty() && policy == DeletionPolicy::kRestore) {
      actions.push_back(Restore(state.live, observed.gone_services));
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
    if (const Json owner = LostOwnerOf(live, pipelines); owner.is_object()) {
      if (PointsAtServiceOf(live, TextAt(owner, "/name"))) {
        actions.emplace_back(Remove(live, "its pipeline is gone"));
      } else if (gone_services.contains(ServiceOf(live))) {
        actions.emplace_back(Remove(live, "its pipeline and its Service are gone"));
      } else {
        actions.emplace_back(LetGo(live, UidOf(owner), ""));
      }
    } else if (LostItsRestorer(live, pipelines)) {
      actions.push_back(Restore(live, gone_services));
    }
  }
  return actions;
}

std::set<std::string> ServicesInQuestion(const std::vector<Json>& api_services,
                                         const std::vector<LivePipeline>& pipelines) {
  std::set<std::string> services;
  for (const Json& live : api_services) {
    if (LostItsRestorer(live, pipelines)) services.insert(FormerServiceOf(live));
    const Json owner = LostOwnerOf(live, pipelines);
    const bool theirs = owner.is_object() && !PointsAtServiceOf(live, TextAt(owner, "/name"));
    if (theirs) services.insert(ServiceOf(live));
  }
  services.erase("");
  return services;
}

}  // namespace mpl::plan
