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
inline const std::string kImage = "docker.io/metricspipeline/metricspipeline:test";

KubeApiServer& Server();
// `kubectl apply -k config/default`, once for all tests.
void Install();
std::string SourcePath(const std::string& path);

// Output of kubectl, or of its complaint; never throws.
struct Kubectl {
  bool ok = false;
  std::string text;
};
Kubectl TryKubectl(std::vector<std::string> arguments, const std::string& input = {});
// Null when it does not exist. `where`: {"deployment", "x", "-n", "ns"}.
Json Get(std::vector<std::string> where);
// All children of pipelines, by "Kind ns/name", with their resourceVersion.
std::map<std::string, std::string> ChildVersions();
// False when `done` was never true.
bool Eventually(seconds limit, const std::function<bool()>& done);

// One operator process.
class Operator {
 public:
  explicit Operator(std::vector<std::string> flags = {});
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

  void ApplyPipeline(const std::string& sample = "minimal.yaml");
  // As if a replica were ready.
  void MakeEndpointReady();
  std::string Condition(const std::string& type);
};

}  // namespace mpl::test
