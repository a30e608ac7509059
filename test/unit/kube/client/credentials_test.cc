#include "kube/client/credentials.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "kube/base/version.h"
#include "test/support/certs/certs.h"

namespace mpl::client {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;
using testing::MatchesRegex;

class CredentialsTest : public testing::Test {
 protected:
  CredentialsTest() {
    folder_ = "/tmp/mpl-credentials-XXXXXX";
    if (mkdtemp(folder_.data()) == nullptr) throw std::runtime_error("no folder in /tmp");
  }
  ~CredentialsTest() override { std::filesystem::remove_all(folder_); }
  std::string Write(const std::string& name, const std::string& text) {
    std::string path = folder_ + "/" + name;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path) << text;
    return path;
  }

  static std::string KubeconfigFor(const std::string& server, const std::string& user) {
    return "current-context: c\ncontexts: [{name: c, context: {cluster: k, user: u}}]\n"
           "clusters: [{name: k, cluster: {server: '" +
           server + "'}}]\nusers: [{name: u, user: " + user + "}]\n";
  }

  std::string folder_;
  MonoTime now_{std::chrono::hours(1)};
};

TEST_F(CredentialsTest, ReadsTheTokenFileAgainAfterAMinute) {
  const auto token = FileToken(Write("token", " first \n"));
  EXPECT_EQ(token->Token(now_), "first");
  Write("token", "second");
  EXPECT_EQ(token->Token(now_ + seconds(59)), "first");
  EXPECT_EQ(token->Token(now_ + seconds(60)), "second");
}

TEST_F(CredentialsTest, ReadsTheTokenFileAtOnceAfterARefusal) {
  const auto token = FileToken(Write("token", "first"));
  EXPECT_EQ(token->Token(now_), "first");
  Write("token", "second");
  token->Invalidate();
  EXPECT_EQ(token->Token(now_), "second");
}

TEST_F(CredentialsTest, KeepsTheOldTokenWhileTheFileCannotBeRead) {
  const std::string path = Write("token", "first");
  const auto token = FileToken(path);
  EXPECT_EQ(token->Token(now_), "first");
  std::filesystem::remove(path);
  EXPECT_EQ(token->Token(now_ + seconds(61)), "first");
  Write("token", "");
  EXPECT_EQ(token->Token(now_ + seconds(200)), "first");
  EXPECT_FALSE(FileToken(folder_ + "/absent")->Token(now_));
}

TEST_F(CredentialsTest, MakesANewTlsContextOnlyWhenAFileChanged) {
  const test::Authority one("one"), two("two");
  const std::string path = Write("ca.crt", one.ca_pem());
  TlsFiles files;
  files.authority.file = path;
  TlsSource source(files);
  const auto first = source.Get(now_);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(source.Get(now_ + seconds(61)), first);
  Write("ca.crt", two.ca_pem());
  EXPECT_EQ(source.Get(now_ + seconds(100)), first) << "looks once a minute";
  const auto second = source.Get(now_ + seconds(121));
  EXPECT_NE(second, first);
  Write("ca.crt", "half a fi");
  EXPECT_EQ(source.Get(now_ + seconds(200)), second);
  std::filesystem::remove(path);
  EXPECT_EQ(source.Get(now_ + seconds(300)), second);
}

TEST_F(CredentialsTest, ReadsInClusterFiles) {
  const std::string account = "var/run/secrets/kubernetes.io/serviceaccount/";
  Write(account + "token", "t");
  Write(account + "namespace", "team\n");
  Write(account + "ca.crt", test::Authority("one").ca_pem());
  unsetenv("KUBERNETES_SERVICE_HOST");
  EXPECT_THAT(InClusterConfig(folder_).error().message, HasSubstr("KUBERNETES_SERVICE_HOST"));
  setenv("KUBERNETES_SERVICE_HOST", "fd00::1", 1);
  setenv("KUBERNETES_SERVICE_PORT", "443x", 1);
  EXPECT_THAT(InClusterConfig(folder_).error().message, HasSubstr("is not a port"));
  setenv("KUBERNETES_SERVICE_PORT", "443", 1);
  const auto config = InClusterConfig(folder_);
  unsetenv("KUBERNETES_SERVICE_HOST");
  unsetenv("KUBERNETES_SERVICE_PORT");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ((*config)->host, "fd00::1");
  EXPECT_EQ((*config)->default_namespace, "team");
  EXPECT_EQ((*config)->token->Token(now_), "t");
  EXPECT_TRUE((*config)->tls_context(now_));
}

// Read on, the rest would be about another cluster.
TEST_F(CredentialsTest, RefusesAKubeconfigThatIsThereAndCannotBeRead) {
  const std::string good = Write("config", KubeconfigFor("https://a.example", "{}"));
  EXPECT_TRUE(KubeconfigConfig(folder_ + "/absent:" + good, ""));
  const auto refused = KubeconfigConfig(folder_ + ":" + good, "");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("kubeconfig: " + folder_));
}

// clientcmd shows credentials over TLS only.
TEST_F(CredentialsTest, ShowsNoCredentialInClearText) {
  for (const char* user : {"{token: t}", "{tokenFile: /t}",
                           "{exec: {apiVersion: client.authentication.k8s.io/v1, command: x, "
                           "interactiveMode: Never}}"}) {
    const auto refused =
        KubeconfigConfig(Write("config", KubeconfigFor("http://a.example", user)), "");
    ASSERT_FALSE(refused) << user;
    EXPECT_THAT(refused.error().message, HasSubstr("\"http://a.example\" is not https"));
  }
  EXPECT_TRUE(KubeconfigConfig(Write("config", KubeconfigFor("http://a.example", "{}")), ""));
}

// client-go rest.DefaultKubernetesUserAgent: "<binary>/<version> (<os>/<arch>)
// kubernetes/<commit>".
TEST(UserAgent, IsFormedAsClientGoForms) {
  EXPECT_THAT(UserAgent("x"), MatchesRegex("x/[0-9.]+ \\(linux/[a-z0-9]+\\) kubernetes/[a-z0-9]+"));
}

}  // namespace
}  // namespace mpl::client
