#include "operator/controller/applier.h"

#include "kube/base/digest.h"
#include "kube/objects/fields.h"
#include "kube/telemetry/log.h"
#include "operator/pipeline/pipeline.h"
#include "operator/plan/children.h"
#include "operator/plan/status.h"

namespace mpl::controller {
namespace {

using objects::TextAt;

// Each try loses only to a writer who was faster than one round trip.
constexpr int kAttempts = 5;

struct Target {
  std::string ns, name;
};

Target TargetOf(const Json& object) {
  const Json& metadata = object["metadata"];
  return {metadata.value("namespace", ""), metadata.value("name", "")};
}

std::string Describe(const Resource& resource, const Target& target) {
  return resource.kind + " " + objects::NamespacedName{target.ns, target.name}.ToString();
}

std::string VersionOf(const Json& object) { return TextAt(object, "/metadata/resourceVersion"); }

std::unexpected<Error> NotLeading() {
  return Fail(ErrorKind::kCancelled, "another operator has taken over");
}

// The others are watched by our label, so that one which lost it seems to be absent.
bool IsWatchedByName(const Resource& resource) { return &resource == &plan::ApiServices(); }

bool IsReplaceable(const Resource& resource) {
  return &resource == &plan::Secrets() || &resource == &plan::RoleBindings() ||
         &resource == &plan::ClusterRoleBindings();
}

}  // namespace

Applier::Applier(client::KubeClient& client, Watches& watches, ControllerMetrics& metrics,
                 MayWrite may_write)
    : client_(client), watches_(watches), metrics_(metrics), may_write_(std::move(may_write)) {}

net::Task<Result<void>> Applier::CarryOut(std::vector<plan::Action> actions,
                                          std::vector<plan::Drift>& drifts) {
  Result<void> outcome;
  plan::Refusals refusals;
  for (const plan::Action& action : actions) {
    if (!may_write_()) co_return NotLeading();
    Result<void> done;
    const bool allowed = refusals.Allow(action);
    if (allowed) done = co_await CarryOut(action, drifts);
    if (!done && done.error().kind == ErrorKind::kCancelled) co_return done;
    if (!allowed || !done) refusals.Add(action);
    if (!done && outcome) outcome = done;
  }
  co_return outcome;
}

net::Task<Result<void>> Applier::CarryOut(const plan::Action& action,
                                          std::vector<plan::Drift>& drifts) {
  Result<void> done;
  if (const auto* apply = std::get_if<plan::ApplyObject>(&action)) {
    done = co_await Apply(*apply, drifts);
  } else if (const auto* remove = std::get_if<plan::DeleteObject>(&action)) {
    done = co_await Delete(*remove);
  } else {
    done = co_await Patch(std::get<plan::PatchObject>(action));
  }
  co_return done;
}

net::Task<Result<Watches::Ptr>> Applier::Find(const Resource& resource, std::string ns,
                                              std::string name) {
  if (watches_.Covers(resource, ns)) co_return watches_.Live(resource, ns, name);
  auto got = co_await client_.Get(resource, ns, name);
  if (!got) {
    if (got.error().kind == ErrorKind::kNotFound) co_return nullptr;
    co_return std::unexpected(got.error());
  }
  auto meta = objects::ParseObjectMeta(*got);
  if (!meta) co_return std::unexpected(meta.error());
  objects::JsonObject object{std::move(*meta), std::move(*got)};
  co_return std::make_shared<const objects::JsonObject>(std::move(object));
}

net::Task<Result<Json>> Applier::Send(const Resource& resource, Json object,
                                      std::optional<std::string> based_on) {
  client::ApplyOptions options;
  options.field_manager = std::string(plan::kFieldManager);
  if (based_on && based_on->empty() && IsWatchedByName(resource)) {
    // What stands there all the same is somebody else's, whose fields the server then defends.
    options.force = false;
  } else if (based_on) {
    if (based_on->empty()) {
      auto made = co_await Claim(resource, object);
      if (!made) co_return made;
      based_on = VersionOf(*made);
    }
    object["metadata"]["resourceVersion"] = *based_on;
  }
  auto applied = co_await client_.Apply(resource, object, options);
  co_return applied;
}

net::Task<Result<Json>> Applier::Claim(const Resource& resource, const Json& object) {
  const Target target = TargetOf(object);
  auto live = co_await client_.Get(resource, target.ns, target.name);
  if (live) {
    const auto meta = objects::ParseObjectMeta(*live);
    if (!meta) co_return std::unexpected(meta.error());
    const auto label = meta->labels.find(std::string(plan::kManagedByLabel));
    const bool watched = label != meta->labels.end() && label->second == plan::kFieldManager;
    if (!watched) co_return live;  // somebody took the label away, or changed it
    co_return Fail(ErrorKind::kConflict,
                   Describe(resource, target) + " was made by another operator a moment ago");
  }
  if (live.error().kind != ErrorKind::kNotFound) co_return live;
  auto created = co_await client_.Create(resource, target.ns, plan::ClaimOf(object));
  if (!created && created.error().kind == ErrorKind::kAlreadyExists) {
    co_return Fail(ErrorKind::kConflict, created.error().message);
  }
  co_return created;
}

net::Task<Result<Json>> Applier::Replace(const Resource& resource, const Json& object,
                                         std::string uid) {
  const Target target = TargetOf(object);
  client::DeleteOptions options;
  options.precondition_uid = std::move(uid);
  auto deleted = co_await client_.Delete(resource, target.ns, target.name, options);
  if (!deleted && deleted.error().kind != ErrorKind::kNotFound) {
    co_return std::unexpected(deleted.error());
  }
  log::Info("recreated", {{"object", Describe(resource, target)}});
  auto applied = co_await Send(resource, object, std::string());
  co_return applied;
}

net::Task<plan::Drift> Applier::Ask(const Resource& resource, const Json& intent) {
  const Target target = TargetOf(intent);
  plan::Drift drift;
  drift.object = Describe(resource, target);
  const auto live = co_await client_.Get(resource, target.ns, target.name);
  if (live) {
    drift = plan::FindDrift(drift.object, *live, intent);
  } else {
    drift.deleted = live.error().kind == ErrorKind::kNotFound;
  }
  co_return drift;
}

net::Task<Result<void>> Applier::Apply(const plan::ApplyObject& action,
                                       std::vector<plan::Drift>& drifts) {
  const Resource& resource = *action.resource;
  const Target target = TargetOf(action.object);
  const std::string key = resource.Path(target.ns, target.name);
  const std::string intent = Sha256(action.object.dump());
  auto live = co_await Find(resource, target.ns, target.name);
  if (!live) co_return Within(Describe(resource, target), live.error());
  const bool exists = *live != nullptr;
  const std::string version = exists ? (*live)->meta.resource_version : "";
  const bool known = skip_.AppliedBefore(key, intent);
  // A newer version in which all of ours still stands is another's business: a controller's status.
  if (skip_.InPlace(key, version, intent) ||
      (known && exists && plan::Holds((*live)->json, action.object))) {
    skip_.Record(key, version, intent);
    metrics_.Applied(resource.kind, "skipped");
    co_return Result<void>{};
  }
  watches_.Expect(resource, action.object);
  plan::Drift drift;
  if (known) drift = co_await Ask(resource, action.object);
  auto applied = co_await Send(resource, action.object, action.based_on);
  if (!applied && applied.error().kind == ErrorKind::kInvalid && exists &&
      IsReplaceable(resource)) {
    const auto stored = co_await client_.Get(resource, target.ns, target.name);
    // Admission may refuse with the same status, and would refuse the new object, too.
    if (stored && plan::CannotBecome(*stored, action.object)) {
      applied = co_await Replace(resource, action.object, TextAt(*stored, "/metadata/uid"));
    }
  }
  if (!applied) {
    metrics_.Applied(resource.kind, "failed");
    co_return Within("apply " + Describe(resource, target),
                     plan::WhyRefused(resource, applied.error()));
  }
  const std::string now = VersionOf(*applied);
  const char* result = !exists ? "created" : now == version ? "noop" : "changed";
  metrics_.Applied(resource.kind, result);
  if (now != version) {
    log::Info(known ? "drift corrected" : "applied",
              {{"object", Describe(resource, target)}, {"result", result}});
    if (known) {
      metrics_.DriftCorrected(resource.kind);
      drifts.push_back(std::move(drift));
    }
  }
  skip_.Record(key, now, intent);
  watches_.Remember(resource, *applied);
  co_return Result<void>{};
}

net::Task<Result<void>> Applier::Delete(const plan::DeleteObject& action) {
  const Target target{action.ns, action.name};
  client::DeleteOptions options;
  options.precondition_uid = action.uid;
  options.precondition_version = action.based_on;
  auto deleted = co_await client_.Delete(*action.resource, action.ns, action.name, options);
  // A conflict is another object of that name, which is looked at again when its event comes, or
  // another version, which may still have to go.
  const bool another = !deleted && deleted.error().kind == ErrorKind::kConflict;
  const bool gone = !deleted && (deleted.error().kind == ErrorKind::kNotFound ||
                                 (another && action.based_on.empty()));
  if (!deleted && !gone) {
    metrics_.Applied(action.resource->kind, "failed");
    co_return Within("delete " + Describe(*action.resource, target), deleted.error());
  }
  skip_.Forget(action.resource->Path(action.ns, action.name));
  if (gone) co_return Result<void>{};
  metrics_.Applied(action.resource->kind, "deleted");
  log::Info("deleted", {{"object", Describe(*action.resource, target)}, {"why", action.why}});
  co_return Result<void>{};
}

net::Task<Result<Json>> Applier::SendPatch(const plan::PatchObject& action) {
  auto patched =
      co_await client_.MergePatch(*action.resource, action.ns, action.name, action.patch);
  if (!patched || action.hand_to.empty()) co_return patched;
  auto handed = co_await HandOver(action, std::move(*patched));
  co_return handed;
}

// A patch of its own: one that changes fields too would make us their owner again. In between the
// aggregator may have written its condition, so the managers are read again as often as that
// happens.
net::Task<Result<Json>> Applier::HandOver(const plan::PatchObject& action, Json live) {
  for (int attempt = 1;; ++attempt) {
    const Json& metadata = live["metadata"];
    const Json owners = {
        {"metadata",
         {{"resourceVersion", metadata.value("resourceVersion", "")},
          {"managedFields",
           plan::HandBack(metadata.value("managedFields", Json::array()), action.hand_to)}}}};
    auto handed = co_await client_.MergePatch(*action.resource, action.ns, action.name, owners);
    const bool again = !handed && handed.error().kind == ErrorKind::kConflict;
    if (!again || attempt == kAttempts) co_return handed;
    auto fresh = co_await client_.Get(*action.resource, action.ns, action.name);
    if (!fresh) co_return fresh;
    live = std::move(*fresh);
  }
}

net::Task<Result<void>> Applier::Patch(const plan::PatchObject& action) {
  const Target target{action.ns, action.name};
  if (action.patch.contains("spec")) {
    Json intent = action.patch;
    intent["metadata"]["name"] = action.name;
    watches_.Expect(*action.resource, intent);
  }
  auto patched = co_await SendPatch(action);
  if (!patched) {
    if (patched.error().kind == ErrorKind::kNotFound) co_return Result<void>{};
    metrics_.Applied(action.resource->kind, "failed");
    co_return Within("patch " + Describe(*action.resource, target), patched.error());
  }
  skip_.Forget(action.resource->Path(action.ns, action.name));
  watches_.Remember(*action.resource, *patched);
  metrics_.Applied(action.resource->kind, "changed");
  log::Info("patched", {{"object", Describe(*action.resource, target)}, {"why", action.why}});
  co_return Result<void>{};
}

net::Task<Result<void>> Applier::WriteStatus(Json object, Json status) {
  if (status.is_null() || status == object.value("status", Json())) co_return Result<void>{};
  if (!may_write_()) co_return NotLeading();
  const Resource& resource = pipeline::PipelineResource();
  const std::string name = TextAt(object, "/metadata/name");
  const std::string uid = TextAt(object, "/metadata/uid");
  const Watches::Ptr seen = watches_.Live(resource, "", name);
  Json live = seen == nullptr ? std::move(object) : Json(seen->json);
  Result<Json> applied;
  for (int attempt = 1;; ++attempt) {
    if (TextAt(live, "/metadata/uid") != uid) {
      co_return Fail(ErrorKind::kConflict, "MetricsPipeline " + name + " was made anew meanwhile");
    }
    applied = co_await SendStatus(plan::StatusIntent(name, VersionOf(live), status));
    const bool again = !applied && applied.error().kind == ErrorKind::kConflict;
    if (!again || attempt == kAttempts) break;
    auto fresh = co_await client_.Get(resource, "", name);
    if (!fresh) {
      applied = std::move(fresh);
      break;
    }
    live = std::move(*fresh);
  }
  if (!applied) {
    // The pipeline went away meanwhile: there is nobody to tell.
    if (applied.error().kind == ErrorKind::kNotFound) co_return Result<void>{};
    co_return Within("apply status of MetricsPipeline " + name, applied.error());
  }
  watches_.Remember(resource, *applied);
  co_return Result<void>{};
}

net::Task<Result<Json>> Applier::SendStatus(Json intent) {
  client::ApplyOptions options;
  options.field_manager = std::string(plan::kStatusFieldManager);
  options.subresource = "status";
  auto applied = co_await client_.Apply(pipeline::PipelineResource(), intent, options);
  co_return applied;
}

}  // namespace mpl::controller
