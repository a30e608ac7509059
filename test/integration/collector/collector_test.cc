#include "test/integration/collector/collector_fixture.h"

namespace mpl::test {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST_F(CollectorTest, AnswersForNodesWithinSeconds) {
  Start({});

  Await("the node's value", [&] {
    const Json list = GetJson(kNodesPath);
    return list.contains("items") && list["items"].size() == 1;
  });

  const auto took =
      std::chrono::duration_cast<std::chrono::milliseconds>(net::SteadyNow() - started_);
  std::cout << "first answer after " << took.count() << " ms\n";
  const Json node = GetJson(kNodesPath)["items"][0];
  EXPECT_EQ(node["metadata"]["name"], "node1");
  EXPECT_EQ(node["usage"]["cpu"], "250m");  // usageNanoCores of the summary
  EXPECT_EQ(node["usage"]["memory"], "1Mi");
  Await("readiness", [&] { return Get("/readyz").status == 200; });
  EXPECT_EQ(Get("/livez").status, 200);
  const Json status = GetJson("/status");
  EXPECT_EQ(status["nodes"]["total"], 1);
  EXPECT_EQ(status["nodes"]["healthy"], 1);
  EXPECT_EQ(status["pins"][0]["node"], "node1");
  EXPECT_THAT(Get("/metrics").body, HasSubstr("metrics_server_storage_points{type=\"node\"} 1"));
}

TEST_F(CollectorTest, TakesUpItsConfigMapAndRefusesABadOne) {
  api_.Kubectl({"create", "serviceaccount", "scraper", "-n", "default"});
  ApplyConfigMap("pins", Json::object());
  const std::string common =
      "pins: {configMap: default/pins}\nscrapeIdentity: {serviceAccount: scraper, "
      "namespace: default}\n";
  ApplyConfigMap("collector", {{"collector.yaml",
                                Document("scrape: {resolution: 5s, timeout: 2s}\n" + common)}});
  Start({"--config-map=default/collector"});

  Await("a healthy node",
        [&] { return GetJson("/status").value("/nodes/healthy"_json_pointer, 0) == 1; });
  const std::string first = GetJson("/status")["configHash"];
  EXPECT_EQ(first.size(), 16U);
  // A token of the ServiceAccount, not of ours; and the pin is shared.
  EXPECT_THAT(FirstAuthorization(), HasSubstr("Bearer ey"));
  Await("the stored pin", [&] {
    return api_.Kubectl({"get", "configmap", "pins", "-o", "jsonpath={.data.node1}"})
               .find("boot-1") != std::string::npos;
  });

  ApplyConfigMap("collector",
                 {{"collector.yaml", Document("scrape: {resolution: 1s}\n" + common)}});
  Await("the refusal", [&] {
    return GetJson("/status").value("lastConfigError", "").find("scrape.resolution") !=
           std::string::npos;
  });
  EXPECT_EQ(GetJson("/status")["configHash"], first);

  const MonoTime changed = net::SteadyNow();
  ApplyConfigMap("collector",
                 {{"collector.yaml", Document("tls: {kubelet: {mode: ClusterCA}}\n" + common)}});
  Await("the new mode's effect", [&] {
    return GetJson("/status").value("/failing/0/reason"_json_pointer, "") == "UntrustedCertificate";
  });
  const auto took =
      std::chrono::duration_cast<std::chrono::milliseconds>(net::SteadyNow() - changed);
  std::cout << "new configuration effective after " << took.count() << " ms\n";
  const Json status = GetJson("/status");
  EXPECT_NE(status["configHash"], first);
  EXPECT_EQ(status["lastConfigError"], "");
  EXPECT_THAT(status["failing"][0]["message"].get<std::string>(), HasSubstr("tls.kubelet.mode"));
  EXPECT_EQ(GetJson(kNodesPath)["items"].size(), 1U);  // a failed scrape removes nothing
}

class SwapTest : public CollectorTest {
 protected:
  // Later samples from now on.
  void Sample(const std::string& node_swap, const std::string& container_swap) {
    MetricsText text;
    const Duration now = net::SystemNow().time_since_epoch();
    text.time_milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
    text.node_cpu_seconds = text.container_cpu_seconds =
        static_cast<double>(text.time_milliseconds - 1763724000000) / 1e4;  // a tenth of a core
    text.container_start_seconds = 1763724000;
    text.node_swap_bytes = node_swap;
    text.container_swap_bytes = container_swap;
    kubelets_.Post([this, body = ResourceMetrics(text)] { kubelet_->metrics.body = body; });
  }

  // Makes the aggregator forward metrics.k8s.io to the collector.
  void Register() {
    const Json service = {{"apiVersion", "v1"},
                          {"kind", "Service"},
                          {"metadata", {{"name", "collector"}, {"namespace", "default"}}},
                          {"spec", {{"type", "ExternalName"}, {"externalName", "localhost"}}}};
    const Json api_service = {
        {"apiVersion", "apiregistration.k8s.io/v1"},
        {"kind", "APIService"},
        {"metadata", {{"name", "v1beta1.metrics.k8s.io"}}},
        {"spec",
         {{"group", "metrics.k8s.io"},
          {"version", "v1beta1"},
          {"groupPriorityMinimum", 100},
          {"versionPriority", 100},
          {"insecureSkipTLSVerify", true},
          {"service", {{"name", "collector"}, {"namespace", "default"}, {"port", port_}}}}}};
    const Json list = {{"apiVersion", "v1"}, {"kind", "List"}, {"items", {service, api_service}}};
    api_.Kubectl({"apply", "-f", "-"}, list.dump());
    api_.Kubectl({"wait", "--for=condition=Available", "--timeout=60s",
                  "apiservice/v1beta1.metrics.k8s.io"});
  }
};

// A user's certificate in two files, as a mounted Secret is.
void WriteClient(const KubeApiServer& api, const x509::KeyPair& client) {
  for (const auto& [name, content] : {std::pair("tls.crt", client.certificate_pem),
                                      std::pair("tls.key", client.private_key_pem)}) {
    std::ofstream(api.folder() + "/kubelet-client-" + name) << content;
  }
}

TEST_F(CollectorTest, ShowsKubeletsACertificateInPlaceOfATokenAndFollowsIt) {
  api_.Kubectl({"create", "serviceaccount", "shy-scraper", "-n", "default"});
  ApplyConfigMap(
      "shy", {{"collector.yaml", Document("scrape: {resolution: 5s, timeout: 2s}\nscrapeIdentity: "
                                          "{serviceAccount: shy-scraper, namespace: default}\n")}});
  WriteClient(api_, api_.IssueClient("kubelet-client-1"));
  Start({"--config-map=default/shy",
         "--kubelet-client-certificate=" + api_.folder() + "/kubelet-client-tls.crt",
         "--kubelet-client-key=" + api_.folder() + "/kubelet-client-tls.key"});
  Await("a healthy node",
        [&] { return GetJson("/status").value("/nodes/healthy"_json_pointer, 0) == 1; });
  EXPECT_EQ(LastCaller(), std::pair(std::string("kubelet-client-1"), std::string()));

  WriteClient(api_, api_.IssueClient("kubelet-client-2"));
  Await("the new certificate", [&] { return LastCaller().first == "kubelet-client-2"; });
  EXPECT_EQ(LastCaller().second, "");
  EXPECT_EQ(GetJson("/status")["nodes"]["healthy"], 1);
}

TEST_F(SwapTest, IsShownByKubectlTop) {
  MakePod("web", "node1", {"app"}, {"app"});
  const Json swap = {{"status",
                      {{"allocatable", {{"cpu", "4"}, {"memory", "8Gi"}}},
                       {"nodeInfo", {{"swap", {{"capacity", 1LL << 30U}}}}}}}};
  api_.Kubectl(
      {"patch", "node", "node1", "--subresource=status", "--type=merge", "-p", swap.dump()});
  Start({"--config=" + WriteConfig("scrape: {resolution: 6s, timeout: 2s}\n")});

  const std::string pod_path = "/apis/metrics.k8s.io/v1beta1/namespaces/default/pods/web";
  Await("swap of the node and the container", [&] {
    Sample("67108864", "8388608");
    return GetJson(pod_path).contains("/containers/0/usage/swap"_json_pointer) &&
           GetJson(kNodesPath).contains("/items/0/usage/swap"_json_pointer);
  });
  EXPECT_EQ(GetJson(pod_path)["containers"][0]["usage"]["swap"], "8Mi");

  Register();
  // 64 MiB of 1 GiB are 6 %.
  EXPECT_THAT(api_.Kubectl({"top", "node", "--show-swap", "--no-headers"}),
              testing::ContainsRegex("64Mi +6%"));
  EXPECT_THAT(api_.Kubectl({"top", "pod", "web", "--show-swap", "--no-headers"}),
              testing::ContainsRegex("1Mi +8Mi"));

  // What an unsigned counter below zero looks like: refused, and the node stays.
  Await("the impossible value to be gone", [&] {
    Sample("18446744073709551615", "-1");
    return !GetJson(kNodesPath).at("items").at(0).at("usage").contains("swap") &&
           !GetJson(pod_path).at("containers").at(0).at("usage").contains("swap");
  });
  EXPECT_EQ(GetJson(kNodesPath)["items"][0]["usage"]["memory"], "1Mi");

  api_.Kubectl(
      {"delete", "apiservice/v1beta1.metrics.k8s.io", "pod/web", "--force", "--grace-period=0"});
}

TEST_F(CollectorTest, ServesOnWhileItTerminates) {
  Start({"--config=" + WriteConfig("")});
  Await("readiness", [&] { return Get("/readyz").status == 200; });

  collector_.Signal(SIGTERM);
  Await("unreadiness", [&] { return Get("/readyz").status == 500; });

  EXPECT_THAT(Get("/readyz").body, HasSubstr("terminating"));
  const http::Response answer = Get(kNodesPath);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.Get("Connection"), "close");
  Await("the end", [&] { return !collector_.Running(); });
  EXPECT_THAT(Log(), HasSubstr("stopped"));
}

TEST(CollectorProgram, ChecksItsCommandLineAndDocuments) {
  const CommandOutput flags = RunCommand(
      {ProgramPath("metricspipeline-collector"), "start", "--secure-port=x", "--bind-address=y"});
  EXPECT_EQ(flags.exit_code, 2);
  EXPECT_THAT(flags.errors, HasSubstr("--secure-port=x"));
  EXPECT_THAT(flags.errors, HasSubstr("--bind-address=y"));

  const std::string path = testing::TempDir() + "/collector-config.yaml";
  std::ofstream(path)
      << "apiVersion: config.metricspipeline.dev/v1alpha1\nkind: CollectorConfiguration\n"
         "scrape: {resolution: 1s, maxConcurrency: -1}\n";
  const CommandOutput bad =
      RunCommand({ProgramPath("metricspipeline-collector"), "validate", path});
  EXPECT_EQ(bad.exit_code, 1);
  EXPECT_THAT(bad.errors, HasSubstr("scrape.resolution"));
  EXPECT_THAT(bad.errors, HasSubstr("scrape.maxConcurrency"));

  std::ofstream(path)
      << "apiVersion: config.metricspipeline.dev/v1alpha1\nkind: CollectorConfiguration\n";
  EXPECT_EQ(RunCommand({ProgramPath("metricspipeline-collector"), "validate", path}).exit_code, 0);
  EXPECT_THAT(RunCommand({ProgramPath("metricspipeline-collector"), "version"}).out,
              HasSubstr("metricspipeline-collector 0."));
}

}  // namespace
}  // namespace mpl::test
