// Why a kubelet could not be scraped: a closed list, each with what to do about it.
//
// The names stand in /status, in the pipeline's status and in metric labels: do not rename them.
// Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kube/base/error.h"

namespace mpl::trust {

enum class ScrapeFailure {
  kUnreachable,           // no connection: refused, no route, closed
  kTimeout,               // no complete answer within scrape.timeout
  kDnsFailure,            // the address is a name that does not resolve
  kTlsHandshakeFailed,    // TLS failed before a certificate could be judged
  kNoServingCertificate,  // the kubelet waits for its certificate (TLS alert internal_error)
  kUntrustedCertificate,  // no trusted authority signed it
  kNameMismatch,          // trusted, but made out to somebody else
  kCertificateExpired,    // or not valid yet
  kKubeletKeyChanged,     // another key than the pinned one, on the same boot of the same node
  kUnauthorized,          // 401
  kForbidden,             // 403
  kNotFound,              // 404
  kBadStatus,             // any other answer than 200
  kBodyTooLarge,
  kMalformed,         // bytes that are no HTTP, or a body without one sample
  kNoAddress,         // the Node has no address of a wanted type
  kStatsUnavailable,  // the kubelet answers, but could not collect (resource_scrape_error 1)
};

inline constexpr ScrapeFailure kAllScrapeFailures[] = {ScrapeFailure::kUnreachable,
                                                       ScrapeFailure::kTimeout,
                                                       ScrapeFailure::kDnsFailure,
                                                       ScrapeFailure::kTlsHandshakeFailed,
                                                       ScrapeFailure::kNoServingCertificate,
                                                       ScrapeFailure::kUntrustedCertificate,
                                                       ScrapeFailure::kNameMismatch,
                                                       ScrapeFailure::kCertificateExpired,
                                                       ScrapeFailure::kKubeletKeyChanged,
                                                       ScrapeFailure::kUnauthorized,
                                                       ScrapeFailure::kForbidden,
                                                       ScrapeFailure::kNotFound,
                                                       ScrapeFailure::kBadStatus,
                                                       ScrapeFailure::kBodyTooLarge,
                                                       ScrapeFailure::kMalformed,
                                                       ScrapeFailure::kNoAddress,
                                                       ScrapeFailure::kStatsUnavailable};

// "Unreachable", "DNSFailure", "KubeletKeyChanged", …
std::string_view Name(ScrapeFailure failure);
// What an administrator does about it, as a sentence.
std::string_view Remedy(ScrapeFailure failure);
// True: TLS failed, or its certificate was refused: a matter of trust, not of reach.
bool ConcernsTrust(ScrapeFailure failure);
// True: the fault lies with this address only, another one of the node may work.
bool WorthAnotherAddress(ScrapeFailure failure);

// One failed scrape: what happened, where and the remedy in one message.
struct ScrapeFault {
  ScrapeFailure reason = ScrapeFailure::kUnreachable;
  std::string message;
  friend bool operator==(const ScrapeFault&, const ScrapeFault&) = default;
};

// "<what>. <remedy>"
ScrapeFault MakeFault(ScrapeFailure reason, std::string_view what);

// What the HTTP client answered instead of a response. kUntrusted without a verdict of KubeletTrust
// becomes UntrustedCertificate.
ScrapeFault FaultFromError(const Error& error);
// Nothing for 200. `path` is what was asked for.
std::optional<ScrapeFault> FaultFromStatus(int status, std::string_view path);

}  // namespace mpl::trust
