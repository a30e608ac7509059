// What the elector does when it is stopped in the middle; the rest stands in
// test/unit/kube/machinery/lease_test.cc and test/integration/kube/election_test.cc.
#include "kube/client/leader_elector.h"

#include <gmock/gmock.h>

#include "kube/http/status_response.h"
#include "test/unit/kube/net/net_fixture.h"

namespace mpl::client {
namespace {

using namespace std::chrono_literals;

// One Lease, with the rule of resourceVersions.
class LeaderElectorTest : public net::NetTest {
 protected:
  LeaderElectorTest() {
    Serve([this](http::Request request) { return Answer(std::move(request)); });
    auto config = std::make_shared<RestConfig>();
    config->host = "127.0.0.1";
    config->port = server->port();
    config->tls = false;
    client = std::make_unique<KubeClient>(runtime.executor(), config);
  }
  ~LeaderElectorTest() override { RunTask(server->Stop(0s)); }

  Task<http::Response> Answer(http::Request request) {
    if (request.method == "GET" && lease.is_null()) {
      co_return http::StatusResponse(Error{ErrorKind::kNotFound, "no such lease"});
    }
    if (request.method != "GET") {
      Json fresh = Json::parse(request.body);
      const std::string known = lease.is_null() ? "" : lease["metadata"]["resourceVersion"];
      if (fresh["metadata"].value("resourceVersion", "") != known) {
        co_return http::StatusResponse(Error{ErrorKind::kConflict, "changed meanwhile"});
      }
      fresh["metadata"]["resourceVersion"] = std::to_string(++version);
      lease = std::move(fresh);
      // It is done; that it is, comes late.
      if (hold_answers) co_await answers.Wait();
      if (std::exchange(lose_answer, false)) {
        hold_reads = true;
        co_return http::StatusResponse(Error{ErrorKind::kInternal, "lost on its way"});
      }
    } else if (hold_reads) {
      ++held_reads;
      co_await answers.Wait();
    }
    co_return http::JsonResponse(200, lease);
  }
  std::string Holder() const { return lease["spec"]["holderIdentity"]; }
  template <class Condition>
  Task<void> Until(Condition holds) {
    const MonoTime deadline = net::SteadyNow() + 10s;
    while (!holds() && net::SteadyNow() < deadline) co_await net::SleepFor(1ms);
    EXPECT_TRUE(holds()) << "did not come true within ten seconds";
  }

  Json lease;
  int version = 0;
  bool hold_answers = false;
  bool lose_answer = false;  // of the next write; reads are held from then on
  bool hold_reads = false;
  int held_reads = 0;
  net::Signal answers{runtime.executor()};
  std::unique_ptr<KubeClient> client;
};

TEST_F(LeaderElectorTest, GivesTheLeaseBackAtTheEnd) {
  LeaderElector elector(*client, {.ns = "a", .name = "b", .identity = "me", .timings = {}});
  net::TaskGroup tasks(runtime.executor());
  tasks.Spawn("elector", elector.Run());
  RunTask(Until([&] { return elector.Leads(); }));
  EXPECT_EQ(Holder(), "me");

  EXPECT_TRUE(RunTask(tasks.Stop(5s)));
  EXPECT_EQ(Holder(), "");
}

// Otherwise the others wait for the end of a lease that nobody uses.
TEST_F(LeaderElectorTest, GivesALeaseBackThatItGotWhileItWasStopped) {
  hold_answers = true;
  LeaderElector elector(*client, {.ns = "a", .name = "b", .identity = "me", .timings = {}});
  bool started = false;
  elector.OnStarted([&] { started = true; });
  net::TaskGroup tasks(runtime.executor());
  tasks.Spawn("elector", elector.Run());
  RunTask(Until([&] { return version == 1; }));
  EXPECT_EQ(Holder(), "me");
  hold_answers = false;

  EXPECT_TRUE(RunTask(tasks.Stop(5s)));

  EXPECT_EQ(Holder(), "");
  EXPECT_FALSE(started);
}

// What it holds then is a version that nobody has.
TEST_F(LeaderElectorTest, GivesTheLeaseBackAfterARenewalWhoseAnswerWasLost) {
  LeaderElectorOptions options{.ns = "a", .name = "b", .identity = "me", .timings = {}};
  options.timings = {.lease_duration = 3s, .renew_deadline = 2s, .retry_period = 1s};
  LeaderElector elector(*client, options);
  net::TaskGroup tasks(runtime.executor());
  tasks.Spawn("elector", elector.Run());
  RunTask(Until([&] { return elector.Leads(); }));
  lose_answer = true;
  RunTask(Until([&] { return held_reads > 0; }));
  EXPECT_EQ(version, 2);
  hold_reads = false;

  EXPECT_TRUE(RunTask(tasks.Stop(5s)));

  EXPECT_EQ(Holder(), "");
}

TEST_F(LeaderElectorTest, LeavesTheLeaseOfAnotherAlone) {
  lease = {{"metadata", {{"resourceVersion", "7"}}},
           {"spec", {{"holderIdentity", "other"}, {"leaseDurationSeconds", 30}}}};
  version = 7;
  LeaderElector elector(*client, {.ns = "a", .name = "b", .identity = "me", .timings = {}});
  net::TaskGroup tasks(runtime.executor());
  tasks.Spawn("elector", elector.Run());
  RunTask(Until([&] { return elector.holder() == "other"; }));

  EXPECT_TRUE(RunTask(tasks.Stop(5s)));

  EXPECT_EQ(Holder(), "other");
  EXPECT_EQ(version, 7);
}

}  // namespace
}  // namespace mpl::client
