// The authentication matrix over real TLS: each credential, good and bad in each way. What only a
// real kube-apiserver can judge (tokens, RBAC) stands in test/integration/apiserver.
#include <gmock/gmock.h>

#include "test/unit/kube/apiserver/apiserver_fixture.h"

namespace mpl::apiserver {
namespace {

enum class Signer { kNobody, kClientCa, kProxyCa, kForgedProxyCa, kItself };

struct Credential {
  std::string name;
  Signer signer = Signer::kNobody;
  std::string common_name = {};
  TimePoint not_after = test::ValidUntil();
  x509::Purpose purpose = x509::Purpose::kClientAuth;
  http::Headers headers = {};
  int status = 200;
  std::string user = {};  // whom kube-apiserver is asked about; empty: nobody
};

// Everyone presents these as well: they count only beside the front proxy's certificate.
const http::Headers& Claims() {
  static const http::Headers headers = {{"X-Remote-User", "alice"}, {"X-Remote-Group", "dev"}};
  return headers;
}

const TimePoint kLongAgo = test::ValidFrom() + std::chrono::hours(24);

class Matrix : public ApiServerTest, public testing::WithParamInterface<Credential> {
 protected:
  x509::KeyPair Certificate(const Credential& credential) {
    test::LeafOptions leaf;
    leaf.common_name = credential.common_name;
    leaf.not_after = credential.not_after;
    leaf.purpose = credential.purpose;
    switch (credential.signer) {
      case Signer::kNobody:
        break;
      case Signer::kClientCa:
        return client_ca.Issue(leaf);
      case Signer::kProxyCa:
        return proxy_ca.Issue(leaf);
      case Signer::kForgedProxyCa:
        return test::Authority("front-proxy-ca").Issue(leaf);
      case Signer::kItself:
        return test::SelfSigned(leaf);
    }
    return {};
  }
};

TEST_P(Matrix, JudgesTheCredential) {
  const Credential& credential = GetParam();
  Begin();
  auto client = NewClient(Certificate(credential));
  http::Headers headers = Claims();
  for (const auto& [name, value] : credential.headers) headers.Add(name, value);

  const auto response = Ask(client, kPods, headers);

  EXPECT_EQ(response.status, credential.status);
  EXPECT_EQ(client.handshakes(), 1U);
  if (credential.user.empty()) {
    EXPECT_TRUE(fake->access_specs.empty());
    return;
  }
  ASSERT_EQ(fake->access_specs.size(), 1U);
  EXPECT_EQ(fake->access_specs[0].at("user"), credential.user);
}

// Rules: k8s.io/apiserver pkg/server/options/authentication.go, "delegating" authenticator. Rights
// in this test: alice and robot may, nobody else.
INSTANTIATE_TEST_SUITE_P(
    All, Matrix,
    testing::Values(
        Credential{.name = "None", .status = 403, .user = "system:anonymous"},
        Credential{
            .name = "GoodToken", .headers = {{"Authorization", "Bearer good"}}, .user = "robot"},
        Credential{.name = "BadToken", .headers = {{"Authorization", "Bearer bad"}}, .status = 401},
        Credential{.name = "NoBearer",
                   .headers = {{"Authorization", "Basic YTpi"}},
                   .status = 403,
                   .user = "system:anonymous"},
        Credential{.name = "FrontProxy",
                   .signer = Signer::kProxyCa,
                   .common_name = "front-proxy-client",
                   .user = "alice"},
        Credential{.name = "FrontProxyWithABadTokenOfTheUser",
                   .signer = Signer::kProxyCa,
                   .common_name = "front-proxy-client",
                   .headers = {{"Authorization", "Bearer bad"}},
                   .user = "alice"},
        Credential{.name = "FrontProxyOfAnotherName",
                   .signer = Signer::kProxyCa,
                   .common_name = "front-proxy-client2",
                   .status = 401},
        Credential{.name = "FrontProxyOfAnotherCa",
                   .signer = Signer::kForgedProxyCa,
                   .common_name = "front-proxy-client",
                   .status = 401},
        Credential{.name = "FrontProxyOfTheClientCa",
                   .signer = Signer::kClientCa,
                   .common_name = "front-proxy-client",
                   .status = 403,
                   .user = "front-proxy-client"},
        Credential{.name = "FrontProxyExpired",
                   .signer = Signer::kProxyCa,
                   .common_name = "front-proxy-client",
                   .not_after = kLongAgo,
                   .status = 401},
        Credential{.name = "FrontProxyWithAServerCertificate",
                   .signer = Signer::kProxyCa,
                   .common_name = "front-proxy-client",
                   .purpose = x509::Purpose::kServerAuth,
                   .status = 401},
        Credential{.name = "FrontProxySignedByItself",
                   .signer = Signer::kItself,
                   .common_name = "front-proxy-client",
                   .status = 401},
        Credential{.name = "ClientOfTheCluster",
                   .signer = Signer::kClientCa,
                   .common_name = "alice",
                   .user = "alice"},
        Credential{.name = "ClientWithoutRights",
                   .signer = Signer::kClientCa,
                   .common_name = "mallory",
                   .status = 403,
                   .user = "mallory"},
        Credential{.name = "ClientExpired",
                   .signer = Signer::kClientCa,
                   .common_name = "alice",
                   .not_after = kLongAgo,
                   .status = 401},
        Credential{.name = "ClientWithAServerCertificate",
                   .signer = Signer::kClientCa,
                   .common_name = "alice",
                   .purpose = x509::Purpose::kServerAuth,
                   .status = 401},
        Credential{.name = "StrangersCertificateBesideAGoodToken",
                   .signer = Signer::kItself,
                   .common_name = "alice",
                   .headers = {{"Authorization", "Bearer good"}},
                   .user = "robot"},
        Credential{.name = "StrangersCertificateBesideABadToken",
                   .signer = Signer::kItself,
                   .common_name = "alice",
                   .headers = {{"Authorization", "Bearer bad"}},
                   .status = 401}),
    [](const auto& tested) { return tested.param.name; });

// A user of a large company; the aggregator sends a header for each group.
TEST_F(ApiServerTest, PassesTwoHundredFiftyGroupsOn) {
  Begin();
  auto proxy = NewClient(ClientOf(proxy_ca, "front-proxy-client"));
  http::Headers headers = {{"X-Remote-User", "alice"}};
  Json expected = Json::array();
  for (int i = 0; i < 250; ++i) {
    const std::string group = "group-" + std::to_string(i) + std::string(200, 'g');
    headers.Add("X-Remote-Group", group);
    expected.push_back(group);
  }
  expected.push_back("system:authenticated");

  EXPECT_EQ(Ask(proxy, kPods, headers).status, 200);

  ASSERT_EQ(fake->access_specs.size(), 1U);
  EXPECT_EQ(fake->access_specs[0].at("groups"), expected);
}

// kubernetes-contract: the aggregator escapes keys that are no header names.
TEST_F(ApiServerTest, PassesEscapedExtrasOn) {
  Begin();
  auto proxy = NewClient(ClientOf(proxy_ca, "front-proxy-client"));
  const http::Headers headers = {
      {"X-Remote-User", "alice"},
      {"X-Remote-Extra-Authentication.kubernetes.io%2fcredential-Id", "JTI=1"},
      {"X-Remote-Extra-Scopes", "view"},
      {"X-Remote-Extra-Scopes", "edit"}};

  EXPECT_EQ(Ask(proxy, kPods, headers).status, 200);

  ASSERT_EQ(fake->access_specs.size(), 1U);
  EXPECT_EQ(fake->access_specs[0].at("extra"),
            (Json{{"authentication.kubernetes.io/credential-id", {"JTI=1"}},
                  {"scopes", {"view", "edit"}}}));
}

// The aggregator keeps its connection for hours: a new CA must count on it, an old one must not.
TEST_F(ApiServerTest, JudgesOpenConnectionsAnewWhenACaIsRotated) {
  Begin();
  const test::Authority new_client_ca("new-client-ca"), new_proxy_ca("new-proxy-ca");
  const http::Headers alice = {{"X-Remote-User", "alice"}};
  auto old_client = NewClient(ClientOf(client_ca, "alice"));
  auto new_client = NewClient(ClientOf(new_client_ca, "alice"));
  auto old_proxy = NewClient(ClientOf(proxy_ca, "front-proxy-client"));
  auto new_proxy = NewClient(ClientOf(new_proxy_ca, "front-proxy-client"));
  const auto statuses = [&] {
    return std::vector<int>{Ask(old_client, kPods).status, Ask(new_client, kPods).status,
                            Ask(old_proxy, kPods, alice).status,
                            Ask(new_proxy, kPods, alice).status};
  };
  const auto rotate = [&](const std::string& client_pem, const std::string& proxy_pem,
                          std::size_t roots) {
    auto trust = Trust();
    trust["client-ca-file"] = client_pem;
    trust["requestheader-client-ca-file"] = proxy_pem;
    fake->SetTrust(trust);
    RunTask(Until([&] {
      return auth->config().client_roots.size() == roots &&
             auth->config().client_roots.back().common_name() == "new-client-ca";
    }));
  };
  EXPECT_EQ(statuses(), (std::vector<int>{200, 401, 200, 401}));

  // As rotations are done: both for a while, then the new one alone.
  rotate(client_ca.ca_pem() + new_client_ca.ca_pem(), proxy_ca.ca_pem() + new_proxy_ca.ca_pem(), 2);
  EXPECT_EQ(statuses(), (std::vector<int>{200, 200, 200, 200}));
  rotate(new_client_ca.ca_pem(), new_proxy_ca.ca_pem(), 1);
  EXPECT_EQ(statuses(), (std::vector<int>{401, 200, 401, 200}));

  for (const net::HttpClient* client : {&old_client, &new_client, &old_proxy, &new_proxy}) {
    EXPECT_EQ(client->handshakes(), 1U) << "the connections were open all the time";
  }
}

}  // namespace
}  // namespace mpl::apiserver
