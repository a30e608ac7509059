// Who gets in: the rules of kubernetes delegated authentication and authorization, over real TLS.
#include <gmock/gmock.h>

#include "test/unit/kube/apiserver/apiserver_fixture.h"

namespace mpl::apiserver {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const http::Headers& SpoofedHeaders() {
  static const http::Headers headers = {{"X-Remote-User", "alice"},
                                        {"X-Remote-Group", "system:masters"}};
  return headers;
}

std::string MessageOf(const http::Response& response) {
  return Json::parse(response.body).at("message").get<std::string>();
}

TEST_F(ApiServerTest, LetsTheFrontProxySpeakForAUser) {
  Begin();
  auto proxy = NewClient(ClientOf(proxy_ca, "front-proxy-client"));

  const auto response = Ask(proxy, kPods, {{"X-Remote-User", "alice"}, {"X-Remote-Group", "dev"}});

  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "alice list pods");
  ASSERT_EQ(fake->access_specs.size(), 1U);
  EXPECT_EQ(fake->access_specs[0].at("groups"), Json({"dev", "system:authenticated"}));
  EXPECT_EQ(fake->access_specs[0].at("resourceAttributes").at("namespace"), "a");
}

TEST_F(ApiServerTest, NeverBelievesSpoofedHeaders) {
  Begin();
  EXPECT_EQ(Ask(kPods, SpoofedHeaders()).status, 403) << "no certificate: anonymous";
  ASSERT_EQ(fake->access_specs.size(), 1U);
  EXPECT_EQ(fake->access_specs[0].at("user"), "system:anonymous");

  auto client = NewClient(ClientOf(client_ca, "mallory"));
  EXPECT_EQ(Ask(client, kPods, SpoofedHeaders()).status, 403);
  EXPECT_EQ(fake->access_specs.back().at("user"), "mallory");

  auto other = NewClient(ClientOf(proxy_ca, "not-the-proxy"));
  EXPECT_EQ(Ask(other, kPods, SpoofedHeaders()).status, 401);

  const test::Authority own_ca("front-proxy-ca");
  auto forged = NewClient(ClientOf(own_ca, "front-proxy-client"));
  EXPECT_EQ(Ask(forged, kPods, SpoofedHeaders()).status, 401);
}

double Reviews(metrics::Registry& registry, const char* review, const char* result) {
  return registry
      .GetCounter("test_api_review_cache_requests_total", "",
                  {{"review", review}, {"result", result}})
      .Value();
}

TEST_F(ApiServerTest, ReviewsATokenOnceAndRemembersIt) {
  Begin();
  auto client = NewClient();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Ask(client, kPods, {{"Authorization", "Bearer good"}}).body, "robot list pods");
    EXPECT_EQ(Ask(client, kPods, {{"Authorization", "Bearer bad"}}).status, 401);
  }
  EXPECT_THAT(fake->token_specs, ElementsAre(Json{{"token", "good"}}, Json{{"token", "bad"}}));
  EXPECT_EQ(fake->access_specs.size(), 1U);
  EXPECT_EQ(Reviews(registry, "token", "miss"), 2);
  EXPECT_EQ(Reviews(registry, "token", "hit"), 4);
  EXPECT_EQ(Reviews(registry, "access", "miss"), 1);
  EXPECT_EQ(Reviews(registry, "access", "hit"), 2);
}

TEST_F(ApiServerTest, AsksOnceForManyRequestsAtOnce) {
  Begin();
  fake->review_delay = 50ms;
  auto client = NewClient();
  int served = 0;
  const auto one = [](net::HttpClient& via, int& count) -> net::Task<void> {
    http::Request request;
    request.target = kPods;
    request.headers.Add("Authorization", "Bearer good");
    const auto response = co_await via.Send(request);
    count += response && response->status == 200 ? 1 : 0;
  };
  for (int i = 0; i < 20; ++i) tasks.Spawn("request", one(client, served));

  RunTask(Until([&] { return served == 20; }));

  EXPECT_EQ(fake->token_specs.size(), 1U);
  EXPECT_EQ(fake->access_specs.size(), 1U);
  EXPECT_EQ(Reviews(registry, "token", "miss"), 1);
  EXPECT_EQ(Reviews(registry, "token", "joined") + Reviews(registry, "token", "hit"), 19);
}

TEST_F(ApiServerTest, RetriesAReviewThatFailed) {
  Begin();
  fake->review_faults = {500, 429, 503};
  EXPECT_EQ(Ask(kPods, {{"Authorization", "Bearer good"}}).status, 200);
}

TEST_F(ApiServerTest, AnswersAFailedAccessReviewWith500AndForgetsIt) {
  Begin();
  auto proxy = NewClient(ClientOf(proxy_ca, "front-proxy-client"));
  const http::Headers alice = {{"X-Remote-User", "alice"}};
  fake->review_faults = {500, 500, 500, 500, 500};

  const auto failed = Ask(proxy, kPods, alice);

  EXPECT_EQ(failed.status, 500);
  EXPECT_THAT(failed.body, HasSubstr("Internal Server Error: \"" + std::string(kPods) + "\""));
  EXPECT_EQ(Ask(proxy, kPods, alice).status, 200);
}

TEST_F(ApiServerTest, AnswersAFailedTokenReviewWith401) {
  Begin();
  fake->review_faults = {0};
  EXPECT_EQ(Ask(kPods, {{"Authorization", "Bearer good"}}).status, 401);
  EXPECT_EQ(Ask(kPods, {{"Authorization", "Bearer good"}}).status, 200);
}

TEST_F(ApiServerTest, SaysWhatIsForbidden) {
  Begin();
  const auto response = Ask(kPods);
  EXPECT_EQ(response.status, 403);
  EXPECT_EQ(response.headers.Get("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(MessageOf(response),
            "pods.metrics.k8s.io is forbidden: User \"system:anonymous\" cannot list resource "
            "\"pods\" in API group \"metrics.k8s.io\" in the namespace \"a\": no role");
  EXPECT_EQ(MessageOf(Ask("/metrics")),
            "forbidden: User \"system:anonymous\" cannot get path \"/metrics\": no role");
}

TEST_F(ApiServerTest, LetsMastersInWithoutAReview) {
  Begin();
  auto proxy = NewClient(ClientOf(proxy_ca, "front-proxy-client"));
  const auto response =
      Ask(proxy, "/apis/metrics.k8s.io/v1",
          {{"X-Remote-User", "system:kube-aggregator"}, {"X-Remote-Group", "system:masters"}});
  EXPECT_EQ(response.status, 200);
  EXPECT_TRUE(fake->access_specs.empty());
}

// Robot may impersonate alice and group dev; alice may read; nobody else may do anything.
Json ImpersonationRules(const Json& spec) {
  const Json none = Json::object();
  const Json attributes = spec.value("resourceAttributes", none);
  if (attributes.value("verb", "") != "impersonate") return {{"allowed", spec["user"] == "alice"}};
  const std::string name = attributes.at("name");
  return {{"allowed", spec["user"] == "robot" && (name == "alice" || name == "dev")}};
}

TEST_F(ApiServerTest, LetsACallerActAsWhomItMayImpersonate) {
  fake->access_status = &ImpersonationRules;
  Begin();
  const http::Headers as_alice = {{"Authorization", "Bearer good"},
                                  {"Impersonate-User", "alice"},
                                  {"Impersonate-Group", "dev"}};

  EXPECT_EQ(Ask(kPods, as_alice).body, "alice list pods");

  ASSERT_EQ(fake->access_specs.size(), 3U);
  const Json& first = fake->access_specs[0];
  EXPECT_EQ(first.at("user"), "robot");
  EXPECT_EQ(
      first.at("resourceAttributes"),
      Json({{"verb", "impersonate"}, {"version", "v1"}, {"resource", "users"}, {"name", "alice"}}));
  EXPECT_EQ(fake->access_specs[2].at("user"), "alice");
  EXPECT_EQ(fake->access_specs[2].at("groups"), Json({"dev", "system:authenticated"}));
}

TEST_F(ApiServerTest, RefusesToActAsOthers) {
  fake->access_status = &ImpersonationRules;
  Begin();
  const auto ask = [this](const http::Headers& impersonation) {
    http::Headers headers = impersonation;
    headers.Add("Authorization", "Bearer good");
    return Ask(kPods, headers);
  };
  const auto master = ask({{"Impersonate-User", "alice"}, {"Impersonate-Group", "system:masters"}});
  EXPECT_EQ(master.status, 403);
  EXPECT_EQ(MessageOf(master),
            "groups \"system:masters\" is forbidden: User \"robot\" cannot impersonate resource "
            "\"groups\" in API group \"\" at the cluster scope");
  EXPECT_EQ(ask({{"Impersonate-Group", "dev"}}).status, 400);
  EXPECT_EQ(ask({{"Impersonate-User", "alice"}, {"Impersonate-Role", "x"}}).status, 400);
  EXPECT_EQ(Ask(kPods, {{"Authorization", "Bearer good"}}).status, 403) << "robot itself may not";
}

TEST_F(ApiServerTest, AnswersProbesBeforeItLooksAtCredentials) {
  Begin();
  const test::Authority stranger("stranger");
  auto probe = NewClient(ClientOf(stranger, "someone"));
  for (const char* path : {"/healthz", "/livez", "/readyz"}) {
    EXPECT_EQ(Ask(probe, path, {{"Authorization", "Bearer bad"}}).body, "ok") << path;
  }
  EXPECT_EQ(Ask(probe, kPods).status, 401);
  EXPECT_EQ(Ask("/readyz/ping").status, 403) << "a single check needs a role";
  EXPECT_EQ(Ask("/readyz/ping", {{"Authorization", "Bearer good"}}).body, "ok");
}

TEST_F(ApiServerTest, TakesUpChangedTrustAndKeepsTheLastGoodOne) {
  Begin();
  const test::Authority new_ca("new-client-ca");
  auto trust = Trust();
  trust["client-ca-file"] = new_ca.ca_pem();
  auto old_client = NewClient(ClientOf(client_ca, "alice"));
  EXPECT_EQ(Ask(old_client, kPods).status, 200);

  fake->SetTrust(trust);
  RunTask(Until([&] { return auth->config().client_roots[0].common_name() == "new-client-ca"; }));

  EXPECT_EQ(Ask(old_client, kPods).status, 401);
  auto new_client = NewClient(ClientOf(new_ca, "alice"));
  EXPECT_EQ(Ask(new_client, kPods).status, 200);

  trust["client-ca-file"] = "-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----\n";
  fake->SetTrust(trust);
  RunTask(Until([&] { return !auth->faults().empty(); }));
  EXPECT_THAT(auth->faults(), ElementsAre(HasSubstr("client-ca-file")));
  EXPECT_TRUE(auth->Healthy());
  EXPECT_EQ(Ask(new_client, kPods).status, 200) << "the last good one stays";
}

TEST_F(ApiServerTest, IsNotReadyWhileItCannotKnowTheFrontProxy) {
  auto trust = Trust();
  trust["requestheader-allowed-names"] = "not a list";
  fake->SetTrust(trust);
  BeginWithoutTrust();
  RunTask(Until([&] { return !auth->faults().empty(); }));

  EXPECT_THAT(Ask("/readyz").body, HasSubstr("requestheader-allowed-names: must be a JSON list"));

  fake->SetTrust(Trust());
  RunTask(Until([&] { return auth->Healthy().has_value(); }));
  EXPECT_EQ(Ask("/readyz").status, 200);
}

// kube-apiserver without an aggregation layer: a registration would break the deletion of
// namespaces.
TEST_F(ApiServerTest, IsNotReadyWhileThereIsNoFrontProxy) {
  auto trust = Trust();
  for (auto key = trust.begin(); key != trust.end();) {
    key = key->first.starts_with("requestheader-") ? trust.erase(key) : std::next(key);
  }
  fake->SetTrust(trust);
  BeginWithoutTrust();
  RunTask(Until([&] { return !auth->config().client_roots.empty(); }));

  EXPECT_EQ(Ask("/readyz").status, 500);
  EXPECT_THAT(Ask("/readyz").body, HasSubstr("start kube-apiserver with "
                                             "--requestheader-client-ca-file"));
  auto proxy = NewClient(ClientOf(proxy_ca, "front-proxy-client"));
  EXPECT_EQ(Ask(proxy, kPods, SpoofedHeaders()).status, 401);
}

TEST_F(ApiServerTest, BelievesNobodyByCertificateUntilItKnowsWhom) {
  fake->ForbidTrust();
  BeginWithoutTrust();
  RunTask(Until([&] {
    return !auth->Healthy() && auth->Healthy().error().message.find("no role") != std::string::npos;
  }));

  EXPECT_THAT(auth->Healthy().error().message,
              HasSubstr("extension-apiserver-authentication-reader"));
  auto proxy = NewClient(ClientOf(proxy_ca, "front-proxy-client"));
  EXPECT_EQ(Ask(proxy, kPods, SpoofedHeaders()).status, 401);
  EXPECT_EQ(Ask(kPods, {{"Authorization", "Bearer good"}}).status, 200) << "tokens need no trust";
  const auto ready = Ask("/readyz");
  EXPECT_EQ(ready.status, 500);
  EXPECT_THAT(ready.body, HasSubstr("[-]authentication failed: ConfigMap kube-system/"));
}

}  // namespace
}  // namespace mpl::apiserver
