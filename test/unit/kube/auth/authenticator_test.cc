// The matrix of credentials, after k8s.io/apiserver authenticatorfactory/delegating.go and the
// tests of its request header and x509 authenticators.
#include "kube/auth/authenticator.h"

#include <gmock/gmock.h>

#include "test/support/certs/certs.h"

namespace mpl::auth {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

// 2026-11-21T12:00:00Z (date -u -d 2026-11-21T12:00:00Z +%s)
constexpr TimePoint kNoon{std::chrono::seconds(1795262400)};

test::LeafOptions Client(std::string user, std::vector<std::string> groups = {}) {
  test::LeafOptions options;
  options.common_name = std::move(user);
  options.organizations = std::move(groups);
  options.purpose = x509::Purpose::kClientAuth;
  return options;
}

x509::KeyPair ClientOf(const test::Authority& authority, std::string user,
                       std::vector<std::string> groups = {}) {
  return authority.Issue(Client(std::move(user), std::move(groups)));
}

std::vector<std::string> ChainOf(const x509::KeyPair& pair) {
  return {test::Parse(pair.certificate_pem).der()};
}

class Authenticator : public testing::Test {
 protected:
  Authenticator() {
    config_ =
        UpdateAuthConfig({}, {{"client-ca-file", client_ca_.ca_pem()},
                              {"requestheader-client-ca-file", proxy_ca_.ca_pem()},
                              {"requestheader-allowed-names", R"(["front-proxy-client"])"},
                              {"requestheader-username-headers", R"(["X-Remote-User"])"},
                              {"requestheader-group-headers", R"(["X-Remote-Group"])"},
                              {"requestheader-extra-headers-prefix", R"(["X-Remote-Extra-"])"},
                              {"requestheader-uid-headers", R"(["X-Remote-Uid"])"}})
            .config;
    request_.headers = {{"X-Remote-User", "alice"},
                        {"x-remote-group", "dev"},
                        {"X-Remote-Group", "ops"},
                        {"X-Remote-Uid", "42"},
                        {"X-Remote-Extra-Example.org%2FScopes", "a"},
                        {"X-Remote-Extra-Example.org%2Fscopes", "b"}};
  }

  void Present(const x509::KeyPair& pair) { request_.peer_chain_der = ChainOf(pair); }
  Verdict Judge() { return Authenticate(config_, request_, kNoon); }
  std::string WhyRejected() {
    const Verdict verdict = Judge();
    const auto* rejected = std::get_if<Rejected>(&verdict);
    return rejected == nullptr ? "(not rejected)" : rejected->why;
  }
  std::string WhoIsAuthenticated() {
    const Verdict verdict = Judge();
    const auto* known = std::get_if<Authenticated>(&verdict);
    return known == nullptr ? "(nobody)" : known->user.name;
  }

  const test::Authority client_ca_{"client-ca"};
  const test::Authority proxy_ca_{"front-proxy-ca"};
  const test::Authority stranger_ca_{"stranger-ca"};
  AuthConfig config_;
  http::Request request_;
};

TEST_F(Authenticator, BelievesTheFrontProxyAboutTheUser) {
  Present(ClientOf(proxy_ca_, "front-proxy-client"));

  const Verdict verdict = Judge();

  const auto* known = std::get_if<Authenticated>(&verdict);
  ASSERT_NE(known, nullptr);
  EXPECT_EQ(known->user.name, "alice");
  EXPECT_EQ(known->user.uid, "42");
  EXPECT_THAT(known->user.groups, ElementsAre("dev", "ops", "system:authenticated"));
  // The key is lower case and unescaped.
  EXPECT_THAT(known->user.extra, ElementsAre(Pair("example.org/scopes", ElementsAre("a", "b"))));
}

// k8s.io/apiserver headerrequest, unescapeExtraKey: what does not unescape is recorded as it came.
TEST_F(Authenticator, UnescapesKeysOfExtrasWholeOrNotAtAll) {
  request_.headers = {{"X-Remote-User", "alice"},
                      {"X-Remote-Extra-A%2Fb%20c", "1"},
                      {"X-Remote-Extra-A%2Fb%zz", "2"},
                      {"X-Remote-Extra-A%2Fb%4", "3"},
                      {"X-Remote-Extra-%25", "4"}};
  Present(ClientOf(proxy_ca_, "front-proxy-client"));
  const Verdict verdict = Judge();
  const auto* known = std::get_if<Authenticated>(&verdict);
  ASSERT_NE(known, nullptr);
  EXPECT_THAT(known->user.extra,
              ElementsAre(Pair("%", ElementsAre("4")), Pair("a%2fb%4", ElementsAre("3")),
                          Pair("a%2fb%zz", ElementsAre("2")), Pair("a/b c", ElementsAre("1"))));
}

TEST_F(Authenticator, NeverBelievesSpoofedHeaders) {
  EXPECT_TRUE(std::holds_alternative<Anonymous>(Judge())) << "no certificate at all";

  Present(ClientOf(client_ca_, "mallory", {"devs"}));
  EXPECT_EQ(WhoIsAuthenticated(), "mallory") << "a client's certificate is not the proxy's";

  Present(ClientOf(stranger_ca_, "front-proxy-client"));
  EXPECT_THAT(WhyRejected(), HasSubstr("not the front proxy"));

  Present(ClientOf(proxy_ca_, "someone-else"));
  EXPECT_THAT(WhyRejected(), HasSubstr("\"someone-else\" is not in requestheader-allowed-names"));

  Present(proxy_ca_.Issue({.common_name = "front-proxy-client"}));
  EXPECT_THAT(WhyRejected(), HasSubstr("not the front proxy")) << "a server certificate";
}

TEST_F(Authenticator, NeverBelievesASpoofedHeaderBesideAToken) {
  request_.headers.Add("Authorization", "Bearer t");

  const Verdict verdict = Judge();

  ASSERT_TRUE(std::holds_alternative<NeedsTokenReview>(verdict));
  EXPECT_EQ(std::get<NeedsTokenReview>(verdict).token, "t");
}

TEST_F(Authenticator, BelievesNoFrontProxyWhenNoneIsConfigured) {
  config_.request_header = {};
  Present(ClientOf(proxy_ca_, "front-proxy-client"));
  EXPECT_NE(WhyRejected(), "(not rejected)");

  config_.client_roots.clear();
  EXPECT_THAT(WhyRejected(), HasSubstr("no client CA is known"));
}

TEST_F(Authenticator, AcceptsAnyProxyNameWhenNoneIsListed) {
  config_.request_header.allowed_names.clear();
  Present(ClientOf(proxy_ca_, "someone-else"));
  EXPECT_EQ(WhoIsAuthenticated(), "alice");
}

TEST_F(Authenticator, IgnoresTheUidHeaderUnlessConfigured) {
  config_.request_header.uid_headers.clear();
  Present(ClientOf(proxy_ca_, "front-proxy-client"));
  const Verdict verdict = Judge();
  EXPECT_EQ(std::get<Authenticated>(verdict).user.uid, "");
}

TEST_F(Authenticator, ReadsUserAndGroupsFromAClientCertificate) {
  request_.headers = {};
  Present(ClientOf(client_ca_, "bob", {"dev", "ops"}));

  const Verdict verdict = Judge();

  const auto* known = std::get_if<Authenticated>(&verdict);
  ASSERT_NE(known, nullptr);
  EXPECT_EQ(known->user.name, "bob");
  EXPECT_THAT(known->user.groups, ElementsAre("dev", "ops", "system:authenticated"));
  EXPECT_THAT(known->user.extra.at("authentication.kubernetes.io/credential-id"),
              ElementsAre(testing::MatchesRegex("X509SHA256=[0-9a-f]{64}")));
}

TEST_F(Authenticator, RejectsAnExpiredCertificate) {
  request_.headers = {};
  test::LeafOptions expired = Client("bob");
  expired.not_after = kNoon - std::chrono::seconds(1);
  Present(client_ca_.Issue(expired));
  EXPECT_THAT(WhyRejected(), HasSubstr("client certificate"));
}

TEST_F(Authenticator, RejectsACertificateThatNamesNobody) {
  request_.headers = {};
  Present(ClientOf(client_ca_, ""));
  EXPECT_NE(WhyRejected(), "(not rejected)");

  request_.peer_chain_der = {"no certificate"};
  EXPECT_NE(WhyRejected(), "(not rejected)");
}

TEST_F(Authenticator, LetsATokenSucceedBesideABadCertificate) {
  // Measured on metrics-server 0.9: an unverifiable certificate plus a valid token works.
  request_.headers = {{"Authorization", "Bearer good"}};
  Present(ClientOf(stranger_ca_, "eve"));

  ASSERT_TRUE(std::holds_alternative<NeedsTokenReview>(Judge()));
  const Verdict after = AfterTokenReview(UserInfo{.name = "sa"});
  EXPECT_EQ(std::get<Authenticated>(after).user.name, "sa");
}

TEST_F(Authenticator, PrefersTheCertificateToTheToken) {
  request_.headers = {{"Authorization", "Bearer good"}};
  Present(ClientOf(client_ca_, "bob"));
  EXPECT_EQ(WhoIsAuthenticated(), "bob");
}

TEST_F(Authenticator, AsksNobodyAboutATokenThatIsLongerThanAny) {
  const auto judged = [this](std::size_t bytes) {
    http::Request request;
    request.headers.Add("Authorization", "Bearer " + std::string(bytes, 'x'));
    return Authenticate(config_, request, kNoon);
  };
  EXPECT_TRUE(std::holds_alternative<NeedsTokenReview>(judged(32'768)));
  const Verdict verdict = judged(32'769);
  ASSERT_TRUE(std::holds_alternative<Rejected>(verdict));
  EXPECT_THAT(std::get<Rejected>(verdict).why, HasSubstr("32 KiB"));
}

TEST_F(Authenticator, CallsARequestWithoutCredentialsAnonymous) {
  request_.headers = {};
  const Verdict verdict = Judge();
  ASSERT_TRUE(std::holds_alternative<Anonymous>(verdict));
  EXPECT_EQ(std::get<Anonymous>(verdict).user.name, "system:anonymous");
  EXPECT_THAT(std::get<Anonymous>(verdict).user.groups, ElementsAre("system:unauthenticated"));
}

TEST(AfterTokenReview, RejectsBadTokensAndFailedReviews) {
  EXPECT_EQ(std::get<Rejected>(AfterTokenReview(std::nullopt)).why, "invalid bearer token");
  EXPECT_THAT(std::get<Rejected>(AfterTokenReview(Fail(ErrorKind::kTimeout, "no answer"))).why,
              HasSubstr("no answer"));
}

TEST(BearerToken, IsTakenFromTheAuthorizationHeaderOnly) {
  const auto token = [](const char* value) { return BearerToken({{"Authorization", value}}); };
  EXPECT_EQ(token("Bearer abc"), "abc");
  EXPECT_EQ(token("bearer abc"), "abc");
  EXPECT_EQ(token("  Bearer abc  "), "abc");
  EXPECT_EQ(token("Bearer abc def"), "abc");
  EXPECT_EQ(token("Bearer"), std::nullopt);
  EXPECT_EQ(token("Bearer "), std::nullopt);
  EXPECT_EQ(token("Basic abc"), std::nullopt);
  EXPECT_EQ(BearerToken({}), std::nullopt);
}

TEST(WithAuthenticatedGroup, AddsTheGroupOnce) {
  EXPECT_THAT(WithAuthenticatedGroup({.name = "u", .groups = {"system:authenticated"}}).groups,
              ElementsAre("system:authenticated"));
  EXPECT_THAT(WithAuthenticatedGroup(AnonymousUser()).groups,
              ElementsAre("system:unauthenticated"));
}

}  // namespace
}  // namespace mpl::auth
