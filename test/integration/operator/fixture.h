// The operator's program against a real kube-apiserver, as its own ServiceAccount, so that a right
// that config/rbac forgets is found. There is no kubelet, no scheduler, no Deployment controller
// and no garbage collection: what those would do is done by hand or not at all.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "test/support/kube_apiserver/kube_apiserver.h"

namespace mpl::test {

using Json = nlohmann::json;
using std::chrono::seconds;

inline const std::string kNamespace = "metricspipeline-system";
inline const std::string kOurs = "app.kubernetes.io/managed-by=metricspipeline-operator";
// Of a pipeline named "cluster".
inline const std::vector<std::string> kService = {"service", "cluster-collector", "-n", kNamespace};
// spec.collector with which kube-apiserver refuses the Deployment: of a toleration with operator
// Exists "the value should be empty" (core/v1 Toleration).
inline const Json kRefusedCollector = {
    {"tolerations", {{{"key", "a"}, {"operator", "Exists"}, {"value", "b"}}}}};
inline const std::string kImage = "docker.io/metricspipeline/metricspipeline:test";

KubeApiServer& Server();
// `kubectl apply -k config/default`, once for all tests.
void Install();
// After it was removed.
void InstallAgain();
// A kubeconfig with a fresh token of the operator's ServiceAccount; its path. `url` empty: the
// server's own.
std::string WriteOperatorKubeconfig(const std::string& url = {});

// An address of this machine that is not loopback (EndpointSlices refuse those): what is sent there
// never leaves the machine.
std::string OwnAddress();

// Output of kubectl, or of its complaint; never throws.
struct Kubectl {
  bool ok = false;
  std::string text;
};
Kubectl TryKubectl(std::vector<std::string> arguments, const std::string& input = {});
// Null when it does not exist. `where`: {"deployment", "x", "-n", "ns"}.
Json Get(std::vector<std::string> where);
bool Exists(const std::vector<std::string>& where);
// All children of pipelines, by "Kind ns/name", with their resourceVersion.
std::map<std::string, std::string> ChildVersions();
// False when `done` was never true.
bool Eventually(seconds limit, const std::function<bool()>& done);

// What the EndpointSlice controller would write for one replica at OwnAddress().
struct EndpointOf {
  std::string pipeline = "cluster";
  int port = 1;  // where nobody listens
  bool ready = true;
};
void MakeEndpoint(const EndpointOf& endpoint);
// A condition of a MetricsPipeline; null while there is none.
Json ConditionOf(const std::string& pipeline, const std::string& type);
// What a pipeline's Events of that reason say, oldest first.
std::vector<std::string> Notes(const std::string& reason);
// Applies a registration of metrics-server's, as field manager helm; throws on a conflict.
void RegisterMetricsServer(const std::string& version,
                           const std::string& service = "metrics-server");

// Its Service, as long as this lives.
class MetricsServerService {
 public:
  MetricsServerService();
  ~MetricsServerService();
  MetricsServerService(const MetricsServerService&) = delete;
  MetricsServerService& operator=(const MetricsServerService&) = delete;
};

// What one operator process finds around it.
struct Around {
  std::string url;  // of kube-apiserver; empty: the server's own
  // Further variables, as NAME=VALUE; with POD_NAME that pod says which image collectors run.
  std::vector<std::string> environment;
};

// One operator process.
class Operator {
 public:
  explicit Operator(std::vector<std::string> flags = {}, const Around& around = {});
  ChildProcess& process() { return process_; }
  std::string Log() const;

 private:
  std::string log_path_;
  ChildProcess process_;
};

// Each test begins and ends without pipelines and children.
class OperatorTest : public testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;
  // As at the end of a test.
  void Clean() { TearDown(); }

  void ApplyPipeline(const std::string& sample = "minimal.yaml");
  void ApplyPipeline(const std::string& name, const Json& spec);
  // As if a replica were ready.
  void MakeEndpointReady() { MakeEndpoint({}); }
  // Its reason; empty while there is none.
  std::string Condition(const std::string& type);
};

}  // namespace mpl::test
