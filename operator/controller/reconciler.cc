#include "operator/controller/reconciler.h"

#include "kube/telemetry/log.h"
#include "operator/plan/reasons.h"
#include "operator/plan/registration.h"

namespace mpl::controller {
namespace {

// How long to wait for watches that were just begun; their first list wakes the pipeline anyway.
constexpr auto kSyncPatience = std::chrono::seconds(2);
// Some four seconds by the queue's back-off: whoever writes at the same time is through by then.
constexpr int kLateInARow = 5;

constexpr const char* kBinding =
    "in a namespace of its own the operator needs a RoleBinding to ClusterRole "
    "metricspipeline-operator-namespaced";

}  // namespace

Reconciler::Reconciler(Watches& watches, Prober& prober, Gatherer& gatherer, Applier& applier,
                       ControllerMetrics& metrics, EventSink events)
    : watches_(watches),
      prober_(prober),
      gatherer_(gatherer),
      applier_(applier),
      metrics_(metrics),
      events_(std::move(events)) {}

void Reconciler::Forget(const std::string& name) {
  memory_.erase(name);
  prober_.Forget(name);
  gatherer_.Forget(name);
  metrics_.SetPipeline(name, Json());
}

net::Task<Result<TimePoint>> Reconciler::Reconcile(std::string name) {
  const Watches::Ptr live = watches_.Live(pipeline::PipelineResource(), "", name);
  if (live == nullptr) {
    Forget(name);  // a pass that was under way when it went has noted it again
    co_return TimePoint::max();
  }
  Json object = live->json;
  // Items of a list come without these two.
  object["apiVersion"] = pipeline::kApiVersion;
  object["kind"] = pipeline::kKind;
  auto parsed = pipeline::ParsePipeline(object);
  // A promise is kept even if the spec is that of another version of ours.
  if (!parsed && live->meta.deletion_timestamp) parsed = pipeline::ParseForDeletion(object);
  if (!parsed) {
    auto invalid = co_await ReconcileInvalid(std::move(object), parsed.error());
    co_return invalid;
  }
  auto done = co_await ReconcileValid(std::move(*parsed), std::move(object));
  co_return done;
}

net::Task<Result<TimePoint>> Reconciler::ReconcileInvalid(Json object, pipeline::Faults faults) {
  plan::Plan plan = plan::MakeInvalidPlan(object, faults, net::SystemNow());
  const TimePoint wake = plan.wake;
  auto published = co_await Publish(std::move(object), std::move(plan));
  if (!published) co_return std::unexpected(published.error());
  co_return wake;
}

// Without its watches nothing may be written: what looks missing may be there.
net::Task<Result<TimePoint>> Reconciler::ReportUnwatched(pipeline::MetricsPipeline pipeline,
                                                         Json object) {
  const plan::Names names = gatherer_.NamesOf(pipeline);
  const auto why = watches_.FailureFor(names.pipeline, names.ns);
  if (!why) co_return net::SystemNow() + kSyncPatience;
  auto gathered = co_await gatherer_.Gather(pipeline, names);
  if (!gathered) co_return std::unexpected(gathered.error());
  plan::ObservedState observed = *std::move(gathered);
  const Failure failure = Describe(*why, kBinding);
  observed.failure_reason = failure.reason;
  observed.failure = failure.message;
  // What is not seen may be there: nothing is said of it.
  observed.serving = {};
  observed.serving.fault_reason = observed.failure_reason;
  observed.serving.fault =
      "the Secrets of namespace " + names.ns + " cannot be read: " + why->message;
  plan::Plan plan = plan::MakePlan(observed, pipeline, net::SystemNow());
  plan.actions.clear();
  auto published = co_await Publish(std::move(object), std::move(plan));
  if (!published) co_return std::unexpected(published.error());
  co_return net::SystemNow() + std::chrono::minutes(1);
}

net::Task<Result<TimePoint>> Reconciler::ReconcileValid(pipeline::MetricsPipeline pipeline,
                                                        Json object) {
  const std::string name = pipeline.meta.name;
  const plan::Names names = gatherer_.NamesOf(pipeline);
  // What a deletion has to give back is watched from the start, and so is whether there is a
  // namespace at all.
  const bool deleting = pipeline.meta.deletion_timestamp.has_value();
  if (!deleting) gatherer_.Follow(pipeline, names);
  if (!deleting && !watches_.SyncedFor(name, names.ns) && !watches_.IsGone(names.ns)) {
    auto reported = co_await ReportUnwatched(std::move(pipeline), std::move(object));
    co_return reported;
  }
  TakeRequest(pipeline);
  auto gathered = co_await gatherer_.Gather(pipeline, names);
  if (!gathered) co_return std::unexpected(gathered.error());
  plan::ObservedState observed = *std::move(gathered);
  observed.lost_since = memory_[name].lost_since;
  // What is written still is written: it goes by what was seen last.
  Failure blindness;
  if (const auto blind = watches_.BlindnessFor(name, names.ns);
      blind && !deleting && !watches_.IsGone(names.ns)) {
    blindness = Describe(*blind, kBinding);
  }
  const auto tell = [&observed, &blindness](const Failure& of_writing) {
    const Failure& told = of_writing.message.empty() ? blindness : of_writing;
    observed.failure = told.message;
    observed.failure_reason = told.reason;
  };
  tell(memory_[name].failure);
  plan::Plan plan = plan::MakePlan(observed, pipeline, net::SystemNow());
  Expect(pipeline, names, observed, plan);

  std::vector<plan::Drift> drifts;
  const auto carried = co_await applier_.CarryOut(plan.actions, drifts);
  for (const plan::Drift& drift : drifts) {
    Tell(object, {true, std::string(plan::reason::kDriftCorrected), plan::Describe(drift)});
  }
  // Neither is a fault that a person could mend: we stop, or were a moment too late.
  const bool stops = !carried && carried.error().kind == ErrorKind::kCancelled;
  const bool late = !carried && carried.error().kind == ErrorKind::kConflict;
  int& conflicts = memory_[name].conflicts;
  conflicts = late ? conflicts + 1 : 0;
  if (stops || (late && conflicts < kLateInARow)) co_return std::unexpected(carried.error());
  const Failure failure =
      carried ? Failure{} : Describe(carried.error(), "give the operator that right (config/rbac)");
  if (failure != memory_[name].failure) {
    // Status tells of this attempt, not of the last one.
    memory_[name].failure = failure;
    tell(failure);
    plan = plan::MakePlan(observed, pipeline, net::SystemNow());
  }
  memory_[name].lost_since = plan.lost_since;
  const TimePoint wake = plan.wake;
  auto published = co_await Publish(std::move(object), std::move(plan));
  if (!carried) co_return std::unexpected(carried.error());
  if (!published) co_return std::unexpected(published.error());
  co_return wake;
}

// Quotas, namespaces that go and admission webhooks answer 403, too: no right mends those. RBAC
// says 'User "x" cannot create resource "y"' (k8s.io/apiserver, responsewriters.Forbidden), or that
// somebody "is attempting to grant RBAC permissions not currently held".
Reconciler::Failure Reconciler::Describe(const Error& error, const std::string& remedy) {
  const auto says = [&error](const char* words) {
    return error.message.find(words) != std::string::npos;
  };
  const bool by_right = error.kind == ErrorKind::kForbidden &&
                        (says("\" cannot ") || says("attempting to grant RBAC permissions"));
  if (!by_right) {
    return {error.message, std::string(plan::reason::kApplyFailed)};
  }
  return {
      error.message + ": " + remedy + "; `metricspipeline-operator check` lists what is missing",
      std::string(plan::reason::kForbidden)};
}

void Reconciler::Expect(const pipeline::MetricsPipeline& pipeline, const plan::Names& names,
                        const plan::ObservedState& observed, const plan::Plan& plan) {
  const bool active = plan::IsActive(pipeline, observed.rivals);
  if (pipeline.meta.deletion_timestamp || !active) return prober_.Forget(pipeline.meta.name);
  Expectation expectation;
  expectation.server_name = names.ServerName();
  expectation.ca_bundle = observed.serving.ca_bundle;
  expectation.replicas = pipeline.collector.replicas;
  static const Json::json_pointer kHash("/collector/configHash");
  if (plan.status.is_object() && plan.status.contains(kHash)) {
    expectation.config_hash = plan.status[kHash].get<std::string>();
  }
  std::vector<Json> slices;
  for (const Watches::Ptr& slice : watches_.EndpointSlices(names.ns, names.collector)) {
    slices.push_back(slice->json);
  }
  expectation.endpoints = Replicas(slices);
  for (const auto& [name, state] : observed.api_services) {
    if (plan::ServiceOf(state.live) == names.ns + "/" + names.collector) {
      expectation.registered = true;
    }
  }
  prober_.Expect(pipeline.meta.name, std::move(expectation));
}

net::Task<Result<void>> Reconciler::Publish(Json object, plan::Plan plan) {
  if (!plan.status.is_null()) {
    metrics_.SetPipeline(object["metadata"].value("name", ""), plan.status);
    auto written = co_await applier_.WriteStatus(object, std::move(plan.status));
    if (!written) co_return written;
  }
  for (const plan::EventIntent& event : plan.events) Tell(object, event);
  co_return Result<void>{};
}

void Reconciler::TakeRequest(const pipeline::MetricsPipeline& pipeline) {
  if (!plan::IsRequested(pipeline)) return;
  log::Info("reconcile requested", {{"pipeline", pipeline.meta.name}});
  applier_.Distrust();
  prober_.AskNow(pipeline.meta.name);
}

void Reconciler::Tell(const Json& object, const plan::EventIntent& event) {
  log::Info("event", {{"pipeline", object["metadata"].value("name", "")},
                      {"reason", event.reason},
                      {"note", event.note}});
  events_(object, event);
}

net::Task<Result<void>> Reconciler::RemoveAbandoned() {
  std::vector<Json> api_services;
  for (const std::string& version : plan::MetricsVersions()) {
    const auto live = watches_.Live(plan::ApiServices(), "", plan::ApiServiceName(version));
    if (live != nullptr) api_services.push_back(live->json);
  }
  std::vector<plan::LivePipeline> pipelines;
  for (const Watches::Ptr& pipeline : watches_.Pipelines()) {
    pipelines.push_back({pipeline->meta.name, pipeline->meta.uid});
  }
  std::set<std::string> services = plan::ServicesInQuestion(api_services, pipelines);
  const auto missing = co_await gatherer_.MissingServices(std::move(services));
  if (!missing) co_return std::unexpected(missing.error());
  std::vector<plan::Drift> drifts;
  auto done =
      co_await applier_.CarryOut(plan::RemoveAbandoned(api_services, pipelines, *missing), drifts);
  co_return done;
}

}  // namespace mpl::controller
