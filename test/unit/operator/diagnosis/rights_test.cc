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
  EXPECT_FALSE(HasFault(JudgeRights("you", {}, "ask")));
  const Right right{"apps", "deployments", "", "ns", "", {"get", "create"}};
  const auto findings = JudgeRights("you", {{right, {"create"}}}, "ask the admin");
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings.front().what, "you may not create apps/deployments in namespace ns");
  EXPECT_EQ(findings.front().remedy, "ask the admin");
}

TEST(Rights, AreAskedAsAReviewWantsThem) {
  const Right right{"apps", "deployments", "scale", "ns", "x", {"get"}};
  EXPECT_EQ(right.Attributes("get"),
            Json::parse(R"({"group": "apps", "resource": "deployments", "subresource": "scale",
                            "namespace": "ns", "name": "x", "verb": "get"})"));
}

}  // namespace
}  // namespace mpl::diagnosis
