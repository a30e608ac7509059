#include "kube/x509/names.h"

#include <gtest/gtest.h>

#include "test/support/certs/certs.h"

namespace mpl::x509 {
namespace {

struct Row {
  std::string pattern;
  std::string host;
  bool matches;
};

class DnsNameTable : public ::testing::TestWithParam<Row> {};

TEST_P(DnsNameTable, Agrees) {
  EXPECT_EQ(DnsNameMatches(GetParam().pattern, GetParam().host), GetParam().matches)
      << GetParam().pattern << " for " << GetParam().host;
}

// RFC 6125 section 6.4.3 (wildcards) and 6.4.1 (ASCII case); partial wildcards refused as Go does.
INSTANTIATE_TEST_SUITE_P(All, DnsNameTable,
                         ::testing::Values(Row{"node1", "node1", true}, Row{"node1", "NODE1", true},
                                           Row{"api.example.com", "api.example.com.", true},
                                           Row{"api.example.com.", "api.example.com", true},
                                           Row{"api.example.com", "api.example.org", false},
                                           Row{"example.com", "api.example.com", false},
                                           Row{"*.example.com", "foo.example.com", true},
                                           Row{"*.example.com", "FOO.Example.COM", true},
                                           Row{"*.example.com", "bar.foo.example.com", false},
                                           Row{"*.example.com", "example.com", false},
                                           Row{"*.example.com", ".example.com", false},
                                           Row{"f*.example.com", "foo.example.com", false},
                                           Row{"*oo.example.com", "foo.example.com", false},
                                           Row{"foo.*.com", "foo.example.com", false},
                                           Row{"*.*.com", "foo.example.com", false},
                                           Row{"*", "node1", false}, Row{"*.", "node1", false},
                                           Row{"", "", false}, Row{"", "node1", false},
                                           Row{"node1", "", false},
                                           Row{"*.example.com", "*.example.com", true}));

TEST(IpBytes, ReadsLiteralsOnly) {
  EXPECT_EQ(IpBytes("10.0.0.1"), std::string("\x0a\x00\x00\x01", 4));
  EXPECT_EQ(IpBytes("::1"), std::string(15, '\0') + '\x01');
  EXPECT_EQ(IpBytes("::ffff:10.0.0.1"), IpBytes("10.0.0.1"));
  EXPECT_FALSE(IpBytes("node1"));
  EXPECT_FALSE(IpBytes("10.0.0"));
  EXPECT_FALSE(IpBytes("10.0.0.256"));
  EXPECT_FALSE(IpBytes(""));
}

TEST(IpText, WritesTheUsualForm) {
  EXPECT_EQ(IpText(*IpBytes("10.0.0.1")), "10.0.0.1");
  EXPECT_EQ(IpText(*IpBytes("2001:DB8:0:0:0:0:0:1")), "2001:db8::1");  // RFC 5952
  EXPECT_EQ(IpText("\x01\x02"), "0102");
}

struct CertificateRow {
  std::string name;
  bool matches;
};

class MatchesNameTable : public ::testing::TestWithParam<CertificateRow> {};

TEST_P(MatchesNameTable, Agrees) {
  static const Certificate certificate =
      test::Parse(test::SelfSigned({.common_name = "only-cn",
                                    .dns_names = {"node1", "*.nodes.example", "10.0.0.9"},
                                    .ip_addresses = {"10.0.0.1", "fd00::1"}})
                      .certificate_pem);
  EXPECT_EQ(certificate.MatchesName(GetParam().name), GetParam().matches) << GetParam().name;
}

INSTANTIATE_TEST_SUITE_P(
    All, MatchesNameTable,
    ::testing::Values(CertificateRow{"node1", true}, CertificateRow{"a.nodes.example", true},
                      CertificateRow{"10.0.0.1", true}, CertificateRow{"fd00::1", true},
                      CertificateRow{"FD00:0::1", true}, CertificateRow{"::ffff:10.0.0.1", true},
                      CertificateRow{"10.0.0.2", false},
                      CertificateRow{"10.0.0.9", false},  // an address is never a DNS name
                      CertificateRow{"only-cn", false},   // RFC 6125: the CN is not consulted
                      CertificateRow{"node2", false}, CertificateRow{"", false}));

TEST(MatchesName, IsNotFooledByANulInTheName) {
  const Certificate certificate =
      test::Parse(test::SelfSigned({.dns_names = {std::string("good.example\0.evil.example", 26)}})
                      .certificate_pem);
  EXPECT_FALSE(certificate.MatchesName("good.example"));
}

}  // namespace
}  // namespace mpl::x509
