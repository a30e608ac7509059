#include "kube/x509/verify.h"

#include <gmock/gmock.h>

#include "test/support/certs/certs.h"
#include "test/unit/kube/x509/fixed_chain.h"

namespace mpl::x509 {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

const TimePoint kNow = std::chrono::sys_days(std::chrono::year(2030) / 1 / 1);

class ChainVerification : public ::testing::Test {
 protected:
  test::Authority authority{"good-ca"};
  std::vector<Certificate> roots{test::Parse(authority.ca_pem())};

  Certificate Leaf(const test::LeafOptions& options = {}) const {
    return test::Parse(authority.Issue(options).certificate_pem);
  }
  static void ExpectRefusal(const Result<void>& result, std::string_view reason) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, ErrorKind::kUntrusted);
    EXPECT_THAT(result.error().message, HasSubstr(std::string(reason)));
  }
};

TEST_F(ChainVerification, AcceptsALeafOfATrustedAuthority) {
  const auto verified = VerifyChain({Leaf()}, roots, Purpose::kServerAuth, kNow);
  EXPECT_TRUE(verified) << verified.error().message;
}

TEST_F(ChainVerification, FindsTheRightRootAmongSeveralOfTheSameName) {
  // A rotated authority keeps its name: both generations are in the bundle for a while.
  const test::Authority rotated("good-ca");
  roots.insert(roots.begin(), test::Parse(rotated.ca_pem()));
  EXPECT_TRUE(VerifyChain({Leaf()}, roots, Purpose::kServerAuth, kNow));
}

TEST_F(ChainVerification, RefusesAnUnknownAuthority) {
  const test::Authority other("other-ca");
  const Certificate leaf = test::Parse(other.IssueForLoopback().certificate_pem);
  const auto refused = VerifyChain({leaf}, roots, Purpose::kServerAuth, kNow);
  ExpectRefusal(refused, "CN=loopback: signed by unknown authority: issuer CN=other-ca");
}

TEST_F(ChainVerification, RefusesAnImpostorOfTheSameName) {
  const test::Authority impostor("good-ca");
  const Certificate leaf = test::Parse(impostor.IssueForLoopback().certificate_pem);
  EXPECT_FALSE(VerifyChain({leaf}, roots, Purpose::kServerAuth, kNow));
  // Sending one's own root along does not make it trusted.
  EXPECT_FALSE(
      VerifyChain({leaf, test::Parse(impostor.ca_pem())}, roots, Purpose::kServerAuth, kNow));
}

TEST_F(ChainVerification, RefusesASelfSignedCertificateUnlessItIsARootItself) {
  const Certificate self = test::Parse(test::SelfSigned({.common_name = "me"}).certificate_pem);
  ExpectRefusal(VerifyChain({self}, roots, Purpose::kServerAuth, kNow), "signed by its own key");
  EXPECT_TRUE(VerifyChain({self}, {self}, Purpose::kServerAuth, kNow));
}

TEST_F(ChainVerification, TakesALeafAsItsOwnAnchorAsGoDoes) {
  const Certificate leaf = Leaf();
  EXPECT_TRUE(VerifyChain({leaf}, {leaf}, Purpose::kServerAuth, kNow));
}

TEST_F(ChainVerification, RefusesALeafThatActsAsAnAuthority) {
  const KeyPair middle = authority.Issue({.common_name = "not-a-ca"});
  CertificateRequest request;
  request.common_name = "victim";
  request.not_before = test::ValidFrom();
  request.not_after = test::ValidUntil();
  const auto forged = IssueLeaf(middle, request);
  ASSERT_TRUE(forged);
  EXPECT_FALSE(
      VerifyChain({test::Parse(forged->certificate_pem), test::Parse(middle.certificate_pem)},
                  roots, Purpose::kServerAuth, kNow));
}

TEST_F(ChainVerification, KnowsTheTimeItIsTold) {
  const Certificate leaf = Leaf({.not_before = kNow - 1h, .not_after = kNow + 1h});
  EXPECT_TRUE(VerifyChain({leaf}, roots, Purpose::kServerAuth, kNow));
  ExpectRefusal(VerifyChain({leaf}, roots, Purpose::kServerAuth, kNow + 2h),
                "expired on 2030-01-01T01:00:00Z");
  ExpectRefusal(VerifyChain({leaf}, roots, Purpose::kServerAuth, kNow - 2h),
                "not valid before 2029-12-31T23:00:00Z");
}

TEST_F(ChainVerification, NamesTheAuthorityWhenThatIsWhatExpired) {
  const auto late = test::ValidUntil() + 1h;
  const auto refused = VerifyChain({Leaf()}, roots, Purpose::kServerAuth, late);
  ExpectRefusal(refused, "expired on 2050-01-01T00:00:00Z");
}

TEST_F(ChainVerification, KeepsPurposesApart) {
  const Certificate server = Leaf({.purpose = Purpose::kServerAuth});
  const Certificate client = Leaf({.purpose = Purpose::kClientAuth});
  EXPECT_TRUE(VerifyChain({server}, roots, Purpose::kServerAuth, kNow));
  EXPECT_TRUE(VerifyChain({client}, roots, Purpose::kClientAuth, kNow));
  ExpectRefusal(VerifyChain({server}, roots, Purpose::kClientAuth, kNow),
                "not for client authentication");
  ExpectRefusal(VerifyChain({client}, roots, Purpose::kServerAuth, kNow),
                "not for server authentication");
}

TEST_F(ChainVerification, RefusesNothingAtAllAndNoRoots) {
  ExpectRefusal(VerifyChain({}, roots, Purpose::kServerAuth, kNow), "no certificate");
  EXPECT_FALSE(VerifyChain({Leaf()}, {}, Purpose::kServerAuth, kNow));
}

TEST(IntermediateChain, ReachesTheRootThroughWhatThePeerSent) {
  const Certificate root = test::Parse(fixed::kRoot);
  const Certificate middle = test::Parse(fixed::kIntermediate);
  const Certificate leaf = test::Parse(fixed::kLeaf);

  EXPECT_TRUE(VerifyChain({leaf, middle}, {root}, Purpose::kServerAuth, kNow));
  EXPECT_TRUE(VerifyChain({leaf, root, middle}, {root}, Purpose::kServerAuth, kNow));
  const auto missing = VerifyChain({leaf}, {root}, Purpose::kServerAuth, kNow);
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message,
              HasSubstr("signed by unknown authority: issuer CN=fixed-intermediate"));
}

TEST(IntermediateChain, EndsAtATrustedIntermediateAsInGo) {
  const Certificate middle = test::Parse(fixed::kIntermediate);
  const Certificate leaf = test::Parse(fixed::kLeaf);
  EXPECT_TRUE(VerifyChain({leaf}, {middle}, Purpose::kServerAuth, kNow));
}

// RFC 5280 section 4.2.1.12, and Go's crypto/x509, which kube-apiserver and client-go go by.
TEST(AnyExtendedKeyUsage, IsGoodForEachPurpose) {
  const std::vector<Certificate> roots = {test::Parse(fixed::kAnyRoot)};
  const std::vector<Certificate> any = {test::Parse(fixed::kAnyLeaf),
                                        test::Parse(fixed::kAnyMiddle)};
  const std::vector<Certificate> code = {test::Parse(fixed::kCodeLeaf),
                                         test::Parse(fixed::kCodeMiddle)};
  for (const Purpose purpose : {Purpose::kServerAuth, Purpose::kClientAuth}) {
    const auto verified = VerifyChain(any, roots, purpose, kNow);
    EXPECT_TRUE(verified) << verified.error().message;
    EXPECT_FALSE(VerifyChain(code, roots, purpose, kNow));
    EXPECT_FALSE(VerifyChain({any[0], code[1]}, roots, purpose, kNow)) << "not its issuer";
  }
}

TEST(IntermediateChain, RefusesSha1Signatures) {
  const Certificate middle = test::Parse(fixed::kIntermediate);
  const auto refused =
      VerifyChain({test::Parse(fixed::kSha1Leaf)}, {middle}, Purpose::kServerAuth, kNow);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kUntrusted);
  EXPECT_THAT(refused.error().message, HasSubstr("weak algorithm"));
}

}  // namespace
}  // namespace mpl::x509
