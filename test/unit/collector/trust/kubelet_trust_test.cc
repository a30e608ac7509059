#include "collector/trust/kubelet_trust.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kube/x509/issue.h"

namespace mpl::trust {
namespace {

using std::chrono::hours;
using testing::HasSubstr;
using x509::Certificate;

const TimePoint kNow = *ParseRfc3339("2026-11-21T12:00:00Z");

Certificate Parse(const x509::KeyPair& pair) {
  return x509::ParsePemCertificates(pair.certificate_pem)->front();
}

x509::KeyPair Authority(const std::string& name) {
  return *x509::IssueAuthority(name, kNow - hours(1000), kNow + hours(10000));
}

const x509::KeyPair& ClusterCa() {
  static const x509::KeyPair authority = Authority("cluster-ca");
  return authority;
}

// As a kubelet signs for itself: SAN is the host name only, never an address.
x509::CertificateRequest SelfRequest() {
  return {.common_name = "node1@1763724000",
          .organizations = {},
          .dns_names = {"node1"},
          .ip_addresses = {},
          .not_before = kNow - hours(1),
          .not_after = kNow + hours(8760),
          .purpose = x509::Purpose::kServerAuth};
}

// As the signer kubernetes.io/kubelet-serving makes it.
x509::CertificateRequest ClusterRequest() {
  return {.common_name = "system:node:node1",
          .organizations = {"system:nodes"},
          .dns_names = {"node1"},
          .ip_addresses = {"10.0.0.1"},
          .not_before = kNow - hours(1),
          .not_after = kNow + hours(8760),
          .purpose = x509::Purpose::kServerAuth};
}

Certificate Signed(const x509::CertificateRequest& request) {
  return Parse(*x509::IssueLeaf(ClusterCa(), request));
}
Certificate SelfSigned() { return Parse(*x509::IssueSelfSigned(SelfRequest())); }

KubeletIdentity Node1() {
  return {.node = "node1",
          .uid = "uid-1",
          .boot_id = "boot-1",
          .dialled = "10.0.0.1",
          .names = {"10.0.0.1", "192.0.2.7", "host1.example"}};
}

TrustRules Rules(TrustMode mode) { return {mode, {Parse(ClusterCa())}}; }

Verdict Judge(const Certificate& leaf, TrustMode mode, const Pin* pin = nullptr,
              const KubeletIdentity& identity = Node1()) {
  return JudgeKubelet({leaf}, identity, Rules(mode), pin, kNow);
}

Pin PinOf(const Certificate& leaf) { return *Judge(leaf, TrustMode::kAuto).pin; }

void ExpectRefused(const Verdict& verdict, ScrapeFailure reason) {
  EXPECT_EQ(verdict.kind, VerdictKind::kRefused);
  EXPECT_FALSE(verdict.accepted());
  EXPECT_FALSE(verdict.pin.has_value());
  ASSERT_TRUE(verdict.fault.has_value());
  EXPECT_EQ(Name(verdict.fault->reason), Name(reason)) << verdict.fault->message;
}

TEST(KubeletTrust, VerifiesByAnyIdentityOfTheNode) {
  const std::pair<std::vector<std::string>, std::vector<std::string>> sans[] = {
      {{}, {"10.0.0.1"}}, {{"node1"}, {}}, {{"host1.example"}, {}}, {{}, {"192.0.2.7"}}};

  for (const auto& [dns, ips] : sans) {
    auto request = ClusterRequest();
    request.dns_names = dns;
    request.ip_addresses = ips;
    for (const TrustMode mode : {TrustMode::kAuto, TrustMode::kClusterCa, TrustMode::kCustomCa}) {
      const Verdict verdict = Judge(Signed(request), mode);
      EXPECT_EQ(verdict.kind, VerdictKind::kVerified);
      EXPECT_EQ(verdict.pin.has_value(), mode == TrustMode::kAuto);
    }
  }
}

// Else whoever can take its place would be a first contact, and get the token.
TEST(KubeletTrust, AVerifiedKubeletIsNotDowngradedToFirstContact) {
  const Certificate leaf = Signed(ClusterRequest());
  const Pin noted = PinOf(leaf);
  EXPECT_EQ(noted.public_key_sha256, leaf.public_key_sha256());
  EXPECT_EQ(noted.subject, "");

  ExpectRefused(Judge(SelfSigned(), TrustMode::kAuto, &noted), ScrapeFailure::kKubeletKeyChanged);

  // Its own key is known now, whoever has signed it, and another one counts when the authority says
  // so.
  EXPECT_FALSE(Judge(leaf, TrustMode::kAuto, &noted).pin.has_value());
  const Certificate renewed = Signed(ClusterRequest());
  const Verdict verdict = Judge(renewed, TrustMode::kAuto, &noted);
  EXPECT_EQ(verdict.kind, VerdictKind::kVerified);
  EXPECT_EQ(verdict.pin->public_key_sha256, renewed.public_key_sha256());
  KubeletIdentity rebooted = Node1();
  rebooted.boot_id = "boot-2";
  EXPECT_EQ(Judge(SelfSigned(), TrustMode::kAuto, &noted, rebooted).kind, VerdictKind::kPinNew);
}

TEST(KubeletTrust, AFirstContactIsNotStoredOverAnothers) {
  const Certificate leaf = SelfSigned();
  const Verdict verdict = Judge(leaf, TrustMode::kAuto);
  const Pin same = PinOf(leaf), other = PinOf(SelfSigned());
  Pin before_boot = other;
  before_boot.boot_id = "boot-0";
  EXPECT_TRUE(MayStore(verdict, nullptr));
  EXPECT_TRUE(MayStore(verdict, &same));
  EXPECT_TRUE(MayStore(verdict, &before_boot));
  EXPECT_FALSE(MayStore(verdict, &other));
  EXPECT_TRUE(MayStore(Judge(Signed(ClusterRequest()), TrustMode::kAuto, &other), &other));
}

TEST(KubeletTrust, RefusesAnotherNodesCertificateAndNeverPinsIt) {
  auto request = ClusterRequest();
  request.dns_names = {"node2"};
  request.ip_addresses = {"10.0.0.2"};
  const Certificate leaf = Signed(request);
  const Pin pin{.public_key_sha256 = leaf.public_key_sha256()};

  ExpectRefused(Judge(leaf, TrustMode::kAuto), ScrapeFailure::kNameMismatch);
  ExpectRefused(Judge(leaf, TrustMode::kAuto, &pin), ScrapeFailure::kNameMismatch);
  ExpectRefused(Judge(leaf, TrustMode::kClusterCa), ScrapeFailure::kNameMismatch);
}

TEST(KubeletTrust, RefusesAnExpiredCertificateOfTheClusterEvenInAuto) {
  auto request = ClusterRequest();
  request.not_before = kNow - hours(100);
  request.not_after = kNow - hours(1);

  ExpectRefused(Judge(Signed(request), TrustMode::kAuto), ScrapeFailure::kCertificateExpired);
  ExpectRefused(Judge(Signed(request), TrustMode::kClusterCa), ScrapeFailure::kCertificateExpired);
  request.not_before = kNow + hours(1);
  request.not_after = kNow + hours(2);
  ExpectRefused(Judge(Signed(request), TrustMode::kAuto), ScrapeFailure::kCertificateExpired);
}

TEST(KubeletTrust, RefusesAClientCertificateOfTheClusterInsteadOfPinningIt) {
  auto request = ClusterRequest();
  request.purpose = x509::Purpose::kClientAuth;

  ExpectRefused(Judge(Signed(request), TrustMode::kAuto), ScrapeFailure::kUntrustedCertificate);
}

TEST(KubeletTrust, PinsASelfSignedKubeletOnFirstContact) {
  const Certificate leaf = SelfSigned();

  const Verdict verdict = Judge(leaf, TrustMode::kAuto);

  EXPECT_EQ(verdict.kind, VerdictKind::kPinNew);
  ASSERT_TRUE(verdict.pin.has_value());
  const Pin expected{.public_key_sha256 = leaf.public_key_sha256(),
                     .boot_id = "boot-1",
                     .node_uid = "uid-1",
                     .pinned_at = "2026-11-21T12:00:00Z",
                     .subject = leaf.subject(),
                     .issuer = leaf.issuer()};
  EXPECT_EQ(*verdict.pin, expected);
  EXPECT_EQ(verdict.subject, "CN=node1@1763724000");
  EXPECT_EQ(verdict.issuer, "CN=node1@1763724000");
}

TEST(KubeletTrust, PinsAKubeletSignedByAnAuthorityOfItsOwn) {
  // "node1-ca@…" signs, is sent along and then thrown away.
  const x509::KeyPair own = Authority("node1-ca@1763724000");
  const Certificate leaf = Parse(*x509::IssueLeaf(own, SelfRequest()));

  const Verdict verdict =
      JudgeKubelet({leaf, Parse(own)}, Node1(), Rules(TrustMode::kAuto), nullptr, kNow);

  EXPECT_EQ(verdict.kind, VerdictKind::kPinNew);
  EXPECT_EQ(verdict.pin->issuer, "CN=node1-ca@1763724000");
}

TEST(KubeletTrust, RefusesASelfSignedKubeletWhenVerificationIsDemanded) {
  for (const TrustMode mode : {TrustMode::kClusterCa, TrustMode::kCustomCa}) {
    const Certificate leaf = SelfSigned();
    const Pin pin = PinOf(leaf);
    ExpectRefused(Judge(leaf, mode, &pin), ScrapeFailure::kUntrustedCertificate);
  }
}

TEST(KubeletTrust, RefusesAnExpiredSelfSignedCertificateOnFirstContactOnly) {
  auto request = SelfRequest();
  request.not_before = kNow - hours(100);
  request.not_after = kNow - hours(1);
  const Certificate leaf = Parse(*x509::IssueSelfSigned(request));
  const Pin pin{.public_key_sha256 = leaf.public_key_sha256()};

  ExpectRefused(Judge(leaf, TrustMode::kAuto), ScrapeFailure::kCertificateExpired);
  EXPECT_EQ(Judge(leaf, TrustMode::kAuto, &pin).kind, VerdictKind::kPinMatched);
}

TEST(KubeletTrust, KnowsAPinnedKeyAgain) {
  const Certificate leaf = SelfSigned();
  const Pin pin = PinOf(leaf);

  const Verdict verdict = Judge(leaf, TrustMode::kAuto, &pin);

  EXPECT_EQ(verdict.kind, VerdictKind::kPinMatched);
  EXPECT_FALSE(verdict.pin.has_value());
}

TEST(KubeletTrust, RefusesAnotherKeyOnTheSameBootOfTheSameNode) {
  const Pin pin = PinOf(SelfSigned());
  const Certificate other = SelfSigned();

  const Verdict verdict = Judge(other, TrustMode::kAuto, &pin);

  ExpectRefused(verdict, ScrapeFailure::kKubeletKeyChanged);
  EXPECT_THAT(verdict.fault->message, HasSubstr(other.subject()));
  EXPECT_THAT(verdict.fault->message, HasSubstr(other.issuer()));
  EXPECT_THAT(verdict.fault->message, HasSubstr("DNS:node1"));
  EXPECT_THAT(verdict.fault->message, HasSubstr("10.0.0.1"));
  EXPECT_THAT(verdict.fault->message, HasSubstr("ConfigMap NAME-collector-pins"));
}

TEST(KubeletTrust, TakesAnotherKeyAfterARebootOrForANewNode) {
  const Pin pin = PinOf(SelfSigned());
  const Certificate other = SelfSigned();
  KubeletIdentity rebooted = Node1();
  rebooted.boot_id = "boot-2";
  KubeletIdentity made_anew = Node1();
  made_anew.uid = "uid-2";

  for (const KubeletIdentity& identity : {rebooted, made_anew}) {
    const Verdict verdict = Judge(other, TrustMode::kAuto, &pin, identity);
    EXPECT_EQ(verdict.kind, VerdictKind::kPinNew);
    EXPECT_EQ(verdict.pin->boot_id, identity.boot_id);
    EXPECT_EQ(verdict.pin->node_uid, identity.uid);
  }
}

TEST(KubeletTrust, AMissingBootIdIsNotAReboot) {
  const Pin pin = PinOf(SelfSigned());
  KubeletIdentity silent = Node1();
  silent.boot_id.clear();

  ExpectRefused(Judge(SelfSigned(), TrustMode::kAuto, &pin, silent),
                ScrapeFailure::kKubeletKeyChanged);
}

// Otherwise a key change right after a reboot with the old key would pass as one across it.
TEST(KubeletTrust, MovesThePinToTheNewBootWhenTheKeyStayed) {
  const Certificate leaf = SelfSigned();
  const Pin pin = PinOf(leaf);
  KubeletIdentity rebooted = Node1();
  rebooted.boot_id = "boot-2";

  const Verdict verdict = Judge(leaf, TrustMode::kAuto, &pin, rebooted);

  EXPECT_EQ(verdict.kind, VerdictKind::kPinMatched);
  ASSERT_TRUE(verdict.pin.has_value());
  EXPECT_EQ(verdict.pin->boot_id, "boot-2");
}

TEST(KubeletTrust, AVerifiedChainWinsOverAPin) {
  const Pin pin = PinOf(SelfSigned());

  EXPECT_EQ(Judge(Signed(ClusterRequest()), TrustMode::kAuto, &pin).kind, VerdictKind::kVerified);
}

TEST(KubeletTrust, InsecureTakesEverythingButNothing) {
  EXPECT_EQ(Judge(SelfSigned(), TrustMode::kInsecure).kind, VerdictKind::kInsecure);
  ExpectRefused(JudgeKubelet({}, Node1(), Rules(TrustMode::kAuto), nullptr, kNow),
                ScrapeFailure::kUntrustedCertificate);
}

}  // namespace
}  // namespace mpl::trust
