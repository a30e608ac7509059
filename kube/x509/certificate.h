// Certificates as values: reading, judging and issuing them. OpenSSL's crypto, no sockets, no
// clock.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kube/base/error.h"
#include "kube/base/time.h"

struct x509_st;

namespace mpl::x509 {

// One parsed certificate. Immutable, cheap to copy (shared), thread-safe.
class Certificate {
 public:
  static Result<Certificate> FromDer(std::string_view der);
  // Shares what OpenSSL has parsed already: a handshake's certificates need not be read again.
  // `parsed` must not change any more.
  static Result<Certificate> FromNative(x509_st* parsed);

  const std::string& der() const { return data_->der; }
  // For people: RFC 2253 order reversed as they read it, "CN=node1@1763724000". One line of UTF-8
  // whatever the certificate says, at most 256 bytes of it.
  const std::string& subject() const { return data_->subject; }
  const std::string& issuer() const { return data_->issuer; }
  const std::string& common_name() const { return data_->common_name; }  // empty when none
  const std::vector<std::string>& organizations() const { return data_->organizations; }
  const std::vector<std::string>& dns_names() const { return data_->dns_names; }
  const std::vector<std::string>& ip_addresses() const { return data_->ip_addresses; }  // text form
  TimePoint not_before() const { return data_->not_before; }
  TimePoint not_after() const { return data_->not_after; }
  bool is_ca() const { return data_->is_ca; }
  // SHA-256 over SubjectPublicKeyInfo, lower-case hex: what a pin remembers.
  const std::string& public_key_sha256() const { return data_->public_key_sha256; }
  // SHA-256 over the certificate, lower-case hex.
  const std::string& sha256() const { return data_->sha256; }
  // "DNS:node1, IP:10.0.0.1"; "none" when there are no SANs. For people, as subject(): at most 20.
  std::string DescribeSans() const;
  // DNS with wildcards as RFC 6125, or an IP address literal against IP SANs. CN is never
  // consulted.
  bool MatchesName(std::string_view name_or_ip) const;

  x509_st* native() const { return data_->native.get(); }

 private:
  static Result<Certificate> Describe(std::shared_ptr<x509_st> parsed, std::string der);
  struct Data {
    std::shared_ptr<x509_st> native;
    std::string der, subject, issuer, common_name, public_key_sha256, sha256;
    std::vector<std::string> organizations, dns_names, ip_addresses;
    TimePoint not_before, not_after;
    bool is_ca = false;
  };
  std::shared_ptr<const Data> data_;
};

// The certificate that OpenSSL has parsed as DER; empty when it cannot be written.
std::string DerOf(const x509_st* certificate);
// All certificates of a PEM text, other blocks ignored. kMalformed when one does not parse or
// none is there.
Result<std::vector<Certificate>> ParsePemCertificates(std::string_view pem);
std::string ToPem(const Certificate& certificate);
// Parses a chain as TLS hands it over. kMalformed names the position of the bad one.
Result<std::vector<Certificate>> ParseChain(const std::vector<std::string>& chain_der);

}  // namespace mpl::x509
