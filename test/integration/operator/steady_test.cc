// What a steady pipeline costs the API server, by the API server's own audit log. libfaketime lets
// the operator's clock run thirty times as fast, so that half an hour of resyncs, probes (10 s) and
// renewals of the Lease (5 s) passes in a minute; on a busy computer some of them come late and are
// fewer. Time-outs pass as fast: a higher speed leaves a slow kube-apiserver too little time. The
// sanitizers' runtimes cannot be started together with it.
#include <gmock/gmock.h>

#include <filesystem>
#include <iostream>
#include <optional>
#include <thread>

#include "test/integration/operator/authorizer.h"
#include "test/integration/operator/replica.h"

namespace mpl::test {
namespace {

constexpr const char* kFakeTime = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";
constexpr int kMinutes = 30;
constexpr int kWrites = 3;  // of a budget of six an hour, besides Leases

class SteadyTest : public OperatorTest {};

// Requests of the operator, by what it asked for; Leases apart.
struct Requests {
  int writes = 0, leases = 0, reads = 0;
  std::vector<std::string> written;
};

Requests Since(std::size_t first) {
  Requests requests;
  const auto all = ReadAudit(Server(), ServiceAccount(kOperatorAccount));
  for (std::size_t i = first; i < all.size(); ++i) {
    if (all[i].resource == "leases") {
      ++requests.leases;
    } else if (all[i].Writes()) {
      ++requests.writes;
      requests.written.push_back(all[i].ToString());
    } else {
      ++requests.reads;
    }
  }
  return requests;
}

TEST_F(SteadyTest, HalfAnHourTakesAtMostThreeWrites) {
  ASSERT_TRUE(std::filesystem::exists(kFakeTime)) << "hack/install-deps build installs it";
  std::optional<Operator> running;
  const auto start = [&running] {
    const std::vector<std::string> hurried = {"LD_PRELOAD=" + std::string(kFakeTime),
                                              "FAKETIME=+0 x30"};
    running.emplace(std::vector<std::string>(), Around{.url = {}, .environment = hurried});
  };
  // An operator that has not renewed its Lease for 20 of its seconds, two thirds of one of ours,
  // ends; on a busy computer that happens. A kubelet starts it again, and that must cost no writes
  // either.
  int ended = 0;
  const auto keep_running = [&] {
    if (running->process().Running()) return;
    std::cout << "started again after\n" << running->Log() << "\n";
    ++ended;
    start();
  };
  start();
  ApplyPipeline();
  ASSERT_TRUE(Eventually(seconds(30), [&] {
    keep_running();
    return !Get({"poddisruptionbudget", "cluster-collector", "-n", kNamespace}).is_null();
  })) << running->Log();
  Replica replica;
  replica.Report(ReplicaStatus(2, 2));
  replica.Enlist(true);
  ASSERT_TRUE(Eventually(seconds(60), [&] {
    keep_running();
    return !Get({"apiservice", "v1beta1.metrics.k8s.io"}).is_null();
  })) << running->Log();
  // Until kube-apiserver has judged the registration and the operator has told of it.
  std::size_t begun = 0;
  ASSERT_TRUE(Eventually(seconds(60), [&] {
    begun = ReadAudit(Server(), ServiceAccount(kOperatorAccount)).size();
    keep_running();
    std::this_thread::sleep_for(seconds(5));
    return Since(begun).writes == 0 && running->process().Running();
  })) << running->Log();

  for (int second = 0; second < 2 * kMinutes; ++second) {
    keep_running();
    std::this_thread::sleep_for(seconds(1));
  }
  const Requests steady = Since(begun);
  std::cout << "in half an hour: " << steady.writes << " writes, " << steady.leases
            << " requests for Leases, " << steady.reads << " reads and watches\n";
  for (const std::string& write : steady.written) std::cout << "  " << write << "\n";
  EXPECT_THAT(steady.written, testing::SizeIs(testing::Le(kWrites)));
  // Time did pass: more than a minute of renewals and probes could have made.
  EXPECT_GT(steady.leases, 30) << running->Log();
  EXPECT_GT(steady.reads, 30);
  EXPECT_LE(ended, 3) << "that is not how it should be on any computer";
}

// A status that it has written itself, or a child, must not wake it to write again.
TEST_F(SteadyTest, ItsOwnWritesDoNotTriggerIt) {
  Operator running;
  ApplyPipeline();
  ASSERT_TRUE(Eventually(seconds(30), [] {
    return !Get({"poddisruptionbudget", "cluster-collector", "-n", kNamespace}).is_null();
  })) << running.Log();
  std::this_thread::sleep_for(seconds(5));
  const std::size_t begun = ReadAudit(Server(), ServiceAccount(kOperatorAccount)).size();
  Server().Kubectl({"annotate", "metricspipeline", "cluster",
                    "metricspipeline.dev/reconcile-requested-at=once"});
  ASSERT_TRUE(Eventually(seconds(10), [] {
    return Get({"metricspipeline", "cluster"})["status"]["lastHandledReconcileAt"] == "once";
  })) << running.Log();
  std::this_thread::sleep_for(seconds(10));

  // One apply of every child that there is, and one status.
  const Requests caused = Since(begun);
  const auto children = static_cast<int>(ChildVersions().size()) - 1;
  EXPECT_LE(caused.writes, children + 1) << testing::PrintToString(caused.written);
  EXPECT_GT(caused.writes, 1);
}

}  // namespace
}  // namespace mpl::test
