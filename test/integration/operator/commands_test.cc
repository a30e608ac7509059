// The one-shot commands against a real kube-apiserver: exit codes, and what they tell.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "kube/base/digest.h"
#include "test/integration/operator/fixture.h"
#include "test/support/kube_apiserver/process.h"
#include "test/support/paths/paths.h"

namespace mpl::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

struct Ran {
  int exit_code = -1;
  std::string text;  // standard output, then errors
};

// As admin, unless a kubeconfig is named.
Ran Ask(std::vector<std::string> arguments, const std::string& kubeconfig = {}) {
  arguments.insert(arguments.begin(), ProgramPath("metricspipeline-operator"));
  arguments.push_back("--kubeconfig=" +
                      (kubeconfig.empty() ? Server().kubeconfig_path() : kubeconfig));
  const CommandOutput output = RunCommand(arguments);
  return {output.exit_code, output.out + output.errors};
}

class Commands : public OperatorTest {};

TEST_F(Commands, CheckBeforeAndAfterTheInstallation) {
  const Ran before = Ask({"check", "--pre"});
  EXPECT_EQ(before.exit_code, 0) << before.text;
  EXPECT_THAT(before.text, AllOf(HasSubstr("known by name: front-proxy-client"),
                                 HasSubstr("v1beta1.metrics.k8s.io is free"),
                                 HasSubstr("you have every right")));
  const Ran after = Ask({"check", "-o", "json"});
  EXPECT_EQ(after.exit_code, 0) << after.text;
  const Json report = Json::parse(after.text, nullptr, false);
  ASSERT_TRUE(report.is_object()) << after.text;
  EXPECT_EQ(report["ok"], true);
  EXPECT_THAT(after.text, AllOf(HasSubstr("is installed and of this version"),
                                HasSubstr("metricspipeline-operator has every right"),
                                HasSubstr("Pod Security level restricted")));
}

TEST_F(Commands, CheckNamesTheRightThatIsMissing) {
  const std::string nobody = Server().WriteKubeconfig("nobody");
  const Ran ran = Ask({"check", "--pre"}, nobody);
  EXPECT_EQ(ran.exit_code, 1) << ran.text;
  EXPECT_THAT(ran.text, AllOf(HasSubstr("you may not get, create, patch apiextensions.k8s.io/"),
                              HasSubstr("fix: install as somebody who may")));
}

TEST_F(Commands, CheckNamesTheRightThatIsMissingWhereACollectorShallRun) {
  Server().Kubectl({"create", "namespace", "elsewhere"});
  ApplyPipeline("cluster", {{"collector", {{"namespace", "elsewhere"}}}});
  // The right of the ServiceAccount, or of all in its namespace.
  for (const std::string& subject : {"--serviceaccount=" + kNamespace + ":metricspipeline-operator",
                                     "--group=system:serviceaccounts:" + kNamespace}) {
    Ran without;
    Eventually(seconds(5), [&without] {
      without = Ask({"check"});
      return without.exit_code == 1;
    });
    EXPECT_EQ(without.exit_code, 1) << without.text;
    EXPECT_THAT(without.text, AllOf(HasSubstr("apps/deployments in namespace elsewhere"),
                                    HasSubstr("fix: kubectl -n elsewhere create rolebinding"),
                                    Not(HasSubstr("apps/deployments in namespace " + kNamespace))));
    Server().Kubectl({"create", "rolebinding", "metricspipeline-operator", "-n", "elsewhere",
                      "--clusterrole=metricspipeline-operator-namespaced", subject});
    const bool allowed = Eventually(seconds(5), [] { return Ask({"check"}).exit_code == 0; });
    EXPECT_TRUE(allowed) << subject << ": " << Ask({"check"}).text;
    TryKubectl({"delete", "rolebinding", "metricspipeline-operator", "-n", "elsewhere"});
  }
  TryKubectl({"delete", "namespace", "elsewhere", "--wait=false"});
}

// A kubelet's request, made as kubelets make it. Nothing decides on it here:
// kube-controller-manager does not run, and would not approve it either.
TEST_F(Commands, CheckNamesTheRequestsOfKubeletsThatWaitForApproval) {
  const CommandOutput made =
      RunCommand({"openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                  "-nodes", "-keyout", "/dev/null", "-subj", "/O=system:nodes/CN=system:node:node7",
                  "-addext", "subjectAltName=DNS:node7"});
  const Json request = {{"apiVersion", "certificates.k8s.io/v1"},
                        {"kind", "CertificateSigningRequest"},
                        {"metadata", {{"name", "csr-of-node7"}}},
                        {"spec",
                         {{"signerName", "kubernetes.io/kubelet-serving"},
                          {"usages", {"digital signature", "server auth"}},
                          {"request", Base64Encode(made.out)}}}};
  Server().Kubectl({"create", "-f", "-", "--as=system:node:node7", "--as-group=system:nodes",
                    "--as-group=system:masters"},
                   request.dump());
  const Ran ran = Ask({"check"});
  Server().Kubectl({"delete", "csr", "csr-of-node7"});
  EXPECT_EQ(ran.exit_code, 0) << ran.text;
  EXPECT_THAT(ran.text, AllOf(HasSubstr("csr-of-node7 (node7)"),
                              HasSubstr("kubectl certificate approve csr-of-node7")));
}

TEST_F(Commands, WithoutAnApiServerTheExitCodeIsThree) {
  std::ifstream file(Server().kubeconfig_path());
  std::string config{std::istreambuf_iterator<char>(file), {}};
  const std::string port = std::to_string(Server().port());
  config.replace(config.find(":" + port), port.size() + 1, ":1");
  const std::string path = Server().folder() + "/nowhere.kubeconfig";
  std::ofstream(path) << config;
  EXPECT_EQ(Ask({"check"}, path).exit_code, 3);
  EXPECT_EQ(Ask({"check", "-o", "xml"}).exit_code, 2);
}

TEST_F(Commands, StatusNamesTheFirstBrokenLink) {
  EXPECT_EQ(Ask({"status"}).exit_code, 1);
  ApplyPipeline();
  const Ran unseen = Ask({"status", "cluster"});
  EXPECT_EQ(unseen.exit_code, 1);
  EXPECT_THAT(unseen.text, HasSubstr("MetricsPipeline cluster is broken at: operator"));
  Operator running;
  ASSERT_TRUE(Eventually(seconds(30), [] {
    return !Get({"deployment", "cluster-collector", "-n", kNamespace}).is_null() &&
           !Get({"secret", "cluster-collector-serving", "-n", kNamespace}).is_null();
  })) << running.Log();
  ASSERT_TRUE(Eventually(seconds(10), [&] { return Condition("Ready") == "ReplicasUnavailable"; }))
      << running.Log();
  const Ran broken = Ask({"status", "cluster", "-o", "json"});
  EXPECT_EQ(broken.exit_code, 1);
  const Json report = Json::parse(broken.text, nullptr, false);
  ASSERT_TRUE(report.is_object()) << broken.text;
  EXPECT_EQ(report["pipelines"][0]["firstBroken"], "pods") << broken.text;
}

Json MetricsServerDeployment() {
  return Json::parse(R"({"apiVersion": "apps/v1", "kind": "Deployment",
      "metadata": {"name": "metrics-server", "namespace": "kube-system",
                   "labels": {"k8s-app": "metrics-server"}},
      "spec": {"selector": {"matchLabels": {"k8s-app": "metrics-server"}},
               "template": {"metadata": {"labels": {"k8s-app": "metrics-server"}},
                            "spec": {"containers": [{"name": "metrics-server",
          "image": "registry.k8s.io/metrics-server/metrics-server:v0.9.0",
          "args": ["--cert-dir=/tmp", "--secure-port=10250", "--kubelet-insecure-tls",
                   "--kubelet-use-node-status-port", "--metric-resolution=35s",
                   "--kubelet-request-timeout=31.5s",
                   "--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname"]}]}}}})");
}

TEST_F(Commands, MigratePrintsAPipelineThatTheServerTakes) {
  EXPECT_EQ(Ask({"migrate"}).exit_code, 1);
  RegisterMetricsServer("v1beta1");
  const Json service = Json::parse(R"({"apiVersion": "v1", "kind": "Service",
      "metadata": {"name": "metrics-server", "namespace": "kube-system"},
      "spec": {"selector": {"k8s-app": "metrics-server"}, "ports": [{"port": 443}]}})");
  Server().Kubectl({"apply", "-f", "-"}, service.dump());
  Server().Kubectl({"apply", "-f", "-"}, MetricsServerDeployment().dump());
  const Ran ran = Ask({"migrate"});
  EXPECT_EQ(ran.exit_code, 0) << ran.text;
  EXPECT_THAT(ran.text, AllOf(HasSubstr("Deployment kube-system/metrics-server"),
                              HasSubstr("field manager helm"), HasSubstr("--kubelet-insecure-tls"),
                              HasSubstr("metricspipeline-operator migrate --kubeconfig=" +
                                        Server().kubeconfig_path() + " | kubectl apply -f -")));
  Server().Kubectl({"apply", "-f", "-"}, ran.text);
  const Json spec = Get({"metricspipeline", "cluster"})["spec"];
  EXPECT_EQ(spec["scrape"]["resolution"], "35s");
  EXPECT_EQ(spec["scrape"]["timeout"], "31s") << "whole seconds, at most 90 %";
  EXPECT_EQ(spec["tls"]["kubelet"]["mode"], "Auto");
  EXPECT_EQ(spec["apiServices"]["conflictPolicy"], "TakeOver");
  Server().Kubectl({"delete", "deployment,service", "metrics-server", "-n", "kube-system"});
}

// Every file below `folder`, one after the other.
std::string AllText(const std::filesystem::path& folder, std::vector<std::string>& names) {
  std::string all;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    names.push_back(std::filesystem::relative(entry.path(), folder).string());
    std::ifstream file(entry.path(), std::ios::binary);
    all += std::string(std::istreambuf_iterator<char>(file), {}) + "\n";
  }
  return all;
}

TEST_F(Commands, GatherHoldsNoSecret) {
  Operator running;
  ApplyPipeline();
  ASSERT_TRUE(Eventually(seconds(30), [] {
    return !Get({"secret", "cluster-collector-serving", "-n", kNamespace}).is_null() &&
           !Get({"secret", "cluster-collector-ca", "-n", kNamespace}).is_null() &&
           !Get({"deployment", "cluster-collector", "-n", kNamespace}).is_null();
  })) << running.Log();
  running.process().Stop();  // it would remove what only looks like a child
  Server().Kubectl({"create", "secret", "generic", "canary", "-n", kNamespace,
                    "--from-literal=password=open-sesame-canary"});
  Server().Kubectl({"label", "secret", "canary", "-n", kNamespace, kOurs});
  const std::string token = Server().ServiceAccountToken(kNamespace, "metricspipeline-operator");
  Server().Kubectl(
      {"annotate", "metricspipeline", "cluster", "note=" + token + " open-sesame-canary"});
  const std::string folder = Server().folder() + "/bundle";
  std::filesystem::remove_all(folder);
  const Ran ran = Ask({"gather", "-o", folder});
  ASSERT_EQ(ran.exit_code, 0) << ran.text;

  std::vector<std::string> names;
  const std::string all = AllText(folder, names);
  EXPECT_THAT(names, testing::IsSupersetOf(std::vector<std::string>{
                         "pipelines.json", "status.txt", "check.txt",
                         "namespaces/" + kNamespace + "/secrets.json",
                         "namespaces/" + kNamespace + "/deployments.json"}));
  EXPECT_THAT(all, AllOf(HasSubstr("tls.key"), HasSubstr("notAfter"), HasSubstr("canary")));
  EXPECT_THAT(all, Not(HasSubstr("open-sesame-canary")));
  EXPECT_THAT(all, Not(HasSubstr(Base64Encode("open-sesame-canary"))));
  EXPECT_THAT(all, Not(HasSubstr(token)));
  EXPECT_THAT(all, Not(HasSubstr("PRIVATE KEY")));
  int values = 0;
  const Json secrets = Get({"secrets", "-n", kNamespace, "-l", kOurs});
  for (const Json& secret : secrets["items"]) {
    for (const auto& [key, value] : secret["data"].items()) {
      if (key == "tls.crt" || key == "ca.crt") continue;  // certificates are public
      ++values;
      EXPECT_EQ(all.find(value.get<std::string>()), std::string::npos) << key;
      EXPECT_EQ(all.find(Base64Decode(value.get<std::string>()).value_or("?")), std::string::npos)
          << key;
    }
  }
  EXPECT_GE(values, 2);

  namespace fs = std::filesystem;
  const std::string archive = folder + ".tar";
  std::ofstream(archive) << "what was there before";
  fs::permissions(archive, fs::perms::owner_all | fs::perms::others_read);
  ASSERT_EQ(Ask({"gather", "-o", archive}).exit_code, 0);
  EXPECT_EQ(fs::status(archive).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  Server().Kubectl({"delete", "secret", "canary", "-n", kNamespace});
}

}  // namespace
}  // namespace mpl::test
