// The condition KubeletTLSVerified: for each class of kubelets what it presented, why it was or was
// not believed, and the commands that would make it verifiable.
//
// Names of certificate signing requests do not stand here: kubelets make new ones every quarter of
// an hour, so that status would change for ever, and the operator would need a right to read them.
// `check` names them (operator/diagnosis/signing_requests.h).
#include <algorithm>
#include <array>
#include <map>

#include "kube/base/text.h"
#include "operator/plan/conditions.h"
#include "operator/plan/reasons.h"

namespace mpl::plan {
namespace {

constexpr std::size_t kNamesShown = 3;

// Reasons of the collector's closed list (collector/trust) that are about certificates, and the
// class of kubelets that each stands for.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kClasses = {{
    {"NoServingCertificate", "present no certificate, because their request is not approved"},
    {"UntrustedCertificate", "present a certificate that no trusted authority signed"},
    {"NameMismatch", "present a certificate for none of their node's names and addresses"},
    {"CertificateExpired", "present a certificate that is not valid now"},
    {"KubeletKeyChanged", "present another key than the one that was pinned"},
}};

// kubelet.config.k8s.io/v1beta1, serverTLSBootstrap; the requests' signer is
// kubernetes.io/kubelet-serving, which kube-controller-manager signs but never approves.
constexpr const char* kApprove =
    "kubectl get csr --field-selector spec.signerName=kubernetes.io/kubelet-serving, then kubectl "
    "certificate approve NAME for each that its node really made";
constexpr const char* kBootstrap =
    "set serverTLSBootstrap: true in their kubelet's configuration, restart them, and approve what "
    "they ask for: ";

// "3 of 5 kubelets".
std::string Kubelets(std::size_t part, int whole) {
  return std::to_string(part) + " of " + std::to_string(whole) + " kubelets ";
}

std::string NameList(std::vector<std::string> names) {
  const std::size_t count = names.size();
  names.resize(std::min(count, kNamesShown));
  std::string text = Join(names, ", ");
  if (count > kNamesShown) text += " and " + std::to_string(count - kNamesShown) + " more";
  return text;
}

std::string Refused(std::string_view reason, std::string_view what,
                    const std::vector<const FailingNode*>& nodes, int total) {
  std::vector<std::string> names;
  names.reserve(nodes.size());
  for (const FailingNode* node : nodes) names.push_back(node->node);
  std::string text = Kubelets(nodes.size(), total) + std::string(what) + " (" +
                     std::string(reason) + "): " + NameList(std::move(names)) + ": " +
                     nodes.front()->message;
  if (reason == "NoServingCertificate") text += " To approve: " + std::string(kApprove);
  return text;
}

std::vector<std::string> RefusedClasses(const ScrapeSummary& scrape) {
  std::vector<std::string> classes;
  for (const auto& [reason, what] : kClasses) {
    std::vector<const FailingNode*> nodes;
    for (const FailingNode& node : scrape.failing) {
      if (node.reason == reason) nodes.push_back(&node);
    }
    if (!nodes.empty()) classes.push_back(Refused(reason, what, nodes, scrape.total));
  }
  return classes;
}

std::string Pinned(const ScrapeSummary& scrape) {
  std::vector<std::string> names;
  names.reserve(scrape.pins.size());
  for (const PinnedNode& pin : scrape.pins) {
    names.push_back(pin.node + " (subject " + pin.subject + ", issuer " + pin.issuer + ")");
  }
  return Kubelets(static_cast<std::size_t>(scrape.pinned), scrape.total) +
         "present a certificate that the cluster CA did not sign; their keys are pinned: " +
         NameList(std::move(names)) + ". To have them verified: " + kBootstrap + kApprove;
}

std::string Verified(const ScrapeSummary& scrape) {
  return Kubelets(static_cast<std::size_t>(scrape.verified), scrape.total) +
         "are verified against their authority";
}

}  // namespace

Condition JudgeKubeletTls(const Case& in) {
  const auto make = [](const char* status, std::string_view reason, std::string message) {
    return Condition{"KubeletTLSVerified", status, std::string(reason), std::move(message)};
  };
  if (in.pipeline.tls.kubelet_mode == pipeline::KubeletTlsMode::kInsecure) {
    return make("False", reason::kInsecureByConfiguration,
                "no kubelet's certificate is verified (spec.tls.kubelet.mode Insecure): Auto "
                "verifies what can be verified and pins the rest");
  }
  const ScrapeSummary scrape = Summarise(in.observed.reports);
  if (!scrape.known) return NoReport("KubeletTLSVerified", in);
  std::vector<std::string> classes = RefusedClasses(scrape);
  const bool refused = !classes.empty();
  if (scrape.pinned > 0) classes.push_back(Pinned(scrape));
  if (!scrape.pins_error.empty()) {
    classes.push_back("a collector that starts anew would trust whoever answers first, because " +
                      scrape.pins_error);
  }
  if (classes.empty() && scrape.verified + scrape.insecure > 0) {
    return make("True", reason::kAllVerified,
                "every kubelet's certificate is verified against its authority");
  }
  if (classes.empty()) {
    return make("Unknown", reason::kNoReport, "no kubelet has shown its certificate yet");
  }
  if (scrape.verified > 0) classes.push_back(Verified(scrape));
  return refused ? make("False", reason::kCertificateRefused, Join(classes, "; "))
                 : make("True", reason::kPinned, Join(classes, "; "));
}

}  // namespace mpl::plan
