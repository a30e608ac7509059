#include "kube/x509/certificate.h"

#include <gmock/gmock.h>

#include "kube/base/digest.h"
#include "test/support/certs/certs.h"

namespace mpl::x509 {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Certificate, ShowsWhatWasIssued) {
  const test::Authority authority("cluster-ca");
  const Certificate leaf = test::Parse(authority
                                           .Issue({.common_name = "system:node:node1",
                                                   .organizations = {"system:nodes"},
                                                   .dns_names = {"node1"},
                                                   .ip_addresses = {"10.0.0.1", "fd00::1"}})
                                           .certificate_pem);

  EXPECT_EQ(leaf.subject(), "CN=system:node:node1,O=system:nodes");
  EXPECT_EQ(leaf.issuer(), "CN=cluster-ca");
  EXPECT_EQ(leaf.common_name(), "system:node:node1");
  EXPECT_THAT(leaf.organizations(), ElementsAre("system:nodes"));
  EXPECT_THAT(leaf.dns_names(), ElementsAre("node1"));
  EXPECT_THAT(leaf.ip_addresses(), ElementsAre("10.0.0.1", "fd00::1"));
  EXPECT_EQ(leaf.DescribeSans(), "DNS:node1, IP:10.0.0.1, IP:fd00::1");
  EXPECT_EQ(leaf.not_before(), test::ValidFrom());
  EXPECT_EQ(leaf.not_after(), test::ValidUntil());
  EXPECT_FALSE(leaf.is_ca());
  EXPECT_TRUE(test::Parse(authority.ca_pem()).is_ca());
  EXPECT_EQ(leaf.sha256(), Sha256Hex(leaf.der()));
}

TEST(Certificate, HasNoNamesWhereNoneWereIssued) {
  const Certificate bare = test::Parse(test::SelfSigned({.common_name = ""}).certificate_pem);

  EXPECT_EQ(bare.common_name(), "");
  EXPECT_THAT(bare.dns_names(), IsEmpty());
  EXPECT_EQ(bare.DescribeSans(), "none");
}

// A kubelet that nobody knows yet may show anything, and it ends up in messages.
TEST(Certificate, TellsOfStrangeNamesInOneLineThatIsNotLong) {
  test::LeafOptions options{.common_name = "n"};
  for (int k = 0; k < 20; ++k) options.organizations.push_back(std::string(60, 'o'));
  options.dns_names = {"n1@\xff\n", std::string(5'000, 'd')};
  for (int k = 0; k < 30; ++k) options.dns_names.push_back("d" + std::to_string(k));
  const Certificate leaf = test::Parse(test::SelfSigned(options).certificate_pem);

  EXPECT_LE(leaf.subject().size(), 256U + 3);
  EXPECT_THAT(leaf.subject(), testing::EndsWith("…"));
  const std::string names = leaf.DescribeSans();
  EXPECT_THAT(names, testing::StartsWith(R"(DNS:"n1@\xff\n", DNS:ddd)"));
  EXPECT_THAT(names, testing::EndsWith(", DNS:d17, and 12 more"));
  EXPECT_LE(names.size(), 256U + 200);
  EXPECT_EQ(leaf.dns_names().front(), "n1@\xff\n");  // what is compared is as it was written
  EXPECT_EQ(leaf.dns_names().size(), 32U);
}

TEST(Certificate, TellsKeysApart) {
  const test::Authority authority;
  const Certificate a = test::Parse(authority.IssueForLoopback().certificate_pem);
  const Certificate b = test::Parse(authority.IssueForLoopback().certificate_pem);
  EXPECT_EQ(a.public_key_sha256().size(), 64U);
  EXPECT_NE(a.public_key_sha256(), b.public_key_sha256());
  EXPECT_NE(a.sha256(), b.sha256());
}

// Made by `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -days 10000 -subj
// /O=org/CN=pinned -addext subjectAltName=DNS:node7,IP:192.0.2.7`; the pin by
// `openssl x509 -pubkey -noout | openssl pkey -pubin -outform DER | sha256sum`.
constexpr std::string_view kFixedPem = R"(-----BEGIN CERTIFICATE-----
MIIBrDCCAVOgAwIBAgIUAtIrB0P1mrJzRI+EPawXcVw4xGwwCgYIKoZIzj0EAwIw
HzEMMAoGA1UECgwDb3JnMQ8wDQYDVQQDDAZwaW5uZWQwIBcNMjYxMTIxMTIyMzEy
WhgPMjA1NDA0MDgxMjIzMTJaMB8xDDAKBgNVBAoMA29yZzEPMA0GA1UEAwwGcGlu
bmVkMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEA4EATl/9p+G7voMwIq+ZcbTM
9PKOd9rvrGXUJ6nUc3fFzzFlOv0ApHplxkGrXbKaxGukXEtNSJvhuOH9olsi16Nr
MGkwHQYDVR0OBBYEFOkNwgjGijt0AtYWOtIwO/v+yvBIMB8GA1UdIwQYMBaAFOkN
wgjGijt0AtYWOtIwO/v+yvBIMA8GA1UdEwEB/wQFMAMBAf8wFgYDVR0RBA8wDYIF
bm9kZTeHBMAAAgcwCgYIKoZIzj0EAwIDRwAwRAIgbgYUpj+YFj+N4SPLqkYjMT7S
iuZClpoFVl7e90jaRG8CIGNpwyewHef9wrhiTiwhVYEkTkLrcfEwJ4uX5GDg/fZL
-----END CERTIFICATE-----
)";

TEST(Certificate, AgreesWithTheOpensslTool) {
  const Certificate certificate = test::Parse(std::string(kFixedPem));
  EXPECT_EQ(certificate.subject(), "CN=pinned,O=org");
  EXPECT_EQ(certificate.DescribeSans(), "DNS:node7, IP:192.0.2.7");
  EXPECT_EQ(certificate.public_key_sha256(),
            "62f9a6a41e5855ba4afd39e1bd1b3c4434b2e33e95d34a0cdcb9b093f36955ce");
  EXPECT_EQ(certificate.sha256(),
            "99faa8a147e62939de1e5acc65856886287f366cd403dfd3a8e2b8f0402a1ce4");
}

TEST(Certificate, RefusesDamagedDer) {
  const std::string der = test::Parse(test::SelfSigned({}).certificate_pem).der();
  EXPECT_EQ(Certificate::FromDer("").error().kind, ErrorKind::kMalformed);
  EXPECT_EQ(Certificate::FromDer("junk").error().kind, ErrorKind::kMalformed);
  EXPECT_EQ(Certificate::FromDer(der + "x").error().kind, ErrorKind::kMalformed);
  for (std::size_t size = 0; size < der.size(); ++size) {
    EXPECT_FALSE(Certificate::FromDer(der.substr(0, size))) << size;
  }
}

TEST(Certificate, SaysTheSameOfWhatOpensslHasParsedAlready) {
  const test::Authority authority;
  std::optional<Certificate> shared;
  std::string der;
  {
    const Certificate parsed = test::Parse(authority.IssueForLoopback().certificate_pem);
    const auto again = Certificate::FromNative(parsed.native());
    ASSERT_TRUE(again);
    EXPECT_EQ(again->native(), parsed.native());
    EXPECT_EQ(again->subject(), parsed.subject());
    EXPECT_EQ(again->ip_addresses(), parsed.ip_addresses());
    EXPECT_EQ(again->not_after(), parsed.not_after());
    EXPECT_EQ(again->public_key_sha256(), parsed.public_key_sha256());
    EXPECT_EQ(again->sha256(), parsed.sha256());
    shared = *again;
    der = parsed.der();
  }
  EXPECT_EQ(shared->der(), der);
  EXPECT_EQ(Certificate::FromDer(shared->der())->sha256(), shared->sha256());
}

TEST(Certificate, HoldsTheLastTimeItCanForCertificatesWithoutAnEnd) {
  // RFC 5280 section 4.1.2.5: 99991231235959Z means that there is no well-defined end.
  const std::string marker = "20500101000000Z";
  std::string der = test::Parse(test::SelfSigned({}).certificate_pem).der();
  const auto position = der.find(marker);
  ASSERT_NE(position, std::string::npos);
  der.replace(position, marker.size(), "99991231235959Z");

  const auto certificate = Certificate::FromDer(der);

  ASSERT_TRUE(certificate) << certificate.error().message;
  EXPECT_GT(certificate->not_after(),
            TimePoint(std::chrono::sys_days(std::chrono::year(2262) / 1 / 1)));
}

TEST(ParsePemCertificates, TakesAllAndIgnoresOtherBlocks) {
  const test::Authority authority;
  const KeyPair pair = authority.IssueForLoopback();

  const auto parsed = ParsePemCertificates("a comment\n" + pair.certificate_pem +
                                           pair.private_key_pem + authority.ca_pem());

  ASSERT_TRUE(parsed) << parsed.error().message;
  ASSERT_EQ(parsed->size(), 2U);
  EXPECT_EQ(ToPem((*parsed)[0]), pair.certificate_pem);
  EXPECT_EQ(ToPem((*parsed)[1]), authority.ca_pem());
}

// OpenSSL also reads lengths that take more bytes than they need (BER, X.690 section 8.1.3), and
// would write them shorter: another certificate to whoever compares digests.
TEST(ToPem, KeepsTheBytesThatWereRead) {
  const test::Authority authority("ca");
  std::string ber = test::Parse(authority.ca_pem()).der();
  ASSERT_EQ(ber.substr(0, 2), "\x30\x82");  // SEQUENCE, two bytes of length
  ber.replace(1, 1, std::string("\x83\0", 2));
  const auto certificate = Certificate::FromDer(ber);
  ASSERT_TRUE(certificate) << certificate.error().message;
  const auto again = ParsePemCertificates(ToPem(*certificate));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->at(0).der(), ber);
  EXPECT_EQ(again->at(0).sha256(), certificate->sha256());
}

TEST(ParsePemCertificates, RefusesTextWithoutOrWithBrokenCertificates) {
  const KeyPair pair = test::SelfSigned({});
  EXPECT_THAT(ParsePemCertificates("").error().message, HasSubstr("no certificate"));
  EXPECT_THAT(ParsePemCertificates("hello").error().message, HasSubstr("no certificate"));
  EXPECT_EQ(ParsePemCertificates(pair.private_key_pem).error().kind, ErrorKind::kMalformed);
  std::string broken = pair.certificate_pem;
  broken.replace(40, 4, "****");
  EXPECT_EQ(ParsePemCertificates(broken).error().kind, ErrorKind::kMalformed);
  const auto second = ParsePemCertificates(
      pair.certificate_pem + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("PEM certificate 2"));
}

TEST(ParseChain, NamesThePositionOfTheBadOne) {
  const std::string der = test::Parse(test::SelfSigned({}).certificate_pem).der();
  EXPECT_EQ(ParseChain({der, der})->size(), 2U);
  EXPECT_TRUE(ParseChain({})->empty());
  const auto bad = ParseChain({der, "junk"});
  ASSERT_FALSE(bad);
  EXPECT_THAT(bad.error().message, HasSubstr("certificate 2 of the chain"));
}

}  // namespace
}  // namespace mpl::x509
