// Operator, pipeline, namespace and CRD are deleted in every order: nothing may hang, and nothing
// of ours may stay that stops others (an APIService without a server stops the deletion of every
// namespace of the cluster).
//
// With kube-controller-manager's own garbage collector and namespace controller. $MPL_ALL_ORDERS=1
// tries all 24 orders; each takes some 15 s.
#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <thread>

#include "test/integration/operator/fixture.h"
#include "test/support/paths/paths.h"

namespace mpl::test {
namespace {

using Order = std::vector<std::string>;

const std::string kCrd = "metricspipelines.metricspipeline.dev";

// Those in which most can go wrong: nobody is left who could withdraw the registrations; the
// pipeline goes while its namespace already does; the CRD takes the pipeline with it.
std::vector<Order> Orders() {
  if (std::getenv("MPL_ALL_ORDERS") == nullptr) {
    return {{"operator", "namespace", "pipeline", "crd"},
            {"crd", "namespace", "pipeline", "operator"}};
  }
  std::vector<Order> all;
  Order order = {"crd", "namespace", "operator", "pipeline"};
  do {
    all.push_back(order);
  } while (std::ranges::next_permutation(order).found);
  return all;
}

bool Gone(const std::vector<std::string>& where) {
  std::vector<std::string> arguments = {"get"};
  arguments.insert(arguments.end(), where.begin(), where.end());
  const Kubectl got = TryKubectl(arguments);
  return !got.ok && (got.text.find("NotFound") != std::string::npos ||
                     got.text.find("not found") != std::string::npos);
}

bool NothingOfOurs(std::vector<std::string> where) {
  where.insert(where.begin(), "get");
  where.insert(where.end(), {"-l", kOurs, "-o", "name"});
  const Kubectl got = TryKubectl(where);
  return got.ok && got.text.empty();
}

// Empty when nothing of ours is left.
std::string Left() {
  for (const char* version : {"v1", "v1beta1"}) {
    const std::string name = std::string(version) + ".metrics.k8s.io";
    if (!Gone({"apiservice", name})) return "APIService " + name;
  }
  if (!Gone({"namespace", kNamespace})) return "the namespace";
  if (!Gone({"crd", kCrd})) return "the CRD";
  if (!NothingOfOurs({"clusterrolebindings"})) return "a ClusterRoleBinding";
  if (!NothingOfOurs({"rolebindings", "-n", "kube-system"})) return "a RoleBinding";
  return {};
}

void Delete(const std::string& what, Operator& running) {
  if (what == "operator") return running.process().Stop(seconds(15));
  // Without a wait, and without complaint: another deletion may have been faster.
  if (what == "pipeline") {
    TryKubectl({"delete", "metricspipeline", "cluster", "--wait=false"});
  } else if (what == "namespace") {
    Server().Kubectl({"delete", "namespace", kNamespace, "--wait=false"});
  } else {
    Server().Kubectl({"delete", "crd", kCrd, "--wait=false"});
  }
}

bool IsRegistered() { return !Get({"apiservice", "v1.metrics.k8s.io"}).is_null(); }

// As a cluster does that has been running for a while: it knows what there is.
ChildProcess StartCollecting() {
  const std::string log = Server().folder() + "/kube-controller-manager.log";
  std::filesystem::remove(log);
  ChildProcess controllers =
      Server().StartControllers("garbage-collector-controller,namespace-controller");
  EXPECT_TRUE(Eventually(seconds(60),
                         [&] {
                           std::ifstream file(log);
                           const std::string text{std::istreambuf_iterator<char>(file), {}};
                           return text.find("Garbage collector: ") != std::string::npos;
                         }))
      << "see " << log;
  return controllers;
}

class RemovalTest : public testing::Test {
 protected:
  static void Remove(const Order& order) {
    InstallAgain();
    Operator running;
    Server().Kubectl({"apply", "-f", SourcePath("samples/minimal.yaml")});
    ASSERT_TRUE(Eventually(seconds(30), [] {
      return !Get({"poddisruptionbudget", "cluster-collector", "-n", kNamespace}).is_null();
    })) << running.Log();
    MakeEndpoint({});
    ASSERT_TRUE(Eventually(seconds(20), IsRegistered)) << running.Log();
    ChildProcess controllers = StartCollecting();

    const auto begin = std::chrono::steady_clock::now();
    for (const std::string& what : order) {
      Delete(what, running);
      std::this_thread::sleep_for(std::chrono::milliseconds(500));
    }
    EXPECT_TRUE(Eventually(seconds(120), [] { return Left().empty(); }))
        << Left() << " is still there\n"
        << running.Log();
    const Kubectl resources = TryKubectl({"api-resources", "--cached=false"});
    EXPECT_TRUE(resources.ok) << resources.text;
    EXPECT_THAT(resources.text, testing::Not(testing::HasSubstr("metrics.k8s.io")));
    std::cout << testing::PrintToString(order) << ": clean after "
              << std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count()
              << " s\n";
  }
};

TEST_F(RemovalTest, LeavesNothingInAnyOrder) {
  for (const Order& order : Orders()) {
    SCOPED_TRACE(testing::PrintToString(order));
    Remove(order);
    if (HasFailure()) break;
  }
}

}  // namespace
}  // namespace mpl::test
