// The commands of the switch: in the right order, and none that deletes the registration.
#include <gmock/gmock.h>

#include "test/unit/operator/migration/servers.h"

namespace mpl::migration {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// All commands, one after the other.
std::string Commands(const Migration& migration) {
  std::string text;
  for (const Step& step : migration.steps) text += step.command + "\n";
  return text;
}

TEST(Switch, AppliesBeforeItRemoves) {
  const std::string commands = Commands(Migrate(Server(kManifestArguments)));
  const auto check = commands.find("check --pre"), install = commands.find("-k config/default"),
             apply = commands.find("migrate | kubectl apply"), wait = commands.find("kubectl wait"),
             keep = commands.find("\"deletionPolicy\":\"Delete\""),
             remove = commands.find("delete deployment/metrics-server");
  EXPECT_LT(check, install);
  EXPECT_LT(install, apply);
  EXPECT_LT(apply, wait);
  EXPECT_LT(wait, keep);
  EXPECT_LT(keep, remove);
  ASSERT_NE(remove, std::string::npos) << commands;
  EXPECT_THAT(commands, Not(HasSubstr("delete apiservice")));
  EXPECT_THAT(commands, Not(HasSubstr("delete -f")));
}

// docs/commands.md: migrate [NAMESPACE/NAME] [--pipeline NAME], --namespace and --kubeconfig.
TEST(Switch, AsksAgainWithTheArgumentsThatWereGiven) {
  MetricsServer server = Server(kManifestArguments);
  EXPECT_THAT(Commands(Migrate(server)),
              AllOf(StartsWith("metricspipeline-operator check --pre\n"),
                    HasSubstr("\nmetricspipeline-operator migrate | kubectl apply -f -\n")));
  server.pipeline_name = "prod";
  server.asked = {.deployment = "kube-system/metrics-server",
                  .pipeline = "prod",
                  .ns = "monitoring",
                  .kubeconfig = "/home/me/my cluster"};
  EXPECT_THAT(
      Commands(Migrate(server)),
      AllOf(StartsWith("export KUBECONFIG='/home/me/my cluster'\n"
                       "metricspipeline-operator check --pre --namespace=monitoring "
                       "'--kubeconfig=/home/me/my cluster'\n"),
            HasSubstr("\nmetricspipeline-operator migrate kube-system/metrics-server "
                      "--pipeline=prod --namespace=monitoring '--kubeconfig=/home/me/my cluster' "
                      "| kubectl apply -f -\nkubectl wait --for=condition=Ready mpl/prod")));
}

// Helm's pkg/kube/client.go (3.22.0): an upgrade leaves alone what left the manifest but carries
// helm.sh/resource-policy: keep; an uninstall reads the stored manifest only.
TEST(Switch, AHelmReleaseLetsGoOfTheRegistrationFirst) {
  MetricsServer server = Server(kManifestArguments);
  server.api_service = Registration(
      {{"meta.helm.sh/release-name", "ms"}, {"meta.helm.sh/release-namespace", "monitoring"}});
  const std::string commands = Commands(Migrate(server));
  const auto keep = commands.find("helm.sh/resource-policy=keep"),
             upgrade = commands.find("helm upgrade ms"),
             uninstall = commands.find("helm uninstall ms --namespace monitoring");
  EXPECT_LT(keep, upgrade);
  EXPECT_LT(upgrade, uninstall);
  EXPECT_NE(uninstall, std::string::npos) << commands;
}

TEST(Switch, WhoInsistsGoesFirst) {
  MetricsServer server = Server(kManifestArguments);
  server.api_service = Registration(Json::object(), {{"objectset.rio.cattle.io/hash", "abc"}});
  const Migration migration = Migrate(server);
  EXPECT_FALSE(migration.gapless);
  const std::string commands = Commands(migration);
  EXPECT_LT(commands.find("--disable=metrics-server"), commands.find("kubectl apply -f -"));
  EXPECT_THAT(ToText(migration), HasSubstr("a gap cannot be avoided"));
}

TEST(Switch, CertManagerLetsGoOfTheBundleFirst) {
  MetricsServer server = Server(kManifestArguments);
  server.api_service = Registration({{"cert-manager.io/inject-ca-from", "kube-system/serving"}});
  const Migration migration = Migrate(server);
  EXPECT_TRUE(migration.gapless);
  const std::string commands = Commands(migration);
  const auto released = commands.find("cert-manager.io/inject-ca-from-\n");
  ASSERT_NE(released, std::string::npos) << commands;
  EXPECT_LT(released, commands.find("kubectl apply -f -"));
  EXPECT_NE(commands.find("delete deployment/metrics-server"), std::string::npos);
  // Gone back, it has to be kept up again.
  EXPECT_GT(commands.find("kubectl annotate apiservice v1beta1.metrics.k8s.io "
                          "cert-manager.io/inject-ca-from=kube-system/serving"),
            commands.find("kubectl delete mpl/"));
  EXPECT_THAT(migration.found, HasSubstr("cert-manager's cainjector"));
}

TEST(Switch, ArgoIsToldNotToPrune) {
  MetricsServer server = Server(kManifestArguments);
  server.api_service = Registration(
      {{"argocd.argoproj.io/tracking-id", "metrics:apiregistration.k8s.io/APIService:x/y"}});
  const Migration migration = Migrate(server);
  EXPECT_THAT(migration.steps.back().why, HasSubstr("without pruning"));
  EXPECT_THAT(migration.found, HasSubstr("Argo CD application metrics"));
}

// A Deployment can be named by hand while somebody else's Service is registered.
TEST(Switch, RemovesNoServiceOfAnotherNamespace) {
  MetricsServer server = Server(kManifestArguments);
  server.deployment["metadata"]["namespace"] = "elsewhere";
  const std::string commands = Commands(Migrate(server));
  EXPECT_THAT(commands, HasSubstr("kubectl -n elsewhere delete deployment/metrics-server\n"));
  EXPECT_THAT(commands,
              HasSubstr("kubectl -n kube-system delete rolebinding -l k8s-app=metrics-server"))
      << "metrics-server-auth-reader stands there wherever the rest is";
  EXPECT_THAT(commands, Not(HasSubstr("service/")));
}

TEST(Switch, WithoutARegistrationThereIsStillAPipeline) {
  MetricsServer server = Server(kManifestArguments);
  server.api_service = nullptr;
  EXPECT_THAT(Migrate(server).found, HasSubstr("registered for nobody else"));
}

}  // namespace
}  // namespace mpl::migration
