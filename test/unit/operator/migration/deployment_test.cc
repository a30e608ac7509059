// Settings of the Deployment: where it runs, on which port, and how large it is.
#include <gmock/gmock.h>

#include "test/unit/operator/migration/servers.h"

namespace mpl::migration {
namespace {

using testing::HasSubstr;

MetricsServer OnTheHost(const std::vector<std::string>& arguments) {
  MetricsServer server = Server(arguments);
  server.deployment["spec"]["template"]["spec"]["hostNetwork"] = true;
  return server;
}

Json PortOf(const MetricsServer& server) {
  const Json network = Migrate(server).pipeline["spec"]["collector"]["network"];
  EXPECT_EQ(network["mode"], "Host");
  return network["securePort"];
}

// A port of the host's network has one owner. 10250 is the kubelet's (and refused by the CRD's
// rule), metrics-server has --secure-port, 443 by default, and whatever else its pod declares.
TEST(Deployment, HostNetworkHasAPortThatIsNobodyElses) {
  EXPECT_EQ(PortOf(OnTheHost(kManifestArguments)), 4443);
  EXPECT_EQ(PortOf(OnTheHost({})), 4443);
  EXPECT_EQ(PortOf(OnTheHost({"--secure-port=8443"})), 4443) << "it keeps 8443";
  EXPECT_EQ(PortOf(OnTheHost({"--secure-port=4443"})), 4444);
  EXPECT_EQ(PortOf(OnTheHost({"--secure-port=8443", "--secure-port", "4443"})), 4444);
  MetricsServer server = OnTheHost({"--secure-port=4443"});
  server.deployment["spec"]["template"]["spec"]["containers"].push_back(
      Json::parse(R"({"name": "beside", "ports": [{"containerPort": 4444}]})"));
  EXPECT_EQ(PortOf(server), 4445);
}

TEST(Deployment, APortThatWasMovedIsTold) {
  const Migration migration = Migrate(OnTheHost({"--secure-port=4443"}));
  EXPECT_THAT(Of(migration, "hostNetwork: true").text,
              HasSubstr("securePort 4444: metrics-server has 4443"));
  EXPECT_FALSE(migration.NeedsDecision());
  ASSERT_EQ(migration.preparation.size(), 1U);
  EXPECT_THAT(migration.preparation[0].why, HasSubstr("the collector has 4444"));
}

// The manifest of metrics-server 0.9.0 has kubernetes.io/os: linux alone, and so has a collector
// whose spec names no selector. Kubernetes adds nothing to a selector: without the key, pods may be
// placed on nodes of Windows (kubernetes.io/docs/concepts/windows/user-guide).
TEST(Deployment, KeepsEveryKeyOfTheNodeSelector) {
  MetricsServer server = Server(kManifestArguments);
  EXPECT_FALSE(Migrate(server).pipeline["spec"].contains("collector"));
  Json& selector = server.deployment["spec"]["template"]["spec"]["nodeSelector"];
  for (const char* keys : {R"({"kubernetes.io/os": "linux", "pool": "infra"})",
                           R"({"pool": "infra"})", R"({"kubernetes.io/os": "windows"})"}) {
    selector = Json::parse(keys);
    EXPECT_EQ(Migrate(server).pipeline["spec"]["collector"]["nodeSelector"], selector);
  }
}

TEST(Deployment, PlacementAndSizeComeAlong) {
  MetricsServer server = Server(kManifestArguments);
  server.deployment["spec"]["replicas"] = 3;
  Json& pod = server.deployment["spec"]["template"]["spec"];
  pod["tolerations"] = Json::parse(R"([{"key": "infra", "operator": "Exists"}])");
  pod["containers"].push_back({{"name", "metrics-server-nanny"},
                               {"image", "registry.k8s.io/autoscaling/addon-resizer:1.8.23"}});
  const Migration migration = Migrate(server);
  const Json& collector = migration.pipeline["spec"]["collector"];
  EXPECT_EQ(collector["replicas"], 3);
  EXPECT_EQ(collector["tolerations"], pod["tolerations"]);
  EXPECT_EQ(Of(migration, "container metrics-server-nanny").outcome, Outcome::kNeedless);
  EXPECT_THAT(Of(migration, "container metrics-server-nanny").text,
              HasSubstr("spec.collector.sizing.mode: Proportional"));
}

}  // namespace
}  // namespace mpl::migration
