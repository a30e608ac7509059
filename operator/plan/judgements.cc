// One function per condition. Every message that is not "fine" says what, where, and what to do;
// none holds a time, a counter that runs, or a generated name, which would make status change for
// ever.
#include <algorithm>
#include <array>

#include "kube/base/text.h"
#include "operator/plan/conditions.h"
#include "operator/plan/reasons.h"

namespace mpl::plan {
namespace {

Condition Make(const char* type, const char* status, std::string_view reason, std::string message) {
  return {type, status, std::string(reason), std::move(message)};
}

std::string Count(int part, int whole, const char* noun) {
  return std::to_string(part) + " of " + std::to_string(whole) + " " + noun;
}

// "node-b: Timeout: …; node-c: …", the first three.
std::string Describe(const std::vector<FailingNode>& nodes) {
  std::vector<std::string> pieces;
  for (const FailingNode& node : nodes) {
    if (pieces.size() == 3) {
      pieces.push_back("and " + std::to_string(nodes.size() - 3) +
                       " more: see status.scrape.failing");
      break;
    }
    pieces.push_back(node.node + ": " + node.reason + ": " + node.message);
  }
  return Join(pieces, "; ");
}

std::string Describe(const std::vector<PinnedNode>& pins) {
  std::vector<std::string> pieces;
  for (const PinnedNode& pin : pins) {
    if (pieces.size() == 3) {
      pieces.push_back("and " + std::to_string(pins.size() - 3) + " more");
      break;
    }
    pieces.push_back(pin.node + " (subject " + pin.subject + ", issuer " + pin.issuer + ")");
  }
  return Join(pieces, ", ");
}

// Reasons of the collector's closed list (collector/trust) that are about certificates.
bool IsAboutCertificates(const FailingNode& node) {
  static constexpr std::array<std::string_view, 5> kReasons = {
      "NoServingCertificate", "UntrustedCertificate", "NameMismatch", "CertificateExpired",
      "KubeletKeyChanged"};
  return std::ranges::find(kReasons, node.reason) != kReasons.end();
}

Condition NoReport(const char* type, const Case& in) {
  return Make(type, "Unknown", reason::kNoReport,
              in.observed.unread_reason.empty()
                  ? "no ready replica has reported yet"
                  : "no replica could be read on /status: " + in.observed.unread_reason);
}

// What kube-apiserver says about an APIService that is ours.
std::string Unavailability(const Json& live) {
  const Json* available = FindLiveCondition(live, "Available");
  if (available == nullptr) return "kube-apiserver has not checked it yet";
  if (available->value("status", "") == "True") return "";
  return available->value("reason", "") + ": " + available->value("message", "");
}

}  // namespace

Condition JudgeAvailable(const Case& in) {
  const Rollout rollout = ReadRollout(in.observed.deployment, in.pipeline.collector.replicas);
  const std::string where = "Deployment " + in.names.ns + "/" + in.names.collector;
  if (!rollout.exists) {
    return Make("Available", "False", reason::kReplicasUnavailable, where + " does not exist yet");
  }
  std::vector<std::string> troubles = in.observed.pod_troubles;
  if (!rollout.trouble.empty()) troubles.push_back(rollout.trouble);
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
    if (const std::string why = Unavailability(live); !why.empty()) {
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
  const int failing = scrape.total - scrape.healthy;
  if (failing <= 0) {
    return Make("ScrapeHealthy", "True", reason::kAllNodesHealthy,
                "all " + std::to_string(scrape.total) + " nodes are scraped");
  }
  std::string message = Count(failing, scrape.total, "nodes are not scraped");
  if (!scrape.failing.empty()) message += ": " + Describe(scrape.failing);
  if (scrape.healthy == 0) {
    return Make("ScrapeHealthy", "False", reason::kNoNodesHealthy, std::move(message));
  }
  const bool many = failing * 10 > scrape.total;
  return Make("ScrapeHealthy", many ? "False" : "True",
              many ? reason::kNodesFailing : reason::kFewNodesFailing, std::move(message));
}

Condition JudgeKubeletTls(const Case& in) {
  if (in.pipeline.tls.kubelet_mode == pipeline::KubeletTlsMode::kInsecure) {
    return Make("KubeletTLSVerified", "False", reason::kInsecureByConfiguration,
                "no kubelet's certificate is verified (spec.tls.kubelet.mode Insecure): Auto "
                "verifies what can be verified and pins the rest");
  }
  const ScrapeSummary scrape = Summarise(in.observed.reports);
  if (!scrape.known) return NoReport("KubeletTLSVerified", in);
  std::vector<FailingNode> refused;
  std::ranges::copy_if(scrape.failing, std::back_inserter(refused), IsAboutCertificates);
  if (!refused.empty()) {
    return Make("KubeletTLSVerified", "False", reason::kCertificateRefused,
                Count(static_cast<int>(refused.size()), scrape.total,
                      "kubelets are refused for their certificate: ") +
                    Describe(refused));
  }
  if (scrape.pinned > 0) {
    return Make(
        "KubeletTLSVerified", "True", reason::kPinned,
        Count(scrape.pinned, scrape.total,
              "kubelets have a certificate that the cluster CA did not sign; their keys are "
              "pinned: ") +
            Describe(scrape.pins) +
            ". serverTLSBootstrap: true in the kubelet's configuration lets the cluster sign it");
  }
  return Make("KubeletTLSVerified", "True", reason::kAllVerified,
              "every kubelet's certificate is verified against its authority");
}

Condition JudgeCertificates(const Case& in) {
  const Serving& serving = in.observed.serving;
  if (!serving.fault.empty()) {
    return Make("CertificatesValid", "False", serving.fault_reason, serving.fault);
  }
  return Make("CertificatesValid", "True", reason::kValid,
              "the serving certificate and its authority are valid");
}

}  // namespace mpl::plan
