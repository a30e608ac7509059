// What health checks say while there is nothing to be served.
#include "test/integration/collector/collector_fixture.h"

namespace mpl::test {
namespace {

using testing::HasSubstr;

class ReadinessTest : public CollectorTest {
 protected:
  void TearDown() override {
    CollectorTest::TearDown();
    api_.Kubectl({"delete", "node", "node2", "--ignore-not-found"});
  }
};

TEST_F(ReadinessTest, NamesTheNodesThatAreMissingAndWhyWhileLivenessKnowsNothingOfThem) {
  MakeNode("node1", FreePort());  // nobody listens there
  Start({});

  Await("the reason", [&] {
    return Get("/readyz?verbose").body.find("node1 (Unreachable)") != std::string::npos;
  });

  EXPECT_EQ(Get("/readyz").status, 500);
  EXPECT_THAT(Get("/readyz?verbose").body, HasSubstr("[-]metrics"));
  EXPECT_EQ(Get("/livez").status, 200);
  EXPECT_EQ(Get("/healthz").status, 200);

  MakeNode();  // at its port again
  Await("readiness", [&] { return Get("/readyz").status == 200; });
}

TEST_F(ReadinessTest, OneDeadNodeDoesNotKeepTheApiClosed) {
  // An address that takes connections and says nothing for as long as a scrape may take.
  FakeKubelet& hole = AddKubelet("node2");
  std::promise<void> deaf;
  kubelets_.Post([&] {
    hole.metrics = {.delay = 60s};
    deaf.set_value();
  });
  deaf.get_future().wait();
  MakeNode("node2", hole.port());
  Say(*kubelet_, {});
  Start({});

  Await("readiness", [&] { return Get("/readyz").status == 200; });
  const auto took =
      std::chrono::duration_cast<std::chrono::milliseconds>(net::SteadyNow() - started_);
  std::cout << "ready beside a dead node " << took.count() << " ms after exec\n";
  EXPECT_LT(took, 9s);  // a scrape may take 10
}

}  // namespace
}  // namespace mpl::test
