// Leader election and events against the real kube-apiserver.
#include <set>

#include "kube/client/event_recorder.h"
#include "kube/client/leader_elector.h"
#include "test/integration/kube/kube_fixture.h"

namespace mpl::client {
namespace {

const Resource kLeases{"coordination.k8s.io", "v1", "leases", "Lease", true};
const Resource kEvents{"events.k8s.io", "v1", "events", "Event", true};

class ElectionTest : public KubeTest {
 protected:
  // Short, so that the test is: 3 s lease, 2 s deadline, 1 s between tries.
  static LeaderElectorOptions Options(const std::string& ns, const std::string& identity) {
    return {.ns = ns,
            .name = "operator",
            .identity = identity,
            .timings = {std::chrono::seconds(3), std::chrono::seconds(2), std::chrono::seconds(1)}};
  }
  Json Lease(const std::string& ns) {
    return RunTask(client->Get(kLeases, ns, "operator")).value()["spec"];
  }
};

TEST_F(ElectionTest, OneLeadsAndGivesTheLeaseBack) {
  const std::string ns = NewNamespace("election");
  LeaderElector first(*client, Options(ns, "first"));
  LeaderElector second(*client, Options(ns, "second"));
  net::TaskGroup one(runtime.executor());
  one.Spawn("first", first.Run());
  ASSERT_TRUE(Until([&] { return first.Leads(); }));
  tasks.Spawn("second", second.Run());
  ASSERT_TRUE(Until([&] { return second.holder() == "first"; }));
  EXPECT_FALSE(second.Leads());
  EXPECT_EQ(Lease(ns)["holderIdentity"], "first");
  EXPECT_LT(*first.LastRenewAge(), std::chrono::seconds(2));

  std::string reason;
  first.OnStopped([&](const std::string& why) { reason = why; });
  EXPECT_TRUE(RunTask(one.Stop(std::chrono::seconds(5))));
  EXPECT_EQ(reason, "stopping");
  EXPECT_FALSE(first.Leads());
  EXPECT_EQ(Lease(ns)["holderIdentity"], "") << "released";
  ASSERT_TRUE(Until([&] { return second.Leads(); }));
  EXPECT_EQ(Lease(ns)["leaseTransitions"], 1);
}

// The frozen one has its own runtime, which nobody drives for a while.
TEST_F(ElectionTest, AFrozenLeaderLosesAndKnowsItBeforeItActs) {
  const std::string ns = NewNamespace("frozen");
  net::IoRuntime frozen;
  auto config = KubeconfigConfig(kube.kubeconfig_path()).value();
  KubeClient own(frozen.executor(), config);
  LeaderElector first(own, Options(ns, "first"));
  std::string reason;
  first.OnStarted([&] { frozen.Stop(); });
  first.OnStopped([&](const std::string& why) { reason = why; });
  net::TaskGroup group(frozen.executor());
  group.Spawn("first", first.Run());
  frozen.Run();
  ASSERT_TRUE(first.Leads());

  LeaderElector second(*client, Options(ns, "second"));
  bool both = false;
  second.OnStarted([&] { both = first.Leads(); });
  tasks.Spawn("second", second.Run());
  ASSERT_TRUE(Until([&] { return second.Leads(); }));
  EXPECT_FALSE(both);
  EXPECT_FALSE(first.Leads()) << "known without being driven";

  frozen.Restart();
  frozen.Run();  // ends, because Run() of the elector does
  EXPECT_THAT(reason, testing::HasSubstr("not renewed"));
  EXPECT_EQ(Lease(ns)["holderIdentity"], "second") << "the loser wrote nothing";
}

TEST_F(ElectionTest, LosesWhenTheApiServerIsAway) {
  const std::string ns = NewNamespace("away");
  LeaderElector first(*client, Options(ns, "first"));
  bool lost = false;
  first.OnStopped([&](const std::string&) { lost = true; });
  tasks.Spawn("first", first.Run());
  ASSERT_TRUE(Until([&] { return first.Leads(); }));
  kube.StopApiServer();
  EXPECT_TRUE(Until([&] { return lost; }, std::chrono::seconds(10)));
  kube.StartApiServer();
}

TEST_F(ElectionTest, KeepsFieldsThatItDoesNotKnow) {
  const std::string ns = NewNamespace("unknown");
  const Json lease = {{"metadata", {{"name", "operator"}, {"annotations", {{"note", "kept"}}}}},
                      {"spec", {{"holderIdentity", ""}, {"leaseDurationSeconds", 1}}}};
  ASSERT_TRUE(RunTask(client->Create(kLeases, ns, lease)));
  LeaderElector first(*client, Options(ns, "first"));
  tasks.Spawn("first", first.Run());
  ASSERT_TRUE(Until([&] { return first.Leads(); }));
  const Json now = RunTask(client->Get(kLeases, ns, "operator")).value();
  EXPECT_EQ(now["metadata"]["annotations"]["note"], "kept");
}

TEST_F(ElectionTest, RecordsEventsOncePerReasonWithACount) {
  const std::string ns = NewNamespace("events");
  Make(ns, "subject");
  const Json subject = RunTask(client->Get(kConfigMaps, ns, "subject")).value();
  const ObjectReference reference{"v1", "ConfigMap", ns, "subject", subject["metadata"]["uid"]};
  EventRecorder recorder(*client, "metricspipeline.dev/test", "pod-1");
  for (int i = 0; i < 5; ++i) {
    RunTask(recorder.Record(reference,
                            {EventType::kWarning, "Broken", "Mend", std::string(3000, 'x')}));
  }
  RunTask(recorder.Record(reference, {EventType::kNormal, "Mended", "Mend", "well again"}));

  const Json events = RunTask(client->List(kEvents, ns)).value()["items"];
  ASSERT_EQ(events.size(), 2U);
  const Json& broken = events[0]["reason"] == "Broken" ? events[0] : events[1];
  EXPECT_EQ(broken["note"].get<std::string>().size(), 1024U);
  EXPECT_EQ(broken["type"], "Warning");
  EXPECT_EQ(broken["regarding"]["uid"], reference.uid);
  EXPECT_EQ(broken["series"]["count"], 2) << "the first repeat is written, then one a minute";
}

TEST_F(ElectionTest, RecordsEventsOfClusterScopedObjectsInDefault) {
  EventRecorder recorder(*client, "metricspipeline.dev/test", "pod-1");
  RunTask(recorder.Record({"v1", "Node", "", "node-of-this-test", "uid-1"},
                          {EventType::kNormal, "Seen", "Look", "it is there"}));
  const auto events =
      RunTask(client->List(kEvents, "default", "fieldSelector=regarding.name%3Dnode-of-this-test"));
  ASSERT_TRUE(events) << events.error().message;
  EXPECT_EQ((*events)["items"].size(), 1U);
}

}  // namespace
}  // namespace mpl::client
