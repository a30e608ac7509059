// Our ApiServer beside a real kube-apiserver: with the rights of an extension API server, on
// loopback, reached directly or through the aggregator.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "kube/apiserver/api_server.h"
#include "kube/base/digest.h"
#include "kube/client/kube_client.h"
#include "kube/http/status_response.h"
#include "kube/net/http_client.h"
#include "test/support/certs/certs.h"
#include "test/support/kube_apiserver/kube_apiserver.h"

namespace mpl::apiserver {

using objects::Json;
using namespace std::chrono_literals;

class AggregatedTest : public testing::Test {
 protected:
  static constexpr const char* kThings = "/apis/test.metricspipeline.dev/v1/things";

  // What a deployment of an extension API server is given, and no more.
  static void SetUpTestSuite() {
    static bool done = false;  // once for all suites that derive from this one
    if (std::exchange(done, true)) return;
    auto& cluster = test::KubeApiServer::Shared();
    cluster.Kubectl({"create", "clusterrolebinding", "extension-delegator",
                     "--clusterrole=system:auth-delegator", "--user=extension"});
    cluster.Kubectl({"-n", "kube-system", "create", "rolebinding", "extension-reader",
                     "--role=extension-apiserver-authentication-reader", "--user=extension"});
    const Json role = {{"apiVersion", "rbac.authorization.k8s.io/v1"},
                       {"kind", "ClusterRole"},
                       {"metadata", {{"name", "things-reader"}}},
                       {"rules",
                        {{{"apiGroups", {"test.metricspipeline.dev"}},
                          {"resources", {"things"}},
                          {"verbs", {"get", "list"}}}}}};
    cluster.Kubectl({"apply", "-f", "-"}, role.dump());
    for (const char* name : {"allowed", "other"}) {
      cluster.Kubectl({"-n", "default", "create", "serviceaccount", name});
    }
    cluster.Kubectl({"create", "clusterrolebinding", "things-readers",
                     "--clusterrole=things-reader", "--serviceaccount=default:allowed",
                     "--user=alice"});
  }

  // What the server serves; the test's own things unless a suite says otherwise.
  struct Served {
    std::vector<http::DiscoveryGroup> groups;
    std::shared_ptr<const http::OpenApi> openapi = nullptr;
    std::string pattern;
    Handler handler;
  };

  AggregatedTest() : AggregatedTest(Things()) {}
  explicit AggregatedTest(const Served& served) {
    kube_ = std::make_unique<client::KubeClient>(
        runtime_.executor(),
        client::KubeconfigConfig(cluster_.WriteKubeconfig("extension")).value());
    auth_ = std::make_unique<DelegatedAuth>(runtime_.executor(), *kube_);
    api_ = std::make_unique<ApiServer>(runtime_.executor(), Options(served), *auth_, health_,
                                       registry_);
    api_->Handle({"GET"}, served.pattern, served.handler);
    EXPECT_TRUE(api_->Start());
    tasks_.Spawn("trust", auth_->Run());
    runtime_.Start("extension");
    Await([this] { return OnRuntime<bool>([this] { return auth_->Healthy().has_value(); }); });
  }

  ~AggregatedTest() override {
    boost::asio::co_spawn(runtime_.executor(), StopAll(), boost::asio::use_future).wait();
    runtime_.Stop();
    runtime_.Join();
  }

  // Waits until `holds`, at most half a minute.
  static void Await(const std::function<bool()>& holds) {
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    while (!holds() && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(20ms);
    }
    ASSERT_TRUE(holds()) << "did not come true within 30 s";
  }

  // Straight to our server.
  http::Response Ask(const std::string& target, http::Headers headers = {},
                     const x509::KeyPair& certificate = {}) {
    http::Request request;
    request.target = target;
    request.headers = std::move(headers);
    auto answer = boost::asio::co_spawn(runtime_.executor(), Send(std::move(request), certificate),
                                        boost::asio::use_future);
    return answer.get();
  }
  http::Response AskWith(const std::string& token) {
    return Ask(kThings, {{"Authorization", "Bearer " + token}});
  }
  http::Response AskWithToken(const std::string& account) {
    return AskWith(cluster_.ServiceAccountToken("default", account));
  }

  // Makes the aggregator forward a version of a group to us, and waits until it does. An
  // ExternalName Service makes it dial a port of loopback.
  void Register(const std::string& group, const std::string& version) {
    const Json service = {{"apiVersion", "v1"},
                          {"kind", "Service"},
                          {"metadata", {{"name", "extension"}, {"namespace", "default"}}},
                          {"spec", {{"type", "ExternalName"}, {"externalName", "localhost"}}}};
    const std::string name = version + "." + group;
    const Json api_service = {
        {"apiVersion", "apiregistration.k8s.io/v1"},
        {"kind", "APIService"},
        {"metadata", {{"name", name}}},
        {"spec",
         {{"group", group},
          {"version", version},
          {"groupPriorityMinimum", 100},
          {"versionPriority", version == "v1" ? 100 : 50},
          {"caBundle", Base64Encode(serving_ca_.ca_pem())},
          {"service", {{"name", "extension"}, {"namespace", "default"}, {"port", port()}}}}}};
    const Json list = {{"apiVersion", "v1"}, {"kind", "List"}, {"items", {service, api_service}}};
    cluster_.Kubectl({"apply", "-f", "-"}, list.dump());
    cluster_.Kubectl({"wait", "--for=condition=Available", "--timeout=60s", "apiservice/" + name});
  }

  std::uint16_t port() const { return api_->port(); }
  const test::Authority& serving_ca() const { return serving_ca_; }
  test::KubeApiServer& cluster() { return cluster_; }

 private:
  template <class T>
  T OnRuntime(std::function<T()> work) {
    std::promise<T> promise;
    runtime_.Post([&] { promise.set_value(work()); });
    return promise.get_future().get();
  }

  static Served Things() {
    Served served;
    served.groups = {{.name = "test.metricspipeline.dev",
                      .versions = {{.version = "v1",
                                    .resources = {{.name = "things",
                                                   .kind = "Thing",
                                                   .namespaced = false,
                                                   .verbs = {"get", "list"}}}}}}};
    served.pattern = "/apis/test.metricspipeline.dev/v1/";
    served.handler = [](const RequestContext& context) {
      return http::JsonResponse(200, {{"kind", "ThingList"},
                                      {"apiVersion", "test.metricspipeline.dev/v1"},
                                      {"metadata", Json::object()},
                                      {"items", Json::array()},
                                      {"user", context.user.name},
                                      {"groups", context.user.groups},
                                      {"extra", context.user.extra}});
    };
    return served;
  }

  ApiServerOptions Options(const Served& served) const {
    test::LeafOptions leaf;
    leaf.dns_names = {"extension.default.svc", "localhost"};
    const x509::KeyPair pair = serving_ca_.Issue(leaf);
    const auto context =
        net::TlsServerContext::Create({pair.certificate_pem, pair.private_key_pem}).value();
    ApiServerOptions options;
    options.listen.address = "127.0.0.1";
    options.listen.tls = [context] { return context; };
    options.groups = served.groups;
    options.openapi = served.openapi;
    options.metrics_prefix = "test";
    return options;
  }

  net::Task<http::Response> Send(http::Request request, x509::KeyPair certificate) {
    net::TlsClientOptions tls;
    tls.ca_pem = serving_ca_.ca_pem();
    tls.server_name = "localhost";
    if (!certificate.certificate_pem.empty()) {
      tls.client_certificate =
          net::KeyPairPem{certificate.certificate_pem, certificate.private_key_pem};
    }
    net::HttpClientOptions options;
    options.host = "127.0.0.1";
    options.port = api_->port();
    options.tls = net::TlsClientContext::Create(std::move(tls)).value();
    net::HttpClient client(runtime_.executor(), std::move(options));
    const auto response = co_await client.Send(std::move(request));
    EXPECT_TRUE(response) << response.error().message;
    co_return response.value_or(http::Response());
  }

  net::Task<void> StopAll() {
    co_await tasks_.Stop(2s);
    co_await api_->Stop(0s);
    co_await auth_->Stop();
  }

  test::KubeApiServer& cluster_ = test::KubeApiServer::Shared();
  const test::Authority serving_ca_{"serving-ca"};
  net::IoRuntime runtime_;
  telemetry::HealthChecks health_;
  metrics::Registry registry_;
  std::unique_ptr<client::KubeClient> kube_;
  std::unique_ptr<DelegatedAuth> auth_;
  std::unique_ptr<ApiServer> api_;
  net::TaskGroup tasks_{runtime_.executor()};
};

}  // namespace mpl::apiserver
