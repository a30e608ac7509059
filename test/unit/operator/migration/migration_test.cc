#include <gmock/gmock.h>

#include <algorithm>

#include "operator/pipeline/pipeline.h"
#include "operator/pipeline/yaml.h"
#include "test/unit/operator/migration/servers.h"

namespace mpl::migration {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// The manifest's flags are our defaults, but for the take-over and the certificates, which
// metrics-server verifies.
TEST(Migrate, TheManifestsFlagsAreTheDefaults) {
  const Migration migration = Migrate(Server(kManifestArguments));
  EXPECT_EQ(migration.pipeline["spec"],
            Json::parse(R"({"scrape": {"resolution": "15s", "port": {"source": "NodeStatus"},
                "addressTypes": ["InternalIP", "ExternalIP", "Hostname"]},
                "tls": {"kubelet": {"mode": "ClusterCA"}},
                "apiServices": {"conflictPolicy": "TakeOver", "deletionPolicy": "Restore"}})"));
  EXPECT_FALSE(migration.NeedsDecision());
  for (const std::string& argument : kManifestArguments) {
    EXPECT_NE(Of(migration, argument).text, "is not told of") << argument;
  }
}

// pkg/app/options and manifests of metrics-server 0.9.0: 1m, its own order of addresses, port
// 10250.
TEST(Migrate, WhatWasLeftOutKeepsMetricsServersDefault) {
  const Json spec = SpecOf({});
  EXPECT_EQ(spec["scrape"],
            Json::parse(R"({"resolution": "60s", "port": {"source": "Fixed", "number": 10250},
                "addressTypes": ["Hostname", "InternalDNS", "InternalIP", "ExternalDNS",
                                 "ExternalIP"]})"));
}

struct Case {
  const char* name;
  std::vector<std::string> arguments;
  const char* field;  // JSON pointer in spec
  const char* value;  // JSON
};

class Field : public testing::TestWithParam<Case> {};

TEST_P(Field, IsSet) {
  const Json spec = SpecOf(GetParam().arguments);
  const Json::json_pointer field(GetParam().field);
  ASSERT_TRUE(spec.contains(field)) << spec;
  EXPECT_EQ(spec[field], Json::parse(GetParam().value));
}

INSTANTIATE_TEST_SUITE_P(
    Migrate, Field,
    testing::Values(
        Case{"Resolution", {"--metric-resolution=30s"}, "/scrape/resolution", R"("30s")"},
        Case{"ResolutionInHours", {"--metric-resolution=1h"}, "/scrape/resolution", R"("300s")"},
        Case{
            "ResolutionWithParts", {"--metric-resolution=10.5s"}, "/scrape/resolution", R"("11s")"},
        Case{"Timeout", {"--kubelet-request-timeout", "5s"}, "/scrape/timeout", R"("5s")"},
        Case{"Port",
             {"--kubelet-port=10255"},
             "/scrape/port",
             R"({"source":"Fixed","number":10255})"},
        Case{"StatusPortWins",
             {"--kubelet-port=10255", "--kubelet-use-node-status-port"},
             "/scrape/port",
             R"({"source":"NodeStatus"})"},
        Case{"Selector",
             {"-l", "type!=virtual-kubelet"},
             "/scrape/nodeSelector",
             R"("type!=virtual-kubelet")"},
        Case{"Insecure", {"--kubelet-insecure-tls"}, "/tls/kubelet/mode", R"("Auto")"},
        Case{
            "InsecureOff", {"--kubelet-insecure-tls=false"}, "/tls/kubelet/mode", R"("ClusterCA")"},
        Case{"AuthorityOfTheCluster",
             {"--kubelet-certificate-authority=/var/run/secrets/kubernetes.io/serviceaccount/"
              "ca.crt"},
             "/tls/kubelet/mode",
             R"("ClusterCA")"},
        Case{"Verbose", {"-v=6"}, "/collector/logging/level", R"("Debug")"},
        Case{"Text", {"--logging-format=text"}, "/collector/logging/format", R"("Text")"},
        Case{"LastOneCounts",
             {"--metric-resolution=30s", "--metric-resolution=20s"},
             "/scrape/resolution",
             R"("20s")"}),
    [](const auto& row) { return row.param.name; });

// Metrics-server dials http://node:port with that switch (scheme "http", no credentials), 10255
// being the kubelet's read-only port. A collector dials https only.
TEST(Migrate, APortWithoutTlsIsNotCarriedOver) {
  const std::string off = "--deprecated-kubelet-completely-insecure", port = "--kubelet-port=10255";
  const std::string nodes = "--kubelet-use-node-status-port=false";
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{off, port},
                                                    {port, off},
                                                    {off},
                                                    {off, nodes},
                                                    {nodes, port, off},
                                                    {"--kubelet-use-node-status-port", off}}) {
    const Migration migration = Migrate(Server(arguments));
    const Json& spec = migration.pipeline["spec"];
    const std::string name = testing::PrintToString(arguments);
    EXPECT_EQ(spec["scrape"]["port"], Json::parse(R"({"source": "NodeStatus"})")) << name;
    EXPECT_EQ(spec["tls"]["kubelet"]["mode"], "Auto") << name;
    EXPECT_EQ(Of(migration, off).outcome, Outcome::kDecide) << name;
    if (std::ranges::find(arguments, port) != arguments.end()) {
      EXPECT_EQ(Of(migration, port).outcome, Outcome::kDecide) << name;
    }
  }
  EXPECT_EQ(SpecOf({off + "=false", port})["scrape"]["port"]["number"], 10255);
}

TEST(Migrate, EveryResultIsAPipelineThatCanBeApplied) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{},
        kManifestArguments,
        {"--metric-resolution=10s", "--kubelet-request-timeout=9s", "--kubelet-insecure-tls"},
        {"--kubelet-certificate-authority=/ca/ca.crt"},
        {"--kubelet-client-certificate=/c/tls.crt", "--kubelet-client-key=/c/tls.key"}}) {
    const Migration migration = Migrate(Server(arguments));
    const auto documents = pipeline::ParseYaml(ToText(migration));
    ASSERT_TRUE(documents) << documents.error().message;
    ASSERT_EQ(documents->size(), 1U);
    EXPECT_EQ(documents->front(), migration.pipeline);
    EXPECT_TRUE(pipeline::ParsePipeline(documents->front()))
        << pipeline::ParsePipeline(documents->front()).error().front();
  }
}

TEST(Migrate, UnknownAndLostFlagsAreNamed) {
  const Migration migration =
      Migrate(Server({"--frobnicate=1", "--audit-log-path=/var/log/audit.log",
                      "--kubelet-client-certificate=/c.crt", "--profiling=false", "word"}));
  EXPECT_EQ(Of(migration, "--frobnicate=1").outcome, Outcome::kUnknown);
  EXPECT_EQ(Of(migration, "--audit-log-path=/var/log/audit.log").outcome, Outcome::kDecide);
  EXPECT_EQ(Of(migration, "--kubelet-client-certificate=/c.crt").outcome, Outcome::kDecide);
  EXPECT_EQ(Of(migration, "--profiling=false").outcome, Outcome::kNeedless);
  EXPECT_EQ(Of(migration, "word").outcome, Outcome::kUnknown);
  EXPECT_TRUE(migration.NeedsDecision());
  EXPECT_THAT(ToText(migration), AllOf(HasSubstr("#   UNKNOWN       --frobnicate=1"),
                                       HasSubstr("#   DECIDE        --audit-log-path")));
}

TEST(Migrate, AFlagCannotLeaveItsComment) {
  const Migration migration =
      Migrate(Server({"--x=1\nkind: Secret\xC2\x85kind: Pod\xE2\x80\xA8kind: Role"}));
  const std::string text = ToText(migration);
  EXPECT_THAT(text, Not(HasSubstr("\nkind: Secret")));
  EXPECT_THAT(text, Not(HasSubstr("\xC2\x85")));
  EXPECT_THAT(text, Not(HasSubstr("\xE2\x80\xA8")));
}

TEST(Migrate, AKubeletAuthorityIsFoundInItsVolumeAndCopied) {
  MetricsServer server = Server({"--kubelet-certificate-authority=/ca/kubelet.crt"});
  Json& pod = server.deployment["spec"]["template"]["spec"];
  pod["volumes"] = Json::parse(
      R"([{"name": "ca", "configMap": {"name": "kubelet-authority",
                                       "items": [{"key": "bundle.pem", "path": "kubelet.crt"}]}}])");
  pod["containers"][0]["volumeMounts"] = Json::parse(R"([{"name": "ca", "mountPath": "/ca"}])");
  const Migration migration = Migrate(server);
  EXPECT_EQ(migration.pipeline["spec"]["tls"]["kubelet"],
            Json::parse(R"({"mode": "CustomCA", "caBundleRef":
                {"kind": "ConfigMap", "name": "kubelet-ca", "key": "ca.crt"}})"));
  ASSERT_EQ(migration.preparation.size(), 1U);
  EXPECT_THAT(migration.preparation.front().command,
              AllOf(HasSubstr("-n kube-system get configmap kubelet-authority"),
                    HasSubstr("{.data.bundle\\.pem}"),
                    HasSubstr("-n metricspipeline-system create configmap kubelet-ca")));
}

// The flags of a metrics-server that shows kubelets a certificate out of a Secret with keys `crt`
// and `key`, mounted at /client.
MetricsServer WithClientCertificate(const std::string& crt, const std::string& key) {
  MetricsServer server = Server(
      {"--kubelet-client-certificate=/client/" + crt, "--kubelet-client-key=/client/" + key});
  Json& pod = server.deployment["spec"]["template"]["spec"];
  pod["volumes"] = Json::parse(R"([{"name": "client", "secret": {"secretName": "mine"}}])");
  pod["containers"][0]["volumeMounts"] =
      Json::parse(R"([{"name": "client", "mountPath": "/client/"}])");
  return server;
}

TEST(Migrate, AClientCertificateIsCopiedIntoASecretOfOurs) {
  const Migration migration = Migrate(WithClientCertificate("kubelet.crt", "kubelet.key"));
  const Json& kubelet = migration.pipeline["spec"]["tls"]["kubelet"];
  EXPECT_EQ(kubelet["clientCertificateRef"], Json::parse(R"({"name": "kubelet-client"})"));
  EXPECT_EQ(kubelet["mode"], "ClusterCA") << "whom it believes is another question";
  EXPECT_FALSE(migration.NeedsDecision());
  ASSERT_EQ(migration.preparation.size(), 1U);
  // A jsonpath escapes the dot (kubernetes.io/docs/reference/kubectl/jsonpath); values of a Secret
  // are base64.
  EXPECT_EQ(
      migration.preparation[0].command,
      "umask 077\n"
      "kubectl -n kube-system get secret mine -o jsonpath='{.data.kubelet\\.crt}' | base64 -d "
      "> tls.crt\n"
      "kubectl -n kube-system get secret mine -o jsonpath='{.data.kubelet\\.key}' | base64 -d "
      "> tls.key\n"
      "kubectl -n metricspipeline-system create secret tls kubelet-client --cert=tls.crt "
      "--key=tls.key\n"
      "rm tls.key");
}

TEST(Migrate, AClientCertificateThatStandsWhereItIsNeededIsTakenAsItIs) {
  MetricsServer server = WithClientCertificate("tls.crt", "tls.key");
  server.pipeline_namespace = "kube-system";
  const Migration migration = Migrate(server);
  EXPECT_EQ(migration.pipeline["spec"]["tls"]["kubelet"]["clientCertificateRef"]["name"], "mine");
  EXPECT_TRUE(migration.preparation.empty());
  EXPECT_FALSE(migration.NeedsDecision());
}

TEST(Migrate, AClientCertificateOutOfNoSecretIsAskedFor) {
  MetricsServer server = WithClientCertificate("tls.crt", "tls.key");
  server.deployment["spec"]["template"]["spec"]["volumes"] =
      Json::parse(R"([{"name": "client", "hostPath": {"path": "/etc/kubernetes"}}])");
  const Migration migration = Migrate(server);
  EXPECT_TRUE(migration.NeedsDecision());
  EXPECT_EQ(migration.pipeline["spec"]["tls"]["kubelet"]["clientCertificateRef"]["name"],
            "kubelet-client");
  ASSERT_EQ(migration.preparation.size(), 1U);
  EXPECT_THAT(migration.preparation[0].command, HasSubstr("--cert=FILE --key=FILE"));
}

}  // namespace
}  // namespace mpl::migration
