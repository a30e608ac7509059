#include "operator/diagnosis/rights.h"

#include <gmock/gmock.h>

#include <cctype>
#include <filesystem>
#include <fstream>
#include <set>

#include "kube/objects/yaml.h"
#include "test/support/paths/paths.h"

namespace mpl::diagnosis {
namespace {

// What `kubectl apply -k config/default` creates, by kind.
std::set<std::string> KindsInstalled() {
  std::set<std::string> kinds;
  for (const char* folder : {"config/default", "config/rbac", "config/operator", "crds"}) {
    for (const auto& entry : std::filesystem::directory_iterator(test::SourcePath(folder))) {
      std::ifstream file(entry.path());
      const auto documents =
          objects::ParseYaml(std::string(std::istreambuf_iterator<char>(file), {}));
      if (!documents) continue;
      for (const Json& document : *documents) kinds.insert(document.value("kind", ""));
    }
  }
  kinds.erase("Kustomization");
  return kinds;
}

std::string ResourceOf(std::string kind) {
  for (char& c : kind) c = static_cast<char>(std::tolower(c));
  return kind + "s";
}

TEST(Rights, InstallingAsksForEveryKindThatIsInstalled) {
  std::set<std::string> asked;
  for (const Right& right : InstallRights("ns")) {
    for (const std::string& verb : right.verbs) {
      if (verb == "create") asked.insert(right.resource);
    }
  }
  const std::set<std::string> kinds = KindsInstalled();
  ASSERT_GE(kinds.size(), 8U);
  for (const std::string& kind : kinds) EXPECT_TRUE(asked.contains(ResourceOf(kind))) << kind;
}

TEST(Rights, OnlyMissingOnesAreTold) {
  EXPECT_FALSE(HasFault(JudgeRights("you", {})));
  const Right right{"apps", "deployments", "", "ns", "", {"get", "create"}};
  const auto findings = JudgeRights("you", {{right, {"create"}, "ask the admin"}});
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings.front().what, "you may not create apps/deployments in namespace ns");
  EXPECT_EQ(findings.front().remedy, "ask the admin");
}

// "verb group/resource" that is asked about namespace `ns`.
std::set<std::string> AskedIn(const std::string& ns, const std::vector<Right>& rights) {
  std::set<std::string> asked;
  for (const Right& right : rights) {
    if (right.ns != ns) continue;
    for (const std::string& verb : right.verbs) {
      EXPECT_TRUE(asked.insert(verb + " " + right.ToString()).second) << "asked twice: " << verb;
    }
  }
  return asked;
}

// What a ClusterRole of config/rbac allows, in the same words.
std::set<std::string> GivenIn(const std::string& ns, const char* path, const std::string& role) {
  std::ifstream file(test::SourcePath(path));
  const auto documents = objects::ParseYaml(std::string(std::istreambuf_iterator<char>(file), {}));
  std::set<std::string> given;
  if (!documents) return given;
  for (const Json& document : *documents) {
    if (document["kind"] != "ClusterRole" || document["metadata"]["name"] != role) continue;
    for (const Json& rule : document["rules"]) {
      for (const Json& resource : rule["resources"]) {
        Right right{rule["apiGroups"][0], resource, "", ns, "", {}};
        for (const Json& verb : rule["verbs"]) {
          given.insert(verb.get<std::string>() + " " + right.ToString());
        }
      }
    }
  }
  return given;
}

std::set<std::string> Without(const std::set<std::string>& all, const char* part) {
  std::set<std::string> rest;
  for (const std::string& each : all) {
    if (each.find(part) == std::string::npos) rest.insert(each);
  }
  return rest;
}

// The Lease stands in the operator's namespace, whichever the collector's is.
TEST(Rights, AreAskedForWhereverACollectorRuns) {
  const auto rights = NeededRights("home", {{"home"}, {"away", true}, {"third"}});

  const char* file = "config/rbac/operator-namespaced.yaml";
  const std::string role = "metricspipeline-operator-namespaced";
  ASSERT_GE(GivenIn("away", file, role).size(), 40U);
  EXPECT_EQ(AskedIn("home", rights), Without(GivenIn("home", file, role), "certificates"));
  EXPECT_EQ(AskedIn("away", rights), Without(GivenIn("away", file, role), "leases"));
  EXPECT_EQ(AskedIn("third", rights),
            Without(Without(GivenIn("third", file, role), "certificates"), "leases"));
}

TEST(Rights, InKubeSystemAreAskedForOnce) {
  AskedIn("kube-system", NeededRights("home", {{"kube-system"}}));
}

TEST(Rights, AreGivenByABindingWhereTheCollectorRuns) {
  const std::vector<CollectorPlace> places = {{"home"}, {"away"}};
  const Right away{"apps", "deployments", "", "away", "", {"get"}};
  const Right home{"apps", "deployments", "", "home", "", {"get"}};
  EXPECT_THAT(RemedyOf(away, "home", places),
              testing::StartsWith("kubectl -n away create rolebinding "
                                  "metricspipeline-operator-namespaced "
                                  "--clusterrole=metricspipeline-operator-namespaced "
                                  "--serviceaccount=home:metricspipeline-operator"));
  EXPECT_EQ(RemedyOf(home, "home", places), "kubectl apply -k config/rbac");
}

// `kubectl create` ends with AlreadyExists where config/rbac made one of that name.
TEST(Rights, AreGivenByABindingOfANameThatIsFreeInKubeSystem) {
  std::ifstream file(test::SourcePath("config/rbac/operator-kube-system.yaml"));
  const auto documents = objects::ParseYaml(std::string(std::istreambuf_iterator<char>(file), {}));
  ASSERT_TRUE(documents);
  const Right right{"apps", "deployments", "", "kube-system", "", {"get"}};
  const std::string remedy = RemedyOf(right, "home", {{"kube-system"}});
  ASSERT_THAT(remedy, testing::StartsWith("kubectl -n kube-system create rolebinding "));
  for (const Json& document : *documents) {
    if (document["kind"] != "RoleBinding") continue;
    const std::string taken = document["metadata"]["name"];
    EXPECT_THAT(remedy, testing::Not(testing::HasSubstr("create rolebinding " + taken + " ")));
  }
}

// authorization.k8s.io/v1, SubjectAccessReviewSpec.
TEST(Rights, AreAskedAsAReviewWantsThem) {
  const Right right{"apps", "deployments", "scale", "ns", "x", {"get"}};
  EXPECT_EQ(right.Question("get"), Json::parse(R"({"resourceAttributes":
      {"group": "apps", "resource": "deployments", "subresource": "scale", "namespace": "ns",
       "name": "x", "verb": "get"}})"));
  const Right path{"", "", "", "", "", {"get"}, "/status"};
  EXPECT_EQ(path.Question("get"),
            Json::parse(R"({"nonResourceAttributes": {"path": "/status", "verb": "get"}})"));
}

// "verb apiservices.apiregistration.k8s.io v1.metrics.k8s.io" of every rule of a role.
std::set<std::string> RulesOf(const char* path) {
  std::ifstream file(test::SourcePath(path));
  const auto documents = objects::ParseYaml(std::string(std::istreambuf_iterator<char>(file), {}));
  std::set<std::string> given;
  if (!documents || documents->empty()) return given;
  for (const Json& rule : documents->front()["rules"]) {
    for (const std::string verb : rule["verbs"]) {
      for (const std::string url : rule.value("nonResourceURLs", Json::array())) {
        given.insert(verb + " " + url);
      }
      for (const std::string resource : rule.value("resources", Json::array())) {
        const std::string group = rule["apiGroups"][0];
        for (const std::string name : rule.value("resourceNames", Json::array({""}))) {
          given.insert(verb + " " + resource + "." + group + " " + name);
        }
      }
    }
  }
  return given;
}

TEST(Rights, OfTheWholeClusterAreAllAskedFor) {
  std::set<std::string> asked;
  for (const Right& right : NeededRights("home", {})) {
    if (!right.ns.empty() && right.ns != "default") continue;
    const std::string resource =
        right.subresource.empty() ? right.resource : right.resource + "/" + right.subresource;
    for (const std::string& verb : right.verbs) {
      asked.insert(right.path.empty() ? verb + " " + resource + "." + right.group + " " + right.name
                                      : verb + " " + right.path);
    }
  }
  const auto given = RulesOf("config/rbac/operator-cluster.yaml");
  ASSERT_GE(given.size(), 25U);
  EXPECT_EQ(asked, given);
}

}  // namespace
}  // namespace mpl::diagnosis
