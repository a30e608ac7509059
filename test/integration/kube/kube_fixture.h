// A KubeClient of the shared kube-apiserver, and a task group for what runs beside the test.
#pragma once

#include <gmock/gmock.h>

#include <functional>
#include <memory>
#include <string>

#include "kube/client/kube_client.h"
#include "test/support/kube_apiserver/kube_apiserver.h"
#include "test/unit/kube/net/net_fixture.h"

namespace mpl::client {

using objects::Resource;

inline const Resource kConfigMaps{"", "v1", "configmaps", "ConfigMap", true};
inline const Resource kNamespaces{"", "v1", "namespaces", "Namespace", false};
inline const Resource kDeployments{"apps", "v1", "deployments", "Deployment", true};

class KubeTest : public net::NetTest {
 protected:
  explicit KubeTest(test::KubeApiServer& at = test::KubeApiServer::Shared()) : kube(at) {
    client = NewClient(kube.kubeconfig_path());
  }
  ~KubeTest() override { StopTasks(); }

  std::unique_ptr<KubeClient> NewClient(const std::string& kubeconfig) {
    auto config = KubeconfigConfig(kubeconfig);
    if (!config) throw std::runtime_error(config.error().message);
    (*config)->user_agent = UserAgent("integration");
    (*config)->qps = 0;
    return std::make_unique<KubeClient>(runtime.executor(), *config);
  }

  // A namespace of this test's own.
  std::string NewNamespace(const std::string& name) {
    const Json body = {{"metadata", {{"name", name}}}};
    const auto made = RunTask(client->Create(kNamespaces, "", body));
    EXPECT_TRUE(made) << made.error().message;
    return name;
  }
  static Json ConfigMap(const std::string& ns, const std::string& name, const std::string& value) {
    return {{"apiVersion", "v1"},
            {"kind", "ConfigMap"},
            {"metadata", {{"name", name}, {"namespace", ns}}},
            {"data", {{"key", value}}}};
  }
  void Make(const std::string& ns, const std::string& name, const std::string& value = "1") {
    const auto made = RunTask(client->Create(kConfigMaps, ns, ConfigMap(ns, name, value)));
    ASSERT_TRUE(made) << made.error().message;
  }

  // Runs the loop until `done`, at most so long.
  bool Until(std::function<bool()> done, Duration limit = std::chrono::seconds(30)) {
    return RunTask(Poll(std::move(done), net::SteadyNow() + limit));
  }
  void StopTasks() {
    if (!tasks.stopping()) RunTask(tasks.Stop(std::chrono::seconds(10)));
  }

  test::KubeApiServer& kube;
  std::unique_ptr<KubeClient> client;
  net::TaskGroup tasks{runtime.executor()};

 private:
  static Task<bool> Poll(std::function<bool()> done, MonoTime deadline) {
    while (!done()) {
      if (net::SteadyNow() > deadline) co_return false;
      co_await net::SleepFor(std::chrono::milliseconds(10));
    }
    co_return true;
  }
};

}  // namespace mpl::client
