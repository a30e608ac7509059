// What every answer has, and what the server answers by itself.
#include <gmock/gmock.h>

#include "kube/http/status_response.h"
#include "test/unit/kube/apiserver/apiserver_fixture.h"

namespace mpl::apiserver {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

class Serving : public ApiServerTest {
 protected:
  http::Response AskAsRobot(const std::string& target, http::Headers headers = {},
                            const std::string& method = "GET") {
    headers.Add("Authorization", "Bearer good");
    net::HttpClient client = NewClient();
    return Ask(client, target, std::move(headers), method);
  }
};

TEST_F(Serving, NamesEveryRequest) {
  Begin();
  EXPECT_EQ(AskAsRobot(kPods, {{"Audit-ID", "a-1"}}).headers.Get("Audit-Id"), "a-1");
  // RFC 9562: version 4, variant 10.
  EXPECT_THAT(std::string(AskAsRobot(kPods).headers.Get("Audit-Id")),
              MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
  EXPECT_EQ(AskAsRobot(kPods, {{"Audit-ID", std::string(80, 'a')}}).headers.Get("Audit-Id").size(),
            64U);
}

TEST_F(Serving, ForbidsCachingUnlessTheHandlerSaysOtherwise) {
  Begin();
  EXPECT_EQ(AskAsRobot(kPods).headers.Get("Cache-Control"), "no-cache, private");
  const auto discovery = AskAsRobot("/apis", {{"Accept",
                                               "application/json;g=apidiscovery.k8s.io;v=v2;"
                                               "as=APIGroupDiscoveryList"}});
  EXPECT_EQ(discovery.headers.Get("Cache-Control"), "public");
  EXPECT_THAT(discovery.body, HasSubstr("APIGroupDiscoveryList"));
}

TEST_F(Serving, AnswersVersionMetricsAndDiscovery) {
  Begin();
  EXPECT_EQ(Json::parse(AskAsRobot("/version").body).at("minor"), "36");
  EXPECT_THAT(AskAsRobot("/apis/metrics.k8s.io/v1").body, HasSubstr("APIResourceList"));

  AskAsRobot(kPods);
  AskAsRobot("/apis/metrics.k8s.io/v1/chosen-by-a-client");
  const auto metrics = AskAsRobot("/metrics");
  EXPECT_THAT(std::string(metrics.headers.Get("Content-Type")), HasSubstr("version=0.0.4"));
  EXPECT_THAT(metrics.body,
              HasSubstr(R"(test_api_requests_total{code="200",resource="pods",verb="list"} 1)"));
  EXPECT_THAT(metrics.body, HasSubstr(R"(resource="other",verb="list")"));
  EXPECT_THAT(metrics.body, testing::Not(HasSubstr("chosen-by-a-client")));
  EXPECT_THAT(metrics.body, HasSubstr("test_api_request_duration_seconds_count"));
}

TEST_F(Serving, SaysWhatItDoesNotServe) {
  Begin();
  const auto path = AskAsRobot("/nothing");
  EXPECT_EQ(path.status, 404);
  EXPECT_EQ(path.headers.Get("Content-Type"), "application/json");
  EXPECT_EQ(path.body, AskAsRobot("/").body) << "what there is instead";
  EXPECT_EQ(AskAsRobot("/apis/other.io/v1/things").body, path.body);
  const auto resource = AskAsRobot("/apis/metrics.k8s.io/v2/pods");
  EXPECT_EQ(resource.status, 404);
  EXPECT_EQ(Json::parse(resource.body).at("message"),
            "the server could not find the requested resource");
  const auto method = AskAsRobot(kPods, {}, "DELETE");
  EXPECT_EQ(method.status, 405);
  EXPECT_EQ(method.headers.Get("Allow"), "GET, HEAD");
  EXPECT_EQ(AskAsRobot("/healthz", {}, "POST").status, 405);
  EXPECT_EQ(AskAsRobot("/a?labelSelector=%zz").status, 400);
}

TEST_F(Serving, ListsItsPaths) {
  ApiServerOptions options = Options();
  http::OpenApiGroupVersion described;
  described.group = "metrics.k8s.io";
  described.version = "v1";
  described.schemas = Json::object();
  options.openapi = std::make_shared<const http::OpenApi>(
      http::OpenApiInfo{.title = "test", .version = "v1", .media_types = {}},
      std::vector{described});
  Begin(std::move(options));

  const auto index = AskAsRobot("/");
  EXPECT_EQ(index.status, 200);
  EXPECT_EQ(Json::parse(index.body),
            Json({{"paths",
                   {"/apis", "/apis/metrics.k8s.io", "/apis/metrics.k8s.io/v1", "/healthz",
                    "/healthz/ping", "/livez", "/livez/ping", "/metrics", "/openapi/v2",
                    "/openapi/v3", "/openapi/v3/apis/metrics.k8s.io/v1", "/readyz",
                    "/readyz/authentication", "/readyz/ping", "/version"}}}));
  EXPECT_EQ(index.body, AskAsRobot("/index.html").body);
  EXPECT_EQ(AskAsRobot("/", {}, "POST").status, 405);
  EXPECT_EQ(Ask("/").status, 403) << "not for everyone";
  EXPECT_EQ(AskAsRobot("/openapi/v3").status, 200);
  EXPECT_EQ(Ask("/openapi/v3").status, 403);
}

TEST_F(Serving, SaysNoInTheFormThatTheClientReads) {
  Begin();
  const auto ask = [this](http::Headers headers, const std::string& target = kPods) {
    return AskAsRobot(target, std::move(headers), "DELETE");
  };
  EXPECT_THAT(ask({{"User-Agent", "curl/7.88.1"}}).body, HasSubstr("\n  \"code\": 405,\n"));
  EXPECT_THAT(ask({}, std::string(kPods) + "?pretty=1").body, HasSubstr("\n  \"code\": 405,\n"));
  const auto yaml = ask({{"Accept", "application/yaml"}});
  EXPECT_EQ(yaml.headers.Get("Content-Type"), "application/yaml");
  EXPECT_THAT(yaml.body, HasSubstr("\ncode: 405\n"));
  const auto protobuf = ask({{"Accept", "application/vnd.kubernetes.protobuf, */*"}});
  EXPECT_EQ(protobuf.headers.Get("Content-Type"), "application/vnd.kubernetes.protobuf");
  EXPECT_EQ(protobuf.body.substr(0, 4), std::string("k8s\0", 4));
}

TEST_F(Serving, RoutesToTheMostSpecificPattern) {
  Begin();
  api->Handle({"GET"}, "/status",
              [](const RequestContext&) { return http::TextResponse(200, "status"); });
  api->HandleAsync({"GET"}, "/apis/metrics.k8s.io/v1/nodes",
                   [](RequestContext context) -> net::Task<http::Response> {
                     co_await net::SleepFor(1ms);
                     co_return http::TextResponse(200, context.user.name + " later");
                   });

  EXPECT_EQ(AskAsRobot("/status").body, "status");
  EXPECT_EQ(AskAsRobot("/status/").body, "status");
  EXPECT_EQ(AskAsRobot("/status/x").status, 404);
  EXPECT_EQ(AskAsRobot("/apis/metrics.k8s.io/v1/nodes").body, "robot later");
  EXPECT_EQ(AskAsRobot("/apis/metrics.k8s.io/v1/nodes/x").body, "robot get nodes");
}

TEST_F(Serving, PacksLongAnswersForThoseWhoUnpackThem) {
  Begin();
  api->Handle({"GET"}, "/long", [](const RequestContext&) {
    return http::TextResponse(200, std::string(200'000, 'x'));
  });
  // The client inflates what it asked to be packed itself.
  EXPECT_EQ(AskAsRobot("/long").body, std::string(200'000, 'x'));
  const auto packed = AskAsRobot("/long", {{"Accept-Encoding", "gzip"}});
  EXPECT_EQ(packed.headers.Get("Content-Encoding"), "gzip");
  EXPECT_LT(packed.body.size(), 10'000U);
  EXPECT_EQ(AskAsRobot("/long", {{"Accept-Encoding", "identity"}}).body.size(), 200'000U);

  // In pieces, some of them empty.
  api->Handle({"GET"}, "/pieces", [](const RequestContext&) {
    http::Response response;
    response.next_chunk = [left = 100](std::string& chunk) mutable {
      if (left % 2 == 0) chunk = std::string(10'000, 'y');
      return --left > 0;
    };
    return response;
  });
  EXPECT_EQ(AskAsRobot("/pieces").body, std::string(500'000, 'y'));
  const auto plain = AskAsRobot("/pieces", {{"Accept-Encoding", "identity"}});
  EXPECT_EQ(plain.body, std::string(500'000, 'y'));
  EXPECT_EQ(plain.headers.Get("Vary"), "Accept-Encoding");
}

TEST_F(Serving, TurnsAwayWhatIsTooMuchButStaysDiscoverable) {
  ApiServerOptions options = Options();
  options.max_in_flight = 2;
  Begin(std::move(options));
  net::Signal go(runtime.executor());
  api->HandleAsync({"GET"}, "/slow", [&go](RequestContext) -> net::Task<http::Response> {
    co_await go.Wait();
    co_return http::TextResponse(200, "done");
  });
  AskAsRobot("/version");  // the token is known from now on
  int done = 0;
  auto client = NewClient();
  const auto slow = [](net::HttpClient& via, int& count) -> net::Task<void> {
    http::Request request;
    request.target = "/slow";
    request.headers.Add("Authorization", "Bearer good");
    const auto response = co_await via.Send(request);
    count += response && response->status == 200 ? 1 : 0;
  };
  for (int i = 0; i < 2; ++i) tasks.Spawn("slow", slow(client, done));
  RunTask(Until([&] { return registry.GetGauge("test_api_requests_in_flight", "").Value() == 2; }));

  const auto refused = AskAsRobot(kPods);
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.headers.Get("Retry-After"), "1");
  EXPECT_EQ(Json::parse(refused.body).at("message"), "Too many requests, please try again later.");
  EXPECT_EQ(AskAsRobot("/apis/metrics.k8s.io/v1").status, 200);
  EXPECT_EQ(AskAsRobot("/readyz").status, 200);

  go.Notify();
  RunTask(Until([&] { return done == 2; }));
  EXPECT_EQ(AskAsRobot(kPods).status, 200);
}

}  // namespace
}  // namespace mpl::apiserver
