#include "operator/plan/plan.h"

#include <algorithm>
#include <set>

#include "kube/base/text.h"
#include "operator/plan/conditions.h"
#include "operator/plan/reasons.h"
#include "operator/plan/status.h"

namespace mpl::plan {
namespace {

using pipeline::DeletionPolicy;
using pipeline::ManagementState;
using pipeline::MetricsPipeline;

std::string Image(const ObservedState& observed, const MetricsPipeline& pipeline) {
  return pipeline.collector.image.empty() ? observed.operator_image : pipeline.collector.image;
}

// A Secret serves pods of its own namespace, and the operator's only for the operator's image.
std::vector<std::string> PullSecrets(const ObservedState& observed,
                                     const MetricsPipeline& pipeline) {
  const pipeline::CollectorSpec& spec = pipeline.collector;
  const bool ours =
      spec.image_pull_secrets.empty() && spec.image.empty() &&
      CollectorNamespace(pipeline, observed.operator_namespace) == observed.operator_namespace;
  return ours ? observed.operator_pull_secrets : spec.image_pull_secrets;
}

// The CA bundle that spec.tls.kubelet.caBundleRef names; nothing while it cannot be read.
std::optional<std::string> KubeletBundle(const ObservedState& observed,
                                         const MetricsPipeline& pipeline) {
  if (!pipeline.tls.ca_bundle_ref) return "";
  if (!observed.ca_bundle) return std::nullopt;
  const auto entry = observed.ca_bundle->data.find(pipeline.tls.ca_bundle_ref->key);
  if (entry == observed.ca_bundle->data.end()) return std::nullopt;
  return entry->second;
}

// The document that is wanted; while its bundle is missing, the one that runs stays.
std::string WantedDocument(const ObservedState& observed, const MetricsPipeline& pipeline,
                           const Names& names) {
  const auto bundle = KubeletBundle(observed, pipeline);
  return bundle ? CollectorDocument(pipeline, names, *bundle) : observed.live_config;
}

// What the collector's requests are worked out for; nothing while they are those of the spec.
std::optional<SizingBasis> Sizing(const ObservedState& observed, const MetricsPipeline& pipeline) {
  if (pipeline.collector.sizing != pipeline::SizingMode::kProportional) return std::nullopt;
  return ChooseBasis(ReadBasis(observed.deployment), SeenCluster(observed.reports));
}

// Adds or removes the finalizer. Our manager owns nothing else of the object, so an apply without
// it takes it away, unless another manager owns it too: whoever declares it keeps it, until the
// pipeline is deleted.
ApplyObject Finalizer(const MetricsPipeline& pipeline, bool wanted) {
  Json metadata = {{"name", pipeline.meta.name}, {"uid", pipeline.meta.uid}};
  if (wanted) metadata["finalizers"] = Json::array({pipeline::kRestoreFinalizer});
  return {&pipeline::PipelineResource(),
          {{"apiVersion", pipeline::kApiVersion},
           {"kind", pipeline::kKind},
           {"metadata", std::move(metadata)}}};
}

// What metadata.finalizers becomes when ours goes, in a merge patch.
Json OtherFinalizers(const MetricsPipeline& pipeline) {
  return pipeline.other_finalizers.empty() ? Json() : Json(pipeline.other_finalizers);
}

// The finalizer goes, whoever else owns it: nobody but us would ever take it away.
PatchObject Release(const MetricsPipeline& pipeline) {
  // resourceVersion: the list is written as a whole.
  const Json metadata = {{"uid", pipeline.meta.uid},
                         {"resourceVersion", pipeline.meta.resource_version},
                         {"finalizers", OtherFinalizers(pipeline)}};
  return {&pipeline::PipelineResource(),
          "",
          pipeline.meta.name,
          {{"metadata", metadata}},
          "nothing is left to restore"};
}

// Live objects with our labels that nothing wants any more (a budget for one replica, the Secrets
// of a serving mode that was left). Never the APIServices: registration.h decides about those.
void AddPruning(const ObservedState& observed, const Names& names, std::vector<Action>& actions) {
  std::set<std::string> wanted;
  if (observed.serving.keeps_own) {
    for (const std::string& name : {names.authority, names.serving}) {
      wanted.insert(Secrets().plural + "/" + names.ns + "/" + name);
    }
  }
  for (const Action& action : actions) {
    const auto* apply = std::get_if<ApplyObject>(&action);
    if (apply == nullptr) continue;
    const Json& metadata = apply->object["metadata"];
    wanted.insert(apply->resource->plural + "/" + metadata.value("namespace", "") + "/" +
                  metadata.value("name", ""));
  }
  for (const LiveChild& child : observed.children) {
    if (wanted.contains(child.resource->plural + "/" + child.ns + "/" + child.name)) continue;
    actions.emplace_back(
        DeleteObject{child.resource, child.ns, child.name, child.uid, "no longer wanted"});
  }
}

// What somebody wrote into the annotation, as far as status has room for it.
std::string RequestOf(const MetricsPipeline& pipeline) {
  const auto found = pipeline.meta.annotations.find(std::string(kRequestAnnotation));
  return found == pipeline.meta.annotations.end() ? "" : Shortened(found->second, 256);
}

void FinishStatus(const MetricsPipeline& pipeline, const std::vector<Condition>& conditions,
                  Json rest, TimePoint now, Plan& plan) {
  plan.status = std::move(rest);
  plan.status["observedGeneration"] = pipeline.meta.generation;
  if (std::string request = RequestOf(pipeline); !request.empty()) {
    plan.status["lastHandledReconcileAt"] = std::move(request);
  }
  plan.status["conditions"] =
      WriteConditions(conditions, pipeline.status, pipeline.meta.generation, now);
  plan.events = Transitions(conditions, pipeline.status);
}

// What people hear besides of conditions that turn.
void AddTold(Plan& plan) {
  for (const Action& action : plan.actions) {
    const auto* remove = std::get_if<DeleteObject>(&action);
    if (remove == nullptr || !remove->tell) continue;
    plan.events.push_back(
        {true, std::string(reason::kFormerOwnerGone),
         remove->resource->kind + " " + remove->name + " is deleted: " + remove->why});
  }
}

// What holds a deletion up; nothing when the pipeline goes at once.
std::optional<Condition> Holdup(const ObservedState& observed, const MetricsPipeline& pipeline) {
  if (!observed.failure.empty()) {
    std::string message = "the deletion is tried again, because it failed: " + observed.failure;
    if (pipeline.has_restore_finalizer) {
      const Json patch = {{"metadata", {{"finalizers", OtherFinalizers(pipeline)}}}};
      message +=
          "; to let the pipeline go without giving the registration back: kubectl patch mpl " +
          pipeline.meta.name + " --type=merge -p '" + patch.dump() + "'";
    }
    return Condition{"Ready", "False", observed.failure_reason, std::move(message)};
  }
  if (pipeline.other_finalizers.empty()) return std::nullopt;
  return Condition{
      "Ready", "False", std::string(reason::kDeleting),
      "the operator's part of the deletion is done; the pipeline waits for whoever set "
      "these finalizers: " +
          Join(pipeline.other_finalizers, ", ")};
}

// Everything else in status stays as it was.
void TellHoldup(const MetricsPipeline& pipeline, const Condition& ready, TimePoint now,
                Plan& plan) {
  const Json* before = FindCondition(pipeline.status, "Ready");
  const bool news = before == nullptr || before->value("message", "") != ready.message;
  FinishStatus(pipeline, WithReady(pipeline.status, ready),
               pipeline.status.is_object() ? pipeline.status : Json::object(), now, plan);
  plan.events.clear();
  if (news) {
    plan.events.push_back({ready.reason != reason::kDeleting, ready.reason,
                           "Ready: " + Shortened(ready.message, 900)});
  }
}

Plan DeletionPlan(const ObservedState& observed, const MetricsPipeline& pipeline,
                  const ChildContext& context, TimePoint now) {
  Plan plan;
  plan.wake = now + kResync;
  plan.actions = TearDownRegistrations(observed, pipeline, context);
  if (pipeline.has_restore_finalizer) plan.actions.emplace_back(Release(pipeline));
  if (const auto ready = Holdup(observed, pipeline)) TellHoldup(pipeline, *ready, now, plan);
  AddTold(plan);
  return plan;
}

void AddRegistrations(const std::vector<RegistrationDecision>& decisions,
                      const MetricsPipeline& pipeline, Plan& plan) {
  const bool adopts = std::ranges::any_of(decisions, &RegistrationDecision::adopts);
  // The promise to restore is made before there is anything to restore, and ends after it was kept.
  if (adopts && !pipeline.has_restore_finalizer) {
    plan.actions.emplace_back(Finalizer(pipeline, true));
  }
  for (const RegistrationDecision& decision : decisions) {
    if (decision.action) plan.actions.push_back(*decision.action);
    if (decision.wake) plan.wake = std::min(plan.wake, *decision.wake);
  }
  if (!adopts && pipeline.has_restore_finalizer) {
    plan.actions.emplace_back(Finalizer(pipeline, false));
  }
}

Plan InactivePlan(const ObservedState& observed, const MetricsPipeline& pipeline,
                  const Names& names, TimePoint now) {
  const auto winner = std::ranges::min_element(observed.rivals, {}, [](const Rival& rival) {
    return std::pair(rival.created.value_or(TimePoint::max()), rival.name);
  });
  Plan plan;
  plan.wake = now + kResync;
  if (pipeline.management_state == ManagementState::kManaged) {
    AddPruning(observed, names, plan.actions);
  }
  FinishStatus(pipeline,
               JudgeInactive(reason::kNotActive,
                             "metrics.k8s.io is kept by the older MetricsPipeline " + winner->name +
                                 ": delete one of the two; this one takes over when the other is "
                                 "gone"),
               Json::object(), now, plan);
  return plan;
}

// The children alone, in the order of application, without registrations.
std::vector<Action> ChildActions(const ObservedState& observed, const MetricsPipeline& pipeline) {
  const Names names(pipeline.meta.name, CollectorNamespace(pipeline, observed.operator_namespace));
  const ChildContext context{pipeline, names, Image(observed, pipeline), Sizing(observed, pipeline),
                             PullSecrets(observed, pipeline)};
  std::vector<Action> actions;
  const auto add = [&](Intent intent) {
    actions.emplace_back(ApplyObject{intent.resource, std::move(intent.object)});
  };
  for (Intent& intent : Identities(context)) add(std::move(intent));
  const std::string document = WantedDocument(observed, pipeline, names);
  if (!document.empty()) add(ConfigurationMap(context, document));
  add(PinsMap(context));
  const Serving& serving = observed.serving;
  // Keys are made at random: of two operators that find none (one of them frozen between its last
  // look at the Lease and this write), the slower must not overwrite the faster one's authority.
  const auto add_secret = [&](Intent intent, const std::string& based_on) {
    actions.emplace_back(ApplyObject{intent.resource, std::move(intent.object), based_on, true});
  };
  if (!serving.authority_data.is_null())
    add_secret(AuthoritySecret(context, serving.authority_data), serving.authority_version);
  if (!serving.serving_data.is_null())
    add_secret(ServingSecret(context, serving.serving_data), serving.serving_version);
  if (pipeline.tls.issuer_ref) add(CertManagerCertificate(context));
  add(CollectorService(context));
  add(CollectorDeployment(context, serving.secret_name));
  if (pipeline.collector.replicas > 1) add(DisruptionBudget(context));
  return actions;
}

}  // namespace

bool IsRequested(const MetricsPipeline& pipeline) {
  const std::string request = RequestOf(pipeline);
  return !request.empty() && (!pipeline.status.is_object() ||
                              pipeline.status.value("lastHandledReconcileAt", "") != request);
}

bool IsActive(const MetricsPipeline& pipeline, const std::vector<Rival>& rivals) {
  const auto rank = [](const std::optional<TimePoint>& created, const std::string& name) {
    return std::pair(created.value_or(TimePoint::max()), name);
  };
  return std::ranges::none_of(rivals, [&](const Rival& rival) {
    return rank(rival.created, rival.name) <
           rank(pipeline.meta.creation_timestamp, pipeline.meta.name);
  });
}

std::string CollectorNamespace(const MetricsPipeline& pipeline,
                               const std::string& operator_namespace) {
  return pipeline.collector.ns.empty() ? operator_namespace : pipeline.collector.ns;
}

Plan MakePlan(const ObservedState& observed, const MetricsPipeline& pipeline, TimePoint now) {
  const Names names(pipeline.meta.name, CollectorNamespace(pipeline, observed.operator_namespace));
  const ChildContext context{pipeline, names, Image(observed, pipeline)};
  if (pipeline.meta.deletion_timestamp) return DeletionPlan(observed, pipeline, context, now);
  if (!IsActive(pipeline, observed.rivals)) return InactivePlan(observed, pipeline, names, now);

  Plan plan;
  plan.wake = now + kResync;
  if (observed.serving.wake) plan.wake = std::min(plan.wake, *observed.serving.wake);
  const auto decisions = DecideRegistrations({observed, pipeline, context, now});
  const bool managed = pipeline.management_state == ManagementState::kManaged;
  if (managed && !observed.namespace_lives()) {
    AddRegistrations(decisions, pipeline, plan);
  } else if (managed) {
    plan.actions = ChildActions(observed, pipeline);
    AddPruning(observed, names, plan.actions);
    AddRegistrations(decisions, pipeline, plan);
  }
  const std::string hash = ConfigHash(WantedDocument(observed, pipeline, names));
  const Case in{observed, pipeline, names, decisions, hash, now};
  const Judgement judgement = Judge(in);
  plan.lost_since = judgement.lost_since;
  if (judgement.wake) plan.wake = std::min(plan.wake, *judgement.wake);
  FinishStatus(pipeline, judgement.conditions, Figures(in, context.image), now, plan);
  AddTold(plan);
  return plan;
}

Plan MakeInvalidPlan(const Json& object, const pipeline::Faults& faults, TimePoint now) {
  Plan plan;
  plan.wake = now + kResync;
  MetricsPipeline pipeline;
  if (auto meta = objects::ParseObjectMeta(object)) pipeline.meta = std::move(*meta);
  pipeline.status = object.value("status", Json());
  FinishStatus(
      pipeline,
      JudgeInactive(reason::kInvalidSpec,
                    "nothing was changed, because the spec cannot be read: " + Join(faults, "; ")),
      Json::object(), now, plan);
  return plan;
}

}  // namespace mpl::plan
