// Certificates for tests, made on the spot: nothing secret lies in the repository and nothing
// expires in it.
#pragma once

#include <string>
#include <vector>

#include "kube/base/time.h"
#include "kube/x509/certificate.h"
#include "kube/x509/issue.h"

namespace mpl::test {

// Unless a test says otherwise, certificates hold from 2020 to 2050.
TimePoint ValidFrom();
TimePoint ValidUntil();

struct LeafOptions {
  std::string common_name = "leaf";
  std::vector<std::string> organizations = {};
  std::vector<std::string> dns_names = {};
  std::vector<std::string> ip_addresses = {};
  TimePoint not_before = ValidFrom();
  TimePoint not_after = ValidUntil();
  x509::Purpose purpose = x509::Purpose::kServerAuth;
};

// A certificate authority that lives as long as the test. Throws on what OpenSSL refuses.
class Authority {
 public:
  explicit Authority(const std::string& common_name = "test-ca");
  x509::KeyPair Issue(const LeafOptions& options) const;
  // Good for a TLS server on loopback: 127.0.0.1, ::1 and localhost.
  x509::KeyPair IssueForLoopback() const;
  const std::string& ca_pem() const { return pair_.certificate_pem; }
  const x509::KeyPair& pair() const { return pair_; }

 private:
  x509::KeyPair pair_;
};

x509::KeyPair SelfSigned(const LeafOptions& options);
// The first certificate of a PEM text.
x509::Certificate Parse(const std::string& pem);

}  // namespace mpl::test
