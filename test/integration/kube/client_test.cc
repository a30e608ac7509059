// KubeClient against the real kube-apiserver.
#include <fstream>

#include "test/integration/kube/kube_fixture.h"

namespace mpl::client {
namespace {

using testing::HasSubstr;

class ClientTest : public KubeTest {
 protected:
  static Task<bool> Pause() { return net::SleepFor(std::chrono::milliseconds(50)); }
};

TEST_F(ClientTest, CreatesReadsReplacesAndDeletes) {
  const std::string ns = NewNamespace("crud");
  Make(ns, "a");

  auto read = RunTask(client->Get(kConfigMaps, ns, "a"));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ((*read)["data"]["key"], "1");

  Json changed = *read;
  changed["data"]["key"] = "2";
  ASSERT_TRUE(RunTask(client->Replace(kConfigMaps, changed)));
  const auto list = RunTask(client->List(kConfigMaps, ns, "fieldSelector=metadata.name%3Da"));
  ASSERT_TRUE(list);
  EXPECT_EQ((*list)["items"][0]["data"]["key"], "2");

  ASSERT_TRUE(RunTask(client->Delete(kConfigMaps, ns, "a")));
  const auto gone = RunTask(client->Get(kConfigMaps, ns, "a"));
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(gone.error().message, "configmaps \"a\" not found");
  EXPECT_EQ(RunTask(client->Delete(kConfigMaps, ns, "a")).error().kind, ErrorKind::kNotFound);
}

TEST_F(ClientTest, NamesTheFailureByItsKind) {
  const std::string ns = NewNamespace("kinds");
  Make(ns, "a");
  EXPECT_EQ(RunTask(client->Create(kConfigMaps, ns, ConfigMap(ns, "a", "1"))).error().kind,
            ErrorKind::kAlreadyExists);

  Json stale = RunTask(client->Get(kConfigMaps, ns, "a")).value();
  ASSERT_TRUE(RunTask(client->MergePatch(kConfigMaps, ns, "a", {{"data", {{"key", "2"}}}})));
  EXPECT_EQ(RunTask(client->Replace(kConfigMaps, stale)).error().kind, ErrorKind::kConflict);

  const auto invalid = RunTask(client->Create(kConfigMaps, ns, ConfigMap(ns, "Not A Name", "1")));
  EXPECT_EQ(invalid.error().kind, ErrorKind::kInvalid);
  EXPECT_THAT(invalid.error().message, HasSubstr("metadata.name"));

  auto nobody = NewClient(kube.WriteKubeconfig("nobody"));
  const auto forbidden = RunTask(nobody->Get(kConfigMaps, ns, "a"));
  EXPECT_EQ(forbidden.error().kind, ErrorKind::kForbidden);
  EXPECT_THAT(forbidden.error().message, HasSubstr("nobody"));
}

TEST_F(ClientTest, DeletesOnlyTheObjectThatWasMeant) {
  const std::string ns = NewNamespace("preconditions");
  Make(ns, "a");
  DeleteOptions options;
  options.precondition_uid = "another";
  EXPECT_EQ(RunTask(client->Delete(kConfigMaps, ns, "a", options)).error().kind,
            ErrorKind::kConflict);
}

TEST_F(ClientTest, DeletesOnlyTheVersionThatWasMeant) {
  const std::string ns = NewNamespace("versions");
  Make(ns, "a");
  const auto made = RunTask(client->Get(kConfigMaps, ns, "a"));
  ASSERT_TRUE(made);
  DeleteOptions options;
  options.precondition_version = (*made)["metadata"]["resourceVersion"];
  Json changed = *made;
  changed["data"]["key"] = "changed";
  ASSERT_TRUE(RunTask(client->Replace(kConfigMaps, changed)));

  EXPECT_EQ(RunTask(client->Delete(kConfigMaps, ns, "a", options)).error().kind,
            ErrorKind::kConflict);
  const auto now = RunTask(client->Get(kConfigMaps, ns, "a"));
  ASSERT_TRUE(now);
  options.precondition_version = (*now)["metadata"]["resourceVersion"];
  EXPECT_TRUE(RunTask(client->Delete(kConfigMaps, ns, "a", options)));
}

TEST_F(ClientTest, AppliesIntentsAndOwnsWhatItSaid) {
  const std::string ns = NewNamespace("apply");
  const Json intent = ConfigMap(ns, "a", "ours");
  ApplyOptions mine{.field_manager = "mine"};
  ASSERT_TRUE(RunTask(client->Apply(kConfigMaps, intent, mine)));
  const auto again = RunTask(client->Apply(kConfigMaps, intent, mine));
  ASSERT_TRUE(again);

  // Another manager collides, unless it forces.
  ApplyOptions theirs{.field_manager = "theirs", .force = false};
  const auto conflict = RunTask(client->Apply(kConfigMaps, ConfigMap(ns, "a", "theirs"), theirs));
  ASSERT_FALSE(conflict);
  EXPECT_EQ(conflict.error().kind, ErrorKind::kConflict);
  EXPECT_THAT(conflict.error().message, HasSubstr("conflict with \"mine\""));

  // A field that the intent leaves out goes, because nobody else owns it.
  Json empty = ConfigMap(ns, "a", "x");
  empty.erase("data");
  const auto emptied = RunTask(client->Apply(kConfigMaps, empty, mine));
  ASSERT_TRUE(emptied);
  EXPECT_FALSE(emptied->contains("data"));
}

TEST_F(ClientTest, DryRunChangesNothing) {
  const std::string ns = NewNamespace("dry");
  ApplyOptions options{.field_manager = "mine", .dry_run = true};
  ASSERT_TRUE(RunTask(client->Apply(kConfigMaps, ConfigMap(ns, "a", "1"), options)));
  EXPECT_EQ(RunTask(client->Get(kConfigMaps, ns, "a")).error().kind, ErrorKind::kNotFound);
}

TEST_F(ClientTest, WritesStatusApartFromTheRest) {
  const std::string ns = NewNamespace("status");
  const Json labels = {{"app", "x"}};
  const Json container = {{"name", "c"}, {"image", "i"}};
  const Json deployment = {{"apiVersion", "apps/v1"},
                           {"kind", "Deployment"},
                           {"metadata", {{"name", "d"}, {"namespace", ns}}},
                           {"spec",
                            {{"selector", {{"matchLabels", labels}}},
                             {"template",
                              {{"metadata", {{"labels", labels}}},
                               {"spec", {{"containers", Json::array({container})}}}}}}}};
  ApplyOptions mine{.field_manager = "mine"};
  ASSERT_TRUE(RunTask(client->Apply(kDeployments, deployment, mine)));

  const Json status = {{"apiVersion", "apps/v1"},
                       {"kind", "Deployment"},
                       {"metadata", {{"name", "d"}, {"namespace", ns}}},
                       {"status", {{"observedGeneration", 1}, {"replicas", 3}}}};
  ApplyOptions own{.field_manager = "mine-status", .subresource = "status"};
  const auto written = RunTask(client->Apply(kDeployments, status, own));
  ASSERT_TRUE(written) << written.error().message;
  EXPECT_EQ((*written)["status"]["replicas"], 3);
  EXPECT_EQ((*written)["metadata"]["generation"], 1);
}

TEST_F(ClientTest, AsksForTokensOfServiceAccounts) {
  const std::string ns = NewNamespace("tokens");
  const Resource accounts{"", "v1", "serviceaccounts", "ServiceAccount", true};
  ASSERT_TRUE(RunTask(client->Create(accounts, ns, {{"metadata", {{"name", "robot"}}}})));
  const Json request = {{"spec", {{"expirationSeconds", 600}}}};
  const auto token = RunTask(client->CreateSubresource(accounts, ns, "robot", "token", request));
  ASSERT_TRUE(token) << token.error().message;
  EXPECT_FALSE((*token)["status"]["token"].get<std::string>().empty());
}

// A pod's view: token, CA and namespace in files, the token replaced while the process runs.
TEST_F(ClientTest, ReadsTheTokenAgainAfterItWasRefused) {
  const std::string ns = NewNamespace("incluster");
  kube.Kubectl({"create", "serviceaccount", "-n", ns, "robot"});
  kube.Kubectl({"create", "role", "-n", ns, "reader", "--verb=list", "--resource=configmaps"});
  kube.Kubectl({"create", "rolebinding", "-n", ns, "robot", "--role=reader",
                "--serviceaccount=" + ns + ":robot"});
  const std::string root = kube.folder() + "/pod";
  const std::string folder = root + "/var/run/secrets/kubernetes.io/serviceaccount/";
  test::RunCommand({"mkdir", "-p", folder});
  std::ofstream(folder + "ca.crt") << kube.authority().certificate_pem;
  std::ofstream(folder + "namespace") << ns << "\n";
  std::ofstream(folder + "token") << "no-such-token\n";
  setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1", 1);
  setenv("KUBERNETES_SERVICE_PORT", std::to_string(kube.port()).c_str(), 1);
  auto config = InClusterConfig(root);
  unsetenv("KUBERNETES_SERVICE_HOST");
  unsetenv("KUBERNETES_SERVICE_PORT");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ((*config)->default_namespace, ns);
  KubeClient pod(runtime.executor(), *config);

  EXPECT_EQ(RunTask(pod.List(kConfigMaps, ns)).error().kind, ErrorKind::kUnauthorized);
  // The kubelet has put the new token there; nobody waits a minute for it.
  std::ofstream(folder + "token") << kube.ServiceAccountToken(ns, "robot") << "\n";
  auto list = RunTask(pod.List(kConfigMaps, ns));
  // Known at once; allowed as soon as the RBAC authorizer has seen the binding.
  EXPECT_TRUE(list || list.error().kind == ErrorKind::kForbidden) << list.error().message;
  for (int i = 0; i < 100 && !list; ++i) {
    RunTask(Pause());
    list = RunTask(pod.List(kConfigMaps, ns));
  }
  EXPECT_TRUE(list) << list.error().message;
}

TEST_F(ClientTest, RefusesAServerThatItsAuthorityDidNotSign) {
  const auto other =
      x509::IssueAuthority("other", net::SystemNow(), net::SystemNow() + std::chrono::hours(1));
  auto config = KubeconfigConfig(kube.kubeconfig_path()).value();
  net::TlsClientOptions options;
  options.ca_pem = other->certificate_pem;
  auto context = net::TlsClientContext::Create(options).value();
  config->tls_context = [context](MonoTime) { return context; };
  KubeClient stranger(runtime.executor(), config);
  EXPECT_EQ(RunTask(stranger.List(kNamespaces, "")).error().kind, ErrorKind::kUntrusted);
}

}  // namespace
}  // namespace mpl::client
