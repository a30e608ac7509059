// KubeClient against a scripted server on loopback: what goes wrong between us and an API server.
#include "kube/client/kube_client.h"

#include <gmock/gmock.h>

#include <deque>

#include "kube/telemetry/log.h"
#include "test/unit/kube/net/net_fixture.h"

namespace mpl::client {
namespace {

using objects::Resource;
using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;

const Resource kConfigMaps{"", "v1", "configmaps", "ConfigMap", true};

// Gives a new token after each refusal.
class CountingToken : public TokenSource {
 public:
  Result<std::string> Token(MonoTime) override { return "token-" + std::to_string(refused); }
  void Invalidate() override { ++refused; }
  int refused = 0;
};

class KubeClientTest : public net::NetTest {
 protected:
  KubeClientTest() {
    Serve([this](http::Request request) { return Answer(std::move(request)); });
    config = std::make_shared<RestConfig>();
    config->host = "127.0.0.1";
    config->port = server->port();
    config->tls = false;
    config->path_prefix = "/prefix";
    config->user_agent = "agent/1";
    config->qps = 0;
    config->token = token;
    client = std::make_unique<KubeClient>(runtime.executor(), config);
  }
  ~KubeClientTest() override { log::CaptureForTest({}); }

  // Answers come from the script; when it is empty, 200 and an empty object.
  Task<http::Response> Answer(http::Request request) {
    requests.push_back(std::move(request));
    http::Response response;
    if (refuse_together > 0) {
      if (--refuse_together == 0) {
        together.Notify();
      } else {
        co_await together.Wait();
      }
      response.status = 401;
      co_return response;
    }
    response.body = "{}";
    if (!script.empty()) {
      response = std::move(script.front());
      script.pop_front();
    }
    co_return response;
  }
  void Then(int status, http::Headers headers = {}, std::string body = "{}") {
    http::Response response;
    response.status = status;
    response.headers = std::move(headers);
    response.body = std::move(body);
    script.push_back(std::move(response));
  }
  Result<Json> Get() { return RunTask(client->Get(kConfigMaps, "ns", "a")); }

  std::deque<http::Response> script;
  std::vector<http::Request> requests;
  // So many requests are refused once all of them have come.
  int refuse_together = 0;
  net::Signal together{runtime.executor()};
  std::shared_ptr<CountingToken> token = std::make_shared<CountingToken>();
  std::shared_ptr<RestConfig> config;
  std::unique_ptr<KubeClient> client;
};

TEST_F(KubeClientTest, SendsPrefixCredentialAndName) {
  ASSERT_TRUE(Get());
  const auto& request = requests.at(0);
  EXPECT_EQ(request.target, "/prefix/api/v1/namespaces/ns/configmaps/a");
  EXPECT_EQ(request.headers.Get("Authorization"), "Bearer token-0");
  EXPECT_EQ(request.headers.Get("User-Agent"), "agent/1");
  EXPECT_EQ(request.headers.Get("Accept"), "application/json");
}

TEST_F(KubeClientTest, TakesANewTokenOnceAfter401) {
  Then(401);
  EXPECT_TRUE(Get());
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(requests[1].headers.Get("Authorization"), "Bearer token-1");

  Then(401);
  Then(401);
  const auto refused = Get();
  EXPECT_EQ(refused.error().kind, ErrorKind::kUnauthorized);
  EXPECT_EQ(requests.size(), 4U);
}

TEST_F(KubeClientTest, DoesNotBlameANewTokenForTheRefusalOfTheOldOne) {
  refuse_together = 2;
  int good = 0;
  struct Asking {
    static Task<void> Run(KubeClient* via, int* count) {
      const auto answer = co_await via->Get(kConfigMaps, "ns", "a");
      *count += answer ? 1 : 0;
    }
  };
  net::TaskGroup tasks(runtime.executor());
  for (int i = 0; i < 2; ++i) tasks.Spawn("ask", Asking::Run(client.get(), &good));
  const MonoTime deadline = net::SteadyNow() + 10s;
  while (good < 2 && net::SteadyNow() < deadline) RunTask(net::SleepFor(1ms));

  EXPECT_EQ(good, 2);
  EXPECT_EQ(token->refused, 1);
  RunTask(tasks.Stop(1s));
}

TEST_F(KubeClientTest, TriesAgainWhenAskedForPatience) {
  Then(429, {{"Retry-After", "0"}});
  Then(503, {{"Retry-After", "0"}});
  EXPECT_TRUE(Get());
  EXPECT_EQ(requests.size(), 3U);
}

TEST_F(KubeClientTest, GivesUpAfterTenRetries) {
  for (int i = 0; i < 20; ++i) Then(429, {{"Retry-After", "0"}});
  EXPECT_EQ(Get().error().kind, ErrorKind::kTooManyRequests);
  EXPECT_EQ(requests.size(), 11U);
}

TEST_F(KubeClientTest, DoesNotWaitBeyondItsDeadline) {
  Then(429, {{"Retry-After", "3600"}});
  const auto refused = Get();
  EXPECT_EQ(refused.error().kind, ErrorKind::kTooManyRequests);
  EXPECT_EQ(refused.error().retry_after, std::chrono::seconds(3600));
  EXPECT_EQ(requests.size(), 1U);
}

TEST_F(KubeClientTest, TurnsAStatusIntoAnError) {
  Then(422, {}, R"({"kind":"Status","reason":"Invalid","code":422,"message":"spec.x: bad"})");
  const auto refused = Get();
  EXPECT_EQ(refused.error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(refused.error().message, "spec.x: bad");
}

TEST_F(KubeClientTest, NamesTheRequestWhoseAnswerIsNoJson) {
  Then(200, {}, "<html>");
  const auto broken = Get();
  EXPECT_EQ(broken.error().kind, ErrorKind::kMalformed);
  EXPECT_THAT(broken.error().message, HasSubstr("GET /api/v1/namespaces/ns/configmaps/a"));
}

TEST_F(KubeClientTest, LogsEachWarningOnce) {
  std::vector<std::string> lines;
  log::CaptureForTest([&](std::string_view line) { lines.emplace_back(line); });
  Then(200, {{"Warning", "299 - \"v1 is old\""}});
  Then(200, {{"Warning", "299 - \"v1 is old\""}, {"Warning", "299 - \"v2 too\""}});
  ASSERT_TRUE(Get());
  ASSERT_TRUE(Get());
  EXPECT_THAT(lines, ElementsAre(HasSubstr("v1 is old"), HasSubstr("v2 too")));
}

TEST_F(KubeClientTest, AppliesWithManagerForceAndSubresource) {
  const Json intent = {{"metadata", {{"name", "a"}, {"namespace", "ns"}}}};
  const ApplyOptions options{.field_manager = "a b", .subresource = "status", .dry_run = true};
  ASSERT_TRUE(RunTask(client->Apply(kConfigMaps, intent, options)));
  const auto& request = requests.at(0);
  EXPECT_EQ(request.method, "PATCH");
  EXPECT_EQ(
      request.target,
      "/prefix/api/v1/namespaces/ns/configmaps/a/status?fieldManager=a%20b&force=true&dryRun=All");
  EXPECT_EQ(request.headers.Get("Content-Type"), "application/apply-patch+yaml");
  EXPECT_EQ(Json::parse(request.body), intent);
}

TEST_F(KubeClientTest, RefusesIntentsWithoutAName) {
  const ApplyOptions options{.field_manager = "me"};
  EXPECT_THAT(RunTask(client->Apply(kConfigMaps, Json::object(), options)).error().message,
              HasSubstr("metadata.name"));
  const Json homeless = {{"metadata", {{"name", "a"}}}};
  EXPECT_THAT(RunTask(client->Replace(kConfigMaps, homeless)).error().message,
              HasSubstr("metadata.namespace"));
  EXPECT_TRUE(requests.empty());
}

TEST_F(KubeClientTest, DeletesWithPolicyAndPrecondition) {
  const DeleteOptions options{.propagation_policy = "Foreground", .precondition_uid = "u"};
  ASSERT_TRUE(RunTask(client->Delete(kConfigMaps, "ns", "a", options)));
  const Json body = Json::parse(requests.at(0).body);
  EXPECT_EQ(body["propagationPolicy"], "Foreground");
  EXPECT_EQ(body["preconditions"]["uid"], "u");
}

TEST_F(KubeClientTest, HoldsBackAboveTheRateLimit) {
  config->qps = 0.001;
  config->burst = 2;
  client = std::make_unique<KubeClient>(runtime.executor(), config);
  EXPECT_TRUE(Get());
  EXPECT_TRUE(Get());
  const auto held = Get();
  EXPECT_EQ(held.error().kind, ErrorKind::kTimeout);
  EXPECT_THAT(held.error().message, HasSubstr("rate limit"));
  EXPECT_EQ(requests.size(), 2U);
}

// Whoever may not wait must not make the others wait: two a second is what they get.
TEST_F(KubeClientTest, IsNotHeldBackByRequestsThatGaveUp) {
  config->qps = 50;
  config->burst = 1;
  client = std::make_unique<KubeClient>(runtime.executor(), config);
  http::Request request;
  net::CallLimits hurried;
  hurried.timeout = 5ms;
  for (int i = 0; i < 5000; ++i) (void)RunTask(client->Send(request, hurried));
  EXPECT_TRUE(Get()) << "5000 requests at 50 a second would be over only after 100 s";
}

TEST_F(KubeClientTest, MakesNewConnectionsWithANewTlsContext) {
  const test::Authority ca("ca");
  Serve([this](http::Request request) { return Answer(std::move(request)); },
        ca.IssueForLoopback());
  config->tls = true;
  config->port = server->port();
  const test::Authority other("other");
  auto wrong = ClientTls(TrustPem(other.ca_pem()));
  auto right = ClientTls(TrustPem(ca.ca_pem()));
  auto current = wrong;
  config->tls_context = [&](MonoTime) { return current; };
  client = std::make_unique<KubeClient>(runtime.executor(), config);
  EXPECT_EQ(Get().error().kind, ErrorKind::kUntrusted);
  current = right;
  EXPECT_TRUE(Get());
}

TEST_F(KubeClientTest, OpensStreamsWithANewTokenAfter401) {
  Then(401);
  http::Request request;
  request.target = "/api/v1/configmaps?watch=true";
  const auto opened = RunTask(client->Open(request, std::chrono::seconds(5)));
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->status, 200);
  EXPECT_EQ(requests.at(1).target, "/prefix/api/v1/configmaps?watch=true");
}

}  // namespace
}  // namespace mpl::client
