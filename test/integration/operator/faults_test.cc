// The operator behind a bad way to kube-apiserver: it may be late, but it arrives, and it does not
// make things worse by asking all the time.
#include <gmock/gmock.h>

#include <iostream>
#include <thread>

#include "test/integration/operator/fixture.h"
#include "test/support/fault_proxy/fault_proxy.h"

namespace mpl::test {
namespace {

const std::vector<std::string> kConfig = {"configmap", "cluster-collector", "-n", kNamespace};

constexpr seconds kSpell{4};
// A healthy operator that waits for a replica asks once or twice a second, and has 15 watches. Each
// of these and the worker backs off from 0.25 or 0.8 s on, so that 4 s of trouble are worth at most
// some four attempts each; a loop without a wait makes thousands.
constexpr int kMostRequests = 80;

void Delete(std::vector<std::string> where) {
  where.insert(where.begin(), "delete");
  Server().Kubectl(std::move(where));
}

double SecondsSince(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

TEST_F(OperatorTest, ConvergesAfterEveryKindOfTroubleWithoutAHotLoop) {
  FaultProxy way(Server());
  // Without the Lease: who cannot renew it for 20 s has to end, which leader_test.cc is about.
  Operator running({"--leader-elect=false"}, {.url = way.url(), .environment = {}});
  ApplyPipeline();
  ASSERT_TRUE(Eventually(seconds(30), [] {
    return Exists({"poddisruptionbudget", "cluster-collector", "-n", kNamespace});
  })) << running.Log();

  for (const char* fault : {"throttle", "error", "reset", "conflict", "truncate", "latency"}) {
    SCOPED_TRACE(fault);
    way.Set(fault);
    Delete(kConfig);
    Delete(kService);
    std::this_thread::sleep_for(kSpell);
    const int requests = way.Requests(fault);
    way.Set("none");

    const auto begin = std::chrono::steady_clock::now();
    ASSERT_TRUE(Eventually(seconds(40), [] { return Exists(kConfig) && Exists(kService); }))
        << running.Log();
    std::cout << fault << ": " << requests << " requests in " << kSpell.count() << " s, whole "
              << SecondsSince(begin) << " s later\n";
    EXPECT_LT(requests, kMostRequests);
    EXPECT_TRUE(running.process().Running()) << running.Log();
  }
  // And it is as quiet afterwards as if nothing had been.
  std::map<std::string, std::string> before;
  EXPECT_TRUE(Eventually(seconds(20), [&] {
    before = ChildVersions();
    std::this_thread::sleep_for(seconds(3));
    return before == ChildVersions();
  })) << running.Log();
}

// A webhook that answers 409, say: once it is somebody who was faster, again and again it is not.
TEST_F(OperatorTest, TellsOfAConflictThatDoesNotEnd) {
  FaultProxy way(Server());
  Operator running({"--leader-elect=false"}, {.url = way.url(), .environment = {}});
  ApplyPipeline();
  ASSERT_TRUE(Eventually(seconds(30), [] { return Exists(kConfig); })) << running.Log();
  way.Set("unlucky");
  Delete(kConfig);
  EXPECT_TRUE(Eventually(seconds(30),
                         [] {
                           const Json ready = ConditionOf("cluster", "Ready");
                           return ready.is_object() && ready["reason"] == "ApplyFailed";
                         }))
      << ConditionOf("cluster", "Ready").dump() << running.Log();
  way.Set("none");
  EXPECT_TRUE(Eventually(seconds(40), [] { return Exists(kConfig); })) << running.Log();
}

}  // namespace
}  // namespace mpl::test
