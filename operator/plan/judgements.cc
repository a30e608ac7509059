// One function per condition. Every message that is not "fine" says what, where, and what to do;
// none holds a time, a counter that runs, or a generated name, which would make status change for
// ever.
#include <algorithm>
#include <optional>

#include "kube/base/text.h"
#include "operator/plan/conditions.h"
#include "operator/plan/reasons.h"
#include "operator/plan/release.h"
#include "operator/plan/steady_text.h"

namespace mpl::plan {
namespace {

Condition Make(const char* type, const char* status, std::string_view reason, std::string message) {
  return {type, status, std::string(reason), std::move(message)};
}

std::string Count(int part, int whole, const char* noun) {
  return std::to_string(part) + " of " + std::to_string(whole) + " " + noun;
}

// "node-b: Timeout: …; node-c: …", the first three.
std::string Describe(const ScrapeSummary& scrape) {
  std::vector<std::string> pieces;
  for (const FailingNode& node : scrape.failing) {
    if (pieces.size() == 3) break;
    pieces.push_back(node.node + ": " + node.reason + ": " + node.message);
  }
  const int more = scrape.nodes_failing - static_cast<int>(pieces.size());
  if (more > 0) {
    pieces.push_back("and " + std::to_string(more) + " more: see status.scrape.failing");
  }
  return Join(pieces, "; ");
}

// What the aggregator's reasons mean for us and what to look at (kube-aggregator,
// pkg/controllers/status/remote/remote_available_controller.go). Empty: nothing to add.
std::string NextStep(const std::string& reason, const std::string& message) {
  if (reason == "ServiceNotFound" || reason == "ServicePortError") {
    return ": the operator makes the Service again; see the events of this object";
  }
  if (reason == "EndpointsNotFound" || reason == "MissingEndpoints") {
    return ": no replica is ready: see condition Available";
  }
  if (reason != "FailedDiscoveryCheck") return {};
  if (message.find("x509") != std::string::npos) {
    return ": the replicas serve another certificate than the registration trusts: see condition "
           "CertificatesValid";
  }
  if (message.find("bad status") != std::string::npos) {
    return ": kube-apiserver reaches a server that refuses it: are --requestheader-client-ca-file "
           "and --proxy-client-cert-file set, and does nothing else listen on that address?";
  }
  return ": kube-apiserver cannot reach the replicas. A firewall or NetworkPolicy between control "
         "plane and pods, a proxy without NO_PROXY for the cluster's addresses, or a control plane "
         "outside of the pod network: open the port, or set spec.collector.network.mode: Host";
}

// What kube-apiserver says about an APIService that is ours.
std::string Unavailability(const Json& live) {
  const Json* available = FindLiveCondition(live, "Available");
  if (available == nullptr) return "kube-apiserver has not checked it yet";
  if (available->value("status", "") == "True") return "";
  const std::string reason = available->value("reason", "");
  const std::string message = SteadyText(available->value("message", ""));
  return reason + ": " + message + NextStep(reason, message);
}

// Replicas run and answer, but none gets ready, because it never got a value: then what they say is
// the cause.
std::optional<Condition> ScrapeCause(const Case& in, const std::string& where) {
  const ScrapeSummary scrape = Summarise(in.observed.reports);
  if (!scrape.known || scrape.serving) return std::nullopt;
  const std::string none = where + ": no replica is ready, because ";
  if (!scrape.config_error.empty()) {
    return Make("Available", "False", reason::kConfigurationRefused,
                none + "the configuration was refused: " + scrape.config_error);
  }
  if (scrape.total == 0 || scrape.most_healthy > 0) return std::nullopt;
  if (scrape.nodes_failing >= scrape.total) {
    return Make("Available", "False", reason::kNoNodesHealthy,
                none + "no node can be scraped: " + Describe(scrape));
  }
  std::string so_far = scrape.nodes_failing == 0 ? "" : ": " + Describe(scrape);
  return Make("Available", "False", reason::kReplicasUnavailable,
              none + "no node has been scraped yet" + std::move(so_far));
}

// Nobody sees to these nodes: a selector that matches none is a mistake that looks like peace.
Condition NoNodes(const Case& in) {
  const std::string& selector = in.pipeline.scrape.node_selector;
  return Make("ScrapeHealthy", "False", reason::kNoNodesSelected,
              selector.empty() ? "the cluster has no node yet"
                               : "no node matches spec.scrape.nodeSelector '" + selector +
                                     "': kubectl get nodes --show-labels shows the labels");
}

std::string Unread(const ObservedState& observed) {
  if (observed.unread_replicas == 0) return {};
  return "; " + std::to_string(observed.unread_replicas) +
         " ready replica(s) could not be read on /status: " + observed.unread_reason;
}

// Some node fails for some replica.
Condition JudgeFailing(const Case& in, const ScrapeSummary& scrape) {
  const bool by_some = scrape.most_healthy + scrape.nodes_failing > scrape.total;
  std::string message =
      Count(scrape.nodes_failing, scrape.total,
            by_some ? "nodes are not scraped by every replica" : "nodes are not scraped");
  if (!scrape.failing.empty()) message += ": " + Describe(scrape);
  const bool none = scrape.most_healthy == 0;
  const bool all = scrape.nodes_failing >= scrape.total;
  if (none && !all) message += "; the others wait for their first time";
  message += Unread(in.observed);
  if (none && all) {
    return Make("ScrapeHealthy", "False", reason::kNoNodesHealthy, std::move(message));
  }
  const bool many = scrape.nodes_failing * 10 > scrape.total;
  return Make("ScrapeHealthy", many ? "False" : "True",
              many ? reason::kNodesFailing : reason::kFewNodesFailing, std::move(message));
}

}  // namespace

Condition NoReport(const char* type, const Case& in) {
  return Make(type, "Unknown", reason::kNoReport,
              in.observed.unread_reason.empty()
                  ? "no replica has reported yet"
                  : "no replica could be read on /status: " + in.observed.unread_reason);
}

Condition JudgeAvailable(const Case& in) {
  const Rollout rollout = ReadRollout(in.observed.deployment, in.pipeline.collector.replicas);
  const std::string where = "Deployment " + in.names.ns + "/" + in.names.collector;
  if (!rollout.exists) {
    return Make("Available", "False", reason::kReplicasUnavailable, where + " does not exist yet");
  }
  std::vector<std::string> troubles = in.observed.pod_troubles;
  if (!rollout.trouble.empty()) troubles.push_back(rollout.trouble);
  if (rollout.ready == 0 && troubles.empty()) {
    if (auto cause = ScrapeCause(in, where)) return *cause;
  }
  std::string message = Count(rollout.ready, rollout.wanted, "replicas are ready");
  if (rollout.ready < rollout.wanted) {
    message = where + ": " + message;
    message +=
        troubles.empty() ? " (kubectl describe pods shows why)" : ": " + Join(troubles, "; ");
  }
  if (rollout.ready == 0) {
    return Make("Available", "False", reason::kReplicasUnavailable, std::move(message));
  }
  return Make("Available", "True", reason::kReplicasAvailable, std::move(message));
}

Condition JudgeRegistered(const Case& in) {
  // A conflict about one version outweighs the other's waiting.
  const RegistrationDecision* worst = nullptr;
  for (const RegistrationDecision& decision : in.registrations) {
    if (decision.state == RegistrationState::kRegistered) continue;
    const bool person = decision.state == RegistrationState::kConflict ||
                        decision.state == RegistrationState::kContested;
    if (worst == nullptr || person) worst = &decision;
  }
  if (worst != nullptr) {
    return Make("APIServicesRegistered", "False", worst->reason, worst->message);
  }
  for (const RegistrationDecision& decision : in.registrations) {
    const auto state = in.observed.api_services.find(decision.name);
    const Json live = state == in.observed.api_services.end() ? Json() : state->second.live;
    // Just pointed at ours, or about to be: what it says of itself is of the Service before.
    const bool ours = ServiceOf(live) == in.names.ns + "/" + in.names.collector;
    if (const std::string why = Unavailability(ours ? live : Json()); !why.empty()) {
      return Make("APIServicesRegistered", "False", reason::kBackendUnavailable,
                  decision.name + " is registered, but kube-apiserver cannot use it: " + why);
    }
  }
  return Make("APIServicesRegistered", "True", reason::kRegistered,
              "v1 and v1beta1 of metrics.k8s.io are registered and available");
}

Condition JudgeScrape(const Case& in) {
  const ScrapeSummary scrape = Summarise(in.observed.reports);
  if (!scrape.known) return NoReport("ScrapeHealthy", in);
  if (!scrape.config_error.empty()) {
    return Make("ScrapeHealthy", "False", reason::kConfigurationRefused,
                "the collector refused its newest configuration and runs the last good one: " +
                    scrape.config_error + ": correct spec.scrape or spec.tls.kubelet");
  }
  if (scrape.total == 0 && scrape.serving) return NoNodes(in);
  if (scrape.nodes_failing > 0) return JudgeFailing(in, scrape);
  if (scrape.most_healthy == 0) {
    return Make("ScrapeHealthy", "Unknown", reason::kNoReport,
                "the replicas have not scraped a node yet" + Unread(in.observed));
  }
  const std::string all = scrape.healthy == scrape.total
                              ? "all " + std::to_string(scrape.total) + " nodes are scraped"
                              : Count(scrape.healthy, scrape.total,
                                      "nodes are scraped, the others wait for their first time");
  return Make("ScrapeHealthy", "True", reason::kAllNodesHealthy, all + Unread(in.observed));
}

Condition JudgeCertificates(const Case& in) {
  const Serving& serving = in.observed.serving;
  if (!serving.fault.empty()) {
    return Make("CertificatesValid", "False", serving.fault_reason, serving.fault);
  }
  std::string message = "the serving certificate and its authority are valid";
  if (!serving.held.empty() && serving.facts) {
    message += " until " + FormatRfc3339(serving.facts->serving_not_after) +
               "; it is due for renewal, but " + serving.held;
  }
  return Make("CertificatesValid", "True", reason::kValid, std::move(message));
}

}  // namespace mpl::plan
