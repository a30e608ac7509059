#include "kube/x509/certificate.h"

#include <openssl/pem.h>

#include <algorithm>
#include <ctime>

#include "kube/base/digest.h"
#include "kube/base/text.h"
#include "kube/x509/names.h"
#include "kube/x509/openssl.h"

namespace mpl::x509 {
namespace {

std::string Text(const ASN1_STRING* value) {
  return std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                     static_cast<std::size_t>(ASN1_STRING_length(value)));
}

// Texts for people, of whatever somebody put into a certificate: they go into messages, and into
// the status of objects, whose size is limited.
constexpr std::size_t kLongestText = 256;
constexpr std::size_t kMostNames = 20;

std::string Shown(std::string_view text) {
  const std::string cut = Shortened(text, kLongestText);
  return (IsPlainLine(cut) ? cut : Quote(cut)) + (cut.size() < text.size() ? "…" : "");
}

std::string NameText(const X509_NAME* name) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  // RFC 2253, but letters beyond ASCII stay readable.
  X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  return Shown(BioText(bio.get()));
}

std::vector<std::string> Entries(const X509_NAME* name, int nid) {
  std::vector<std::string> values;
  for (int i = X509_NAME_get_index_by_NID(name, nid, -1); i >= 0;
       i = X509_NAME_get_index_by_NID(name, nid, i)) {
    unsigned char* utf8 = nullptr;
    const int size =
        ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, i)));
    if (size >= 0) {
      values.emplace_back(reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(size));
    }
    OPENSSL_free(utf8);
  }
  return values;
}

// "99991231235959Z" (RFC 5280 section 4.1.2.5: no end) lies beyond 64 bits of nanoseconds: the
// nearest time that can be held stands for it.
std::optional<TimePoint> Time(const ASN1_TIME* time) {
  std::tm broken{};
  if (ASN1_TIME_to_tm(time, &broken) != 1) return std::nullopt;
  const std::chrono::sys_seconds seconds{std::chrono::seconds(timegm(&broken))};
  if (seconds > std::chrono::floor<std::chrono::seconds>(TimePoint::max())) {
    return std::chrono::floor<std::chrono::seconds>(TimePoint::max());
  }
  if (seconds < std::chrono::ceil<std::chrono::seconds>(TimePoint::min())) {
    return std::chrono::ceil<std::chrono::seconds>(TimePoint::min());
  }
  return seconds;
}

void ReadSans(const X509* certificate, std::vector<std::string>& dns,
              std::vector<std::string>& ips) {
  using Names = std::unique_ptr<GENERAL_NAMES, Freer<GENERAL_NAMES_free>>;
  const Names names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type == GEN_DNS) dns.push_back(Text(name->d.dNSName));
    if (name->type == GEN_IPADD) ips.push_back(IpText(Text(name->d.iPAddress)));
  }
}

// Takes what i2d_... made over; empty when it failed.
std::string TakeDer(unsigned char* der, int size) {
  std::string text;
  if (size > 0) text.assign(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return text;
}

std::string PublicKeyDer(const X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  return TakeDer(der, size);
}

}  // namespace

std::string DerOf(const x509_st* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate, &der);
  return TakeDer(der, size);
}

Result<Certificate> Certificate::FromDer(std::string_view der) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
  const auto* end = bytes + der.size();
  X509Ptr parsed(d2i_X509(nullptr, &bytes, static_cast<long>(der.size())));
  if (!parsed) return Fail(ErrorKind::kMalformed, "certificate: " + TakeOpenSslReason());
  if (bytes != end) return Fail(ErrorKind::kMalformed, "certificate: bytes left after its end");
  return Describe(std::move(parsed), std::string(der));
}

Result<Certificate> Certificate::FromNative(x509_st* parsed) {
  std::string der = DerOf(parsed);
  if (der.empty()) return Fail(ErrorKind::kMalformed, "certificate: " + TakeOpenSslReason());
  X509_up_ref(parsed);
  return Describe(X509Ptr(parsed), std::move(der));
}

Result<Certificate> Certificate::Describe(std::shared_ptr<x509_st> parsed, std::string der) {
  const X509_NAME* subject = X509_get_subject_name(parsed.get());
  const auto not_before = Time(X509_get0_notBefore(parsed.get()));
  const auto not_after = Time(X509_get0_notAfter(parsed.get()));
  if (!not_before || !not_after) {
    return Fail(ErrorKind::kMalformed,
                "certificate " + NameText(subject) + ": unreadable validity");
  }
  auto data = std::make_shared<Data>();
  data->subject = NameText(subject);
  data->issuer = NameText(X509_get_issuer_name(parsed.get()));
  const auto common_names = Entries(subject, NID_commonName);
  if (!common_names.empty()) data->common_name = common_names.back();  // the most specific
  data->organizations = Entries(subject, NID_organizationName);
  ReadSans(parsed.get(), data->dns_names, data->ip_addresses);
  data->not_before = *not_before;
  data->not_after = *not_after;
  // Fills OpenSSL's cache of extensions, so that later reads from several threads change nothing.
  data->is_ca = (X509_get_extension_flags(parsed.get()) & EXFLAG_CA) != 0;
  data->public_key_sha256 = Sha256Hex(PublicKeyDer(parsed.get()));
  data->sha256 = Sha256Hex(der);
  data->der = std::move(der);
  data->native = std::move(parsed);
  ERR_clear_error();

  Certificate certificate;
  certificate.data_ = std::move(data);
  return certificate;
}

std::string Certificate::DescribeSans() const {
  std::vector<std::string> names;
  const auto add = [&](const char* kind, const std::vector<std::string>& values) {
    for (const std::string& value : values) {
      if (names.size() < kMostNames) names.push_back(kind + Shown(value));
    }
  };
  add("DNS:", dns_names());
  add("IP:", ip_addresses());
  const std::size_t all = dns_names().size() + ip_addresses().size();
  if (all > names.size()) names.push_back("and " + std::to_string(all - names.size()) + " more");
  return names.empty() ? "none" : Join(names, ", ");
}

bool Certificate::MatchesName(std::string_view name_or_ip) const {
  if (const auto wanted = IpBytes(name_or_ip)) {
    return std::ranges::any_of(
        ip_addresses(), [&](const std::string& address) { return IpBytes(address) == wanted; });
  }
  return std::ranges::any_of(
      dns_names(), [&](const std::string& pattern) { return DnsNameMatches(pattern, name_or_ip); });
}

Result<std::vector<Certificate>> ParsePemCertificates(std::string_view pem) {
  const BioPtr bio = ReadBio(pem);
  std::vector<Certificate> certificates;
  char* name = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;
  while (PEM_read_bio(bio.get(), &name, &header, &data, &size) == 1) {
    const std::string kind(name);
    const std::string der(reinterpret_cast<const char*>(data), static_cast<std::size_t>(size));
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_free(data);
    if (kind != PEM_STRING_X509 && kind != PEM_STRING_X509_TRUSTED && kind != PEM_STRING_X509_OLD) {
      continue;
    }
    auto certificate = Certificate::FromDer(der);
    if (!certificate) {
      return Within("PEM certificate " + std::to_string(certificates.size() + 1),
                    certificate.error());
    }
    certificates.push_back(*std::move(certificate));
  }
  const bool clean_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  const std::string reason = TakeOpenSslReason();
  if (!clean_end) return Fail(ErrorKind::kMalformed, "PEM text: " + reason);
  if (certificates.empty()) return Fail(ErrorKind::kMalformed, "PEM text: no certificate in it");
  return certificates;
}

std::string ToPem(const Certificate& certificate) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  // The bytes as they came: OpenSSL would write them anew, and digests of them would change.
  PEM_write_bio(bio.get(), PEM_STRING_X509, "",
                reinterpret_cast<const unsigned char*>(certificate.der().data()),
                static_cast<long>(certificate.der().size()));
  return BioText(bio.get());
}

Result<std::vector<Certificate>> ParseChain(const std::vector<std::string>& chain_der) {
  std::vector<Certificate> chain;
  for (const std::string& der : chain_der) {
    auto certificate = Certificate::FromDer(der);
    if (!certificate) {
      return Within("certificate " + std::to_string(chain.size() + 1) + " of the chain",
                    certificate.error());
    }
    chain.push_back(*std::move(certificate));
  }
  return chain;
}

}  // namespace mpl::x509
