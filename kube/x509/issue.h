// Makes keys and certificates: ECDSA P-256, random 128-bit serials, SHA-256 signatures.
#pragma once

#include <string>
#include <vector>

#include "kube/base/error.h"
#include "kube/base/time.h"
#include "kube/x509/verify.h"

namespace mpl::x509 {

struct KeyPair {
  std::string certificate_pem;
  std::string private_key_pem;  // PKCS#8; a secret
};

struct CertificateRequest {
  std::string common_name;
  std::vector<std::string> organizations;
  std::vector<std::string> dns_names;
  std::vector<std::string> ip_addresses;
  TimePoint not_before;
  TimePoint not_after;
  Purpose purpose = Purpose::kServerAuth;
};

// A root: CA:TRUE, keyCertSign.
Result<KeyPair> IssueAuthority(const std::string& common_name, TimePoint not_before,
                               TimePoint not_after);
// Signed by `authority`; not_after is clamped to the authority's.
Result<KeyPair> IssueLeaf(const KeyPair& authority, const CertificateRequest& request);
// Signed by its own key, CA:FALSE.
Result<KeyPair> IssueSelfSigned(const CertificateRequest& request);

}  // namespace mpl::x509
