#include "operator/controller/watches.h"

#include <algorithm>

#include "operator/pipeline/pipeline.h"

namespace mpl::controller {
namespace {

using client::Change;
using objects::JsonObject;

const std::string kOurs = std::string(plan::kManagedByLabel) + "=metricspipeline-operator";

std::string Label(const Watches::Ptr& object, std::string_view name) {
  if (object == nullptr) return {};
  const auto found = object->meta.labels.find(std::string(name));
  return found == object->meta.labels.end() ? "" : found->second;
}

constexpr auto kBlindForLong = std::chrono::minutes(2);

Error FailureOf(const client::WatchScope& scope, const client::InformerStatus& status) {
  const std::string where = scope.ns.empty() ? "" : " in namespace " + scope.ns;
  return {status.failure_kind, "watch " + scope.resource.plural + where + ": " + status.failure};
}

std::string ByName(const std::string& name) { return "metadata.name=" + name; }

}  // namespace

Watches::Watches(client::KubeClient& client, net::TaskGroup& tasks, std::string operator_namespace,
                 WatchEvents events)
    : client_(client),
      tasks_(tasks),
      operator_namespace_(std::move(operator_namespace)),
      events_(std::move(events)) {}

void Watches::Start() {
  const auto basic = [this](client::WatchScope scope, const Resource* child_kind = nullptr) {
    Watch watch;
    watch.scope = std::move(scope);
    watch.child_kind = child_kind;
    watch.basic = true;
    Add(std::move(watch));
  };
  basic({pipeline::PipelineResource(), "", "", ""});
  for (const std::string& version : plan::MetricsVersions()) {
    basic({plan::ApiServices(), "", "", ByName(plan::ApiServiceName(version))});
  }
  basic({plan::ClusterRoleBindings(), "", kOurs, ""}, &plan::ClusterRoleBindings());
  basic({plan::RoleBindings(), "kube-system", kOurs, ""}, &plan::RoleBindings());
  FollowNamespace(operator_namespace_);
}

void Watches::FollowNamespace(const std::string& ns) {
  const bool known =
      std::ranges::any_of(watches_, [&](const auto& watch) { return watch->follow_ns == ns; });
  if (known) return;
  for (const Resource* kind : plan::NamespacedChildKinds()) {
    if (kind == &plan::RoleBindings() && ns == "kube-system") continue;  // Start() has it
    Watch watch;
    watch.scope = {*kind, ns, kOurs, ""};
    watch.child_kind = kind;
    watch.follow_ns = ns;
    watch.basic = ns == operator_namespace_;
    Add(std::move(watch));
  }
  Watch watch;
  watch.scope = {plan::Namespaces(), "", "", ByName(ns)};
  watch.follow_ns = ns;
  watch.basic = ns == operator_namespace_;
  Add(std::move(watch));
}

void Watches::FollowEndpoints(const std::string& pipeline, const std::string& ns,
                              const std::string& service) {
  const std::string selector = "kubernetes.io/service-name=" + service;
  const bool known = std::ranges::any_of(watches_, [&](const auto& watch) {
    return watch->scope.label_selector == selector && watch->scope.ns == ns;
  });
  if (known) return;
  Watch watch;
  watch.scope = {plan::EndpointSlices(), ns, selector, ""};
  watch.pipeline = pipeline;
  Add(std::move(watch));
}

void Watches::FollowObject(const std::string& pipeline, const Resource& resource,
                           const std::string& ns, const std::string& name) {
  const auto known = std::ranges::find_if(watches_, [&](const auto& watch) {
    return watch->pipeline == pipeline && watch->scope.resource == resource &&
           watch->scope.ns == ns && watch->scope.field_selector == ByName(name);
  });
  if (known != watches_.end()) {
    (*known)->wanted = true;
    return;
  }
  Watch watch;
  watch.scope = {resource, ns, "", ByName(name)};
  watch.pipeline = pipeline;
  Add(std::move(watch));
}

void Watches::UnfollowObjects(const std::string& pipeline) {
  for (const auto& watch : watches_) {
    if (watch->pipeline == pipeline && !watch->scope.field_selector.empty()) watch->wanted = false;
  }
}

Watches::Watch& Watches::Add(Watch watch) {
  Watch& added = *watches_.emplace_back(std::make_unique<Watch>(std::move(watch)));
  added.informer = std::make_unique<client::Informer<JsonObject>>(client_, added.scope);
  added.informer->OnChange([this, &added](Change, const Ptr& before, const Ptr& after) {
    OnChange(added, before, after);
  });
  added.informer->OnSynced([this, &added] { events_.changed(added.pipeline); });
  tasks_.Spawn("watch " + added.scope.resource.plural, added.informer->Run());
  return added;
}

void Watches::OnChange(const Watch& watch, const Ptr& before, const Ptr& after) {
  const Ptr& object = after != nullptr ? after : before;
  own_writes_.Seen(Key(watch.scope.resource, object->meta.ns, object->meta.name), after);
  if (watch.scope.resource == pipeline::PipelineResource()) {
    // Deleted and made anew between two looks is one change.
    const bool another =
        before != nullptr && after != nullptr && before->meta.uid != after->meta.uid;
    if (after == nullptr || another) events_.pipeline_deleted(object->meta.name);
    // Another one may be active now; a status written by ourselves moves nobody else.
    const bool moved = before == nullptr || after == nullptr || another ||
                       before->meta.deletion_timestamp != after->meta.deletion_timestamp;
    return events_.changed(moved ? "" : object->meta.name);
  }
  if (watch.scope.resource == plan::ApiServices()) {
    if (own_registrations_.IsRewrite(before, after)) events_.taken_away(object->meta.name);
    return events_.changed("");
  }
  if (!watch.pipeline.empty()) return events_.changed(watch.pipeline);
  if (watch.scope.resource == plan::Namespaces()) return events_.changed("");
  // A label that was moved concerns both.
  const std::string now = Label(after, plan::kPipelineLabel);
  const std::string then = Label(before, plan::kPipelineLabel);
  if (!now.empty()) events_.changed(now);
  if (!then.empty() && then != now) events_.changed(then);
}

std::string Watches::Key(const Resource& resource, const std::string& ns, const std::string& name) {
  return resource.Path(ns, name);
}

Watches::Ptr Watches::Live(const Resource& resource, const std::string& ns,
                           const std::string& name) const {
  Ptr watched;
  for (const auto& watch : watches_) {
    if (watch->scope.resource != resource) continue;
    if (!watch->scope.ns.empty() && watch->scope.ns != ns) continue;
    watched = watch->informer->store().Get(ns, name);
    if (watched != nullptr) break;
  }
  return own_writes_.Newest(Key(resource, ns, name), watched, net::SteadyNow());
}

bool Watches::Covers(const Resource& resource, const std::string& ns) const {
  return std::ranges::any_of(watches_, [&](const auto& watch) {
    return watch->scope.resource == resource && (watch->scope.ns.empty() || watch->scope.ns == ns);
  });
}

void Watches::Expect(const Resource& resource, const Json& intent) {
  if (resource == plan::ApiServices()) own_registrations_.Want(intent);
}

void Watches::Remember(const Resource& resource, const Json& written) {
  auto meta = objects::ParseObjectMeta(written);
  if (!meta) return;
  JsonObject object{std::move(*meta), written};
  object.json["metadata"].erase("managedFields");
  if (resource == plan::ApiServices()) own_registrations_.Wrote(object);
  const std::string key = Key(resource, object.meta.ns, object.meta.name);
  own_writes_.Remember(key, std::make_shared<const JsonObject>(std::move(object)),
                       net::SteadyNow());
}

std::vector<Watches::Ptr> Watches::Pipelines() const {
  if (watches_.empty()) return {};
  std::vector<Ptr> all = watches_.front()->informer->store().List();
  for (Ptr& object : all) {
    object = own_writes_.Newest(Key(pipeline::PipelineResource(), "", object->meta.name), object,
                                net::SteadyNow());
  }
  return all;
}

std::vector<Watches::Child> Watches::Children(const std::string& pipeline) const {
  std::vector<Child> children;
  for (const auto& watch : watches_) {
    if (watch->child_kind == nullptr) continue;
    for (const Ptr& object : watch->informer->store().List()) {
      if (Label(object, plan::kPipelineLabel) == pipeline) {
        children.push_back({watch->child_kind, object});
      }
    }
  }
  return children;
}

std::vector<Watches::Ptr> Watches::EndpointSlices(const std::string& ns,
                                                  const std::string& service) const {
  for (const auto& watch : watches_) {
    const bool wanted = watch->scope.resource == plan::EndpointSlices() && watch->scope.ns == ns &&
                        watch->scope.label_selector == "kubernetes.io/service-name=" + service;
    if (wanted) return watch->informer->store().List();
  }
  return {};
}

bool Watches::Matters(const Watch& watch, const std::string& pipeline,
                      const std::string& ns) const {
  // A pipeline of the same name may have had another namespace.
  return watch.basic || (!ns.empty() && watch.follow_ns == ns) ||
         (!pipeline.empty() && watch.pipeline == pipeline && watch.scope.ns == ns && watch.wanted);
}

bool Watches::Synced() const { return SyncedFor("", ""); }

bool Watches::SyncedFor(const std::string& pipeline, const std::string& ns) const {
  return !watches_.empty() && std::ranges::all_of(watches_, [&](const auto& watch) {
    return !Matters(*watch, pipeline, ns) || watch->informer->status().synced;
  });
}

std::string Watches::Failure() const {
  const auto failure = FailureFor("", "");
  return failure ? failure->message : "";
}

bool Watches::IsGone(const std::string& ns) const {
  for (const auto& watch : watches_) {
    if (watch->follow_ns != ns || watch->scope.resource != plan::Namespaces()) continue;
    if (!watch->informer->status().synced) return false;
    const Ptr live = Live(plan::Namespaces(), "", ns);
    return live == nullptr || live->meta.deletion_timestamp;
  }
  return false;
}

std::optional<Error> Watches::FailureFor(const std::string& pipeline, const std::string& ns) const {
  for (const auto& watch : watches_) {
    if (!Matters(*watch, pipeline, ns)) continue;
    if (auto hindrance = HindranceOf(watch->scope, watch->informer->status())) return hindrance;
  }
  return std::nullopt;
}

std::optional<Error> Watches::BlindnessFor(const std::string& pipeline,
                                           const std::string& ns) const {
  for (const auto& watch : watches_) {
    if (!Matters(*watch, pipeline, ns)) continue;
    auto why = BlindnessOf(watch->scope, watch->informer->status(), net::SteadyNow());
    if (why) return why;
  }
  return std::nullopt;
}

std::optional<Error> HindranceOf(const client::WatchScope& scope,
                                 const client::InformerStatus& status) {
  if (status.synced || status.failure.empty()) return std::nullopt;
  return FailureOf(scope, status);
}

std::optional<Error> BlindnessOf(const client::WatchScope& scope,
                                 const client::InformerStatus& status, MonoTime now) {
  const bool lasts = !status.failure.empty() && now - status.failing_since >= kBlindForLong;
  if (!status.synced || !lasts) return std::nullopt;
  return FailureOf(scope, status);
}

}  // namespace mpl::controller
