// The rules of delegation against the real thing: TokenReview, SubjectAccessReview, RBAC, the
// aggregator's front proxy, and the ConfigMap that kube-apiserver keeps.
#include <gmock/gmock.h>

#include "kube/base/digest.h"
#include "test/integration/apiserver/aggregated_fixture.h"

namespace mpl::apiserver {
namespace {

using testing::Contains;
using testing::HasSubstr;

// An ExternalName Service makes the aggregator dial a port of loopback.
std::string Registration(std::uint16_t port, const std::string& ca_pem) {
  const Json service = {{"apiVersion", "v1"},
                        {"kind", "Service"},
                        {"metadata", {{"name", "extension"}, {"namespace", "default"}}},
                        {"spec", {{"type", "ExternalName"}, {"externalName", "localhost"}}}};
  const Json api_service = {
      {"apiVersion", "apiregistration.k8s.io/v1"},
      {"kind", "APIService"},
      {"metadata", {{"name", "v1.test.metricspipeline.dev"}}},
      {"spec",
       {{"group", "test.metricspipeline.dev"},
        {"version", "v1"},
        {"groupPriorityMinimum", 100},
        {"versionPriority", 100},
        {"caBundle", Base64Encode(ca_pem)},
        {"service", {{"name", "extension"}, {"namespace", "default"}, {"port", port}}}}}};
  return Json{{"apiVersion", "v1"}, {"kind", "List"}, {"items", {service, api_service}}}.dump();
}

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
  cluster().Kubectl({"apply", "-f", "-"}, Registration(port(), serving_ca().ca_pem()));
  cluster().Kubectl({"wait", "--for=condition=Available", "--timeout=60s",
                     "apiservice/v1.test.metricspipeline.dev"});

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
