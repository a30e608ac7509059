#include "operator/controller/gather.h"

#include <algorithm>

#include "kube/base/digest.h"
#include "kube/base/text.h"
#include "kube/objects/fields.h"
#include "kube/telemetry/log.h"
#include "operator/plan/children.h"
#include "operator/plan/conditions.h"
#include "operator/plan/plan.h"
#include "operator/plan/registration.h"

namespace mpl::controller {
namespace {

using objects::TextAt;

std::string PhaseOf(const Json& ns) {
  return ns["metadata"].contains("deletionTimestamp") ? "Terminating" : TextAt(ns, "/status/phase");
}

plan::Referenced ReadReferenced(const Json& object, bool encoded) {
  plan::Referenced referenced;
  if (object.is_null()) return referenced;
  referenced.exists = true;
  const Json data = object.value("data", Json::object());
  for (const auto& [key, value] : data.items()) {
    if (!value.is_string()) continue;
    const auto& text = value.get_ref<const std::string&>();
    referenced.data[key] = encoded ? Base64Decode(text).value_or("") : text;
  }
  return referenced;
}

bool PointsAt(const Json& api_service, const plan::Names& names) {
  return plan::ServiceOf(api_service) == names.ns + "/" + names.collector;
}

const Resource& ReferencedKind(const pipeline::CaBundleRef& reference) {
  return reference.kind == "Secret" ? plan::Secrets() : plan::ConfigMaps();
}

// The Secret that somebody else keeps; empty when the certificate is our own.
std::string ForeignSecret(const pipeline::MetricsPipeline& pipeline, const plan::Names& names) {
  switch (pipeline.tls.serving_mode) {
    case pipeline::ServingMode::kSecret:
      return pipeline.tls.serving_secret;
    case pipeline::ServingMode::kCertManager:
      return names.certificate;
    case pipeline::ServingMode::kSelfManaged:
    case pipeline::ServingMode::kInsecure:
      break;
  }
  return {};
}

}  // namespace

Gatherer::Gatherer(client::KubeClient& client, Watches& watches, Prober& prober,
                   OperatorIdentity identity)
    : client_(client), watches_(watches), prober_(prober), identity_(std::move(identity)) {}

plan::Names Gatherer::NamesOf(const pipeline::MetricsPipeline& pipeline) const {
  return {pipeline.meta.name, plan::CollectorNamespace(pipeline, identity_.ns)};
}

void Gatherer::Follow(const pipeline::MetricsPipeline& pipeline, const plan::Names& names) {
  watches_.FollowNamespace(names.ns);
  watches_.FollowEndpoints(names.pipeline, names.ns, names.collector);
  watches_.UnfollowObjects(names.pipeline);
  if (pipeline.tls.ca_bundle_ref) {
    watches_.FollowObject(names.pipeline, ReferencedKind(*pipeline.tls.ca_bundle_ref), names.ns,
                          pipeline.tls.ca_bundle_ref->name);
  }
  if (!pipeline.tls.client_certificate.empty()) {
    watches_.FollowObject(names.pipeline, plan::Secrets(), names.ns,
                          pipeline.tls.client_certificate);
  }
  if (const std::string secret = ForeignSecret(pipeline, names); !secret.empty()) {
    watches_.FollowObject(names.pipeline, plan::Secrets(), names.ns, secret);
  }
}

void Gatherer::TakenAway(const std::string& api_service) {
  contests_.Note(api_service, net::SteadyNow());
}

void Gatherer::Forget(const std::string& pipeline) {
  published_.erase(pipeline);
  wanted_.erase(pipeline);
  unsaved_.erase(pipeline);
  without_certificate_.erase(pipeline);
}

Json Gatherer::LiveJson(const Resource& resource, const std::string& ns,
                        const std::string& name) const {
  const Watches::Ptr live = watches_.Live(resource, ns, name);
  return live == nullptr ? Json() : live->json;
}

net::Task<Result<plan::ObservedState>> Gatherer::Gather(const pipeline::MetricsPipeline& pipeline,
                                                        const plan::Names& names) {
  plan::ObservedState observed;
  observed.operator_namespace = identity_.ns;
  observed.operator_image = identity_.image;
  observed.operator_pull_secrets = identity_.pull_secrets;
  observed.operator_version = identity_.version;
  for (const Watches::Ptr& other : watches_.Pipelines()) {
    if (other->meta.name == pipeline.meta.name || other->meta.deletion_timestamp) continue;
    observed.rivals.push_back({other->meta.name, other->meta.uid, other->meta.creation_timestamp});
  }
  GatherObjects(pipeline, names, observed);
  GatherFindings(pipeline, names, observed);
  GatherServing(pipeline, names, observed);
  co_await GatherCertificate(pipeline, names, observed);
  co_await GatherManagers(names, observed);
  std::set<std::string> services = plan::FormerServices(observed, pipeline);
  auto gone = co_await MissingServices(std::move(services));
  // Given back to a Service that is gone, an API without a server would stay, and nobody's.
  if (!gone) co_return std::unexpected(gone.error());
  observed.gone_services = std::move(*gone);
  co_await GatherPodTroubles(names, pipeline.collector.replicas, observed);
  co_return observed;
}

void Gatherer::GatherObjects(const pipeline::MetricsPipeline& pipeline, const plan::Names& names,
                             plan::ObservedState& observed) const {
  const Json ns = LiveJson(plan::Namespaces(), "", names.ns);
  if (!ns.is_null()) observed.namespace_phase = PhaseOf(ns);
  for (const std::string& version : plan::MetricsVersions()) {
    const std::string name = plan::ApiServiceName(version);
    observed.api_services[name].live = LiveJson(plan::ApiServices(), "", name);
  }
  observed.deployment = LiveJson(plan::Deployments(), names.ns, names.collector);
  observed.live_config =
      TextAt(LiveJson(plan::ConfigMaps(), names.ns, names.config), "/data/collector.yaml");
  for (const Watches::Child& child : watches_.Children(names.pipeline)) {
    const objects::ObjectMeta& meta = child.object->meta;
    if (meta.deletion_timestamp) continue;
    observed.children.push_back({child.resource, meta.ns, meta.name, meta.uid});
  }
  if (const auto& reference = pipeline.tls.ca_bundle_ref) {
    const Resource& kind = ReferencedKind(*reference);
    observed.ca_bundle =
        ReadReferenced(LiveJson(kind, names.ns, reference->name), &kind == &plan::Secrets());
  }
  if (const std::string& name = pipeline.tls.client_certificate; !name.empty()) {
    observed.client_certificate = ReadReferenced(LiveJson(plan::Secrets(), names.ns, name), true);
  }
}

void Gatherer::GatherFindings(const pipeline::MetricsPipeline& pipeline, const plan::Names& names,
                              plan::ObservedState& observed) const {
  std::vector<Json> slices;
  for (const Watches::Ptr& slice : watches_.EndpointSlices(names.ns, names.collector)) {
    slices.push_back(slice->json);
  }
  observed.ready_endpoints = static_cast<int>(ReadyEndpoints(slices).size());
  Findings findings = prober_.Of(pipeline.meta.name);
  observed.reports = std::move(findings.reports);
  observed.unread_replicas = findings.unread;
  observed.unread_reason = std::move(findings.unread_reason);
  observed.api_probe = findings.api;
  observed.api_probe_failure = std::move(findings.api_failure);
}

std::string Gatherer::HeldBy(const pipeline::MetricsPipeline& pipeline, const plan::Names& names,
                             const plan::ObservedState& observed) const {
  const std::string ns = "namespace " + names.ns;
  if (pipeline.meta.deletion_timestamp) return "the pipeline is being deleted";
  if (!observed.namespace_phase) return ns + " does not exist";
  if (!observed.namespace_lives()) return ns + " is being deleted";
  if (!watches_.SyncedFor(names.pipeline, names.ns)) return ns + " cannot be watched";
  if (!plan::IsActive(pipeline, observed.rivals)) return "another pipeline keeps the API";
  if (pipeline.management_state == pipeline::ManagementState::kUnmanaged) {
    return "spec.managementState is Unmanaged: set Managed";
  }
  return {};
}

void Gatherer::GatherServing(const pipeline::MetricsPipeline& pipeline, const plan::Names& names,
                             plan::ObservedState& observed) {
  const TimePoint now = net::SystemNow();
  plan::ServingSecrets secrets;
  secrets.authority = LiveJson(plan::Secrets(), names.ns, names.authority);
  secrets.serving = LiveJson(plan::Secrets(), names.ns, names.serving);
  if (const std::string name = ForeignSecret(pipeline, names); !name.empty()) {
    secrets.foreign = LiveJson(plan::Secrets(), names.ns, name);
  }
  const Json authority_data =
      secrets.authority.is_object() ? secrets.authority.value("data", Json()) : Json();
  const std::string bundle = certs::Bundle(certs::FromSecrets(authority_data, Json()));
  secrets.published_since = PublishedSince(names, observed, bundle, now);
  secrets.held = HeldBy(pipeline, names, observed);
  secrets.mounted = plan::MountedSecret(observed.deployment);
  const auto rollout = plan::ReadRollout(observed.deployment, pipeline.collector.replicas);
  secrets.rolling = rollout.exists && !rollout.complete();
  std::vector<std::string> done;
  observed.serving =
      plan::ObserveServing(pipeline, names, secrets, now, unsaved_[names.pipeline], done);
  for (const std::string& step : done) {
    log::Info("certificate step", {{"pipeline", names.pipeline}, {"why", step}});
  }
  AddOverlap(names, observed, now);
}

void Gatherer::AddOverlap(const plan::Names& names, plan::ObservedState& observed, TimePoint now) {
  std::string& bundle = observed.serving.ca_bundle;
  if (bundle.empty()) return;
  Published& wanted = wanted_[names.pipeline];
  if (wanted.bundle != bundle) wanted = {bundle, now};
  const TimePoint end = wanted.since + certs::kForgetTime;
  if (now >= end) return;
  for (const auto& [name, state] : observed.api_services) {
    if (!PointsAt(state.live, names)) continue;
    const auto registered = Base64Decode(TextAt(state.live, "/spec/caBundle"));
    if (registered) bundle = certs::Overlap(bundle, *registered, now);
  }
  if (bundle == wanted.bundle) return;
  observed.serving.wake = std::min(observed.serving.wake.value_or(end), end);
}

std::optional<TimePoint> Gatherer::PublishedSince(const plan::Names& names,
                                                  const plan::ObservedState& observed,
                                                  const std::string& bundle, TimePoint now) {
  for (const auto& [name, state] : observed.api_services) {
    if (!PointsAt(state.live, names)) continue;
    const auto registered = Base64Decode(TextAt(state.live, "/spec/caBundle"));
    if (!registered || !certs::Contains(*registered, bundle)) {
      published_.erase(names.pipeline);
      return std::nullopt;
    }
  }
  const auto found = published_.find(names.pipeline);
  if (found != published_.end() && found->second.bundle == bundle) return found->second.since;
  published_[names.pipeline] = {bundle, now};
  return now;
}

// Not every cluster has this kind, so that it cannot be watched: it is asked for until it is gone,
// once in a process for a pipeline that never had one.
net::Task<void> Gatherer::GatherCertificate(const pipeline::MetricsPipeline& pipeline,
                                            const plan::Names& names,
                                            plan::ObservedState& observed) {
  if (pipeline.tls.issuer_ref && plan::IsActive(pipeline, observed.rivals)) {
    without_certificate_.erase(names.pipeline);
    co_return;
  }
  if (without_certificate_.contains(names.pipeline)) co_return;
  const auto live = co_await client_.Get(plan::Certificates(), names.ns, names.certificate);
  if (!live || !plan::IsChildOf(*live, pipeline)) {
    const bool none = live || live.error().kind == ErrorKind::kNotFound;
    if (none) without_certificate_.insert(names.pipeline);
    co_return;
  }
  const auto meta = objects::ParseObjectMeta(*live);
  if (!meta || meta->deletion_timestamp) co_return;
  observed.children.push_back({&plan::Certificates(), meta->ns, meta->name, meta->uid});
}

net::Task<void> Gatherer::GatherManagers(plan::Names names, plan::ObservedState& observed) {
  for (auto& [name, state] : observed.api_services) {
    state.rewrites = contests_.Count(name, net::SteadyNow());
    const bool ours = PointsAt(state.live, names);
    if (state.live.is_null() || (ours && state.rewrites == 0)) continue;
    // Watches do not keep managedFields; one GET for each version of a registration that others
    // write.
    auto& [version, manager] = managers_[name];
    const std::string live_version = TextAt(state.live, "/metadata/resourceVersion");
    if (version != live_version) {
      const auto got = co_await client_.Get(plan::ApiServices(), "", name);
      manager.clear();
      if (got) manager = ours ? plan::TrustManagerOf(*got) : plan::ManagerOf(*got);
      version = got ? live_version : "";
    }
    state.manager = manager;
  }
}

net::Task<Result<std::set<std::string>>> Gatherer::MissingServices(std::set<std::string> services) {
  std::set<std::string> missing;
  for (const std::string& service : services) {
    const std::size_t slash = service.find('/');
    const std::string ns = service.substr(0, slash);
    const std::string name = service.substr(slash + 1);
    const auto got = co_await client_.Get(plan::Services(), ns, name);
    if (got || got.error().kind == ErrorKind::kForbidden) continue;
    if (got.error().kind != ErrorKind::kNotFound) {
      co_return Within("get Service " + service, got.error());
    }
    missing.insert(service);
  }
  co_return missing;
}

net::Task<void> Gatherer::GatherPodTroubles(plan::Names names, int wanted,
                                            plan::ObservedState& observed) {
  const plan::Rollout rollout = plan::ReadRollout(observed.deployment, wanted);
  if (!rollout.exists || rollout.ready >= wanted) co_return;
  const std::string selector = "app.kubernetes.io/name=metrics-collector," +
                               std::string(plan::kPipelineLabel) + "=" + names.pipeline;
  const std::string query = "labelSelector=" + PercentEncode(selector);
  const auto pods = co_await client_.List(plan::Pods(), names.ns, query);
  if (pods) observed.pod_troubles = plan::PodTroubles(*pods);
}

}  // namespace mpl::controller
