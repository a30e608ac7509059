#include <gmock/gmock.h>

#include "test/unit/kube/net/net_fixture.h"

namespace mpl::net {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class HttpTls : public NetTest {
 protected:
  test::Authority authority{"good-ca"};
};

TEST_F(HttpTls, AnswersOverVerifiedTlsByIpSan) {
  Serve(Hello, authority.IssueForLoopback());
  HttpClient client = Client(ClientTls(TrustPem(authority.ca_pem())));

  const auto response = Get(client, "/x?y=z");

  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->body, "hello /x?y=z");
  EXPECT_EQ(client.handshakes(), 1U);
}

TEST_F(HttpTls, VerifiesTheServerNameWhereOneIsGiven) {
  Serve(Hello, authority.Issue({.dns_names = {"api.example"}}));
  TlsClientOptions options = TrustPem(authority.ca_pem());
  options.server_name = "api.example";
  HttpClient client = Client(ClientTls(options));

  const auto response = Get(client);

  EXPECT_TRUE(response) << response.error().message;
}

TEST_F(HttpTls, RefusesAnotherAuthorityAndSaysWho) {
  Serve(Hello, authority.IssueForLoopback());
  const test::Authority other("other-ca");
  HttpClient client = Client(ClientTls(TrustPem(other.ca_pem())));

  const auto response = Get(client);

  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, ErrorKind::kUntrusted);
  EXPECT_THAT(response.error().message,
              AllOf(HasSubstr("signed by unknown authority"), HasSubstr("subject CN=loopback"),
                    HasSubstr("issuer CN=good-ca"), HasSubstr("IP:127.0.0.1")));
}

TEST_F(HttpTls, RefusesAWrongName) {
  Serve(Hello, authority.Issue({.dns_names = {"node1"}, .ip_addresses = {"10.0.0.1"}}));
  HttpClient client = Client(ClientTls(TrustPem(authority.ca_pem())));

  const auto response = Get(client);

  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, ErrorKind::kUntrusted);
  EXPECT_THAT(response.error().message, AllOf(HasSubstr("not valid for 127.0.0.1"),
                                              HasSubstr("SANs DNS:node1, IP:10.0.0.1")));
}

TEST_F(HttpTls, RefusesAnExpiredCertificate) {
  Serve(Hello, authority.Issue({.ip_addresses = {"127.0.0.1"},
                                .not_after = test::ValidFrom() + std::chrono::hours(24)}));
  HttpClient client = Client(ClientTls(TrustPem(authority.ca_pem())));

  const auto response = Get(client);

  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, ErrorKind::kUntrusted);
  EXPECT_THAT(response.error().message, HasSubstr("expired on 2020-01-02T00:00:00Z"));
}

TEST_F(HttpTls, RefusesAClientCertificateAsServer) {
  Serve(Hello,
        authority.Issue({.ip_addresses = {"127.0.0.1"}, .purpose = x509::Purpose::kClientAuth}));
  HttpClient client = Client(ClientTls(TrustPem(authority.ca_pem())));

  const auto response = Get(client);

  ASSERT_FALSE(response);
  EXPECT_THAT(response.error().message, HasSubstr("not for server authentication"));
}

TEST_F(HttpTls, SkipsVerificationOnlyWhenAskedTo) {
  Serve(Hello, test::SelfSigned({.common_name = "anybody"}));
  TlsClientOptions options;
  options.insecure_skip_verify = true;
  HttpClient client = Client(ClientTls(options));

  EXPECT_TRUE(Get(client));
}

TEST_F(HttpTls, GivesTheVerifierTheWholeChainAndReturnsItsErrorUnchanged) {
  x509::KeyPair pair = authority.IssueForLoopback();
  pair.certificate_pem += authority.ca_pem();
  Serve(Hello, pair);
  std::vector<std::string> seen;  // DER
  TlsClientOptions options;
  const Error refusal{ErrorKind::kForbidden, "pin changed", std::chrono::seconds(7)};
  options.verifier = [&](const std::vector<x509::Certificate>& chain) -> Result<void> {
    for (const x509::Certificate& certificate : chain) seen.push_back(certificate.der());
    return std::unexpected(refusal);
  };
  HttpClient client = Client(ClientTls(options));

  const auto response = Get(client);

  ASSERT_FALSE(response);
  EXPECT_EQ(response.error(), refusal);
  EXPECT_THAT(seen, ::testing::ElementsAre(test::Parse(pair.certificate_pem).der(),
                                           test::Parse(authority.ca_pem()).der()));
}

TEST_F(HttpTls, SurvivesAVerifierThatThrows) {
  Serve(Hello, authority.IssueForLoopback());
  TlsClientOptions options;
  options.verifier = [](const std::vector<x509::Certificate>&) -> Result<void> {
    throw std::runtime_error("boom");
  };
  HttpClient client = Client(ClientTls(options));

  const auto response = Get(client);

  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, ErrorKind::kInternal);
}

TEST_F(HttpTls, HandsClientCertificatesToTheHandlerUnjudged) {
  std::vector<std::string> seen;
  Serve(
      [&seen](http::Request request) -> Task<http::Response> {
        seen = request.peer_chain_der;
        co_return http::Response();
      },
      authority.IssueForLoopback());
  const test::Authority stranger("stranger");
  x509::KeyPair pair =
      stranger.Issue({.common_name = "mallory", .purpose = x509::Purpose::kClientAuth});
  pair.certificate_pem += stranger.ca_pem();
  TlsClientOptions options = TrustPem(authority.ca_pem());
  options.client_certificate = KeyPairPem{pair.certificate_pem, pair.private_key_pem};
  HttpClient client = Client(ClientTls(options));

  ASSERT_TRUE(Get(client));

  EXPECT_THAT(seen, ::testing::ElementsAre(test::Parse(pair.certificate_pem).der(),
                                           test::Parse(stranger.ca_pem()).der()));
}

TEST_F(HttpTls, SeesNoCertificateWhereNoneWasSent) {
  std::vector<std::string> seen{"x"};
  Serve(
      [&seen](http::Request request) -> Task<http::Response> {
        seen = request.peer_chain_der;
        co_return http::Response();
      },
      authority.IssueForLoopback());
  HttpClient client = Client(ClientTls(TrustPem(authority.ca_pem())));

  ASSERT_TRUE(Get(client));

  EXPECT_TRUE(seen.empty());
}

TEST_F(HttpTls, RefusesConnectionsWhileThereIsNoServingCertificate) {
  HttpServerOptions options;
  options.tls = [] { return std::shared_ptr<const TlsServerContext>(); };
  Serve(Hello, {}, options);
  HttpClient client = Client(ClientTls(TrustPem(authority.ca_pem())));

  const auto response = Get(client);

  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, ErrorKind::kClosed);
}

TEST_F(HttpTls, TakesUpARotatedCertificateOnTheNextConnection) {
  auto current = ServerTls(authority.Issue({.common_name = "old", .ip_addresses = {"127.0.0.1"}}));
  HttpServerOptions options;
  options.tls = [&current] { return current; };
  Serve(Hello, {}, options);
  std::vector<std::string> subjects;
  TlsClientOptions tls;
  tls.verifier = [&](const std::vector<x509::Certificate>& chain) -> Result<void> {
    subjects.push_back(chain.front().subject());
    return {};
  };
  HttpClient client = Client(ClientTls(tls));

  ASSERT_TRUE(Get(client));
  current = ServerTls(authority.Issue({.common_name = "new", .ip_addresses = {"127.0.0.1"}}));
  ASSERT_TRUE(Get(client));
  HttpClient another = Client(ClientTls(tls));
  ASSERT_TRUE(Get(another));

  EXPECT_THAT(subjects, ::testing::ElementsAre("CN=old", "CN=new"));
}

// Whatever a stranger sends is kept as long as his connection.
TEST_F(HttpTls, TakesNoEndlessChainOfAClient) {
  Serve(Hello, authority.IssueForLoopback());
  const auto answers = [&](std::size_t names) {
    test::LeafOptions leaf{.purpose = x509::Purpose::kClientAuth};
    for (std::size_t i = 0; i < names; ++i) leaf.dns_names.emplace_back(200, 'n');
    const auto pair = authority.Issue(leaf);
    TlsClientOptions tls = TrustPem(authority.ca_pem());
    tls.client_certificate = KeyPairPem{pair.certificate_pem, pair.private_key_pem};
    HttpClient client = Client(ClientTls(std::move(tls)));
    return Get(client).has_value();
  };
  EXPECT_TRUE(answers(20));    // 4 KB
  EXPECT_FALSE(answers(100));  // 20 KB
}

TEST(TlsClientContext, WantsExactlyOneJudge) {
  EXPECT_EQ(TlsClientContext::Create({}).error().kind, ErrorKind::kInvalid);
  TlsClientOptions both;
  both.insecure_skip_verify = true;
  both.verifier = [](const std::vector<x509::Certificate>&) -> Result<void> { return {}; };
  EXPECT_EQ(TlsClientContext::Create(both).error().kind, ErrorKind::kInvalid);
}

TEST(TlsServerContext, RefusesAKeyOfAnotherCertificate) {
  const test::Authority authority;
  const auto created = TlsServerContext::Create(
      {authority.IssueForLoopback().certificate_pem, authority.IssueForLoopback().private_key_pem});
  ASSERT_FALSE(created);
  EXPECT_EQ(created.error().kind, ErrorKind::kInvalid);
  EXPECT_THAT(created.error().message, HasSubstr("does not belong to certificate CN=loopback"));
}

}  // namespace
}  // namespace mpl::net
