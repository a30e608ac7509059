// Whether and how v1.metrics.k8s.io and v1beta1.metrics.k8s.io are registered: last to come, first
// to go, and never somebody else's by accident.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "operator/plan/action.h"
#include "operator/plan/children.h"
#include "operator/plan/observed.h"
#include "operator/plan/release.h"

namespace mpl::plan {

// After so long without a ready replica, unavailablePolicy Withdraw removes the registrations.
inline constexpr auto kWithdrawAfter = std::chrono::minutes(5);
// So many foreign changes of our registration (of its Service, or of what it trusts) within five
// minutes, and we stop answering them.
inline constexpr int kContestedRewrites = 3;

enum class RegistrationState { kRegistered, kPending, kConflict, kContested, kWithdrawn };
std::string_view Name(RegistrationState state);

struct RegistrationDecision {
  std::string name;  // "v1beta1.metrics.k8s.io"
  RegistrationState state = RegistrationState::kPending;
  std::string reason;   // of reasons.h; empty when registered
  std::string message;  // what, where, remedy; empty when registered
  std::optional<Action> action;
  bool adopts = false;            // was somebody else's, and is or will be given back
  std::string owner;              // who keeps it, when that is not us; empty: we, or nobody
  std::optional<TimePoint> wake;  // when the decision may change by time alone
};

struct RegistrationInput {
  const ObservedState& observed;
  const pipeline::MetricsPipeline& pipeline;
  const ChildContext& context;
  TimePoint now;
};

std::vector<RegistrationDecision> DecideRegistrations(const RegistrationInput& input);

// Who besides us wrote spec.service last, from metadata.managedFields; "unknown" when it is not
// told.
std::string ManagerOf(const Json& api_service);
// The same of caBundle and insecureSkipTLSVerify.
std::string TrustManagerOf(const Json& api_service);

}  // namespace mpl::plan
