// config/rbac holds what is needed and nothing else: the operator lives through all it can meet,
// the API server's audit log tells what it asked for, and every right has to have been asked for,
// or be one that its children cannot be applied without.
#include <gmock/gmock.h>

#include <iostream>
#include <thread>

#include "operator/pipeline/yaml.h"
#include "test/integration/operator/authorizer.h"
#include "test/integration/operator/replica.h"
#include "test/support/paths/paths.h"

namespace mpl::test {
namespace {

using testing::ElementsAreArray;
using testing::IsEmpty;

const std::string kOperatorLabel = "metricspipeline-operator";
const Json kLabels = {{"app.kubernetes.io/managed-by", kOperatorLabel},
                      {"metricspipeline.dev/pipeline", "cluster"}};

// As far as it matters: a kind that the API server knows.
const char* const kCertManager = R"({"apiVersion": "apiextensions.k8s.io/v1",
  "kind": "CustomResourceDefinition", "metadata": {"name": "certificates.cert-manager.io"},
  "spec": {"group": "cert-manager.io", "scope": "Namespaced",
    "names": {"kind": "Certificate", "plural": "certificates"},
    "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema":
      {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}]}})";

Json Object(const std::string& api_version, const std::string& kind, const std::string& ns,
            Json rest) {
  Json object = {{"apiVersion", api_version}, {"kind", kind}};
  object["metadata"] = {{"name", "left-over"}, {"labels", kLabels}};
  if (!ns.empty()) object["metadata"]["namespace"] = ns;
  if (!rest.is_null()) object.update(rest);
  return object;
}

// One object of each kind of child that nothing wants: the operator has to take it away.
std::vector<Json> LeftOvers() {
  const std::string rbac = "rbac.authorization.k8s.io/v1";
  const Json selector = {{"matchLabels", {{"left", "over"}}}};
  const Json role = {{"apiGroup", "rbac.authorization.k8s.io"},
                     {"kind", "ClusterRole"},
                     {"name", "system:auth-delegator"}};
  const Json pod = {{"metadata", {{"labels", {{"left", "over"}}}}},
                    {"spec", {{"containers", {{{"name", "c"}, {"image", "none"}}}}}}};
  return {
      Object("v1", "ConfigMap", kNamespace, {}),
      Object("v1", "Secret", kNamespace, {}),
      Object("v1", "ServiceAccount", kNamespace, {}),
      Object("v1", "Service", kNamespace, {{"spec", {{"ports", {{{"port", 443}}}}}}}),
      Object("apps/v1", "Deployment", kNamespace,
             {{"spec", {{"replicas", 0}, {"selector", selector}, {"template", pod}}}}),
      Object("policy/v1", "PodDisruptionBudget", kNamespace, {{"spec", {{"selector", selector}}}}),
      Object(rbac, "Role", kNamespace, {{"rules", Json::array()}}),
      Object(rbac, "RoleBinding", kNamespace, {{"roleRef", role}}),
      Object(rbac, "RoleBinding", "kube-system", {{"roleRef", role}}),
      Object(rbac, "ClusterRoleBinding", "", {{"roleRef", role}}),
  };
}

std::vector<std::string> Where(const Json& object) {
  std::vector<std::string> where = {object["kind"], object["metadata"]["name"]};
  if (object["metadata"].contains("namespace")) {
    where.insert(where.end(), {"-n", object["metadata"]["namespace"]});
  }
  return where;
}

// The children of samples/minimal.yaml as the operator applies them, owner included. The Role is
// made for the binding that needs it, and stands under another name in the list: what is there
// already is not checked again.
std::vector<Json> Children(bool make_role) {
  const Json pipeline = Get({"metricspipeline", "cluster"});
  const auto rendered = RunCommand({ProgramPath("metricspipeline-operator"), "render", "-f",
                                    SourcePath("samples/minimal.yaml"), "--namespace", kNamespace,
                                    "--image", kImage});
  std::vector<Json> children = pipeline::ParseYaml(rendered.out).value();
  // Printed without keys, they could not be applied.
  std::erase_if(children, [](const Json& child) { return child["kind"] == "Secret"; });
  for (Json& child : children) {
    if (child["kind"] == "Role" && make_role) {
      Server().Kubectl({"apply", "-f", "-"}, child.dump());
      child["metadata"]["name"] = "another-role";
    }
    child["metadata"]["ownerReferences"] = {{{"apiVersion", "metricspipeline.dev/v1alpha1"},
                                             {"kind", "MetricsPipeline"},
                                             {"name", "cluster"},
                                             {"uid", pipeline["metadata"]["uid"]},
                                             {"controller", true},
                                             {"blockOwnerDeletion", true}}};
  }
  return children;
}

// The API server's complaint when the operator applies its children; empty: it has none.
std::string ComplaintAboutChildren(const std::vector<Json>& children) {
  std::string all;
  for (const Json& child : children) all += child.dump() + "\n---\n";
  const Kubectl applied =
      TryKubectl({"apply", "--server-side", "--force-conflicts", "--dry-run=server",
                  "--field-manager=metricspipeline-operator", "--validate=false",
                  "--as=" + ServiceAccount(kOperatorAccount), "-f", "-"},
                 all);
  // After the command that TryKubectl repeats.
  return applied.ok ? "" : applied.text.substr(applied.text.find("-f -: ") + 6);
}

class RightsTest : public OperatorTest {
 protected:
  bool DeploymentIsThere() {
    return !Get({"deployment", "cluster-collector", "-n", kNamespace}).is_null();
  }

  // What the operator asked for, from beginning to end.
  std::vector<AuditEvent> LiveThroughEverything() {
    LeaveRegistrationBehind();
    Operator running;
    EXPECT_TRUE(Eventually(seconds(40), [] {
      return Get({"apiservice", "v1beta1.metrics.k8s.io"}).is_null();
    })) << running.Log();
    TakeOverAndRestore(running);
    KeepEveryChild(running);
    UseCertManager(running);
    WithdrawAndEnd(running);
    running.process().Stop();
    const std::string kubeconfig = WriteOperatorKubeconfig();
    // In a cluster its own pod says which image collectors run; here that pod does not exist.
    RunCommand({"/usr/bin/env", "POD_NAME=left-over", ProgramPath("metricspipeline-operator"),
                "start", "--namespace", kNamespace, "--health-port=0", "--kubeconfig", kubeconfig});
    std::this_thread::sleep_for(seconds(1));
    for (const AuditEvent& event : Asked()) EXPECT_NE(event.code, 403) << event.ToString();
    // Made for a person's rights, it asks for more than the operator may.
    RunCommand({ProgramPath("metricspipeline-operator"), "check", "--namespace", kNamespace,
                "--kubeconfig", kubeconfig});
    std::this_thread::sleep_for(seconds(1));
    return Asked();
  }

  static std::vector<AuditEvent> Asked() {
    return ReadAudit(Server(), ServiceAccount(kOperatorAccount));
  }

  // Taken from metrics-server by a pipeline that is gone.
  static void LeaveRegistrationBehind() {
    Json spec = {{"group", "metrics.k8s.io"},
                 {"version", "v1beta1"},
                 {"groupPriorityMinimum", 100},
                 {"versionPriority", 100},
                 {"insecureSkipTLSVerify", true},
                 {"service", {{"name", "metrics-server"}, {"namespace", "kube-system"}}}};
    Json left = {{"apiVersion", "apiregistration.k8s.io/v1"},
                 {"kind", "APIService"},
                 {"metadata",
                  {{"name", "v1beta1.metrics.k8s.io"},
                   {"labels", kLabels},
                   {"annotations", {{"metricspipeline.dev/previous-spec", spec.dump()}}}}}};
    spec["service"] = {{"name", "cluster-collector"}, {"namespace", kNamespace}};
    left["spec"] = std::move(spec);
    Server().Kubectl({"create", "-f", "-"}, left.dump());
  }

  void TakeOverAndRestore(Operator& running) {
    const MetricsServerService service;
    RegisterMetricsServer("v1beta1");
    ApplyPipeline(
        "cluster",
        {{"collector", {{"replicas", 1}}},
         {"scrape", {{"resolution", "5s"}, {"timeout", "4s"}}},
         {"tls", {{"kubelet", {{"mode", "CustomCA"}, {"caBundleRef", {{"name", "none"}}}}}}},
         {"apiServices", {{"conflictPolicy", "TakeOver"}, {"deletionPolicy", "Restore"}}}});
    ASSERT_TRUE(Eventually(seconds(30), [] { return ConditionOf("cluster", "Ready").is_object(); }))
        << running.Log();
    Server().Kubectl(
        {"patch", "metricspipeline", "cluster", "--type=merge", "-p", R"({"spec":{"tls":null}})"});
    ASSERT_TRUE(Eventually(seconds(30), [&] { return DeploymentIsThere(); })) << running.Log();
    Replica replica;
    replica.Report(ReplicaStatus(2, 2));
    replica.Enlist(true);
    ASSERT_TRUE(Eventually(seconds(40), [] {
      const Json api = Get({"apiservice", "v1beta1.metrics.k8s.io"});
      return api["spec"]["service"]["name"] == "cluster-collector";
    })) << running.Log();
    // Somebody takes the promise away: it is looked at, told of and made again.
    Server().Kubectl({"patch", "metricspipeline", "cluster", "--type=merge", "-p",
                      R"({"metadata":{"finalizers":null}})"});
    ASSERT_TRUE(Eventually(seconds(15), [] {
      return Get({"metricspipeline", "cluster"})["metadata"].contains("finalizers");
    })) << running.Log();
    Server().Kubectl({"delete", "metricspipeline", "cluster", "--timeout=30s"});
    Server().Kubectl({"delete", "apiservice", "v1beta1.metrics.k8s.io"});
  }

  // Each kind of child: taken away when nothing wants it, put right when somebody has changed it.
  void KeepEveryChild(Operator& running) {
    ApplyPipeline();
    ASSERT_TRUE(Eventually(seconds(30), [&] { return DeploymentIsThere(); })) << running.Log();
    for (const Json& object : LeftOvers()) {
      Server().Kubectl({"create", "-f", "-"}, object.dump());
      EXPECT_TRUE(Eventually(seconds(15), [&] { return Get(Where(object)).is_null(); }))
          << object.dump() << running.Log();
    }
    for (const Json& child : Children(false)) {
      if (child["kind"] == "APIService") continue;
      std::vector<std::string> label = Where(child);
      label.insert(label.begin(), "label");
      label.insert(label.end(), {"--overwrite", "app.kubernetes.io/managed-by=somebody"});
      if (!TryKubectl(label).ok) continue;  // a Secret that only a mode of serving has
      EXPECT_TRUE(Eventually(
          seconds(15),
          [&] {
            return Get(Where(child))["metadata"]["labels"]["app.kubernetes.io/managed-by"] ==
                   kOperatorLabel;
          }))
          << child.dump() << running.Log();
    }
    // The same Event twice: the second time it is counted.
    for (const char* replicas : {"--replicas=7", "--replicas=8"}) {
      Server().Kubectl({"scale", "deployment", "cluster-collector", "-n", kNamespace, replicas});
      EXPECT_TRUE(Eventually(seconds(10), [] {
        return Get({"deployment", "cluster-collector", "-n", kNamespace})["spec"]["replicas"] == 2;
      })) << running.Log();
    }
  }

  void UseCertManager(Operator& running) {
    Server().Kubectl({"apply", "-f", "-"}, kCertManager);
    Server().Kubectl({"wait", "--for=condition=Established", "--timeout=30s",
                      "crd/certificates.cert-manager.io"});
    const auto serving = [](const std::string& mode) {
      Server().Kubectl({"patch", "metricspipeline", "cluster", "--type=merge", "-p",
                        R"({"spec":{"tls":{"serving":)" + mode + "}}}"});
    };
    const auto certificates = [] {
      const Json list = Get({"certificates.cert-manager.io", "-n", kNamespace});
      return list.is_object() ? list["items"].size() : 0;
    };
    serving(R"({"mode":"CertManager","issuerRef":{"name":"x"}})");
    EXPECT_TRUE(Eventually(seconds(30), [&] { return certificates() == 1; })) << running.Log();
    serving(R"({"mode":"SelfManaged","issuerRef":null})");
    EXPECT_TRUE(Eventually(seconds(30), [&] { return certificates() == 0; })) << running.Log();
    Server().Kubectl({"delete", "crd", "certificates.cert-manager.io"});
  }

  void WithdrawAndEnd(Operator& running) {
    MakeEndpointReady();
    const auto registered = [] {
      return !Get({"apiservice", "v1.metrics.k8s.io"}).is_null() &&
             !Get({"apiservice", "v1beta1.metrics.k8s.io"}).is_null();
    };
    ASSERT_TRUE(Eventually(seconds(20), registered)) << running.Log();
    std::this_thread::sleep_for(seconds(4));  // asks the API through kube-apiserver
    Server().Kubectl({"delete", "metricspipeline", "cluster", "--timeout=30s"});
    EXPECT_TRUE(Eventually(seconds(20), [&] { return !registered(); })) << running.Log();
  }
};

// The requests that this right made possible; none: the right may still be needed.
const AuditEvent* RequestFor(const BoundRole& role, const Right& right,
                             const std::vector<AuditEvent>& asked) {
  const auto found =
      std::ranges::find_if(asked, [&](const AuditEvent& event) { return role.Made(right, event); });
  return found == asked.end() ? nullptr : &*found;
}

// What goes wrong without a right that no request of its own has asked for; empty: nothing.
std::string WhatBreaks(const Right& right, const std::vector<Json>& children) {
  if (right.path) {
    const bool denied =
        Eventually(seconds(5), [&] { return !AllowedPath(kOperatorAccount, right.resource); });
    return denied ? "a collector would refuse " + right.resource : "";
  }
  std::string complaint;
  Eventually(seconds(2), [&] { return !(complaint = ComplaintAboutChildren(children)).empty(); });
  return complaint.substr(0, complaint.find('\n')).substr(0, 300);
}

// Takes rules of one role away and tells what no longer works.
class RuleRemover {
 public:
  RuleRemover(const BoundRole& role, const std::vector<AuditEvent>& asked,
              const std::vector<Json>& children)
      : role_(role), asked_(asked), children_(children), rules_(role.Rules()) {}
  ~RuleRemover() { role_.SetRules(rules_); }
  RuleRemover(const RuleRemover&) = delete;
  RuleRemover& operator=(const RuleRemover&) = delete;

  // Rights that nothing needs.
  std::vector<std::string> Run() {
    for (std::size_t i = 0; i < rules_.size(); ++i) RemoveRule(i);
    return std::move(superfluous_);
  }

 private:
  void RemoveRule(std::size_t index) {
    std::vector<AuditEvent> requests;
    for (const Right& right : RightsOf(rules_[index])) {
      if (const AuditEvent* request = RequestFor(role_, right, asked_)) {
        requests.push_back(*request);
        requests.back().verb = right.verb;
      } else {
        RemoveRight(index, right);
      }
    }
    Put(index, Json::array());
    std::vector<bool> allowed;
    Eventually(seconds(5), [&] {
      allowed = AllAllowed(kOperatorAccount, requests);
      return std::ranges::find(allowed, true) == allowed.end();
    });
    for (std::size_t i = 0; i < requests.size(); ++i) {
      Note(requests[i].ToString(), allowed[i] ? "" : "denied");
    }
  }

  void RemoveRight(std::size_t index, const Right& right) {
    Put(index, Without(rules_[index], right));
    Note(right.ToString(), WhatBreaks(right, children_));
  }

  // The role with `instead` in place of one rule.
  void Put(std::size_t index, const Json& instead) {
    Json rules = rules_;
    rules.erase(index);
    for (const Json& rule : instead) rules.push_back(rule);
    role_.SetRules(rules);
  }

  void Note(const std::string& what, const std::string& broken) {
    const std::string text = role_.kind + " " + role_.name + ": without " + what;
    if (broken.empty()) superfluous_.push_back(text);
    std::cout << text << ": " << (broken.empty() ? "nothing breaks" : broken) << "\n";
  }

  const BoundRole& role_;
  const std::vector<AuditEvent>& asked_;
  const std::vector<Json>& children_;
  Json rules_;
  std::vector<std::string> superfluous_;
};

TEST_F(RightsTest, EveryRightIsNeeded) {
  const std::vector<AuditEvent> asked = LiveThroughEverything();
  ASSERT_GT(asked.size(), 100U);
  Clean();
  ApplyPipeline();  // owner of the children that are applied below
  const std::vector<Json> children = Children(true);
  ASSERT_EQ(ComplaintAboutChildren(children), "");

  for (const BoundRole& role : OperatorsRoles()) {
    EXPECT_THAT(RuleRemover(role, asked, children).Run(), IsEmpty());
  }
  EXPECT_EQ(ComplaintAboutChildren(children), "") << "the roles were not put back";
}

// Exact lists, written from what each identity has to do (docs/design/0004-rights.md).
TEST_F(RightsTest, CollectorAndScraperMayDoWhatIsOnTheirListAndNothingElse) {
  Operator running;
  ApplyPipeline();
  ASSERT_TRUE(Eventually(seconds(30), [] {
    return !Get({"poddisruptionbudget", "cluster-collector", "-n", kNamespace}).is_null();
  })) << running.Log();
  const std::set<std::string> everywhere = {"get nodes",
                                            "list nodes",
                                            "watch nodes",  // targets
                                            "get pods",
                                            "list pods",
                                            "watch pods",  // what exists, and where
                                            "create tokenreviews.authentication.k8s.io",
                                            "create subjectaccessreviews.authorization.k8s.io"};
  std::set<std::string> at_home = everywhere;
  for (const char* map : {"cluster-collector", "cluster-collector-pins"}) {
    for (const char* verb : {"get", "list", "watch"}) {  // what to do; what other replicas pinned
      at_home.insert(std::string(verb) + " configmaps " + map);
    }
  }
  at_home.insert("patch configmaps cluster-collector-pins");
  at_home.insert("create serviceaccounts/token cluster-scraper");
  std::set<std::string> in_kube_system = everywhere;
  for (const char* verb : {"get", "list", "watch"}) {
    in_kube_system.insert(verb + std::string(" configmaps extension-apiserver-authentication"));
  }
  const std::set<std::string> scraper = {"get nodes/metrics", "get nodes/stats"};

  EXPECT_THAT(RightsIn("default", "cluster-collector"), ElementsAreArray(everywhere));
  EXPECT_THAT(RightsIn(kNamespace, "cluster-collector"), ElementsAreArray(at_home));
  EXPECT_THAT(RightsIn("kube-system", "cluster-collector"), ElementsAreArray(in_kube_system));
  for (const char* ns : {"default", kNamespace.c_str(), "kube-system"}) {
    EXPECT_THAT(RightsIn(ns, "cluster-scraper"), ElementsAreArray(scraper)) << ns;
  }
}

TEST_F(RightsTest, OperatorCannotReadForeignSecretsNorAnythingElseThere) {
  std::vector<AuditEvent> requests;
  for (const char* verb : {"get", "list", "watch", "create", "patch", "delete"}) {
    for (const char* ns : {"", "default", "kube-system", "kube-public"}) {
      for (const char* resource : {"secrets", "configmaps", "pods", "serviceaccounts"}) {
        requests.emplace_back("", verb, "", resource, "", ns, "");
      }
    }
  }
  const std::vector<bool> allowed = AllAllowed(kOperatorAccount, requests);
  ASSERT_EQ(allowed.size(), requests.size());
  for (std::size_t i = 0; i < requests.size(); ++i) {
    EXPECT_FALSE(allowed[i]) << requests[i].ToString();
  }
  // The question itself can be answered with yes.
  EXPECT_THAT(AllAllowed(kOperatorAccount, {{"", "get", "", "secrets", "", kNamespace, ""}}),
              testing::ElementsAre(true));
  for (const std::string& right : RightsIn("default", kOperatorAccount)) {
    EXPECT_THAT(right, testing::Not(testing::HasSubstr("*"))) << right;
  }
}

}  // namespace
}  // namespace mpl::test
