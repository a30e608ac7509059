// The program as it is shipped, against a real kube-apiserver and a fake kubelet behind a Node.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <csignal>
#include <fstream>
#include <functional>
#include <future>
#include <nlohmann/json.hpp>
#include <thread>

#include "kube/net/http_client.h"
#include "kube/x509/certificate.h"
#include "test/support/certs/certs.h"
#include "test/support/kube_apiserver/kube_apiserver.h"
#include "test/support/kube_apiserver/process.h"
#include "test/support/kubelet/fake_kubelet.h"
#include "test/support/paths/paths.h"

namespace mpl::test {

using namespace std::chrono_literals;
using Json = nlohmann::json;

inline constexpr auto kPatience = 30s;  // room for a busy machine; what users wait for is printed

inline constexpr const char* kNodesPath = "/apis/metrics.k8s.io/v1beta1/nodes";

class CollectorTest : public testing::Test {
 protected:
  void SetUp() override {
    kubelet_ = std::make_unique<FakeKubelet>(kubelets_.executor(), SelfSignedKubelet("node1"));
    kubelet_->metrics.body = Body();
    kubelet_->summary = {.status = 200, .body = Summary()};
    kubelets_.Start("kubelets");
    MakeNode();
  }

  void TearDown() override {
    collector_.Stop();
    kubelets_.Stop();
    kubelets_.Join();
    api_.Kubectl({"delete", "node", "node1"});
  }

  static std::string Body() {
    MetricsText text;
    text.node_cpu_seconds = 10;
    text.container_cpu_seconds = 5;
    text.time_milliseconds =
        std::chrono::duration_cast<std::chrono::milliseconds>(net::SystemNow().time_since_epoch())
            .count();
    text.container_start_seconds = 1763724000;
    return ResourceMetrics(text);
  }

  static std::string Summary() {
    const std::string now = FormatRfc3339(net::SystemNow());
    return Json{{"node",
                 {{"nodeName", "node1"},
                  {"cpu", {{"time", now}, {"usageNanoCores", 250000000}}},
                  {"memory", {{"time", now}, {"workingSetBytes", 1048576}}}}},
                {"pods", Json::array()}}
        .dump();
  }

  void MakeNode(const std::string& name = "node1", int port = 0) {
    api_.Kubectl({"apply", "-f", "-"},
                 R"({"apiVersion":"v1","kind":"Node","metadata":{"name":")" + name + "\"}}");
    const Json status = {
        {"status",
         {{"addresses", Json::array({{{"type", "InternalIP"}, {"address", "127.0.0.1"}}})},
          {"daemonEndpoints",
           {{"kubeletEndpoint", {{"Port", port == 0 ? kubelet_->port() : port}}}}},
          {"nodeInfo", NodeInfo("boot-1")},
          {"conditions", Json::array({{{"type", "Ready"}, {"status", "True"}}})}}}};
    api_.Kubectl(
        {"patch", "node", name, "--subresource=status", "--type=merge", "-p", status.dump()});
  }

  // A pod that runs on `node`; of its containers those in `running`.
  void MakePod(const std::string& name, const std::string& node,
               const std::vector<std::string>& containers,
               const std::vector<std::string>& running) {
    Json specs = Json::array();
    for (const std::string& container : containers) {
      specs.push_back({{"name", container}, {"image", "none"}});
    }
    const Json pod = {{"apiVersion", "v1"},
                      {"kind", "Pod"},
                      {"metadata", {{"name", name}, {"namespace", "default"}}},
                      {"spec", {{"nodeName", node}, {"containers", specs}}}};
    api_.Kubectl({"apply", "-f", "-"}, pod.dump());
    SetRunning(name, containers, running);
  }
  void SetRunning(const std::string& name, const std::vector<std::string>& containers,
                  const std::vector<std::string>& running) {
    Json statuses = Json::array();
    for (const std::string& container : containers) {
      const bool runs = std::ranges::find(running, container) != running.end();
      const Json state = runs ? Json{{"running", Json::object()}}
                              : Json{{"waiting", {{"reason", "CrashLoopBackOff"}}}};
      statuses.push_back({{"name", container},
                          {"state", state},
                          {"ready", runs},
                          {"restartCount", 0},
                          {"image", ""},
                          {"imageID", ""}});
    }
    const Json status = {{"status", {{"phase", "Running"}, {"containerStatuses", statuses}}}};
    api_.Kubectl(
        {"patch", "pod", name, "--subresource=status", "--type=merge", "-p", status.dump()});
  }
  void DeletePod(const std::string& name) {
    api_.Kubectl({"delete", "pod", name, "--force", "--grace-period=0", "--ignore-not-found"});
  }

  // A second one, for a node of its own.
  FakeKubelet& AddKubelet(const std::string& node) {
    std::promise<void> made;
    kubelets_.Post([&] {
      second_ = std::make_unique<FakeKubelet>(kubelets_.executor(), SelfSignedKubelet(node));
      made.set_value();
    });
    made.get_future().wait();
    return *second_;
  }
  // Changes what a kubelet says; on its own runtime.
  void Say(FakeKubelet& kubelet, const SteadyKubelet& what) {
    std::promise<void> said;
    kubelets_.Post([&] {
      kubelet.metrics = {.write = [what] { return what.ResourceMetrics(); }};
      kubelet.summary = {.write = [what] { return what.Summary(); }};
      said.set_value();
    });
    said.get_future().wait();
  }
  // The containers that an answer for the pod holds; empty when there is none.
  std::vector<std::string> ContainersOf(const std::string& pod) {
    std::vector<std::string> names;
    const Json answer = GetJson("/apis/metrics.k8s.io/v1beta1/namespaces/default/pods/" + pod);
    if (!answer.contains("containers")) return names;
    for (const Json& container : answer["containers"]) names.push_back(container["name"]);
    return names;
  }

  static Json NodeInfo(const std::string& boot_id) {
    Json info = {{"bootID", boot_id}};
    for (const char* key :
         {"machineID", "systemUUID", "kernelVersion", "osImage", "containerRuntimeVersion",
          "kubeletVersion", "kubeProxyVersion", "operatingSystem", "architecture"}) {
      info[key] = "";
    }
    return info;
  }

  void Start(std::vector<std::string> flags) {
    port_ = FreePort();
    std::vector<std::string> command = {ProgramPath("metricspipeline-collector"),
                                        "start",
                                        "--kubeconfig=" + api_.kubeconfig_path(),
                                        "--bind-address=127.0.0.1",
                                        "--secure-port=" + std::to_string(port_),
                                        "--replica=test",
                                        "--shutdown-delay=2s"};
    command.insert(command.end(), flags.begin(), flags.end());
    log_ = api_.folder() + "/collector.log";
    collector_ = ChildProcess(command, log_);
    started_ = net::SteadyNow();
  }

  // As admin, by client certificate. Status 0: no answer.
  http::Response Get(const std::string& path) {
    http::Response answer;
    answer.status = 0;
    net::IoRuntime runtime;
    boost::asio::co_spawn(
        runtime.executor(),
        [&]() -> net::Task<void> {
          net::TlsClientOptions tls;
          tls.insecure_skip_verify = true;
          tls.client_certificate =
              net::KeyPairPem{api_.admin().certificate_pem, api_.admin().private_key_pem};
          net::HttpClientOptions options;
          options.host = "127.0.0.1";
          options.port = static_cast<std::uint16_t>(port_);
          options.tls = net::TlsClientContext::Create(tls).value();
          net::HttpClient client(runtime.executor(), options);
          http::Request request;
          request.target = path;
          auto response = co_await client.Send(request);
          if (response) answer = *std::move(response);
          runtime.Stop();
        },
        boost::asio::detached);
    runtime.Run();
    return answer;
  }

  // An empty object when there is no answer yet.
  Json GetJson(const std::string& path) {
    Json json = Json::parse(Get(path).body, nullptr, /*allow_exceptions=*/false);
    return json.is_object() ? json : Json::object();
  }

  // Fails, with the end of the collector's log, when it takes too long.
  void Await(const std::string& what, const std::function<bool()>& condition) {
    const MonoTime deadline = net::SteadyNow() + kPatience;
    while (!condition()) {
      ASSERT_LT(net::SteadyNow(), deadline) << "waited for " << what << "\n" << Log();
      std::this_thread::sleep_for(50ms);
    }
  }

  std::string Log() const {
    std::ifstream file(log_);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  // What the kubelet was shown; asked on its own runtime.
  std::string FirstAuthorization() {
    std::promise<std::string> answer;
    kubelets_.Post([&] {
      answer.set_value(std::string(kubelet_->requests.at(0).headers.Get("Authorization")));
    });
    return answer.get_future().get();
  }

  // Who asked last, by certificate, and with which Authorization.
  std::pair<std::string, std::string> LastCaller() {
    std::promise<std::pair<std::string, std::string>> answer;
    kubelets_.Post([&] {
      std::pair<std::string, std::string> caller;
      if (!kubelet_->requests.empty()) {
        const http::Request& last = kubelet_->requests.back();
        const auto chain = x509::ParseChain(last.peer_chain_der);
        if (chain && !chain->empty()) caller.first = chain->front().common_name();
        caller.second = last.headers.Get("Authorization");
      }
      answer.set_value(std::move(caller));
    });
    return answer.get_future().get();
  }

  std::string WriteConfig(const std::string& spec) {
    const std::string path = api_.folder() + "/collector.yaml";
    std::ofstream(path) << Document(spec);
    return path;
  }
  static std::string Document(const std::string& spec) {
    return "apiVersion: config.metricspipeline.dev/v1alpha1\nkind: CollectorConfiguration\n" + spec;
  }

  void ApplyConfigMap(const std::string& name, const Json& data) {
    const Json map = {{"apiVersion", "v1"},
                      {"kind", "ConfigMap"},
                      {"metadata", {{"name", name}, {"namespace", "default"}}},
                      {"data", data}};
    api_.Kubectl({"apply", "-f", "-"}, map.dump());
  }

  KubeApiServer& api_ = KubeApiServer::Shared();
  net::IoRuntime kubelets_;
  std::unique_ptr<FakeKubelet> kubelet_;
  std::unique_ptr<FakeKubelet> second_;
  ChildProcess collector_;
  MonoTime started_{};
  int port_ = 0;
  std::string log_;
};

}  // namespace mpl::test
