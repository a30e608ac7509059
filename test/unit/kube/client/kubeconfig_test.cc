#include "kube/client/kubeconfig.h"

#include <gmock/gmock.h>

namespace mpl::client {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

// One cluster, one user whose body is given, one context.
KubeconfigFile File(const std::string& user, const std::string& cluster = "") {
  return {"/etc/kube/config",
          "apiVersion: v1\nkind: Config\ncurrent-context: main\n"
          "clusters:\n- name: c\n  cluster:\n    server: https://10.0.0.1:6443\n" +
              cluster +
              "contexts:\n- name: main\n  context: {cluster: c, user: u, namespace: team}\n"
              "users:\n- name: u\n  user:\n" +
              user};
}
Result<KubeconfigContext> Resolve(const std::string& user, const std::string& cluster = "") {
  return ResolveKubeconfig({File(user, cluster)}, "");
}

TEST(Kubeconfig, ResolvesTheCurrentContext) {
  const auto context = Resolve("    token: abc\n");
  ASSERT_TRUE(context) << context.error().message;
  EXPECT_EQ(context->server.host, "10.0.0.1");
  EXPECT_EQ(context->server.port, 6443);
  EXPECT_EQ(context->token, "abc");
  EXPECT_EQ(context->default_namespace, "team");
}

// "-data" is base64 and overrides the file (client-go, clientcmd); "aGVsbG8=" is "hello".
TEST(Kubeconfig, PrefersDataToFilesAndResolvesRelativePaths) {
  const auto context =
      Resolve("    client-certificate: certs/me.crt\n    client-key: /keys/me.key\n",
              "    certificate-authority: ca.crt\n    certificate-authority-data: aGVsbG8=\n"
              "    tls-server-name: other\n");
  ASSERT_TRUE(context) << context.error().message;
  EXPECT_EQ(context->certificate_authority.data, "hello");
  EXPECT_EQ(context->certificate_authority.file, "");
  EXPECT_EQ(context->client_certificate.file, "/etc/kube/certs/me.crt");
  EXPECT_EQ(context->client_key.file, "/keys/me.key");
  EXPECT_EQ(context->tls_server_name, "other");
}

TEST(Kubeconfig, ReadsExecPlugins) {
  const auto context = Resolve(
      "    exec:\n      apiVersion: client.authentication.k8s.io/v1\n      command: bin/get-token\n"
      "      args: [a, b]\n      env: [{name: X, value: y}]\n      provideClusterInfo: true\n"
      "      interactiveMode: IfAvailable\n      installHint: install it\n");
  ASSERT_TRUE(context) << context.error().message;
  ASSERT_TRUE(context->exec);
  EXPECT_EQ(context->exec->command, "/etc/kube/bin/get-token");
  EXPECT_THAT(context->exec->arguments, ElementsAre("a", "b"));
  EXPECT_THAT(context->exec->environment, ElementsAre(Pair("X", "y")));
  EXPECT_TRUE(context->exec->provide_cluster_info);

  const auto info = ExecInfo(*context->exec, *context, "hello");
  EXPECT_EQ(info["kind"], "ExecCredential");
  EXPECT_EQ(info["spec"]["cluster"]["server"], "https://10.0.0.1:6443");
  EXPECT_EQ(info["spec"]["cluster"]["certificate-authority-data"], "aGVsbG8=");
  EXPECT_EQ(info["spec"]["interactive"], false);
}

// client-go, tools/clientcmd: Gardener's plug-in, for one, cannot do without.
TEST(Kubeconfig, HandsTheClustersConfigurationToThePlugin) {
  const auto context = Resolve(
      "    exec: {apiVersion: client.authentication.k8s.io/v1, command: c, provideClusterInfo: "
      "true}\n",
      "    extensions:\n    - {name: other, extension: {a: 1}}\n"
      "    - name: client.authentication.k8s.io/exec\n"
      "      extension: {shootRef: {namespace: garden, name: '17'}, deep: [true, 2]}\n");
  ASSERT_TRUE(context) << context.error().message;
  const auto info = ExecInfo(*context->exec, *context, "");
  EXPECT_EQ(
      info["spec"]["cluster"]["config"],
      objects::Json::parse(R"({"shootRef":{"namespace":"garden","name":"17"},"deep":[true,2]})"));
  const auto without = Resolve("    token: t\n", "");
  EXPECT_TRUE(without->exec_config.is_null());
}

TEST(Kubeconfig, RefusesByNameWhatItCannotHonour) {
  const struct {
    const char* user;
    const char* cluster;
    const char* says;
  } rows[] = {
      {"    auth-provider: {name: gcp}\n", "", "users[u]: auth-provider"},
      {"    username: a\n", "", "users[u]: username"},
      {"    password: a\n", "", "users[u]: password"},
      {"    as: root\n    token: t\n", "", "users[u]: as"},
      {"    as-user-extra: {a: [b]}\n    token: t\n", "", "users[u]: as-user-extra"},
      {"    client-certificate-data: aGVsbG8=\n", "", "go together"},
      {"    client-key-data: '*'\n", "", "client-key-data is not base64"},
      {"    token: t\n", "    proxy-url: http://p\n", "clusters[c]: proxy-url"},
      {"    token: t\n", "    insecure-skip-tls-verify: true\n    certificate-authority: x\n",
       "exclude each other"},
      {"    exec: {apiVersion: client.authentication.k8s.io/v1}\n", "", "command is missing"},
      {"    exec: {apiVersion: v1alpha1, command: c}\n", "", "apiVersion \"v1alpha1\""},
      {"    exec: {apiVersion: client.authentication.k8s.io/v1, command: c, interactiveMode: "
       "Always}"
       "\n",
       "", "interactiveMode Always"},
  };
  for (const auto& row : rows) {
    const auto context = Resolve(row.user, row.cluster);
    ASSERT_FALSE(context) << row.says;
    EXPECT_EQ(context.error().kind, ErrorKind::kInvalid);
    EXPECT_THAT(context.error().message, HasSubstr(row.says));
  }
}

// KUBECONFIG lists: the first file that has an entry wins.
TEST(Kubeconfig, MergesFiles) {
  const KubeconfigFile contexts{"/a/contexts",
                                "contexts:\n- name: x\n  context: {cluster: c, user: u}\n"
                                "current-context: x\n"};
  KubeconfigFile rest = File("    tokenFile: token\n    token: old\n");
  const auto context = ResolveKubeconfig({contexts, rest}, "");
  ASSERT_TRUE(context) << context.error().message;
  EXPECT_EQ(context->default_namespace, "default");
  EXPECT_EQ(context->token_file, "/etc/kube/token");
  EXPECT_EQ(ResolveKubeconfig({contexts, rest}, "main")->default_namespace, "team");
}

TEST(Kubeconfig, SaysWhatIsMissing) {
  EXPECT_THAT(ResolveKubeconfig({File("    token: t\n")}, "absent").error().message,
              HasSubstr("there is no context \"absent\""));
  EXPECT_THAT(ResolveKubeconfig({{"f", "clusters: []\n"}}, "").error().message,
              HasSubstr("current-context is empty"));
  EXPECT_THAT(ResolveKubeconfig({{"f", "a: [\n"}}, "").error().message, HasSubstr("f:"));
  EXPECT_FALSE(ResolveKubeconfig({{"f", "- 1\n"}}, ""));
  EXPECT_THAT(ResolveKubeconfig({{"f", "users: \xff\n"}}, "").error().message,
              HasSubstr("f: the text is not UTF-8"));
}

TEST(ServerUrl, TakesPrefixesPortsAndIpv6) {
  const auto rancher = ParseServerUrl("https://rancher.example/k8s/clusters/c-1/");
  ASSERT_TRUE(rancher);
  EXPECT_EQ(rancher->host, "rancher.example");
  EXPECT_EQ(rancher->port, 443);
  EXPECT_EQ(rancher->path_prefix, "/k8s/clusters/c-1");
  const auto six = ParseServerUrl("https://[fd00::1]:6443");
  ASSERT_TRUE(six);
  EXPECT_EQ(six->host, "fd00::1");
  EXPECT_EQ(six->path_prefix, "");
  const auto plain = ParseServerUrl("http://127.0.0.1:8001");
  ASSERT_TRUE(plain);
  EXPECT_FALSE(plain->tls);
  EXPECT_EQ(ParseServerUrl("http://h")->port, 80);
}

TEST(ServerUrl, RefusesWhatIsNoServer) {
  for (const char* text :
       {"", "10.0.0.1:6443", "ftp://h", "https://", "https://h:99999", "https://u:p@h",
        "https://h?x=1", "https://h#f", "https://h h", "https://h:api6443/"}) {
    EXPECT_FALSE(ParseServerUrl(text)) << text;
  }
}

TEST(ExecCredential, ReadsTokensAndCertificates) {
  const std::string v1 = "client.authentication.k8s.io/v1";
  const std::string head = R"({"kind":"ExecCredential","apiVersion":")" + v1 + R"(","status":)";
  const auto token = ParseExecCredential(
      head + R"({"token":"t","expirationTimestamp":"1970-01-01T00:00:09Z"}})", v1);
  ASSERT_TRUE(token) << token.error().message;
  EXPECT_EQ(token->token, "t");
  EXPECT_EQ(token->expires, TimePoint(std::chrono::seconds(9)));
  EXPECT_TRUE(
      ParseExecCredential(head + R"({"clientCertificateData":"c","clientKeyData":"k"}})", v1));
  for (const char* status : {"{}", "null", R"({"clientCertificateData":"c"})",
                             R"({"token":"t","expirationTimestamp":"soon"})"}) {
    EXPECT_FALSE(ParseExecCredential(head + status + "}", v1)) << status;
  }
  EXPECT_FALSE(ParseExecCredential(head + R"({"token":"t"}})", v1 + "beta1"));
  EXPECT_FALSE(ParseExecCredential("no JSON", v1));
}

}  // namespace
}  // namespace mpl::client
