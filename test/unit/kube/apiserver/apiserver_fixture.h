// An ApiServer on loopback with TLS, the fake kube-apiserver that it asks, and clients for it.
#pragma once

#include <memory>
#include <string>

#include "kube/apiserver/api_server.h"
#include "test/support/certs/certs.h"
#include "test/support/fake_apiserver/fake_apiserver.h"
#include "test/unit/kube/net/net_fixture.h"

namespace mpl::apiserver {

using objects::Json;
using namespace std::chrono_literals;

class ApiServerTest : public net::NetTest {
 protected:
  ApiServerTest() {
    fake = std::make_unique<test::FakeApiServer>(runtime.executor());
    fake->token_status = [](const Json& spec) {
      if (spec.at("token") != "good") return Json{{"authenticated", false}};
      return Json{{"authenticated", true}, {"user", {{"username", "robot"}}}};
    };
    // Only alice and robot may, and nobody may touch secrets.
    fake->access_status = [](const Json& spec) {
      const bool known = spec.at("user") == "alice" || spec.at("user") == "robot";
      return Json{{"allowed", known}, {"reason", known ? "" : "no role"}};
    };
    kube = std::make_unique<client::KubeClient>(runtime.executor(), fake->Config());
  }

  ~ApiServerTest() override { RunTask(StopAll()); }

  std::map<std::string, std::string> Trust() const {
    return {{"client-ca-file", client_ca.ca_pem()},
            {"requestheader-client-ca-file", proxy_ca.ca_pem()},
            {"requestheader-allowed-names", R"(["front-proxy-client"])"},
            {"requestheader-username-headers", R"(["X-Remote-User"])"},
            {"requestheader-group-headers", R"(["X-Remote-Group"])"},
            {"requestheader-extra-headers-prefix", R"(["X-Remote-Extra-"])"}};
  }

  static ApiServerOptions Options() {
    const std::vector<std::string> verbs = {"get", "list"};
    ApiServerOptions options;
    options.groups = {
        {.name = "metrics.k8s.io",
         .versions = {
             {.version = "v1",
              .resources = {
                  {.name = "pods", .kind = "PodMetrics", .namespaced = true, .verbs = verbs}}}}}};
    options.version = {{"major", "1"}, {"minor", "36"}, {"gitVersion", "v1.36.0"}};
    options.metrics_prefix = "test";
    return options;
  }

  // Starts everything and waits until the trust settings are taken up.
  void Begin(ApiServerOptions options = Options()) {
    fake->SetTrust(Trust());
    BeginWithoutTrust(std::move(options));
    RunTask(Until([this] { return auth->Healthy().has_value(); }));
  }
  void BeginWithoutTrust(ApiServerOptions options = Options()) {
    DelegatedAuthOptions auth_options;
    auth_options.reviews.first_pause = 1ms;
    auth_options.registry = &registry;
    auth_options.metrics_prefix = "test";
    auth = std::make_unique<DelegatedAuth>(runtime.executor(), *kube, auth_options);
    health.readyz().Add({"authentication", [this] { return auth->Healthy(); }});
    options.listen.address = "127.0.0.1";
    options.listen.tls = [context = ServerTls(server_ca.IssueForLoopback())] { return context; };
    api = std::make_unique<ApiServer>(runtime.executor(), std::move(options), *auth, health,
                                      registry);
    api->Handle({"GET"}, "/apis/metrics.k8s.io/v1/", [](const RequestContext& context) {
      http::Response response;
      response.body = context.user.name + " " + context.info.verb + " " + context.info.resource;
      return response;
    });
    ASSERT_TRUE(api->Start());
    tasks.Spawn("trust", auth->Run());
  }

  // Turns the event loop until `holds`, or fails the test after five seconds.
  template <class Condition>
  net::Task<void> Until(Condition holds) {
    const MonoTime deadline = net::SteadyNow() + 5s;
    while (!holds() && net::SteadyNow() < deadline) co_await net::SleepFor(1ms);
    EXPECT_TRUE(holds()) << "did not come true within five seconds";
  }

  net::HttpClient NewClient(const x509::KeyPair& certificate = {}) {
    net::TlsClientOptions tls = TrustPem(server_ca.ca_pem());
    if (!certificate.certificate_pem.empty()) {
      tls.client_certificate =
          net::KeyPairPem{certificate.certificate_pem, certificate.private_key_pem};
    }
    net::HttpClientOptions options;
    options.host = "127.0.0.1";
    options.port = api->port();
    options.tls = ClientTls(std::move(tls));
    return net::HttpClient(runtime.executor(), options);
  }

  http::Response Ask(net::HttpClient& client, const std::string& target, http::Headers headers = {},
                     const std::string& method = "GET") {
    http::Request request;
    request.method = method;
    request.target = target;
    request.headers = std::move(headers);
    const auto response = RunTask(client.Send(request));
    EXPECT_TRUE(response) << response.error().message;
    return response ? *response : http::Response();
  }
  http::Response Ask(const std::string& target, http::Headers headers = {}) {
    net::HttpClient client = NewClient();
    return Ask(client, target, std::move(headers));
  }

  static x509::KeyPair ClientOf(const test::Authority& authority, std::string user) {
    test::LeafOptions options;
    options.common_name = std::move(user);
    options.purpose = x509::Purpose::kClientAuth;
    return authority.Issue(options);
  }

  static constexpr const char* kPods = "/apis/metrics.k8s.io/v1/namespaces/a/pods";

  const test::Authority server_ca{"server-ca"};
  const test::Authority client_ca{"client-ca"};
  const test::Authority proxy_ca{"front-proxy-ca"};
  telemetry::HealthChecks health;
  metrics::Registry registry;
  std::unique_ptr<test::FakeApiServer> fake;
  std::unique_ptr<client::KubeClient> kube;
  std::unique_ptr<DelegatedAuth> auth;
  std::unique_ptr<ApiServer> api;
  net::TaskGroup tasks{runtime.executor()};

 private:
  net::Task<void> StopAll() {
    co_await tasks.Stop(1s);
    if (api) co_await api->Stop(0s);
    if (auth) co_await auth->Stop();
  }
};

}  // namespace mpl::apiserver
