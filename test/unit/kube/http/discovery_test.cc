// Shapes: Kubernetes API concepts "API discovery"; KEP-3352; what client-go needs of them.
#include "kube/http/discovery.h"

#include <gmock/gmock.h>

namespace mpl::http {
namespace {

using objects::Json;

constexpr const char* kAggregated =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

Discovery Metrics() {
  const std::vector<std::string> verbs = {"get", "list"};
  const std::vector<DiscoveryResource> resources = {
      {.name = "nodes", .kind = "NodeMetrics", .namespaced = false, .verbs = verbs},
      {.name = "pods", .kind = "PodMetrics", .namespaced = true, .verbs = verbs}};
  return Discovery({{.name = "metrics.k8s.io",
                     .versions = {{.version = "v1", .resources = resources},
                                  {.version = "v1beta1", .resources = resources}}}});
}

std::optional<Response> Ask(const Discovery& discovery, const std::string& path,
                            Headers headers = {}) {
  Request request;
  request.target = path;
  request.headers = std::move(headers);
  return discovery.Answer(request, *ParseTarget(path));
}

TEST(Discovery, ListsGroupsWithTheirPreferredVersion) {
  const auto response = Ask(Metrics(), "/apis", {{"Accept", "application/json, */*"}});
  ASSERT_TRUE(response);
  EXPECT_EQ(response->headers.Get("Content-Type"), "application/json");
  EXPECT_EQ(Json::parse(response->body), Json::parse(R"({
    "kind": "APIGroupList", "apiVersion": "v1", "groups": [{"name": "metrics.k8s.io",
      "versions": [{"groupVersion": "metrics.k8s.io/v1", "version": "v1"},
                   {"groupVersion": "metrics.k8s.io/v1beta1", "version": "v1beta1"}],
      "preferredVersion": {"groupVersion": "metrics.k8s.io/v1", "version": "v1"}}]})"));
}

TEST(Discovery, DescribesOneGroup) {
  const Json group = Json::parse(Ask(Metrics(), "/apis/metrics.k8s.io/")->body);
  EXPECT_EQ(group.at("kind"), "APIGroup");
  EXPECT_EQ(group.at("apiVersion"), "v1");
  EXPECT_EQ(group.at("name"), "metrics.k8s.io");
}

TEST(Discovery, ListsTheResourcesOfAVersion) {
  const auto response = Ask(Metrics(), "/apis/metrics.k8s.io/v1beta1");
  EXPECT_EQ(Json::parse(response->body), Json::parse(R"({
    "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": "metrics.k8s.io/v1beta1",
    "resources": [
      {"name": "nodes", "singularName": "", "namespaced": false, "kind": "NodeMetrics",
       "verbs": ["get", "list"]},
      {"name": "pods", "singularName": "", "namespaced": true, "kind": "PodMetrics",
       "verbs": ["get", "list"]}]})"));
}

TEST(Discovery, AnswersAggregatedFormWhenAskedForIt) {
  const auto response = Ask(Metrics(), "/apis", {{"Accept", kAggregated}});
  ASSERT_TRUE(response);
  EXPECT_EQ(response->headers.Get("Content-Type"), kAggregated);
  EXPECT_EQ(response->headers.Get("Vary"), "Accept");
  EXPECT_THAT(std::string(response->headers.Get("ETag")),
              testing::MatchesRegex("\"[0-9A-F]{64}\""));
  const Json body = Json::parse(response->body);
  EXPECT_EQ(body.at("kind"), "APIGroupDiscoveryList");
  EXPECT_EQ(body.at("apiVersion"), "apidiscovery.k8s.io/v2");
  const Json& version = body.at("items").at(0).at("versions").at(0);
  EXPECT_EQ(version.at("freshness"), "Current");
  EXPECT_EQ(version.at("resources").at(1), Json::parse(R"({
    "resource": "pods", "responseKind": {"group": "metrics.k8s.io", "version": "v1",
    "kind": "PodMetrics"}, "scope": "Namespaced", "singularResource": "",
    "verbs": ["get", "list"]})"));
}

TEST(Discovery, FallsBackToTheListForAnOlderAggregatedForm) {
  const auto response =
      Ask(Metrics(), "/apis",
          {{"Accept",
            "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,"
            "application/json"}});
  EXPECT_EQ(Json::parse(response->body).at("kind"), "APIGroupList");
}

TEST(Discovery, AnswersNotModifiedForTheSameTag) {
  const Discovery discovery = Metrics();
  const std::string tag(Ask(discovery, "/apis", {{"Accept", kAggregated}})->headers.Get("ETag"));

  const auto same = Ask(discovery, "/apis", {{"Accept", kAggregated}, {"If-None-Match", tag}});
  EXPECT_EQ(same->status, 304);
  EXPECT_EQ(same->body, "");
  EXPECT_EQ(same->headers.Get("ETag"), tag);
  const auto other = Ask(discovery, "/apis", {{"Accept", kAggregated}, {"If-None-Match", "\"A\""}});
  EXPECT_EQ(other->status, 200);
}

TEST(Discovery, PutsSubresourcesBelowTheirParent) {
  const Discovery discovery({{.name = "custom.metrics.k8s.io",
                              .versions = {{.version = "v1beta2",
                                            .resources = {{.name = "pods/requests",
                                                           .kind = "MetricValueList",
                                                           .namespaced = true,
                                                           .verbs = {"get"}},
                                                          {.name = "pods/errors",
                                                           .kind = "MetricValueList",
                                                           .namespaced = true,
                                                           .verbs = {"get"}}}}}}});
  const Json body = Json::parse(Ask(discovery, "/apis", {{"Accept", kAggregated}})->body);
  const Json& resources = body.at("items").at(0).at("versions").at(0).at("resources");
  ASSERT_EQ(resources.size(), 1U);
  EXPECT_EQ(resources[0].at("resource"), "pods");
  EXPECT_EQ(resources[0].at("scope"), "Namespaced");
  EXPECT_EQ(resources[0].at("subresources").size(), 2U);
  EXPECT_EQ(resources[0].at("subresources").at(1).at("subresource"), "errors");
}

TEST(Discovery, RefusesWhatItCannotWriteAndLeavesOtherPathsAlone) {
  EXPECT_EQ(Ask(Metrics(), "/apis", {{"Accept", "text/html"}})->status, 406);
  EXPECT_EQ(Ask(Metrics(), "/apis/metrics.k8s.io/v1", {{"Accept", "text/html"}})->status, 406);
  EXPECT_FALSE(Ask(Metrics(), "/apis/apps"));
  EXPECT_FALSE(Ask(Metrics(), "/apis/metrics.k8s.io/v1/nodes"));
  EXPECT_FALSE(Ask(Metrics(), "/"));
  Request post;
  post.method = "POST";
  EXPECT_EQ(Metrics().Answer(post, *ParseTarget("/apis"))->status, 405);
}

TEST(Discovery, KnowsWhatLiesBelowItsGroups) {
  const Discovery discovery = Metrics();
  for (const char* path : {"/apis/metrics.k8s.io", "/apis/metrics.k8s.io/v2/pods"}) {
    EXPECT_TRUE(discovery.Covers(*ParseTarget(path))) << path;
  }
  for (const char* path : {"/", "/apis", "/apis/other.io/v1", "/api/metrics.k8s.io"}) {
    EXPECT_FALSE(discovery.Covers(*ParseTarget(path))) << path;
  }
}

}  // namespace
}  // namespace mpl::http
