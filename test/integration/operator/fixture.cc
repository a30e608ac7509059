#include "test/integration/operator/fixture.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <thread>

#include "kube/objects/fields.h"
#include "test/support/paths/paths.h"

namespace mpl::test {

std::string WriteOperatorKubeconfig(const std::string& url) {
  KubeApiServer& server = Server();
  const std::string ca_path = server.folder() + "/operator-ca.crt";
  std::ofstream(ca_path) << server.authority().certificate_pem;
  const std::string token = server.ServiceAccountToken(kNamespace, "metricspipeline-operator");
  const Json config = {
      {"apiVersion", "v1"},
      {"kind", "Config"},
      {"current-context", "test"},
      {"clusters",
       {{{"name", "test"},
         {"cluster",
          {{"server", url.empty() ? server.url() : url}, {"certificate-authority", ca_path}}}}}},
      {"users", {{{"name", "operator"}, {"user", {{"token", token}}}}}},
      {"contexts",
       {{{"name", "test"},
         {"context", {{"cluster", "test"}, {"user", "operator"}, {"namespace", kNamespace}}}}}}};
  static std::atomic<int> counter = 0;
  std::string path = server.folder() + "/operator-" + std::to_string(++counter) + ".kubeconfig";
  std::ofstream(path) << config.dump(1);
  return path;
}

namespace {

void RemoveEverything() {
  TryKubectl({"delete", "metricspipelines", "--all", "--wait=false"});
  const Json left = Get({"metricspipelines"});
  for (const Json& pipeline : left.is_object() ? left["items"] : Json::array()) {
    TryKubectl({"patch", "metricspipeline", objects::TextAt(pipeline, "/metadata/name"),
                "--type=merge", "-p", R"({"metadata":{"finalizers":null}})"});
  }
  TryKubectl({"delete", "apiservice", "v1.metrics.k8s.io", "v1beta1.metrics.k8s.io",
              "--ignore-not-found"});
  TryKubectl({"delete", "clusterrolebinding", "-l", kOurs});
  TryKubectl({"delete", "rolebinding", "-n", "kube-system", "-l", kOurs});
  TryKubectl({"delete", "deployment,service,serviceaccount,configmap,secret,role,rolebinding,pdb",
              "-n", kNamespace, "-l", kOurs, "--wait=false"});
  TryKubectl({"delete", "endpointslice", "-n", kNamespace, "--all"});
  TryKubectl({"delete", "events", "-n", "default", "--all"});
  TryKubectl({"delete", "lease", "-n", kNamespace, "--all"});
}

// What test/install/judged holds: pipelines as they stood at the end of a test.
void RecordPipelines() {
  const char* folder = std::getenv("MPL_RECORD");
  const auto* test = testing::UnitTest::GetInstance()->current_test_info();
  if (folder == nullptr || test == nullptr) return;
  const Json all = Get({"metricspipelines"});
  for (Json pipeline : all.is_object() ? all["items"] : Json::array()) {
    pipeline["metadata"].erase("managedFields");
    std::ofstream(std::string(folder) + "/" + test->name() + "." +
                  objects::TextAt(pipeline, "/metadata/name") + ".json")
        << pipeline.dump(1) << "\n";
  }
}

}  // namespace

std::string OwnAddress() {
  std::string found = "192.0.2.1";
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return found;
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr || entry->ifa_addr->sa_family != AF_INET) continue;
    std::array<char, INET_ADDRSTRLEN> text{};
    const auto* address = reinterpret_cast<const sockaddr_in*>(entry->ifa_addr);  // NOLINT
    inet_ntop(AF_INET, &address->sin_addr, text.data(), text.size());
    if (!std::string(text.data()).starts_with("127.")) found = text.data();
  }
  freeifaddrs(list);
  return found;
}

KubeApiServer& Server() { return KubeApiServer::Shared(); }

void InstallAgain() {
  Server().Kubectl({"apply", "-k", SourcePath("config/default")});
  Server().Kubectl({"wait", "--for=condition=Established", "--timeout=30s",
                    "crd/metricspipelines.metricspipeline.dev"});
}

void Install() {
  static const bool kInstalled = [] {
    InstallAgain();
    return true;
  }();
  static_cast<void>(kInstalled);
}

Kubectl TryKubectl(std::vector<std::string> arguments, const std::string& input) {
  try {
    return {true, Server().Kubectl(std::move(arguments), input)};
  } catch (const std::exception& complaint) {
    return {false, complaint.what()};
  }
}

Json Get(std::vector<std::string> where) {
  where.insert(where.begin(), "get");
  where.insert(where.end(), {"-o", "json", "--ignore-not-found"});
  const Kubectl got = TryKubectl(std::move(where));
  return got.ok && !got.text.empty() ? Json::parse(got.text, nullptr, false) : Json();
}

bool Exists(const std::vector<std::string>& where) { return !Get(where).is_null(); }

std::map<std::string, std::string> ChildVersions() {
  std::map<std::string, std::string> versions;
  const std::vector<std::vector<std::string>> queries = {
      {"deployment,service,serviceaccount,configmap,secret,role,rolebinding,pdb", "-n", kNamespace,
       "-l", kOurs},
      {"clusterrolebinding,apiservice", "-l", kOurs},
      {"rolebinding", "-n", "kube-system", "-l", kOurs},
      {"metricspipelines"}};
  for (const auto& query : queries) {
    const Json list = Get(query);
    if (!list.is_object()) continue;
    for (const Json& item : list["items"]) {
      versions[objects::TextAt(item, "/kind") + " " + objects::TextAt(item, "/metadata/namespace") +
               "/" + objects::TextAt(item, "/metadata/name")] =
          objects::TextAt(item, "/metadata/resourceVersion");
    }
  }
  return versions;
}

bool Eventually(seconds limit, const std::function<bool()>& done) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return true;
}

Operator::Operator(std::vector<std::string> flags, const Around& around) {
  static std::atomic<int> counter = 0;
  log_path_ = Server().folder() + "/operator-" + std::to_string(++counter) + ".log";
  std::vector<std::string> command = {ProgramPath("metricspipeline-operator"),
                                      "start",
                                      "--kubeconfig=" + WriteOperatorKubeconfig(around.url),
                                      "--namespace=" + kNamespace,
                                      "--health-port=0",
                                      "--log-format=text"};
  const bool in_pod = std::ranges::any_of(around.environment, [](const std::string& variable) {
    return variable.starts_with("POD_NAME=");
  });
  if (!in_pod) command.push_back("--image=" + kImage);
  command.insert(command.end(), flags.begin(), flags.end());
  if (!around.environment.empty()) {
    command.insert(command.begin(), around.environment.begin(), around.environment.end());
    command.insert(command.begin(), "/usr/bin/env");
  }
  process_ = ChildProcess(command, log_path_);
}

std::string Operator::Log() const {
  std::ifstream file(log_path_);
  return {std::istreambuf_iterator<char>(file), {}};
}

void OperatorTest::SetUp() {
  Install();
  RemoveEverything();
}

void OperatorTest::TearDown() {
  RecordPipelines();
  RemoveEverything();
}

void OperatorTest::ApplyPipeline(const std::string& sample) {
  Server().Kubectl({"apply", "-f", SourcePath("samples/" + sample)});
}

void OperatorTest::ApplyPipeline(const std::string& name, const Json& spec) {
  const Json pipeline = {{"apiVersion", "metricspipeline.dev/v1alpha1"},
                         {"kind", "MetricsPipeline"},
                         {"metadata", {{"name", name}}},
                         {"spec", spec}};
  Server().Kubectl({"apply", "-f", "-"}, pipeline.dump());
}

void MakeEndpoint(const EndpointOf& endpoint) {
  const Json slice = {
      {"apiVersion", "discovery.k8s.io/v1"},
      {"kind", "EndpointSlice"},
      {"metadata",
       {{"name", endpoint.pipeline + "-collector-1"},
        {"namespace", kNamespace},
        {"labels", {{"kubernetes.io/service-name", endpoint.pipeline + "-collector"}}}}},
      {"addressType", "IPv4"},
      {"ports", {{{"name", "https"}, {"port", endpoint.port}, {"protocol", "TCP"}}}},
      {"endpoints",
       {{{"addresses", {OwnAddress()}}, {"conditions", {{"ready", endpoint.ready}}}}}}};
  Server().Kubectl({"apply", "-f", "-"}, slice.dump());
}

Json ConditionOf(const std::string& pipeline, const std::string& type) {
  const Json object = Get({"metricspipeline", pipeline});
  const Json::json_pointer conditions("/status/conditions");
  if (!object.contains(conditions)) return nullptr;
  for (const Json& condition : object[conditions]) {
    if (condition["type"] == type) return condition;
  }
  return nullptr;
}

std::vector<std::string> Notes(const std::string& reason) {
  std::vector<std::string> notes;
  const Json list = Get({"events.events.k8s.io", "-n", "default", "--sort-by=.eventTime"});
  for (const Json& event : list.is_object() ? list["items"] : Json::array()) {
    if (objects::TextAt(event, "/reason") == reason)
      notes.push_back(objects::TextAt(event, "/note"));
  }
  return notes;
}

void RegisterMetricsServer(const std::string& version, const std::string& service) {
  const Json foreign = {{"apiVersion", "apiregistration.k8s.io/v1"},
                        {"kind", "APIService"},
                        {"metadata", {{"name", version + ".metrics.k8s.io"}}},
                        {"spec",
                         {{"group", "metrics.k8s.io"},
                          {"version", version},
                          {"groupPriorityMinimum", 100},
                          {"versionPriority", 100},
                          {"insecureSkipTLSVerify", true},
                          {"service", {{"name", service}, {"namespace", "kube-system"}}}}}};
  Server().Kubectl({"apply", "--server-side", "--field-manager=helm", "-f", "-"}, foreign.dump());
}

MetricsServerService::MetricsServerService() {
  Server().Kubectl(
      {"create", "service", "clusterip", "metrics-server", "-n", "kube-system", "--tcp=443:4443"});
}
MetricsServerService::~MetricsServerService() {
  TryKubectl({"delete", "service", "metrics-server", "-n", "kube-system"});
}

std::string OperatorTest::Condition(const std::string& type) {
  const Json condition = ConditionOf("cluster", type);
  return condition.is_null() ? "" : condition["reason"].get<std::string>();
}

}  // namespace mpl::test
