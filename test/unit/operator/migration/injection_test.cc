// Whoever may write metrics-server's Deployment or its registration chooses names, keys and
// annotations. None of them leaves its comment (YAML 1.1, section 5.4, has five line breaks), and
// none is more than a word to the shell that the commands are pasted into.
#include <gmock/gmock.h>

#include <sstream>

#include "operator/pipeline/yaml.h"
#include "test/unit/operator/migration/servers.h"

namespace mpl::migration {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// LF, CR, NEL, LS and PS, then what would be a document, and what would be commands.
const std::string kHostile =
    "x\nkind: A\rkind: B\u0085kind: C\u2028kind: D\u2029kind: E\n# $(reboot) `reboot`; reboot 'q";

// Every place of a text that a stranger chooses.
MetricsServer Hostile(const Json& annotations) {
  MetricsServer server = Server({"--kubelet-certificate-authority=/ca/" + kHostile,
                                 "--kubelet-client-certificate=/client/" + kHostile,
                                 "--kubelet-client-key=/client/k", "--" + kHostile + "=1"});
  server.api_service = Registration(annotations);
  server.api_service["spec"]["service"]["name"] = kHostile;
  server.manager = kHostile;
  server.pipeline_namespace = kHostile;
  server.deployment["metadata"]["name"] = kHostile;
  server.deployment["metadata"]["labels"]["k8s-app"] = kHostile;
  Json& pod = server.deployment["spec"]["template"]["spec"];
  pod["hostNetwork"] = true;
  pod["priorityClassName"] = kHostile;
  pod["volumes"] = Json::array({{{"name", "ca"}, {"configMap", {{"name", kHostile}}}},
                                {{"name", "client"}, {"secret", {{"secretName", kHostile}}}}});
  Json& container = pod["containers"][0];
  container["image"] = "metrics-server:" + kHostile;
  container["env"] = Json::array({{{"name", kHostile}}});
  container["volumeMounts"] = Json::parse(
      R"([{"name": "ca", "mountPath": "/ca"}, {"name": "client", "mountPath": "/client"}])");
  pod["containers"].push_back({{"name", kHostile}, {"image", "other"}});
  return server;
}

const std::vector<Json> kKeepers = {
    Json::object(),
    {{"meta.helm.sh/release-name", kHostile}, {"meta.helm.sh/release-namespace", kHostile}},
    {{"argocd.argoproj.io/tracking-id", kHostile + ":y"}}};

TEST(Injection, NothingLeavesItsComment) {
  for (const Json& annotations : kKeepers) {
    const Migration migration = Migrate(Hostile(annotations));
    const std::string text = ToText(migration);
    const auto documents = pipeline::ParseYaml(text);
    ASSERT_TRUE(documents) << documents.error().message << "\n" << text;
    ASSERT_EQ(documents->size(), 1U);
    EXPECT_EQ(documents->front(), migration.pipeline);
    const std::string comments = text.substr(0, text.find("\napiVersion:") + 1);
    EXPECT_THAT(comments, AllOf(Not(HasSubstr("\r")), Not(HasSubstr("\u0085")),
                                Not(HasSubstr("\u2028")), Not(HasSubstr("\u2029"))));
    std::istringstream lines(comments);
    for (std::string line; std::getline(lines, line);) EXPECT_THAT(line, StartsWith("#"));
  }
}

// What is left of a line outside of quotes, as sh reads them: '…' ends at the next quote, $'…' at
// the next one too, because a quote inside is written \x27; "…" holds nothing but quotes here; #
// begins a remark.
std::string Unquoted(const std::string& line) {
  std::string rest;
  char quote = 0;
  for (const char c : line) {
    if (quote == 0 && c == '#') break;
    if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c == quote) {
      quote = 0;
    } else if (quote == 0) {
      rest += c;
    }
  }
  EXPECT_EQ(quote, 0) << line;
  return rest;
}

TEST(Injection, NothingIsMoreThanAWordToAShell) {
  for (const Json& annotations : kKeepers) {
    for (const Step& step : Migrate(Hostile(annotations)).steps) {
      std::istringstream lines(step.command);
      for (std::string line; std::getline(lines, line);) {
        EXPECT_THAT(Unquoted(line), AllOf(Not(HasSubstr("reboot")), Not(HasSubstr("kind:"))))
            << line;
      }
    }
  }
}

// As Python's shlex.quote has it: what is harmless stays as it is, all else stands in quotes.
TEST(Injection, NamesAreQuotedOnlyWhereTheyMustBe) {
  MetricsServer server = Server(kManifestArguments);
  server.api_service = Registration(
      {{"meta.helm.sh/release-name", "my release"}, {"meta.helm.sh/release-namespace", "$(id)"}});
  EXPECT_EQ(Migrate(server).steps.back().command,
            "helm uninstall 'my release' --namespace '$(id)'");
}

// What a person has to do elsewhere is no command.
TEST(Injection, ASentenceAmongCommandsIsARemark) {
  MetricsServer server = Server(kManifestArguments);
  server.api_service = Registration({{"argocd.argoproj.io/tracking-id", "metrics; reboot:a/b"}});
  EXPECT_EQ(Migrate(server).steps.back().command,
            "# take the metrics provider out of Argo CD application metrics; reboot");
}

}  // namespace
}  // namespace mpl::migration
