// Every file of config/ and samples/, on a real API server.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "test/integration/manifests/manifests.h"
#include "test/support/paths/paths.h"

namespace mpl::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

TEST(Install, CanBeRepeated) {
  Installed();
  EXPECT_TRUE(Try({"apply", "--server-side", "-k", SourcePath("config/default")}).ok);
  const Answer plain = Try({"apply", "-k", SourcePath("config/default")});
  EXPECT_TRUE(plain.ok) << plain.text;
}

TEST(Install, EveryKustomizationBuildsAndIsAccepted) {
  Installed().Kubectl({"create", "namespace", "argocd"});  // where config/argocd belongs
  int count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(SourcePath("config"))) {
    if (entry.path().filename() != "kustomization.yaml") continue;
    ++count;
    const Answer answer = Try({"apply", "--server-side", "--dry-run=server", "--force-conflicts",
                               "-k", entry.path().parent_path().string()});
    EXPECT_TRUE(answer.ok) << entry.path() << ": " << answer.text;
  }
  EXPECT_GE(count, 9);
}

TEST(Install, TheOneFileIsAccepted) {
  Installed();
  const Answer answer = Try({"apply", "--server-side", "--dry-run=server", "--force-conflicts",
                             "-f", SourcePath("config/install.yaml")});
  EXPECT_TRUE(answer.ok) << answer.text;
}

// A file that no kustomization names is never applied by anyone. test/install looks after the rest.
TEST(Install, EveryFileIsPartOfAKustomization) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(SourcePath("config"))) {
    const std::string name = entry.path().filename();
    const bool elsewhere = name == "install.yaml" || name == "README.md" ||
                           entry.path().string().starts_with(SourcePath("config/helm"));
    if (!entry.is_regular_file() || name == "kustomization.yaml" || elsewhere) continue;
    std::ifstream file(entry.path().parent_path() / "kustomization.yaml");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    EXPECT_THAT(text, HasSubstr(name)) << entry.path();
  }
}

TEST(Install, EverySampleCanFollowEveryOther) {
  KubeApiServer& server = Installed();
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(SourcePath("samples"))) {
    ++count;
    for (const std::string& file : {entry.path().string(), SourcePath("samples/large-cluster.yaml"),
                                    SourcePath("samples/minimal.yaml")}) {
      const Answer answer = Try({"apply", "--server-side", "-f", file});
      EXPECT_TRUE(answer.ok) << file << ": " << answer.text;
    }
  }
  EXPECT_GE(count, 10);
  // After all of them: minimal.yaml means the defaults again, nothing is left behind.
  const json left = json::parse(server.Kubectl({"get", "mpl", "cluster", "-o", "json"}));
  EXPECT_EQ(left["spec"], json::parse(DryRun("{}", "fresh").text)["spec"]);
  server.Kubectl({"delete", "mpl", "cluster"});
}

TEST(Install, SamplesWorkWithClientSideApplyToo) {
  KubeApiServer& server = Installed();
  for (const auto& entry : std::filesystem::directory_iterator(SourcePath("samples"))) {
    const Answer answer = Try({"apply", "-f", entry.path().string()});
    EXPECT_TRUE(answer.ok) << entry.path() << ": " << answer.text;
  }
  server.Kubectl({"delete", "mpl", "cluster"});
}

// The operator may not do what it hands on.
TEST(Rbac, OperatorHoldsNeitherNodeMetricsNorClusterSecrets) {
  Installed();
  const auto can = [](std::vector<std::string> what) {
    what.insert(what.begin(), {"auth", "can-i", AsOperator()});
    const Answer answer = Try(what);
    return answer.ok && answer.text.starts_with("yes");
  };
  EXPECT_FALSE(can({"get", "nodes", "--subresource=metrics"}));
  EXPECT_FALSE(can({"get", "secrets", "-n", "kube-system"}));
  EXPECT_FALSE(can({"list", "secrets", "-A"}));
  EXPECT_FALSE(can({"create", "clusterroles"}));
  EXPECT_FALSE(can({"escalate", "clusterroles"}));
  EXPECT_FALSE(can({"bind", "clusterroles"}));
  EXPECT_FALSE(can({"bind", "clusterroles/cluster-admin"}));
  EXPECT_FALSE(can({"delete", "apiservices/v1.apps"}));
  EXPECT_FALSE(can({"update", "metricspipelines"}));
  EXPECT_TRUE(can({"bind", "clusterroles/metricspipeline-scraper"}));
  EXPECT_TRUE(can({"get", "secrets", "-n", "metricspipeline-system"}));
  EXPECT_TRUE(can({"patch", "apiservices/v1beta1.metrics.k8s.io"}));
  EXPECT_TRUE(can({"get", "/status"}));
}

TEST(Rbac, CannotBindClusterAdmin) {
  Installed();
  const Answer answer = Try({"create", "clusterrolebinding", "x", "--clusterrole=cluster-admin",
                             "--user=mallory", "--dry-run=server", AsOperator()});
  EXPECT_FALSE(answer.ok);
  EXPECT_THAT(answer.text, HasSubstr("attempting to grant RBAC permissions not currently held"));
}

}  // namespace
}  // namespace mpl::test
