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
std::string Kubelets(int part, int whole) {
  return std::to_string(part) + " of " + std::to_string(whole) + " kubelets ";
}

// The first three of `count`, some of which may have no name here.
std::string NameList(std::vector<std::string> names, int count) {
  names.resize(std::min(names.size(), kNamesShown));
  const int more = count - static_cast<int>(names.size());
  std::string text = Join(names, ", ");
  if (!names.empty() && more > 0) text += " and " + std::to_string(more) + " more";
  return text;
}

std::string Refused(std::string_view reason, std::string_view what, const ScrapeSummary& scrape,
                    int count) {
  std::vector<std::string> names;
  std::string message;
  for (const FailingNode& node : scrape.failing) {
    if (node.reason != reason) continue;
    if (names.empty()) message = node.message;
    names.push_back(node.node);
  }
  std::string text =
      Kubelets(count, scrape.total) + std::string(what) + " (" + std::string(reason) + ")";
  if (!names.empty()) text += ": " + NameList(std::move(names), count) + ": " + message;
  if (reason == "NoServingCertificate") text += " To approve: " + std::string(kApprove);
  return text;
}

std::vector<std::string> RefusedClasses(const ScrapeSummary& scrape) {
  std::vector<std::string> classes;
  for (const auto& [reason, what] : kClasses) {
    const auto count = scrape.failing_by_reason.find(std::string(reason));
    if (count == scrape.failing_by_reason.end()) continue;
    classes.push_back(Refused(reason, what, scrape, count->second));
  }
  return classes;
}

std::string Pinned(const ScrapeSummary& scrape) {
  std::vector<std::string> names;
  names.reserve(scrape.pins.size());
  for (const PinnedNode& pin : scrape.pins) {
    names.push_back(pin.node + " (subject " + pin.subject + ", issuer " + pin.issuer + ")");
  }
  return Kubelets(scrape.pinned, scrape.total) +
         "present a certificate that the cluster CA did not sign; their keys are pinned: " +
         NameList(std::move(names), scrape.pinned) + ". To have them verified: " + kBootstrap +
         kApprove;
}

std::string Verified(const ScrapeSummary& scrape) {
  return Kubelets(scrape.verified, scrape.total) + "are verified against their authority";
}

// A list that is cut, from a collector that does not count.
std::string Unexplained(const ScrapeSummary& scrape) {
  return Kubelets(scrape.unexplained, scrape.total) +
         "fail for reasons that the replicas do not tell, perhaps for their certificates: the "
         "collectors are older than this operator, and those of its own image tell it";
}

}  // namespace

bool IsRefusal(std::string_view reason) {
  return std::ranges::any_of(kClasses, [&](const auto& row) { return row.first == reason; });
}

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
  if (!refused && scrape.unexplained > 0) {
    classes.insert(classes.begin(), Unexplained(scrape));
    return make("Unknown", reason::kNoReport, Join(classes, "; "));
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
