// Which pods are answered, and with what: by the Pod objects of a real kube-apiserver and the word
// of fake kubelets.
#include "test/integration/collector/collector_fixture.h"

namespace mpl::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const char* const kPodsPath = "/apis/metrics.k8s.io/v1beta1/namespaces/default/pods";

class PodsTest : public CollectorTest {
 protected:
  void TearDown() override {
    CollectorTest::TearDown();
    for (const char* pod : {"web", "lone"}) DeletePod(pod);
    api_.Kubectl({"delete", "node", "node2", "--ignore-not-found"});
  }
};

// The figure that is asked for is 5 s from exec on a small cluster; the test has room for a busy
// machine, the figure is printed.
TEST_F(PodsTest, FirstCompleteAnswersComeWithinSecondsOfTheStart) {
  Say(*kubelet_, {.containers = {{.pod = "web", .name = "app", .cores = 0.25},
                                 {.pod = "web", .name = "sidecar", .cores = 0.125},
                                 {.pod = "lone", .name = "app"}}});
  MakePod("web", "node1", {"app", "sidecar"}, {"app", "sidecar"});
  MakePod("lone", "node1", {"app"}, {"app"});
  Start({});

  Await("complete answers", [&] {
    const Json nodes = GetJson(kNodesPath);
    const Json pods = GetJson(kPodsPath);
    return nodes.contains("items") && nodes["items"].size() == 1 && pods.contains("items") &&
           pods["items"].size() == 2;
  });

  const auto took =
      std::chrono::duration_cast<std::chrono::milliseconds>(net::SteadyNow() - started_);
  std::cout << "first complete answers " << took.count() << " ms after exec\n";
  EXPECT_LT(took, 10s);
  const Json web = GetJson(std::string(kPodsPath) + "/web");
  EXPECT_EQ(web["containers"][0]["usage"]["cpu"], "250m");
  EXPECT_EQ(web["containers"][1]["usage"]["cpu"], "125m");
  Await("readiness", [&] { return Get("/readyz").status == 200; });
}

TEST_F(PodsTest, APodIsAnsweredWithEveryContainerThatRunsOrNotAtAll) {
  Say(*kubelet_, {.containers = {{.pod = "web", .name = "app"}, {.pod = "lone", .name = "app"}}});
  MakePod("web", "node1", {"app", "sidecar"}, {"app", "sidecar"});
  MakePod("lone", "node1", {"app"}, {"app"});
  Start({"--config=" + WriteConfig("scrape: {resolution: 5s}")});

  Await("the whole pod", [&] { return !ContainersOf("lone").empty(); });
  EXPECT_THAT(ContainersOf("web"), IsEmpty());

  // A container that does not run is not waited for.
  SetRunning("web", {"app", "sidecar"}, {"app"});
  Await("the pod without its sidecar", [&] { return !ContainersOf("web").empty(); });
  EXPECT_THAT(ContainersOf("web"), ElementsAre("app"));

  SetRunning("web", {"app", "sidecar"}, {"app", "sidecar"});
  Await("the pod's absence", [&] { return ContainersOf("web").empty(); });
  Say(*kubelet_, {.containers = {{.pod = "web", .name = "app"},
                                 {.pod = "web", .name = "sidecar"},
                                 {.pod = "lone", .name = "app"}}});
  Await("the pod with its sidecar", [&] { return ContainersOf("web").size() == 2; });
}

TEST_F(PodsTest, OnlyTheKubeletOfItsNodeSpeaksForAPod) {
  FakeKubelet& other = AddKubelet("node2");
  const std::int64_t now =
      std::chrono::duration_cast<std::chrono::seconds>(net::SystemNow().time_since_epoch()).count();
  // The stuck container on the other node even looks younger.
  Say(other,
      {.containers = {{.pod = "web", .name = "app", .cores = 4, .start_seconds = now - 20}}});
  Say(*kubelet_, {.containers = {{.pod = "web", .name = "app", .cores = 0.25}}});
  MakeNode("node2", other.port());
  MakePod("web", "node1", {"app"}, {"app"});
  Start({"--config=" + WriteConfig("scrape: {resolution: 5s}")});

  Await("both nodes", [&] { return GetJson(kNodesPath).value("items", Json()).size() == 2; });
  Await("the pod", [&] { return !ContainersOf("web").empty(); });
  const MonoTime watched_until = net::SteadyNow() + 7s;  // more than one round of both
  std::string last;
  while (net::SteadyNow() < watched_until) {
    const Json web = GetJson(std::string(kPodsPath) + "/web");
    ASSERT_TRUE(web.contains("containers"));
    // 0.25 cores: milliseconds of the samples make it a nanocore or so less or more.
    const std::string cpu = web["containers"][0]["usage"]["cpu"];
    EXPECT_TRUE(cpu == "250m" || cpu.starts_with("2499") || cpu.starts_with("2500")) << cpu;
    EXPECT_GE(web["timestamp"].get<std::string>(), last);  // never back
    last = web["timestamp"];
    std::this_thread::sleep_for(100ms);
  }
}

TEST_F(PodsTest, APodThatWasMadeAnewHasNothingOfItsPredecessor) {
  Say(*kubelet_, {.containers = {{.pod = "web", .name = "app"}}});
  MakePod("web", "node1", {"app"}, {"app"});
  Start({"--config=" + WriteConfig("")});
  Await("the pod", [&] { return !ContainersOf("web").empty(); });

  Say(*kubelet_, {});  // the kubelet has ended it
  DeletePod("web");
  MakePod("web", "node1", {"app"}, {"app"});

  Await("the new pod's absence", [&] { return ContainersOf("web").empty(); });
  const MonoTime watched_until = net::SteadyNow() + 1s;
  while (net::SteadyNow() < watched_until) {
    EXPECT_THAT(ContainersOf("web"), IsEmpty());
    std::this_thread::sleep_for(50ms);
  }
}

}  // namespace
}  // namespace mpl::test
