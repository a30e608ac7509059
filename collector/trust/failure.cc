#include "collector/trust/failure.h"

#include <array>

#include "kube/base/text.h"

namespace mpl::trust {
namespace {

// It may quote a certificate, a path or another's error; the remedy behind it must still be read.
constexpr std::size_t kLongestWhat = 2'000;

struct Row {
  ScrapeFailure failure;
  std::string_view name;
  std::string_view remedy;
};

// In the order of the enum.
constexpr std::array kRows = {
    Row{ScrapeFailure::kUnreachable, "Unreachable",
        "Check that the kubelet runs, and that nodes accept TCP to the kubelet's port from the "
        "collector's pods"},
    Row{ScrapeFailure::kTimeout, "Timeout",
        "Check the load of the node and the network to it; scrape.timeout may be raised"},
    Row{ScrapeFailure::kDnsFailure, "DNSFailure",
        "Make the name resolvable for the collector, or put InternalIP first in "
        "scrape.addressTypes"},
    Row{ScrapeFailure::kTlsHandshakeFailed, "TLSHandshakeFailed",
        "Check that the port belongs to the kubelet and that it offers TLS 1.2 or later"},
    Row{ScrapeFailure::kNoServingCertificate, "NoServingCertificate",
        "The kubelet probably waits for its serving certificate: look for the pending request with "
        "`kubectl get csr` and approve it with `kubectl certificate approve NAME`"},
    Row{ScrapeFailure::kUntrustedCertificate, "UntrustedCertificate",
        "Let the cluster sign the kubelet's serving certificate (serverTLSBootstrap: true), or set "
        "tls.kubelet.mode to Auto, or to CustomCA with the authority that signed it"},
    Row{ScrapeFailure::kNameMismatch, "NameMismatch",
        "Make sure that the address belongs to this node; if so, renew the kubelet's serving "
        "certificate with the node's name or one of its addresses"},
    Row{ScrapeFailure::kCertificateExpired, "CertificateExpired",
        "Renew the kubelet's serving certificate (rotateCertificates, or delete kubelet.crt and "
        "restart the kubelet) and check the clocks"},
    Row{ScrapeFailure::kKubeletKeyChanged, "KubeletKeyChanged",
        "If the kubelet's certificate was replaced on purpose, delete the node's key from "
        "ConfigMap NAME-collector-pins; otherwise somebody may be answering in the node's place"},
    Row{ScrapeFailure::kUnauthorized, "Unauthorized",
        "Enable webhook authentication on the kubelet (authentication.webhook.enabled: true)"},
    Row{ScrapeFailure::kForbidden, "Forbidden",
        "Allow the scrape identity to get nodes/metrics (ClusterRole metricspipeline-scraper and "
        "its "
        "binding)"},
    Row{ScrapeFailure::kNotFound, "NotFound",
        "The node's agent does not serve this path: exclude the node with scrape.nodeSelector, or "
        "name its path in the node annotation metrics.k8s.io/resource-metrics-path"},
    Row{ScrapeFailure::kBadStatus, "BadStatus", "Look into the kubelet's log"},
    Row{ScrapeFailure::kBodyTooLarge, "BodyTooLarge",
        "Look at what answers on this port: no kubelet's answer is that large"},
    Row{ScrapeFailure::kMalformed, "Malformed", "Look at what answers on this port and path"},
    Row{ScrapeFailure::kNoAddress, "NoAddress",
        "Add a type that the node has to scrape.addressTypes"},
    Row{ScrapeFailure::kStatsUnavailable, "StatsUnavailable",
        "Look into the logs of the kubelet and the container runtime: the kubelet could not "
        "collect "
        "its statistics"},
};
static_assert(kRows.size() == std::size(kAllScrapeFailures));

const Row& Find(ScrapeFailure failure) { return kRows[static_cast<std::size_t>(failure)]; }

// kube/net names both cases in its messages; there is no kind of their own for them.
bool SaysNoName(std::string_view message) {
  return message.find("resolve ") != std::string_view::npos;
}
bool SaysInternalErrorAlert(std::string_view message) {
  return message.find("alert: internal error") != std::string_view::npos;
}

ScrapeFailure ReasonOf(const Error& error) {
  switch (error.kind) {
    case ErrorKind::kUnreachable:
      return SaysNoName(error.message) ? ScrapeFailure::kDnsFailure : ScrapeFailure::kUnreachable;
    case ErrorKind::kTimeout:
      return ScrapeFailure::kTimeout;
    case ErrorKind::kUntrusted:
      return ScrapeFailure::kUntrustedCertificate;
    case ErrorKind::kTls:
      return SaysInternalErrorAlert(error.message) ? ScrapeFailure::kNoServingCertificate
                                                   : ScrapeFailure::kTlsHandshakeFailed;
    case ErrorKind::kRequestTooLarge:
      return ScrapeFailure::kBodyTooLarge;
    case ErrorKind::kMalformed:
      return ScrapeFailure::kMalformed;
    // Of all that makes a request, a node says the path alone.
    case ErrorKind::kInvalid:
      return ScrapeFailure::kNotFound;
    default:
      return ScrapeFailure::kUnreachable;
  }
}

}  // namespace

std::string_view Name(ScrapeFailure failure) { return Find(failure).name; }
std::string_view Remedy(ScrapeFailure failure) { return Find(failure).remedy; }

bool ConcernsTrust(ScrapeFailure failure) {
  switch (failure) {
    case ScrapeFailure::kTlsHandshakeFailed:
    case ScrapeFailure::kNoServingCertificate:
    case ScrapeFailure::kUntrustedCertificate:
    case ScrapeFailure::kNameMismatch:
    case ScrapeFailure::kCertificateExpired:
    case ScrapeFailure::kKubeletKeyChanged:
      return true;
    default:
      return false;
  }
}

bool WorthAnotherAddress(ScrapeFailure failure) {
  switch (failure) {
    case ScrapeFailure::kUnreachable:
    case ScrapeFailure::kDnsFailure:
    case ScrapeFailure::kTlsHandshakeFailed:
    case ScrapeFailure::kNameMismatch:
      return true;
    default:
      return false;
  }
}

ScrapeFault MakeFault(ScrapeFailure reason, std::string_view what) {
  std::string text = Shortened(what, kLongestWhat);
  if (text.size() < what.size()) text += "…";
  return {reason, text + ". " + std::string(Remedy(reason)) + "."};
}

ScrapeFault FaultFromError(const Error& error) { return MakeFault(ReasonOf(error), error.message); }

std::optional<ScrapeFault> FaultFromStatus(int status, std::string_view path) {
  if (status == 200) return std::nullopt;
  const std::string what =
      "GET " + std::string(path) + " was answered with HTTP " + std::to_string(status);
  switch (status) {
    case 401:
      return MakeFault(ScrapeFailure::kUnauthorized, what);
    case 403:
      return MakeFault(ScrapeFailure::kForbidden, what);
    case 404:
      return MakeFault(ScrapeFailure::kNotFound, what);
    default:
      return MakeFault(ScrapeFailure::kBadStatus, what);
  }
}

}  // namespace mpl::trust
