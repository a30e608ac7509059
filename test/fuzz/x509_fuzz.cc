// Certificates, as PEM or as DER. A certificate that was read is written and read again as the
// same.
#include <algorithm>

#include "kube/base/text.h"
#include "kube/x509/certificate.h"
#include "kube/x509/verify.h"
#include "test/fuzz/fuzz.h"

namespace mpl::fuzz {
namespace {

using x509::Certificate;

const TimePoint kNow =
    TimePoint(std::chrono::seconds(1'800'000'000));  // within the seeds' validity

// Names that say nothing about several hosts, and mean themselves.
bool IsPlainName(std::string_view name) {
  return !name.empty() && name.find('*') == std::string_view::npos && !name.ends_with('.') &&
         name.find_first_not_of("0123456789.") != std::string_view::npos &&
         name.find(':') == std::string_view::npos;
}

void CheckCertificate(const Certificate& certificate) {
  Require(certificate.sha256().size() == 64 && certificate.public_key_sha256().size() == 64,
          "digests are whole");
  Require(!certificate.DescribeSans().empty(), "names can be told");
  for (const std::string& name : certificate.dns_names()) {
    Require(!IsPlainName(name) || certificate.MatchesName(name), "a DNS name matches itself");
  }
  for (const std::string& address : certificate.ip_addresses()) {
    const bool literal = address.find_first_of(".:") != std::string::npos;
    Require(!literal || certificate.MatchesName(address), "an address matches itself");
  }
  Require(!certificate.MatchesName(""), "no name matches nothing");
  for (const auto purpose : {x509::Purpose::kServerAuth, x509::Purpose::kClientAuth}) {
    const auto verdict = x509::VerifyChain({certificate}, {}, purpose, kNow);
    Require(!verdict && verdict.error().kind == ErrorKind::kUntrusted,
            "without a root nothing is trusted");
    const auto own = x509::VerifyChain({certificate}, {certificate}, purpose, kNow);
    Require(own || !own.error().message.empty(), "a refusal says why");
  }
}

bool Same(const Certificate& a, const Certificate& b) {
  return a.der() == b.der() && a.sha256() == b.sha256();
}

}  // namespace

void Check(std::string_view input) {
  if (const auto certificate = Certificate::FromDer(input)) {
    Require(certificate->der() == input, "the bytes are kept");
    CheckCertificate(*certificate);
    const auto again = x509::ParsePemCertificates(x509::ToPem(*certificate));
    Require(again && again->size() == 1 && Same(again->front(), *certificate),
            "a certificate reads back from PEM");
  }
  const auto certificates = x509::ParsePemCertificates(input);
  if (!certificates)
    return Require(certificates.error().kind == ErrorKind::kMalformed, "bad PEM is malformed");
  Require(!certificates->empty(), "a PEM text without certificates is refused");
  std::string pem;
  for (const Certificate& certificate : *certificates) {
    CheckCertificate(certificate);
    pem += x509::ToPem(certificate);
  }
  const auto again = x509::ParsePemCertificates(pem);
  Require(again && std::ranges::equal(*again, *certificates, Same), "a PEM text reads back");
}

}  // namespace mpl::fuzz
