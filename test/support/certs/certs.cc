#include "test/support/certs/certs.h"

#include <stdexcept>

namespace mpl::test {
namespace {

template <class T>
T Must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return *std::move(result);
}

x509::CertificateRequest ToRequest(const LeafOptions& options) {
  x509::CertificateRequest request;
  request.common_name = options.common_name;
  request.organizations = options.organizations;
  request.dns_names = options.dns_names;
  request.ip_addresses = options.ip_addresses;
  request.not_before = options.not_before;
  request.not_after = options.not_after;
  request.purpose = options.purpose;
  return request;
}

}  // namespace

TimePoint ValidFrom() { return std::chrono::sys_days(std::chrono::year(2020) / 1 / 1); }
TimePoint ValidUntil() { return std::chrono::sys_days(std::chrono::year(2050) / 1 / 1); }

Authority::Authority(const std::string& common_name)
    : pair_(Must(x509::IssueAuthority(common_name, ValidFrom(), ValidUntil()))) {}

x509::KeyPair Authority::Issue(const LeafOptions& options) const {
  return Must(x509::IssueLeaf(pair_, ToRequest(options)));
}

x509::KeyPair Authority::IssueForLoopback() const {
  LeafOptions options;
  options.common_name = "loopback";
  options.dns_names = {"localhost"};
  options.ip_addresses = {"127.0.0.1", "::1"};
  return Issue(options);
}

x509::KeyPair SelfSigned(const LeafOptions& options) {
  return Must(x509::IssueSelfSigned(ToRequest(options)));
}

x509::Certificate Parse(const std::string& pem) {
  return Must(x509::ParsePemCertificates(pem)).front();
}

}  // namespace mpl::test
