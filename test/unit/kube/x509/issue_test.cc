#include "kube/x509/issue.h"

#include <gmock/gmock.h>

#include <set>

#include "kube/base/digest.h"
#include "test/support/certs/certs.h"

namespace mpl::x509 {
namespace {

using ::testing::HasSubstr;

CertificateRequest Request() {
  CertificateRequest request;
  request.common_name = "leaf";
  request.not_before = test::ValidFrom();
  request.not_after = test::ValidUntil();
  return request;
}

TEST(IssueLeaf, NeverOutlivesItsAuthority) {
  const auto until = test::ValidFrom() + std::chrono::hours(48);
  const auto authority = IssueAuthority("ca", test::ValidFrom(), until);
  ASSERT_TRUE(authority);

  const auto leaf = IssueLeaf(*authority, Request());

  ASSERT_TRUE(leaf) << leaf.error().message;
  EXPECT_EQ(test::Parse(leaf->certificate_pem).not_after(), until);
}

TEST(IssueLeaf, KeepsANameWithACommaOneName) {
  const test::Authority authority;
  CertificateRequest request = Request();
  request.dns_names = {"a,DNS:evil.example"};

  const auto leaf = IssueLeaf(authority.pair(), request);

  ASSERT_TRUE(leaf);
  EXPECT_FALSE(test::Parse(leaf->certificate_pem).MatchesName("evil.example"));
}

TEST(IssueLeaf, RefusesNonsense) {
  const test::Authority authority;
  CertificateRequest bad_address = Request();
  bad_address.ip_addresses = {"10.0.0.256"};
  EXPECT_THAT(IssueLeaf(authority.pair(), bad_address).error().message, HasSubstr("10.0.0.256"));

  CertificateRequest backwards = Request();
  std::swap(backwards.not_before, backwards.not_after);
  EXPECT_EQ(IssueLeaf(authority.pair(), backwards).error().kind, ErrorKind::kInvalid);
}

TEST(IssueLeaf, RefusesAnAuthorityWhoseHalvesDoNotFit) {
  const test::Authority one;
  const test::Authority two;
  const KeyPair mixed{one.pair().certificate_pem, two.pair().private_key_pem};
  EXPECT_EQ(IssueLeaf(mixed, Request()).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(IssueLeaf({}, Request()).error().kind, ErrorKind::kMalformed);
}

TEST(IssueSelfSigned, IsItsOwnIssuerAndNoAuthority) {
  const auto pair = IssueSelfSigned(Request());
  ASSERT_TRUE(pair);
  const Certificate certificate = test::Parse(pair->certificate_pem);
  EXPECT_EQ(certificate.subject(), certificate.issuer());
  EXPECT_FALSE(certificate.is_ca());
  EXPECT_THAT(pair->private_key_pem, HasSubstr("-----BEGIN PRIVATE KEY-----"));  // PKCS#8
}

TEST(Issue, NeverRepeatsASerialNumber) {
  const test::Authority authority;
  std::set<std::string> digests;
  for (int i = 0; i < 8; ++i) {
    digests.insert(test::Parse(authority.IssueForLoopback().certificate_pem).sha256());
  }
  EXPECT_EQ(digests.size(), 8U);
}

}  // namespace
}  // namespace mpl::x509
