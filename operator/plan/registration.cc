#include "operator/plan/registration.h"

#include <algorithm>

#include "kube/objects/fields.h"
#include "operator/plan/conditions.h"
#include "operator/plan/provider.h"
#include "operator/plan/reasons.h"

namespace mpl::plan {
namespace {

using objects::TextAt;
using pipeline::ConflictPolicy;
using pipeline::DeletionPolicy;
using pipeline::UnavailablePolicy;

// Decides about one version.
class Decider {
 public:
  Decider(const RegistrationInput& input, const std::string& version)
      : in_(input), version_(version) {
    decision_.name = ApiServiceName(version);
    const auto state = in_.observed.api_services.find(decision_.name);
    if (state != in_.observed.api_services.end()) state_ = state->second;
  }

  RegistrationDecision Decide() && {
    if (!in_.observed.namespace_lives()) {
      NamespaceGoes();
    } else if (state_.live.is_null()) {
      Absent();
    } else if (IsOurs()) {
      Ours();
    } else if (const std::string other = HolderOf(state_.live); !other.empty()) {
      LeftBy(other);
    } else {
      Foreign();
    }
    return std::move(decision_);
  }

 private:
  bool PointsAtUs() const {
    return ServiceOf(state_.live) == in_.context.names.ns + "/" + in_.context.names.collector;
  }
  bool IsOurs() const { return PointsAtUs() || WasOurs(); }
  // That this very pipeline held it. Our labels prove nothing: an apply of another provider leaves
  // them where they are.
  bool WasOurs() const {
    if (IsOwnedBy(state_.live, in_.pipeline.meta.uid)) return true;
    if (PipelineOf(state_.live) != in_.pipeline.meta.name) return false;
    const bool promised =
        in_.pipeline.has_restore_finalizer && !FormerOwnerOf(state_.live).spec.empty();
    return promised || StatusSaysOurs();
  }
  // Nobody else has pointed it elsewhere; the operator may have moved to another namespace.
  bool ServesOurs() const {
    return PointsAtUs() || HolderOf(state_.live) == in_.pipeline.meta.name;
  }
  // Also while it is contested; what somebody else keeps has an owner there.
  bool StatusSaysOurs() const {
    const Json entries = objects::ListAt(in_.pipeline.status, "/apiServices");
    return std::ranges::any_of(entries, [&](const Json& entry) {
      const std::string state = objects::TextIn(entry, "state");
      return objects::TextIn(entry, "name") == decision_.name &&
             objects::TextIn(entry, "owner").empty() &&
             (state == Name(RegistrationState::kRegistered) ||
              state == Name(RegistrationState::kContested));
    });
  }
  bool Contested() const { return state_.rewrites >= kContestedRewrites; }

  void Set(RegistrationState state, std::string_view reason, std::string message) {
    decision_.state = state;
    decision_.reason = reason;
    decision_.message = std::move(message);
  }

  Intent Wanted(FormerOwner former) const {
    const DeletionPolicy policy = in_.pipeline.api_services.deletion_policy;
    Registration registration;
    registration.version = version_;
    registration.ca_bundle = in_.observed.serving.ca_bundle;
    registration.insecure = in_.pipeline.tls.serving_mode == pipeline::ServingMode::kInsecure;
    registration.owned = policy != DeletionPolicy::kOrphan && !Restores(former);
    registration.orphan = policy == DeletionPolicy::kOrphan;
    registration.former = std::move(former);
    return ApiServiceObject(in_.context, registration);
  }

  // Without a bundle there is nothing that it should trust instead.
  bool TrustsUs() const {
    return in_.observed.serving.ca_bundle.empty() ||
           TrustOf(state_.live) == TrustOf(Wanted({}).object);
  }

  // What nobody may write is not ours yet, or not any more.
  void LeftAlone() {
    Set(WasOurs() ? RegistrationState::kContested : RegistrationState::kPending, reason::kUnmanaged,
        decision_.name + " points at " +
            (ServiceOf(state_.live).empty() ? "no Service" : "Service " + ServiceOf(state_.live)) +
            ", and is not pointed at ours while spec.managementState is Unmanaged: set Managed");
  }

  bool IsUnmanaged() const {
    return in_.pipeline.management_state == pipeline::ManagementState::kUnmanaged;
  }

  void Apply(FormerOwner former) {
    if (IsUnmanaged() && !PointsAtUs()) return LeftAlone();
    decision_.adopts = Restores(former);
    Intent intent = Wanted(std::move(former));
    decision_.action = ApplyObject{intent.resource, std::move(intent.object),
                                   TextAt(state_.live, "/metadata/resourceVersion"), IsFollowed()};
    decision_.state = RegistrationState::kRegistered;
  }

  // It points where it should, and what it is to trust is what the running pods read: neither waits
  // for a child. The promise to restore still comes first.
  bool IsFollowed() const {
    const std::string mounted = MountedSecret(in_.observed.deployment);
    return PointsAtUs() && (!decision_.adopts || in_.pipeline.has_restore_finalizer) &&
           (mounted.empty() || mounted == in_.observed.serving.secret_name);
  }

  // No namespace of the cluster can be deleted while a registered API has no server.
  void NamespaceGoes() {
    const bool missing = !in_.observed.namespace_phase;
    Set(RegistrationState::kWithdrawn,
        missing ? reason::kNamespaceMissing : reason::kNamespaceTerminating,
        "namespace " + in_.context.names.ns + (missing ? " does not exist" : " is being deleted") +
            ", and a registered API without a server would stop the deletion of every namespace");
    if (IsOurs() && ServesOurs()) {
      Yield(missing ? "the collector's namespace is gone"
                    : "the collector's namespace is terminating");
    }
  }

  bool Restores(const FormerOwner& former) const {
    return !former.spec.empty() &&
           in_.pipeline.api_services.deletion_policy == DeletionPolicy::kRestore;
  }

  // The registration goes, or goes back to its former owner while that one is there.
  void Yield(std::string why) {
    const FormerOwner former = FormerOwnerOf(state_.live);
    decision_.adopts = false;
    if (Restores(former)) {
      decision_.action = Restore(state_.live, in_.observed.gone_services);
    } else {
      decision_.action = Remove(state_.live, std::move(why));
    }
  }

  void Absent() {
    if (Contested()) return SetContested();
    if (!in_.observed.serving.fault.empty()) {
      return Set(RegistrationState::kPending, in_.observed.serving.fault_reason,
                 "not registered before the serving certificate is in order: " +
                     in_.observed.serving.fault);
    }
    if (in_.observed.ready_endpoints == 0) {
      const bool withdrawn =
          in_.pipeline.api_services.unavailable_policy == UnavailablePolicy::kWithdraw &&
          UnavailableSince().has_value() && *UnavailableSince() + kWithdrawAfter <= in_.now;
      if (withdrawn) return SetWithdrawn();
      return Set(RegistrationState::kPending, reason::kWaitingForEndpoints,
                 "registered as soon as Service " + in_.context.names.ns + "/" +
                     in_.context.names.collector +
                     " has a ready endpoint; see condition Available");
    }
    if (IsUnmanaged()) {
      return Set(RegistrationState::kPending, reason::kUnmanaged,
                 decision_.name +
                     " does not exist, and is not registered while "
                     "spec.managementState is Unmanaged: set Managed");
    }
    if (WaitsForAnother()) return;
    Apply({});
  }

  // Clients that know v1 take it as soon as it is there (the HPA since Kubernetes 1.37), whoever
  // serves the other version: both are taken over, or neither.
  bool WaitsForAnother() {
    for (const auto& [name, state] : in_.observed.api_services) {
      if (name == decision_.name || !IsForeign(state)) continue;
      const std::string with = "registered together with " + name + ", which belongs to " +
                               Classify(state.live, state.manager).Describe();
      if (in_.pipeline.api_services.conflict_policy == ConflictPolicy::kFail) {
        Set(RegistrationState::kPending, reason::kConflictingProvider, with);
        return true;
      }
      if (const std::string missing = NotWarm(); !missing.empty()) {
        Set(RegistrationState::kPending, reason::kWarmingUp, with + ", once " + missing);
        return true;
      }
    }
    return false;
  }
  bool IsForeign(const ApiServiceState& state) const {
    return !state.live.is_null() && HolderOf(state.live).empty() &&
           !IsOwnedBy(state.live, in_.pipeline.meta.uid);
  }

  void Ours() {
    const FormerOwner former = FormerOwnerOf(state_.live);
    if (Contested() && !(PointsAtUs() && TrustsUs())) return SetContested();
    decision_.adopts = Restores(former);
    if (in_.pipeline.api_services.unavailable_policy == UnavailablePolicy::kWithdraw &&
        in_.observed.ready_endpoints == 0) {
      const auto since = UnavailableSince();
      if (since && *since + kWithdrawAfter <= in_.now) {
        SetWithdrawn();
        if (ServesOurs()) Yield("no replica has been ready for 5 minutes");
        return;
      }
      if (since) decision_.wake = *since + kWithdrawAfter;
    }
    // Without a bundle there is nothing better to write than what stands there.
    if (in_.observed.serving.ca_bundle.empty()) {
      decision_.state = RegistrationState::kRegistered;
      return;
    }
    Apply(former);
  }

  // Only the active pipeline decides, so no other one has a claim: it is gone (deletionPolicy
  // Orphan, or its garbage is not collected yet) or waits behind us.
  void LeftBy(const std::string& other) {
    if (in_.observed.ready_endpoints == 0 || !in_.observed.serving.fault.empty()) {
      return Set(RegistrationState::kPending, reason::kWaitingForEndpoints,
                 decision_.name + " is still that of " +
                     (other == in_.pipeline.meta.name ? "an earlier " : "") + "MetricsPipeline " +
                     other + " and is taken over as soon as Service " + in_.context.names.ns + "/" +
                     in_.context.names.collector +
                     " has a ready endpoint; see condition Available");
    }
    Apply(FormerOwnerOf(state_.live));
  }

  void Foreign() {
    const Provider provider = Classify(state_.live, state_.manager);
    decision_.owner = provider.keeper.empty() ? "unknown" : provider.keeper;
    const std::string what = decision_.name + " belongs to " + provider.Describe();
    if (in_.pipeline.api_services.conflict_policy == ConflictPolicy::kFail) {
      return Set(
          RegistrationState::kConflict, reason::kConflictingProvider,
          what + ": " + provider.removal +
              (provider.insists ? ""
                                : ", or replace it without a gap by "
                                  "spec.apiServices.conflictPolicy: TakeOver") +
              (provider.insists || provider.injection.empty() ? ""
                                                              : ", after " + provider.injection));
    }
    if (provider.insists) {
      return Set(RegistrationState::kContested, reason::kRegistrationContested,
                 what + ", which would undo every take-over: " + provider.removal);
    }
    if (!provider.injection.empty()) {
      return Set(RegistrationState::kContested, reason::kRegistrationContested,
                 what + ", which would write its own into every take-over: " + provider.injection);
    }
    if (Contested()) return SetContested();
    if (const std::string missing = NotWarm(); !missing.empty()) {
      return Set(RegistrationState::kPending, reason::kWarmingUp,
                 what + " and is taken over once " + missing);
    }
    Apply(FormerOwnerOnTakeOver(state_));
  }

  void SetContested() {
    const std::string injection = Classify(state_.live, state_.manager).injection;
    Set(RegistrationState::kContested, reason::kRegistrationContested,
        (PointsAtUs() ? "caBundle of " : "") + decision_.name + " was rewritten by " +
            (state_.manager.empty() ? "somebody else" : "field manager " + state_.manager) +
            " three times within 5 minutes: " +
            (injection.empty()
                 ? "stop that writer (an addon manager or a GitOps tool that installs "
                   "another metrics provider)"
                 : "it may be cert-manager's cainjector: " + injection) +
            "; this is tried again 5 minutes later");
    decision_.wake = in_.now + std::chrono::minutes(5);
  }

  void SetWithdrawn() {
    Set(RegistrationState::kWithdrawn, reason::kWithdrawn,
        "no replica has been ready for 5 minutes (unavailablePolicy Withdraw); registered again "
        "when one is: see condition Available");
  }

  // Since when condition Available has been False, as status tells.
  std::optional<TimePoint> UnavailableSince() const {
    return FalseSince(in_.pipeline.status, "Available");
  }

  // What a take-over still waits for; empty when our replicas can answer every question.
  std::string NotWarm() {
    const ObservedState& observed = in_.observed;
    const int wanted = in_.pipeline.collector.replicas;
    if (!observed.serving.fault.empty()) return "the serving certificate is in order";
    if (observed.ready_endpoints < wanted) {
      return "all " + std::to_string(wanted) + " replicas are ready";
    }
    if (std::ranges::count_if(observed.reports, &ReplicaReport::ready) < wanted) {
      return "all replicas report";
    }
    for (const ReplicaReport& report : observed.reports) {
      if (!report.ready) continue;
      if (report.nodes_healthy == 0 || report.nodes_healthy * 10 < report.nodes_total * 9) {
        return "every replica scrapes nine of ten nodes";
      }
    }
    const auto since = AvailableSince();
    const TimePoint warm = since ? *since + 2 * in_.pipeline.scrape.resolution : in_.now;
    if (!since || warm > in_.now) {
      decision_.wake = warm;
      return "the replicas have been available for two resolutions";
    }
    return "";
  }

  std::optional<TimePoint> AvailableSince() const {
    return TrueSince(in_.pipeline.status, "Available");
  }

  const RegistrationInput& in_;
  std::string version_;
  ApiServiceState state_;
  RegistrationDecision decision_;
};

// Who besides us wrote one of these fields of spec last.
std::string LatestWriter(const Json& api_service, std::initializer_list<const char*> fields) {
  std::string manager = kUnknownManager, latest;
  for (const Json& entry : objects::ListAt(api_service, "/metadata/managedFields")) {
    // We may still own the port of a Service that somebody else renamed.
    if (TextAt(entry, "/manager") == kFieldManager) continue;
    const Json spec = objects::ListAt(entry, "/fieldsV1/f:spec");
    const bool wrote =
        std::ranges::any_of(fields, [&](const char* field) { return spec.contains(field); });
    const std::string time = TextAt(entry, "/time");
    if (!wrote || time < latest) continue;
    latest = time;
    manager = entry.value("manager", kUnknownManager);
  }
  return manager;
}

}  // namespace

std::string_view Name(RegistrationState state) {
  switch (state) {
    case RegistrationState::kRegistered:
      return "Registered";
    case RegistrationState::kPending:
      return "Pending";
    case RegistrationState::kConflict:
      return "Conflict";
    case RegistrationState::kContested:
      return "Contested";
    case RegistrationState::kWithdrawn:
      return "Withdrawn";
  }
  return {};
}

std::string ManagerOf(const Json& api_service) { return LatestWriter(api_service, {"f:service"}); }

std::string TrustManagerOf(const Json& api_service) {
  return LatestWriter(api_service, {"f:caBundle", "f:insecureSkipTLSVerify"});
}

std::vector<RegistrationDecision> DecideRegistrations(const RegistrationInput& input) {
  std::vector<RegistrationDecision> decisions;
  for (const std::string& version : MetricsVersions()) {
    decisions.push_back(Decider(input, version).Decide());
  }
  return decisions;
}

}  // namespace mpl::plan
