#include "operator/controller/watches.h"

#include <gmock/gmock.h>

#include "kube/http/status_response.h"
#include "kube/telemetry/log.h"
#include "test/unit/kube/net/net_fixture.h"

namespace mpl::controller {
namespace {

const client::WatchScope kScope{plan::Secrets(), "metrics", "", ""};

// After an outage of the control plane one watch works again before the others do.
TEST(Watches, BlameNoneThatIsSyncedForWhatFailedBefore) {
  const client::InformerStatus status{true, "connection refused", ErrorKind::kUnreachable};
  EXPECT_FALSE(HindranceOf(kScope, status));
}

TEST(Watches, BlameTheOneThatCannotBegin) {
  const client::InformerStatus status{false, "no such right", ErrorKind::kForbidden};
  const auto hindrance = HindranceOf(kScope, status);

  ASSERT_TRUE(hindrance);
  EXPECT_EQ(hindrance->kind, ErrorKind::kForbidden);
  EXPECT_EQ(hindrance->message, "watch secrets in namespace metrics: no such right");
}

// A RoleBinding that was taken away: what is seen of the namespace is what was seen last.
TEST(Watches, SayThatOneHasNotWorkedForLong) {
  const MonoTime since{std::chrono::hours(1)};
  client::InformerStatus status{true, "no such right", ErrorKind::kForbidden, since};
  EXPECT_FALSE(BlindnessOf(kScope, status, since + std::chrono::seconds(119)));
  const auto why = BlindnessOf(kScope, status, since + std::chrono::seconds(120));
  ASSERT_TRUE(why);
  EXPECT_EQ(why->kind, ErrorKind::kForbidden);
  EXPECT_THAT(why->message, testing::HasSubstr("no such right"));
  status.synced = false;
  EXPECT_FALSE(BlindnessOf(kScope, status, since + std::chrono::hours(1))) << "that is a hindrance";
  status = {true, "", ErrorKind::kInternal, since};
  EXPECT_FALSE(BlindnessOf(kScope, status, since + std::chrono::hours(1)));
}

TEST(Watches, BlameNoneThatIsUnderWay) { EXPECT_FALSE(HindranceOf(kScope, {})); }

// A server that lets nobody watch anything.
class RefusedWatches : public net::NetTest {
 protected:
  RefusedWatches() {
    log::CaptureForTest([](std::string_view) {});
    Serve([](http::Request) -> net::Task<http::Response> {
      co_return http::StatusResponse(Error{ErrorKind::kForbidden, "no such right"});
    });
    config->host = "127.0.0.1";
    config->port = server->port();
    config->tls = false;
    config->qps = 0;
  }
  ~RefusedWatches() override {
    RunTask(tasks.Stop(std::chrono::seconds(5)));
    log::CaptureForTest({});
  }

  struct Wait {
    static net::Task<void> ForFailure(Watches* watches) {
      const MonoTime deadline = net::SteadyNow() + std::chrono::seconds(10);
      while (!watches->FailureFor("cluster", "ns") && net::SteadyNow() < deadline) {
        co_await net::SleepFor(std::chrono::milliseconds(1));
      }
    }
  };

  std::shared_ptr<client::RestConfig> config = std::make_shared<client::RestConfig>();
  client::KubeClient client{runtime.executor(), config};
  net::TaskGroup tasks{runtime.executor()};
  Watches watches{client, tasks, "ns", {}};
};

// A Secret that the spec named once, and that nobody may read now.
TEST_F(RefusedWatches, StandInNobodysWayOnceTheSpecNamesTheirObjectNoMore) {
  watches.FollowObject("cluster", plan::Secrets(), "ns", "mine");
  RunTask(Wait::ForFailure(&watches));
  const auto failure = watches.FailureFor("cluster", "ns");
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->message, "watch secrets in namespace ns: no such right");
  EXPECT_FALSE(watches.FailureFor("other", "ns")) << "it is followed for another pipeline";

  watches.UnfollowObjects("cluster");
  EXPECT_FALSE(watches.FailureFor("cluster", "ns"));
  EXPECT_TRUE(watches.SyncedFor("cluster", "ns"));

  watches.FollowObject("cluster", plan::Secrets(), "ns", "mine");
  EXPECT_TRUE(watches.FailureFor("cluster", "ns")) << "named again";
  EXPECT_FALSE(watches.SyncedFor("cluster", "ns"));
}

}  // namespace
}  // namespace mpl::controller
