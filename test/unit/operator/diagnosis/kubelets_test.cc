// The four ways in which kubelets present certificates, as they were seen on real kubelets 1.36:
// from the cluster's CA with and without IP addresses, self-signed (subject NAME@TIME, issuer
// NAME-ca@TIME, no IP address), and none while a request is pending (TLS alert internal_error).
#include "operator/diagnosis/kubelets.h"

#include <gmock/gmock.h>

#include "operator/diagnosis/trust.h"
#include "test/support/certs/certs.h"

namespace mpl::diagnosis {
namespace {

using Mode = pipeline::KubeletTlsMode;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const TimePoint kToday = *ParseRfc3339("2026-11-21T12:00:00Z");
const std::vector<std::string> kNames = {"node1", "192.0.2.11"};

const test::Authority& Cluster() {
  static const test::Authority kAuthority("kubernetes");
  return kAuthority;
}
const test::Authority& Other() {
  static const test::Authority kAuthority("other");
  return kAuthority;
}
std::vector<x509::Certificate> Roots(const test::Authority& authority) {
  return {test::Parse(authority.ca_pem())};
}

x509::Certificate Issued(test::LeafOptions options, const test::Authority& authority = Cluster()) {
  return test::Parse(authority.Issue(options).certificate_pem);
}

struct TrustRow {
  const char* name;
  x509::Certificate leaf;
  Trust by_authority, automatic;
};

std::vector<TrustRow> TrustRows() {
  const auto past = *ParseRfc3339("2025-01-01T00:00:00Z");
  return {
      {"AddressInIt", Issued({.ip_addresses = {"192.0.2.11"}}), Trust::kVerified, Trust::kVerified},
      {"NameOnly", Issued({.dns_names = {"node1"}}), Trust::kVerified, Trust::kVerified},
      {"OtherNode", Issued({.dns_names = {"node2"}}), Trust::kOtherName, Trust::kOtherName},
      {"RunOut", Issued({.dns_names = {"node1"}, .not_after = past}), Trust::kExpired,
       Trust::kExpired},
      {"SelfSigned",
       test::Parse(test::SelfSigned({.common_name = "node1@1763724000", .dns_names = {"node1"}})
                       .certificate_pem),
       Trust::kUnknownSigner, Trust::kPinned},
      {"SelfSignedRunOut",
       test::Parse(test::SelfSigned({.dns_names = {"node1"}, .not_after = past}).certificate_pem),
       Trust::kUnknownSigner, Trust::kExpired},
      {"ClientCertificate", Issued({.dns_names = {"node1"}, .purpose = x509::Purpose::kClientAuth}),
       Trust::kUnknownSigner, Trust::kUnknownSigner},
  };
}

TEST(KubeletTrust, IsJudgedAsTheCollectorDoes) {
  for (const TrustRow& row : TrustRows()) {
    EXPECT_EQ(JudgeByAuthority({row.leaf}, kNames, Roots(Cluster()), kToday).trust,
              row.by_authority)
        << row.name;
    EXPECT_EQ(JudgeAuto({row.leaf}, kNames, Roots(Cluster()), kToday).trust, row.automatic)
        << row.name;
  }
}

KubeletProbe Probe(const std::string& node, x509::Certificate leaf) {
  KubeletProbe probe;
  probe.node = node;
  probe.dialled = "192.0.2.11";
  probe.names = kNames;
  probe.chain = {std::move(leaf)};
  return probe;
}

KubeletProbe Failing(const std::string& node, ErrorKind kind, const std::string& message) {
  KubeletProbe probe;
  probe.node = node;
  probe.dialled = "192.0.2.12";
  probe.failure = Error{kind, message};
  return probe;
}

TEST(KubeletCertificates, AreToldOfByModeAndClass) {
  const std::vector<KubeletProbe> probes = {
      Probe("verified", Issued({.dns_names = {"node1"}})),
      Probe("alone",
            test::Parse(test::SelfSigned({.common_name = "node1@1763724000"}).certificate_pem)),
      Probe("stranger", Issued({.dns_names = {"node2"}}))};
  const auto findings = JudgeCertificates(probes, {Roots(Cluster()), {}}, Mode::kAuto, kToday);
  const std::string text = Describe(findings);
  EXPECT_THAT(text, AllOf(HasSubstr("mode Auto: 1 kubelet verified, 1 kubelet pinned"),
                          HasSubstr("FAIL  kubelet certificates: mode Auto: 1 kubelet refused "
                                    "(stranger)"),
                          HasSubstr("names DNS:node2"),
                          HasSubstr("mode ClusterCA: 1 kubelet refused (alone)"),
                          HasSubstr("subject CN=node1@1763724000"),
                          HasSubstr("serverTLSBootstrap: true"), Not(HasSubstr("CustomCA: "))));
}

TEST(KubeletCertificates, AGivenAuthorityIsTriedToo) {
  const std::vector<KubeletProbe> probes = {Probe("a", Issued({.dns_names = {"node1"}}, Other()))};
  const auto findings =
      JudgeCertificates(probes, {Roots(Cluster()), Roots(Other())}, Mode::kAuto, kToday);
  EXPECT_THAT(Describe(findings), HasSubstr("mode CustomCA: 1 kubelet verified"));
}

// spec.tls.kubelet.mode: what another mode would refuse is no fault of a pipeline that works.
TEST(KubeletCertificates, OnlyTheModeThatIsSetMakesFaults) {
  const std::vector<KubeletProbe> foreign = {Probe("a", Issued({.dns_names = {"node1"}}, Other()))};
  const TrustAnchors anchors = {Roots(Cluster()), Roots(Other())};
  EXPECT_FALSE(HasFault(JudgeCertificates(foreign, anchors, Mode::kCustomCa, kToday)));
  EXPECT_FALSE(HasFault(JudgeCertificates(foreign, anchors, Mode::kInsecure, kToday)));
  EXPECT_TRUE(HasFault(JudgeCertificates(foreign, anchors, Mode::kClusterCa, kToday)));

  const std::vector<KubeletProbe> stranger = {Probe("a", Issued({.dns_names = {"node2"}}))};
  EXPECT_TRUE(HasFault(JudgeCertificates(stranger, anchors, Mode::kAuto, kToday)));
  EXPECT_FALSE(HasFault(JudgeCertificates(stranger, anchors, Mode::kInsecure, kToday)));

  const std::vector<KubeletProbe> own = {Probe("a", Issued({.dns_names = {"node1"}}))};
  EXPECT_TRUE(HasFault(JudgeCertificates(own, anchors, Mode::kCustomCa, kToday)));
}

TEST(KubeletCertificates, WhatCannotBeJudgedOfTheModeIsTold) {
  const std::vector<KubeletProbe> probes = {Probe("a", Issued({.dns_names = {"node1"}}))};
  const TrustAnchors anchors = {Roots(Cluster()), {}};
  EXPECT_THAT(Describe(JudgeCertificates(probes, anchors, Mode::kCustomCa, kToday)),
              HasSubstr("mode CustomCA is set, and its authority is not known here"));
  EXPECT_THAT(Describe(JudgeCertificates(probes, anchors, Mode::kInsecure, kToday)),
              HasSubstr("no kubelet's certificate is verified"));
}

TEST(KubeletCertificates, APendingRequestIsNamed) {
  const auto findings = JudgeCertificates(
      {Failing("d", ErrorKind::kTls, "TLS handshake: peer sent alert: internal error")}, {},
      Mode::kAuto, kToday);
  EXPECT_TRUE(HasFault(findings));
  EXPECT_THAT(Describe(findings), HasSubstr("kubectl certificate approve"));
}

// The machine of an admin often has no way to the nodes: that is no fault of the cluster.
TEST(KubeletCertificates, UnreachedIsNoFault) {
  const auto findings = JudgeCertificates(
      {Failing("d", ErrorKind::kUnreachable, "connection refused")}, {}, Mode::kAuto, kToday);
  EXPECT_FALSE(HasFault(findings));
  EXPECT_THAT(Describe(findings), HasSubstr("d at 192.0.2.12: connection refused"));
}

KubeletProbe Answering(int anonymous, std::optional<int> with_token, bool may) {
  KubeletProbe probe = Probe("node1", Issued({.dns_names = {"node1"}}));
  probe.anonymous = anonymous;
  probe.with_token = with_token;
  probe.token_may_scrape = may;
  return probe;
}

struct AccessRow {
  const char* name;
  int anonymous;
  std::optional<int> with_token;
  bool may;
  Mark worst;
  const char* text;
};

class Access : public testing::TestWithParam<AccessRow> {};

TEST_P(Access, IsJudged) {
  const AccessRow& row = GetParam();
  const auto findings = JudgeAccess({Answering(row.anonymous, row.with_token, row.may)}, {});
  Mark worst = Mark::kFine;
  for (const Finding& finding : findings) worst = std::max(worst, finding.mark);
  EXPECT_EQ(worst, row.worst) << Describe(findings);
  EXPECT_THAT(Describe(findings), HasSubstr(row.text));
}

// With spec.tls.kubelet.clientCertificateRef no token is shown.
TEST(KubeletAccess, ARefusedTokenIsANoteWhereACertificateIsShown) {
  pipeline::TlsSpec tls;
  tls.client_certificate = "kubelet-client";
  for (const int status : {401, 403}) {
    const auto findings = JudgeAccess({Answering(401, status, true)}, tls);
    EXPECT_FALSE(HasFault(findings)) << status;
    EXPECT_THAT(Describe(findings), HasSubstr("spec.tls.kubelet.clientCertificateRef"));
  }
}

// 401: who are you; 403: known, and not allowed. kubernetes.io, "Kubelet
// authentication/authorization".
INSTANTIATE_TEST_SUITE_P(
    Kubelet, Access,
    testing::Values(
        AccessRow{"AsItShouldBe", 401, 200, true, Mark::kFine, "the scraper's token is taken"},
        AccessRow{"NobodysToken", 401, 403, false, Mark::kFine,
                  "webhook authentication and authorization"},
        AccessRow{"TokensOff", 401, 401, true, Mark::kFault, "authentication.webhook.enabled"},
        AccessRow{"TokensOffForNobody", 401, 401, false, Mark::kFault, "authentication.webhook"},
        AccessRow{"NotAllowed", 401, 403, true, Mark::kFault, "nodes/metrics"},
        AccessRow{"AlwaysAllow", 401, 200, false, Mark::kNote, "authorization.mode: Webhook"},
        AccessRow{"AnonymousOn", 403, 200, true, Mark::kNote, "authentication.anonymous"},
        AccessRow{"WideOpen", 200, 200, true, Mark::kFault, "anybody may read"},
        AccessRow{"NotVerified", 401, std::nullopt, true, Mark::kNote, "tokens were not tried"}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace mpl::diagnosis
