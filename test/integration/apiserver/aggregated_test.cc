// The rules of delegation against the real thing: TokenReview, SubjectAccessReview, RBAC, the
// aggregator's front proxy, and the ConfigMap that kube-apiserver keeps.
#include <gmock/gmock.h>

#include "test/integration/apiserver/aggregated_fixture.h"

namespace mpl::apiserver {
namespace {

using testing::Contains;
using testing::HasSubstr;

TEST_F(AggregatedTest, KnowsServiceAccountsByTheirTokens) {
  const auto allowed = AskWithToken("allowed");
  EXPECT_EQ(allowed.status, 200) << allowed.body;
  const Json body = Json::parse(allowed.body);
  EXPECT_EQ(body.at("user"), "system:serviceaccount:default:allowed");
  EXPECT_THAT(body.at("groups").get<std::vector<std::string>>(),
              Contains("system:serviceaccounts:default"));

  const auto other = AskWithToken("other");
  EXPECT_EQ(other.status, 403);
  EXPECT_THAT(other.body, HasSubstr("things.test.metricspipeline.dev is forbidden: User "
                                    "\\\"system:serviceaccount:default:other\\\" cannot list"));
  EXPECT_EQ(Ask(kThings, {{"Authorization", "Bearer nonsense"}}).status, 401);
}

TEST_F(AggregatedTest, KnowsUsersByTheirClientCertificates) {
  const auto alice = Ask(kThings, {}, cluster().IssueClient("alice"));
  EXPECT_EQ(alice.status, 200) << alice.body;
  EXPECT_EQ(Json::parse(alice.body).at("user"), "alice");
  EXPECT_EQ(Ask(kThings, {}, cluster().IssueClient("bob")).status, 403);
}

TEST_F(AggregatedTest, BelievesTheFrontProxyAloneAboutOthers) {
  const http::Headers spoofed = {{"X-Remote-User", "alice"}, {"X-Remote-Group", "system:masters"}};

  EXPECT_EQ(Ask(kThings, spoofed).status, 403);
  EXPECT_EQ(Ask(kThings, spoofed, cluster().IssueClient("bob")).status, 403);
  const test::Authority stranger("front-proxy-ca");
  test::LeafOptions options;
  options.common_name = "front-proxy-client";
  options.purpose = x509::Purpose::kClientAuth;
  EXPECT_EQ(Ask(kThings, spoofed, stranger.Issue(options)).status, 401);

  const auto proxied = Ask(kThings, spoofed, cluster().front_proxy_client());
  EXPECT_EQ(proxied.status, 200);
  EXPECT_EQ(Json::parse(proxied.body).at("user"), "alice");
}

TEST_F(AggregatedTest, ServesThroughTheAggregator) {
  Register("test.metricspipeline.dev", "v1");

  const Json admin = Json::parse(cluster().Kubectl({"get", "--raw", kThings}));
  EXPECT_THAT(admin.at("groups").get<std::vector<std::string>>(), Contains("system:masters"));
  const Json alice = Json::parse(cluster().Kubectl({"get", "--raw", kThings, "--as=alice"}));
  EXPECT_EQ(alice.at("user"), "alice");
  EXPECT_THROW(cluster().Kubectl({"get", "--raw", kThings, "--as=bob"}), std::runtime_error);
  Await([this] {
    return cluster()
               .Kubectl({"api-resources", "--api-group=test.metricspipeline.dev", "--no-headers"})
               .find("things") != std::string::npos;
  });

  cluster().Kubectl({"delete", "apiservice/v1.test.metricspipeline.dev"});
}

TEST_F(AggregatedTest, LetsCallersActAsOthersByTheClustersRules) {
  const Json role = {{"apiVersion", "rbac.authorization.k8s.io/v1"},
                     {"kind", "ClusterRole"},
                     {"metadata", {{"name", "acts-as-alice"}}},
                     {"rules",
                      {{{"apiGroups", {""}},
                        {"resources", {"users", "groups"}},
                        {"verbs", {"impersonate"}},
                        {"resourceNames", {"alice", "dev"}}}}}};
  cluster().Kubectl({"apply", "-f", "-"}, role.dump());
  cluster().Kubectl({"create", "clusterrolebinding", "acts-as-alice", "--clusterrole=acts-as-alice",
                     "--user=robin"});
  const auto robin = cluster().IssueClient("robin");
  EXPECT_EQ(Ask(kThings, {}, robin).status, 403);

  const auto alice =
      Ask(kThings, {{"Impersonate-User", "alice"}, {"Impersonate-Group", "dev"}}, robin);
  EXPECT_EQ(alice.status, 200) << alice.body;
  EXPECT_EQ(Json::parse(alice.body).at("user"), "alice");
  EXPECT_EQ(Json::parse(alice.body).at("groups"), Json({"dev", "system:authenticated"}));

  const auto master =
      Ask(kThings, {{"Impersonate-User", "alice"}, {"Impersonate-Group", "system:masters"}}, robin);
  EXPECT_EQ(master.status, 403);
  // The same as kube-apiserver says about the same headers.
  EXPECT_THAT(master.body, HasSubstr("groups \\\"system:masters\\\" is forbidden: User "
                                     "\\\"robin\\\" cannot impersonate resource \\\"groups\\\""));
}

TEST_F(AggregatedTest, TakesUpANewClientAuthorityWithoutARestart) {
  const test::Authority new_ca("new-client-ca");
  test::LeafOptions options;
  options.common_name = "alice";
  options.purpose = x509::Purpose::kClientAuth;
  const x509::KeyPair alice = new_ca.Issue(options);
  EXPECT_EQ(Ask(kThings, {}, alice).status, 401);

  // kube-apiserver keeps what others add to the bundle.
  const Json patch = {
      {"data", {{"client-ca-file", cluster().authority().certificate_pem + new_ca.ca_pem()}}}};
  cluster().Kubectl({"-n", "kube-system", "patch", "configmap",
                     "extension-apiserver-authentication", "--type=merge", "-p", patch.dump()});

  Await([&] { return Ask(kThings, {}, alice).status == 200; });
}

}  // namespace
}  // namespace mpl::apiserver
