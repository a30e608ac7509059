// One operator, one pipeline: children made, kept, left alone and taken away.
#include <gmock/gmock.h>

#include <thread>

#include "operator/pipeline/yaml.h"
#include "test/integration/operator/fixture.h"
#include "test/support/paths/paths.h"

namespace mpl::test {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::vector<std::string> kDeployment = {"deployment", "cluster-collector", "-n", kNamespace};

// The last child before the registrations.
bool ChildrenAreThere() {
  return Exists({"poddisruptionbudget", "cluster-collector", "-n", kNamespace});
}

// What Go leaves out when it writes JSON (`omitempty`).
bool IsGoZero(const Json& value) {
  return value.is_null() || value == false || value == 0 || value == "" ||
         (value.is_structured() && value.empty());
}

// True when every field of `wanted` stands in `live`. Lists of objects compare by position.
bool Holds(const Json& live, const Json& wanted) {
  if (wanted.is_object()) {
    if (!live.is_object()) return wanted.empty();
    return std::all_of(wanted.items().begin(), wanted.items().end(), [&](const auto& entry) {
      const Json& value = entry.value();
      if (!live.contains(entry.key())) return IsGoZero(value);
      return Holds(live[entry.key()], value);
    });
  }
  if (wanted.is_array()) {
    if (!live.is_array() || live.size() != wanted.size()) return false;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if (!Holds(live[i], wanted[i])) return false;
    }
    return true;
  }
  return live == wanted;
}

TEST_F(OperatorTest, MakesEveryChildThatRenderPrints) {
  Operator running;
  ApplyPipeline();
  ASSERT_TRUE(Eventually(seconds(30), ChildrenAreThere)) << running.Log();

  const auto rendered = RunCommand({ProgramPath("metricspipeline-operator"), "render", "-f",
                                    SourcePath("samples/minimal.yaml"), "--namespace", kNamespace,
                                    "--image", kImage});
  ASSERT_EQ(rendered.exit_code, 0) << rendered.errors;
  const auto objects = pipeline::ParseYaml(rendered.out);
  ASSERT_TRUE(objects);
  EXPECT_GT(objects->size(), 14U);
  for (const Json& object : *objects) {
    if (object["kind"] == "APIService") continue;  // wait for endpoints
    std::vector<std::string> where = {object["kind"], object["metadata"]["name"]};
    if (object["metadata"].contains("namespace")) {
      where.insert(where.end(), {"-n", object["metadata"]["namespace"]});
    }
    const Json live = Get(where);
    EXPECT_TRUE(Holds(live, object)) << object.dump(1) << "\nis not what stands there:\n"
                                     << live.dump(1);
    EXPECT_EQ(live["metadata"]["ownerReferences"][0]["kind"], "MetricsPipeline");
  }
  // Nothing was refused: the rights of config/rbac are enough.
  EXPECT_THAT(running.Log(), Not(HasSubstr("orbidden")));
}

// The operator's pod as its Deployment has it, with a proxy that a mesh has put before it.
Json OwnPod(const std::string& name) {
  const Json live = Get({"deployment", "metricspipeline-operator", "-n", kNamespace});
  Json pod = live["spec"]["template"];
  pod["apiVersion"] = "v1";
  pod["kind"] = "Pod";
  pod["metadata"]["name"] = name;
  pod["metadata"]["namespace"] = kNamespace;
  Json& containers = pod["spec"]["containers"];
  containers[0]["image"] = "registry.example/mpl:7";
  containers.insert(containers.begin(), containers[0]);
  containers[0]["name"] = "istio-proxy";
  containers[0]["image"] = "istio/proxyv2:1";
  pod["spec"]["imagePullSecrets"] = Json::parse(R"([{"name": "registry"}])");
  return pod;
}

TEST_F(OperatorTest, MakesCollectorsOfItsOwnPodsImageAndPullSecrets) {
  Server().Kubectl({"create", "-f", "-"}, OwnPod("operator-0").dump());
  Operator running({}, {.url = {}, .environment = {"POD_NAME=operator-0"}});
  ApplyPipeline();
  const auto pod = [] {
    return Get({"deployment", "cluster-collector", "-n", kNamespace})["spec"]["template"]["spec"];
  };
  EXPECT_TRUE(Eventually(seconds(30), [&] { return pod().is_object(); })) << running.Log();
  EXPECT_EQ(pod()["containers"][0]["image"], "registry.example/mpl:7");
  EXPECT_EQ(pod()["imagePullSecrets"], Json::parse(R"([{"name": "registry"}])"));
  Server().Kubectl({"delete", "pod", "operator-0", "-n", kNamespace, "--force"});
}

TEST_F(OperatorTest, RegistersTheApiWhenAnEndpointIsReady) {
  Operator running;
  ApplyPipeline();
  ASSERT_TRUE(Eventually(seconds(30), ChildrenAreThere)) << running.Log();
  ASSERT_TRUE(Eventually(seconds(10), [&] { return Condition("Ready") != ""; })) << running.Log();
  EXPECT_FALSE(Exists({"apiservice", "v1beta1.metrics.k8s.io"}));

  MakeEndpointReady();
  ASSERT_TRUE(Eventually(seconds(10), [] {
    return Exists({"apiservice", "v1beta1.metrics.k8s.io"}) &&
           Exists({"apiservice", "v1.metrics.k8s.io"});
  })) << running.Log();
  const Json api = Get({"apiservice", "v1beta1.metrics.k8s.io"});
  const Json secret = Get({"secret", "cluster-collector-serving", "-n", kNamespace});
  EXPECT_EQ(api["spec"]["caBundle"], secret["data"]["ca.crt"]);
  EXPECT_EQ(secret["type"], "kubernetes.io/tls");
}

TEST_F(OperatorTest, PutsRightWhatIsOursAndLeavesTheRest) {
  Operator running;
  ApplyPipeline();
  ASSERT_TRUE(Eventually(seconds(30), ChildrenAreThere)) << running.Log();

  Server().Kubectl({"annotate", "deployment", "cluster-collector", "-n", kNamespace, "team=blue"});
  Server().Kubectl({"scale", "deployment", "cluster-collector", "-n", kNamespace, "--replicas=7"});
  EXPECT_TRUE(Eventually(seconds(5), [] { return Get(kDeployment)["spec"]["replicas"] == 2; }))
      << running.Log();
  EXPECT_EQ(Get(kDeployment)["metadata"]["annotations"]["team"], "blue");
  EXPECT_TRUE(Eventually(seconds(5), [] { return Notes("DriftCorrected").size() == 1; }));
  EXPECT_THAT(
      Notes("DriftCorrected"),
      testing::ElementsAre(HasSubstr("Deployment metricspipeline-system/cluster-collector was "
                                     "changed by field manager kubectl (spec.replicas)")));

  // A label that goes takes the object out of the operator's sight, but not out of the cluster.
  Server().Kubectl({"label", "secret", "cluster-collector-serving", "-n", kNamespace,
                    "app.kubernetes.io/managed-by-"});
  EXPECT_TRUE(Eventually(seconds(5), [] {
    return Get({"secret", "cluster-collector-serving", "-n", kNamespace})["metadata"]["labels"]
        .contains("app.kubernetes.io/managed-by");
  })) << running.Log();

  Server().Kubectl({"label", "configmap", "cluster-collector", "-n", kNamespace,
                    "app.kubernetes.io/managed-by-"});
  EXPECT_TRUE(Eventually(seconds(5), [] {
    return Get({"configmap", "cluster-collector", "-n", kNamespace})["metadata"]["labels"].contains(
        "app.kubernetes.io/managed-by");
  })) << running.Log();
}

TEST_F(OperatorTest, BringsDeletedChildrenBack) {
  Operator running;
  ApplyPipeline();
  ASSERT_TRUE(Eventually(seconds(30), ChildrenAreThere)) << running.Log();
  const std::vector<std::vector<std::string>> children = {
      {"service", "cluster-collector", "-n", kNamespace},
      {"configmap", "cluster-collector", "-n", kNamespace},
      {"secret", "cluster-collector-ca", "-n", kNamespace},
      {"secret", "cluster-collector-serving", "-n", kNamespace},
      {"serviceaccount", "cluster-scraper", "-n", kNamespace},
      {"clusterrolebinding", "metricspipeline-cluster-scraper"},
      {"rolebinding", "metricspipeline-cluster-auth-reader", "-n", "kube-system"}};
  for (auto child : children) {
    const std::string uid = Get(child)["metadata"]["uid"];
    auto arguments = child;
    arguments.insert(arguments.begin(), "delete");
    Server().Kubectl(arguments);
    EXPECT_TRUE(Eventually(seconds(5),
                           [&] {
                             const Json live = Get(child);
                             return !live.is_null() && live["metadata"]["uid"] != uid;
                           }))
        << child[0] << " " << child[1] << "\n"
        << running.Log();
  }
}

TEST_F(OperatorTest, WritesNothingInASteadyState) {
  Operator running;
  ApplyPipeline();
  ASSERT_TRUE(Eventually(seconds(30), ChildrenAreThere)) << running.Log();
  MakeEndpointReady();
  ASSERT_TRUE(Eventually(seconds(10), [] { return Exists({"apiservice", "v1.metrics.k8s.io"}); }));
  // Until kube-apiserver has judged the registration and the operator has told of it.
  std::map<std::string, std::string> before;
  ASSERT_TRUE(Eventually(seconds(40), [&] {
    before = ChildVersions();
    std::this_thread::sleep_for(seconds(3));
    return before == ChildVersions();
  })) << running.Log();

  std::this_thread::sleep_for(seconds(15));
  EXPECT_EQ(ChildVersions(), before) << running.Log();
}

TEST_F(OperatorTest, TakesTheRegistrationsAwayWithThePipeline) {
  Operator running;
  ApplyPipeline();
  ASSERT_TRUE(Eventually(seconds(30), ChildrenAreThere)) << running.Log();
  MakeEndpointReady();
  ASSERT_TRUE(Eventually(seconds(10), [] { return Exists({"apiservice", "v1.metrics.k8s.io"}); }));

  Server().Kubectl({"delete", "metricspipeline", "cluster"});
  EXPECT_TRUE(Eventually(seconds(5), [] {
    return !Exists({"apiservice", "v1.metrics.k8s.io"}) &&
           !Exists({"apiservice", "v1beta1.metrics.k8s.io"});
  })) << running.Log();
}

TEST_F(OperatorTest, LeavesAForeignRegistrationAlone) {
  RegisterMetricsServer("v1beta1");
  Operator running;
  ApplyPipeline();
  ASSERT_TRUE(Eventually(seconds(30), ChildrenAreThere)) << running.Log();
  MakeEndpointReady();
  EXPECT_TRUE(Eventually(
      seconds(10), [&] { return Condition("APIServicesRegistered") == "ConflictingProvider"; }))
      << Condition("APIServicesRegistered") << running.Log();
  EXPECT_EQ(Get({"apiservice", "v1beta1.metrics.k8s.io"})["spec"]["service"]["name"],
            "metrics-server");
}

}  // namespace
}  // namespace mpl::test
