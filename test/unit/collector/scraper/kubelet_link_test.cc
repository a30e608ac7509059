#include "collector/scraper/kubelet_link.h"

#include "test/unit/collector/scraper/scrape_fixture.h"

namespace mpl::scraper {
namespace {

using test::FakeKubelet;
using test::SelfSignedKubelet;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using trust::ScrapeFailure;

class KubeletLinkTest : public ScrapeTest {
 protected:
  // Asks once, believes the answer, and gives the body or the reason of the failure.
  std::string Ask(KubeletLink& link, const std::string& token = "secret") {
    std::string outcome;
    Run([&]() -> net::Task<void> {
      const auto response = co_await link.Get("/metrics/resource", token);
      const auto fault = response ? link.Believe() : response.error();
      outcome = fault ? std::string(Name(fault->reason)) : response->body;
      message_ = fault ? fault->message : "";
    });
    return outcome;
  }
  std::string message_;
};

TEST_F(KubeletLinkTest, VerifiesAgainstTheClustersAuthorityAndKeepsTheConnection) {
  FakeKubelet kubelet(runtime_.executor(), authority_.IssueForLoopback());
  kubelet.metrics.body = "a 1\n";
  KubeletLink link = Link(Target(kubelet), Policy());

  EXPECT_EQ(Ask(link), "a 1\n");
  EXPECT_EQ(Ask(link), "a 1\n");

  EXPECT_EQ(link.handshakes(), 1U);
  EXPECT_EQ(link.verdict()->kind, trust::VerdictKind::kVerified);
  EXPECT_EQ(link.address(), "127.0.0.1");
  ASSERT_NE(pins_.Find("node1"), nullptr) << "nobody else may be a first contact now";
  ASSERT_EQ(kubelet.requests.size(), 2U);
  EXPECT_EQ(kubelet.requests[0].headers.Get("Authorization"), "Bearer secret");
  EXPECT_EQ(kubelet.requests[0].headers.Get("Accept-Encoding"), "gzip");
}

TEST_F(KubeletLinkTest, GoesOnToTheNextAddressAndRemembersIt) {
  FakeKubelet kubelet(runtime_.executor(), authority_.IssueForLoopback());
  kubelet.metrics.body = "a 1\n";
  auto target = Target(kubelet);
  target.candidates = {"127.0.0.2", "127.0.0.1"};  // nobody listens on the first
  KubeletLink link = Link(target, Policy());

  EXPECT_EQ(Ask(link), "a 1\n");
  EXPECT_EQ(Ask(link), "a 1\n");

  EXPECT_EQ(link.address(), "127.0.0.1");
  EXPECT_EQ(link.handshakes(), 2U);  // one in vain, one that is kept
}

TEST_F(KubeletLinkTest, NamesTheFirstAddressWhenNoneAnswers) {
  FakeKubelet kubelet(runtime_.executor(), authority_.IssueForLoopback());
  auto target = Target(kubelet);
  target.candidates = {"127.0.0.2", "127.0.0.3"};
  KubeletLink link = Link(target, Policy());

  EXPECT_EQ(Ask(link), "Unreachable");

  EXPECT_THAT(message_, HasSubstr("127.0.0.2"));
}

TEST_F(KubeletLinkTest, NeedsAnAddress) {
  FakeKubelet kubelet(runtime_.executor(), authority_.IssueForLoopback());
  auto target = Target(kubelet);
  target.candidates.clear();
  KubeletLink link = Link(target, Policy());

  EXPECT_EQ(Ask(link), "NoAddress");
  EXPECT_THAT(message_, HasSubstr("scrape.addressTypes"));
}

TEST_F(KubeletLinkTest, NeverSendsATokenToARefusedPeer) {
  FakeKubelet kubelet(runtime_.executor(), SelfSignedKubelet("node1"));
  KubeletLink link = Link(Target(kubelet), Policy(trust::TrustMode::kClusterCa));

  EXPECT_EQ(Ask(link), "UntrustedCertificate");

  EXPECT_THAT(message_, HasSubstr("CN=node1@1763724000"));
  EXPECT_THAT(kubelet.requests, IsEmpty());
}

TEST_F(KubeletLinkTest, RefusesTheCertificateOfAnotherNode) {
  const test::LeafOptions other{.common_name = "system:node:node2", .dns_names = {"node2"}};
  FakeKubelet kubelet(runtime_.executor(), authority_.Issue(other));
  KubeletLink link = Link(Target(kubelet), Policy());

  EXPECT_EQ(Ask(link), "NameMismatch");
  EXPECT_THAT(kubelet.requests, IsEmpty());
  EXPECT_EQ(pins_.size(), 0U);
}

TEST_F(KubeletLinkTest, PinsOnFirstContactAndRefusesAnotherKeyUntilTheNodeReboots) {
  FakeKubelet kubelet(runtime_.executor(), SelfSignedKubelet("node1"));
  kubelet.metrics.body = "a 1\n";
  KubeletLink first = Link(Target(kubelet), Policy());
  EXPECT_EQ(Ask(first), "a 1\n");
  ASSERT_NE(pins_.Find("node1"), nullptr);
  EXPECT_EQ(pins_.Find("node1")->boot_id, "boot-1");

  kubelet.Present(SelfSignedKubelet("node1"));
  kubelet.requests.clear();
  KubeletLink second = Link(Target(kubelet), Policy());
  EXPECT_EQ(Ask(second), "KubeletKeyChanged");
  EXPECT_THAT(kubelet.requests, IsEmpty());

  auto rebooted = Target(kubelet);
  rebooted.boot_id = "boot-2";
  KubeletLink third = Link(rebooted, Policy());
  EXPECT_EQ(Ask(third), "a 1\n");
  EXPECT_EQ(pins_.Find("node1")->boot_id, "boot-2");
}

// The kept connection is used without a look at whether it is still there.
TEST_F(KubeletLinkTest, FindsAKubeletThatWasRestarted) {
  auto kubelet = std::make_unique<FakeKubelet>(runtime_.executor(), authority_.IssueForLoopback());
  kubelet->metrics.body = "a 1\n";
  const std::uint16_t port = kubelet->port();
  KubeletLink link = Link(Target(*kubelet), Policy());
  EXPECT_EQ(Ask(link), "a 1\n");
  Run([&] { return kubelet->Stop(); });
  kubelet = std::make_unique<FakeKubelet>(runtime_.executor(), authority_.IssueForLoopback(), port);
  kubelet->metrics.body = "a 2\n";

  EXPECT_EQ(Ask(link), "a 2\n");

  EXPECT_EQ(link.handshakes(), 2U);
  EXPECT_EQ(kubelet->requests.size(), 1U);
}

TEST_F(KubeletLinkTest, ShowsNoTokenToWhoTookAPinnedKubeletsPlace) {
  auto kubelet = std::make_unique<FakeKubelet>(runtime_.executor(), SelfSignedKubelet("node1"));
  kubelet->metrics.body = "a 1\n";
  const std::uint16_t port = kubelet->port();
  KubeletLink link = Link(Target(*kubelet), Policy());
  EXPECT_EQ(Ask(link), "a 1\n");
  Run([&] { return kubelet->Stop(); });
  kubelet = std::make_unique<FakeKubelet>(runtime_.executor(), SelfSignedKubelet("node1"), port);

  EXPECT_EQ(Ask(link), "KubeletKeyChanged");

  EXPECT_THAT(kubelet->requests, IsEmpty());
}

TEST_F(KubeletLinkTest, PinsNobodyWhoDoesNotAnswerLikeAKubelet) {
  FakeKubelet kubelet(runtime_.executor(), SelfSignedKubelet("node1"));
  kubelet.metrics.status = 404;
  KubeletLink link = Link(Target(kubelet), Policy());

  EXPECT_EQ(Ask(link), "NotFound");
  EXPECT_EQ(pins_.Find("node1"), nullptr);

  kubelet.metrics = {.status = 200, .body = "a 1\n"};  // on the connection that is open
  EXPECT_EQ(Ask(link), "a 1\n");
  EXPECT_NE(pins_.Find("node1"), nullptr);
}

// Its own replica's judgement is from before; the connection stays open as long as it is answered.
TEST_F(KubeletLinkTest, APinThatCameMeanwhileIsNotOverwritten) {
  FakeKubelet kubelet(runtime_.executor(), SelfSignedKubelet("node1"));
  kubelet.metrics.status = 404;
  KubeletLink link = Link(Target(kubelet), Policy());
  EXPECT_EQ(Ask(link), "NotFound");
  trust::Pin theirs{
      .public_key_sha256 = std::string(64, 'a'), .boot_id = "boot-1", .node_uid = "uid-1"};
  pins_.Remember("node1", theirs);

  kubelet.metrics = {.status = 200, .body = "a 1\n"};
  EXPECT_EQ(Ask(link), "KubeletKeyChanged");

  EXPECT_EQ(pins_.Find("node1")->public_key_sha256, theirs.public_key_sha256);
  EXPECT_EQ(Ask(link), "KubeletKeyChanged") << "the new connection is judged by it";
  EXPECT_EQ(kubelet.requests.size(), 2U);
}

// Two nodes on one context: each is judged as itself.
TEST_F(KubeletLinkTest, LinksShareAContextButNotTheJudgement) {
  const test::LeafOptions mine{.common_name = "system:node:node1", .dns_names = {"node1"}};
  const test::LeafOptions other{.common_name = "system:node:node2", .dns_names = {"node2"}};
  FakeKubelet first(runtime_.executor(), authority_.Issue(mine));
  FakeKubelet second(runtime_.executor(), authority_.Issue(other));
  first.metrics.body = second.metrics.body = "a 1\n";
  const auto context = std::make_shared<const LinkContext>(Policy());
  KubeletLink node1(runtime_.executor(), Target(first), context, pins_);
  auto target = Target(second);
  target.node = "node2";
  target.identities = {"node2", "127.0.0.1"};
  KubeletLink node2(runtime_.executor(), target, context, pins_);

  EXPECT_EQ(Ask(node1), "a 1\n");
  EXPECT_EQ(Ask(node2), "a 1\n");

  KubeletLink impostor(runtime_.executor(), Target(second), context, pins_);
  EXPECT_EQ(Ask(impostor), "NameMismatch");
  EXPECT_EQ(second.requests.size(), 1U);
}

TEST_F(KubeletLinkTest, InsecureAsksNobodyForPapers) {
  FakeKubelet kubelet(runtime_.executor(), SelfSignedKubelet("somebody"));
  kubelet.metrics.body = "a 1\n";
  KubeletLink link = Link(Target(kubelet), Policy(trust::TrustMode::kInsecure));

  EXPECT_EQ(Ask(link), "a 1\n");
  EXPECT_EQ(link.verdict()->kind, trust::VerdictKind::kInsecure);
  EXPECT_EQ(pins_.size(), 0U);
}

TEST_F(KubeletLinkTest, TakesCompressedAndChunkedBodies) {
  FakeKubelet kubelet(runtime_.executor(), authority_.IssueForLoopback());
  KubeletLink link = Link(Target(kubelet), Policy());
  const std::string body = "# HELP a\na 1\nb 2\n";

  kubelet.metrics = {.body = body, .gzip = true};
  EXPECT_EQ(Ask(link), body);
  kubelet.metrics = {.body = body, .chunked = true};
  EXPECT_EQ(Ask(link), body);
  kubelet.metrics = {.body = body, .gzip = true, .chunked = true};
  EXPECT_EQ(Ask(link), body);
}

TEST_F(KubeletLinkTest, GivesAReasonForEveryBadAnswer) {
  FakeKubelet kubelet(runtime_.executor(), authority_.IssueForLoopback());
  LinkPolicy policy = Policy();
  policy.timeout = 300ms;
  policy.body_limit_bytes = 1000;
  KubeletLink link = Link(Target(kubelet), policy);

  for (const auto& [status, reason] : {std::pair{401, "Unauthorized"}, std::pair{403, "Forbidden"},
                                       std::pair{404, "NotFound"}, std::pair{500, "BadStatus"}}) {
    kubelet.metrics = {.status = status};
    EXPECT_EQ(Ask(link), reason);
  }
  kubelet.metrics = {.body = std::string(1001, 'a')};
  EXPECT_EQ(Ask(link), "BodyTooLarge");
  kubelet.metrics = {.body = std::string(2000, 'a'), .gzip = true};  // small on the wire
  EXPECT_EQ(Ask(link), "BodyTooLarge");
  kubelet.metrics = {.body = "a 1\n", .delay = 2s};
  EXPECT_EQ(Ask(link), "Timeout");
  kubelet.metrics = {.body = "a 1\n"};
  EXPECT_EQ(Ask(link), "a 1\n");
}

TEST_F(KubeletLinkTest, ShowsItsClientCertificateWhenThereIsNoToken) {
  FakeKubelet kubelet(runtime_.executor(), authority_.IssueForLoopback());
  kubelet.metrics.body = "a 1\n";
  const x509::KeyPair admin =
      authority_.Issue({.common_name = "admin", .purpose = x509::Purpose::kClientAuth});
  LinkPolicy policy = Policy();
  policy.client_certificate = net::KeyPairPem{admin.certificate_pem, admin.private_key_pem};
  KubeletLink link = Link(Target(kubelet), policy);

  EXPECT_EQ(Ask(link, ""), "a 1\n");

  ASSERT_EQ(kubelet.requests.size(), 1U);
  EXPECT_FALSE(kubelet.requests[0].headers.Has("Authorization"));
  ASSERT_EQ(kubelet.requests[0].peer_chain_der.size(), 1U);
  EXPECT_EQ(kubelet.requests[0].peer_chain_der[0], test::Parse(admin.certificate_pem).der());
}

}  // namespace
}  // namespace mpl::scraper
