// Credentials that only a real kube-apiserver can judge: tokens in every state, and RBAC over what
// the front proxy says. The rest of the matrix: test/unit/kube/apiserver/authentication_test.cc.
#include <gmock/gmock.h>

#include "kube/base/text.h"
#include "test/integration/apiserver/aggregated_fixture.h"
#include "test/support/kube_apiserver/tokens.h"

namespace mpl::apiserver {
namespace {

using testing::HasSubstr;

class CredentialsTest : public AggregatedTest {
 protected:
  // A certificate of the front proxy's CA, or of `authority`.
  x509::KeyPair Proxy(const std::string& name, TimePoint not_after,
                      const x509::KeyPair* authority = nullptr) {
    x509::CertificateRequest request;
    request.common_name = name;
    request.not_before = net::SystemNow() - 1h;
    request.not_after = not_after;
    request.purpose = x509::Purpose::kClientAuth;
    const auto& signer = authority != nullptr ? *authority : cluster().front_proxy_authority();
    return x509::IssueLeaf(signer, request).value();
  }
  // Who kube-apiserver said it was; empty when not 200.
  static std::string UserIn(const http::Response& response) {
    if (response.status != 200) return {};
    return Json::parse(response.body).at("user").get<std::string>();
  }
};

TEST_F(CredentialsTest, AreAskedForWithoutAny) {
  const auto response = Ask(kThings);
  EXPECT_EQ(response.status, 403);
  EXPECT_THAT(response.body, HasSubstr("User \\\"system:anonymous\\\" cannot list"));
}

TEST_F(CredentialsTest, TokensCountOnlyWhileTheyLast) {
  const std::string good = cluster().ServiceAccountToken("default", "allowed");
  EXPECT_EQ(UserIn(AskWith(good)), "system:serviceaccount:default:allowed");

  // Signed anew it is as good as before: what refuses the others is their time.
  const auto& key = cluster().token_key();
  EXPECT_EQ(AskWith(test::WithExpiry(good, key, net::SystemNow() + 30min)).status, 200);
  EXPECT_EQ(AskWith(test::WithExpiry(good, key, net::SystemNow() - 2min)).status, 401);
  EXPECT_EQ(AskWith(good + "x").status, 401) << "a broken signature";
}

TEST_F(CredentialsTest, TokensForOthersDoNotCount) {
  const std::string other(
      Trim(cluster().Kubectl({"create", "token", "allowed", "-n", "default", "--audience=vault"})));
  EXPECT_EQ(AskWith(other).status, 401);
}

TEST_F(CredentialsTest, TokensEndWithTheirAccount) {
  cluster().Kubectl({"-n", "default", "create", "serviceaccount", "short-lived"});
  const std::string token = cluster().ServiceAccountToken("default", "short-lived");
  EXPECT_EQ(AskWith(token).status, 403) << "known, without rights";
  cluster().Kubectl({"-n", "default", "delete", "serviceaccount", "short-lived"});
  // What was reviewed is remembered for ten seconds; another text of the same token is not.
  const auto again = test::WithExpiry(token, cluster().token_key(), net::SystemNow() + 30min);
  EXPECT_EQ(AskWith(again).status, 401);
}

TEST_F(CredentialsTest, FrontProxiesAreKnownByNameAuthorityAndTime) {
  const http::Headers alice = {{"X-Remote-User", "alice"}};
  const TimePoint tomorrow = net::SystemNow() + 24h;
  EXPECT_EQ(UserIn(Ask(kThings, alice, Proxy("front-proxy-client", tomorrow))), "alice");
  EXPECT_EQ(Ask(kThings, alice, Proxy("somebody", tomorrow)).status, 401);
  EXPECT_EQ(Ask(kThings, alice, Proxy("front-proxy-client", net::SystemNow() - 1min)).status, 401);
  const auto of_clients = Proxy("front-proxy-client", tomorrow, &cluster().authority());
  EXPECT_EQ(Ask(kThings, alice, of_clients).status, 403) << "a user of that name, without rights";
}

TEST_F(CredentialsTest, RightsFollowFromTheLastOfTwoHundredFiftyGroups) {
  cluster().Kubectl({"create", "clusterrolebinding", "things-readers-group",
                     "--clusterrole=things-reader", "--group=group-249"});
  http::Headers headers = {{"X-Remote-User", "carol"}};
  for (int i = 0; i < 249; ++i) headers.Add("X-Remote-Group", "group-" + std::to_string(i));
  const auto proxy = cluster().front_proxy_client();
  EXPECT_EQ(Ask(kThings, headers, proxy).status, 403);
  headers.Add("X-Remote-Group", "group-249");
  const auto response = Ask(kThings, headers, proxy);
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(Json::parse(response.body).at("groups").size(), 251U) << "and system:authenticated";
}

TEST_F(CredentialsTest, ExtrasArriveUnescaped) {
  const auto response = Ask(kThings,
                            {{"X-Remote-User", "alice"},
                             {"X-Remote-Extra-Example.org%2Fteam%20name", "red"},
                             {"X-Remote-Extra-Example.org%2fTeam%20name", "blue"}},
                            cluster().front_proxy_client());
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(Json::parse(response.body).at("extra"),
            (Json{{"example.org/team name", {"red", "blue"}}}));
}

}  // namespace
}  // namespace mpl::apiserver
