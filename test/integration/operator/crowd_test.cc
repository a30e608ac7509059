// A large cluster costs the operator nothing: it watches names and labels, never whole kinds.
#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <thread>

#include "test/integration/operator/fixture.h"
#include "test/support/kube_apiserver/etcd_gateway.h"
#include "test/support/paths/paths.h"

namespace mpl::test {
namespace {

constexpr int kNodes = 5000;
constexpr int kNeighbours = 1000;  // ConfigMaps and as many Secrets in the operator's own namespace
// The same of other namespaces. It makes no difference how many; $MPL_CROWD asks for more (CTest
// does, for 200000, which take kube-apiserver and etcd a minute and 2 GiB).
int Foreign() {
  const char* wanted = std::getenv("MPL_CROWD");
  return wanted == nullptr ? 10000 : std::stoi(wanted);
}
constexpr long kMostKib = 20L * 1024;
constexpr long kMostGrowthKib = 1024;

// VmRSS, or another line of /proc/PID/status, in KiB.
long MemoryKib(pid_t pid, const std::string& line) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  for (std::string word; file >> word;) {
    long kib = 0;
    if (word == line + ":" && file >> kib) return kib;
  }
  return 0;
}

using Entries = std::vector<std::pair<std::string, std::string>>;

void Add(Entries& entries, const std::string& folder, const Json& kind, const std::string& ns,
         const std::string& name) {
  Json object = kind;
  object["metadata"] = {{"name", name},
                        {"uid", "crowd-" + folder + name},
                        {"creationTimestamp", "2026-11-21T12:00:00Z"},
                        {"labels", {{"app.kubernetes.io/name", "somebody-else"}}}};
  if (!ns.empty()) object["metadata"]["namespace"] = ns;
  entries.emplace_back("/registry/" + folder + "/" + (ns.empty() ? "" : ns + "/") + name,
                       object.dump());
}

// Straight into etcd, as kube-apiserver would store them: through the API it takes minutes.
void MakeCrowd() {
  const std::string text(200, 'x');
  const Json node = {{"apiVersion", "v1"}, {"kind", "Node"}, {"status", {{"phase", text}}}};
  const Json map = {{"apiVersion", "v1"}, {"kind", "ConfigMap"}, {"data", {{"a", text}}}};
  const Json secret = {
      {"apiVersion", "v1"}, {"kind", "Secret"}, {"type", "Opaque"}, {"data", {{"a", "eHh4"}}}};
  Entries entries;
  for (int i = 0; i < kNodes; ++i) Add(entries, "minions", node, "", "crowd-" + std::to_string(i));
  for (int i = 0; i < Foreign() / 2 + kNeighbours; ++i) {
    const std::string ns = i < kNeighbours ? kNamespace : "crowd";
    Add(entries, "configmaps", map, ns, "crowd-" + std::to_string(i));
    Add(entries, "secrets", secret, ns, "crowd-" + std::to_string(i));
  }
  PutAll(Server().etcd_port(), entries);
}

// By the first digit: etcd takes a while for a hundred thousand at once.
void RemoveCrowd() {
  for (char digit = '0'; digit <= '9'; ++digit) {
    const std::string name = std::string("crowd-") + digit;
    DeletePrefix(Server().etcd_port(), "/registry/minions/" + name);
    for (const std::string kind : {"configmaps", "secrets"}) {
      DeletePrefix(Server().etcd_port(), "/registry/" + kind + "/crowd/" + name);
      DeletePrefix(Server().etcd_port(), "/registry/" + kind + "/" + kNamespace + "/" + name);
    }
  }
}

bool ChildrenAreThere() {
  return !Get({"poddisruptionbudget", "cluster-collector", "-n", kNamespace}).is_null();
}

// Largest of the operator's resident memory while it makes a pipeline and for a while after.
long PeakKib() {
  Operator running;
  Server().Kubectl({"apply", "-f", SourcePath("samples/minimal.yaml")});
  EXPECT_TRUE(Eventually(seconds(30), ChildrenAreThere)) << running.Log();
  std::this_thread::sleep_for(seconds(1));
  return MemoryKib(running.process().pid(), "VmHWM");
}

TEST_F(OperatorTest, MemoryDoesNotGrowWithTheCluster) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers keep memory of their own";
#endif
  const long alone = PeakKib();
  Clean();
  MakeCrowd();
  EXPECT_GE(Get({"nodes"})["items"].size(), static_cast<std::size_t>(kNodes));

  const long crowded = PeakKib();
  std::cout << "operator's largest resident memory: " << alone << " KiB alone, " << crowded
            << " KiB beside " << kNodes << " nodes and " << Foreign() + 2 * kNeighbours
            << " foreign objects\n";
  RemoveCrowd();
  EXPECT_GT(alone, 0);
  EXPECT_LE(crowded, kMostKib);
  EXPECT_LE(crowded - alone, kMostGrowthKib);
}

}  // namespace
}  // namespace mpl::test
