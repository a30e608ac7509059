// Conditions: what is judged from the observed state, and how it is written into status.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "operator/plan/observed.h"
#include "operator/plan/registration.h"

namespace mpl::plan {

struct Condition {
  std::string type;
  std::string status;  // "True", "False", "Unknown"
  std::string reason;  // of reasons.h
  std::string message;
  friend bool operator==(const Condition&, const Condition&) = default;
};

// What a judgement looks at besides the observed state.
struct Case {
  const ObservedState& observed;
  const pipeline::MetricsPipeline& pipeline;
  const Names& names;
  const std::vector<RegistrationDecision>& registrations;
  const std::string& config_hash;  // of the wanted document
  TimePoint now;
};

struct Judgement {
  // In the order of status: Ready, Available, APIServicesRegistered, ScrapeHealthy,
  // KubeletTLSVerified, CertificatesValid, Paused; then Reconciling and Stalled while they are
  // true.
  std::vector<Condition> conditions;
  std::optional<TimePoint> lost_since;  // see debounce.h
  std::optional<TimePoint> wake;        // when it changes by time alone
};
Judgement Judge(const Case& in);
// For a pipeline that another one keeps from being active, and for one whose spec cannot be read.
std::vector<Condition> JudgeInactive(std::string_view reason, const std::string& message);

Condition JudgeAvailable(const Case& in);
Condition JudgeRegistered(const Case& in);
Condition JudgeScrape(const Case& in);
Condition JudgeKubeletTls(const Case& in);
Condition JudgeCertificates(const Case& in);
// True for those reasons of a failing node for which JudgeKubeletTls has a class.
bool IsRefusal(std::string_view reason);
// Of a condition that lives on what the replicas report, while none does.
Condition NoReport(const char* type, const Case& in);

// The `conditions` list of status. lastTransitionTime moves only when the status of a condition
// does.
Json WriteConditions(const std::vector<Condition>& conditions, const Json& prior_status,
                     std::int64_t generation, TimePoint now);

// The conditions of a status with another Ready, and without those that are only there while true.
std::vector<Condition> WithReady(const Json& status, Condition ready);

// The condition of that type in a status; null when there is none. Points into `status`.
const Json* FindCondition(const Json& status, std::string_view type);
const Json* FindCondition(Json&& status, std::string_view type) = delete;
// The same in the status of a live object.
const Json* FindLiveCondition(const Json& object, std::string_view type);
std::optional<TimePoint> FalseSince(const Json& status, std::string_view type);
std::optional<TimePoint> TrueSince(const Json& status, std::string_view type);

// Figures of the live Deployment.
struct Rollout {
  bool exists = false;
  bool observed = false;  // its controller has seen the newest generation
  int wanted = 0, ready = 0, updated = 0, available = 0;
  std::string trouble;  // of conditions ReplicaFailure and Progressing
  bool complete() const {
    return exists && observed && updated >= wanted && available >= wanted && ready >= wanted;
  }
};
Rollout ReadRollout(const Json& deployment, int wanted);

// All replicas together: a node counts as failing when any replica fails to scrape it, and as
// healthy when every replica that takes requests scrapes it. While none does, those that want to
// count.
struct ScrapeSummary {
  bool known = false;    // some replica has reported
  bool serving = false;  // one of those takes requests
  int total = 0;
  int healthy = 0;
  int most_healthy = 0;   // as the luckiest replica sees it
  int nodes_failing = 0;  // the rest waits for its first scrape
  int verified = 0, pinned = 0, insecure = 0;
  int unexplained = 0;                           // failing nodes of which no replica says why
  std::vector<FailingNode> failing;              // by node, sorted; not always all
  std::map<std::string, int> failing_by_reason;  // as many as are known
  std::vector<PinnedNode> pins;                  // by node, sorted
  std::string config_error;
  std::string pins_error;
  std::string version;
  // The hash that all of those run that count for `healthy`; empty while they differ.
  std::string config_hash;
};
ScrapeSummary Summarise(const std::vector<ReplicaReport>& reports);

}  // namespace mpl::plan
