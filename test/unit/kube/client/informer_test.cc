// The driver of the reflector against a scripted server on loopback. What follows from which event
// stands in test/unit/kube/machinery/reflector_test.cc; here it is seen that events become what
// they are, and that the informer ends whatever it is doing.
#include "kube/client/informer.h"

#include <gmock/gmock.h>

#include <deque>

#include "kube/http/status_response.h"
#include "kube/telemetry/log.h"
#include "test/unit/kube/net/net_fixture.h"

namespace mpl::client {
namespace {

using objects::JsonObject;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace std::chrono_literals;

const objects::Resource kWatched{"", "v1", "configmaps", "ConfigMap", true};

std::string Event(const std::string& type, const std::string& name, const std::string& version) {
  return R"({"type":")" + type + R"(","object":{"apiVersion":"v1","kind":"ConfigMap","metadata":)" +
         R"({"name":")" + name + R"(","namespace":"ns","uid":"u-)" + name +
         R"(","resourceVersion":")" + version + "\"}}}\n";
}

std::string InitialEventsEnd(const std::string& version) {
  return R"({"type":"BOOKMARK","object":{"apiVersion":"v1","kind":"ConfigMap","metadata":)"
         R"({"resourceVersion":")" +
         version + R"(","annotations":{"k8s.io/initial-events-end":"true"}}}})" + "\n";
}

class InformerTest : public net::NetTest {
 protected:
  InformerTest() {
    log::CaptureForTest([](std::string_view) {});
    Serve([this](http::Request request) -> Task<http::Response> {
      targets.push_back(request.target);
      http::Response answer = Stream("", true);
      if (!script.empty()) {
        answer = std::move(script.front());
        script.pop_front();
      }
      co_return answer;
    });
    auto config = std::make_shared<RestConfig>();
    config->host = "127.0.0.1";
    config->port = server->port();
    config->tls = false;
    config->qps = 0;
    client = std::make_unique<KubeClient>(runtime.executor(), config);
    informer = std::make_unique<Informer<JsonObject>>(
        *client, WatchScope{kWatched, "ns", "", "metadata.name=a"});
    informer->OnChange([this](Change change, const auto& before, const auto& after) {
      const auto& object = after != nullptr ? after : before;
      constexpr const char* kMarks[] = {"+", "~", "-"};
      changes.push_back(kMarks[static_cast<int>(change)] + object->meta.name);
    });
    informer->OnSynced([this] { changes.emplace_back("synced"); });
  }
  ~InformerTest() override {
    RunTask(server->Stop(0s));
    log::CaptureForTest({});
  }

  // A watch that says this, and then ends or goes on saying nothing.
  static http::Response Stream(std::string lines, bool goes_on) {
    http::Response response;
    response.headers.Set("Content-Type", "application/json");
    response.next_chunk = [lines = std::move(lines), goes_on](std::string& chunk) mutable {
      chunk = std::exchange(lines, {});
      return goes_on;
    };
    return response;
  }

  // Runs the informer until `holds`, then stops it in whatever it is doing.
  template <class Condition>
  void RunUntil(Condition holds) {
    net::TaskGroup tasks(runtime.executor());
    tasks.Spawn("informer", informer->Run());
    struct Wait {
      static Task<void> For(Condition condition) {
        const MonoTime deadline = net::SteadyNow() + 10s;
        while (!condition() && net::SteadyNow() < deadline) co_await net::SleepFor(1ms);
        EXPECT_TRUE(condition()) << "did not come true within ten seconds";
      }
    };
    RunTask(Wait::For(holds));
    const MonoTime began = net::SteadyNow();
    EXPECT_TRUE(RunTask(tasks.Stop(5s)));
    EXPECT_LT(net::SteadyNow() - began, 4s);
  }

  std::deque<http::Response> script;
  std::vector<std::string> targets;
  std::vector<std::string> changes;
  std::unique_ptr<KubeClient> client;
  std::unique_ptr<Informer<JsonObject>> informer;
};

TEST_F(InformerTest, StreamsTheListThenFollowsTheWatchAndResumesIt) {
  script.push_back(Stream(Event("ADDED", "a", "5") + Event("ADDED", "b", "6") +
                              InitialEventsEnd("10") + Event("MODIFIED", "a", "11") +
                              Event("DELETED", "b", "12"),
                          false));
  RunUntil([this] { return targets.size() == 2; });

  EXPECT_THAT(changes, ElementsAre("+a", "+b", "synced", "~a", "-b"));
  EXPECT_EQ(informer->store().List().size(), 1U);
  EXPECT_THAT(targets[0], HasSubstr("sendInitialEvents=true"));
  EXPECT_THAT(targets[0], HasSubstr("fieldSelector=metadata.name%3Da"));
  EXPECT_THAT(targets[1], HasSubstr("watch=true&resourceVersion=12&"));
  EXPECT_EQ(informer->status().failure, "");
}

TEST_F(InformerTest, ListsInPagesWhereAServerCannotStream) {
  const auto page = [](const char* name, const char* next) {
    return http::JsonResponse(
        200, {{"kind", "ConfigMapList"},
              {"apiVersion", "v1"},
              {"metadata", {{"resourceVersion", "20"}, {"continue", next}}},
              {"items",
               {{{"metadata", {{"name", name}, {"namespace", "ns"}, {"resourceVersion", "7"}}}}}}});
  };
  script.push_back(
      http::StatusResponse(Error{ErrorKind::kInvalid, "sendInitialEvents is forbidden"}));
  script.push_back(page("a", "more"));
  script.push_back(page("b", ""));
  RunUntil([this] { return targets.size() == 4; });

  EXPECT_THAT(changes, ElementsAre("+a", "+b", "synced"));
  EXPECT_THAT(targets[2], HasSubstr("continue=more"));
  EXPECT_THAT(targets[3], HasSubstr("resourceVersion=20&"));
}

struct Trouble {
  const char* name;
  std::string lines;
  ErrorKind kind;
  const char* told;
};
class Troubles : public InformerTest, public testing::WithParamInterface<Trouble> {};

// In the middle of the first list: nothing of it counts, and why is told.
TEST_P(Troubles, AreToldAndLeaveNothingBehind) {
  script.push_back(Stream(Event("ADDED", "a", "5") + GetParam().lines, false));
  RunUntil([this] { return !informer->status().failure.empty(); });

  EXPECT_FALSE(informer->status().synced);
  EXPECT_EQ(informer->status().failure_kind, GetParam().kind);
  EXPECT_THAT(informer->status().failure, HasSubstr(GetParam().told));
  EXPECT_NE(informer->status().failing_since, MonoTime{});
  EXPECT_THAT(changes, IsEmpty());
  EXPECT_THAT(informer->store().List(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    Streams, Troubles,
    testing::Values(
        Trouble{"ErrorEvent",
                R"({"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","status":"Failure",)"
                R"("message":"etcd is sad","reason":"InternalError","code":500}})"
                "\n",
                ErrorKind::kInternal, "etcd is sad"},
        Trouble{"NoJson", "nonsense\n", ErrorKind::kMalformed, ""},
        Trouble{"AnEnd", "", ErrorKind::kClosed, "the server ended the watch"}),
    [](const auto& tested) { return tested.param.name; });

TEST_F(InformerTest, TellsWhatARefusalSays) {
  script.push_back(http::StatusResponse(
      Error{ErrorKind::kForbidden, "configmaps is forbidden: User \"x\" cannot watch"}));
  RunUntil([this] { return !informer->status().failure.empty(); });
  EXPECT_EQ(informer->status().failure_kind, ErrorKind::kForbidden);
  EXPECT_THAT(informer->status().failure, HasSubstr("cannot watch"));
}

TEST_F(InformerTest, EndsWhileItReadsAndWhileNobodyAnswers) {
  script.push_back(Stream(InitialEventsEnd("10"), true));
  RunUntil([this] { return informer->status().synced; });
  EXPECT_THAT(changes, ElementsAre("synced"));
}

}  // namespace
}  // namespace mpl::client
