// How long the server waits for whom, and who takes turns with whom.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "kube/net/http_server.h"
#include "kube/telemetry/log.h"
#include "test/unit/kube/net/server_fixture.h"

namespace mpl::net {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::StartsWith;

class Patience : public HttpServerTest {
 protected:
  std::unique_ptr<RawClient> Connect() {
    return std::make_unique<RawClient>(runtime.executor(), server->port());
  }
  // Notes which clients the server lets go, and in what order.
  struct Watch {
    static Task<void> Run(RawClient* client, std::string name, std::vector<std::string>* ended) {
      co_await client->ReadAll();
      ended->push_back(name);
    }
  };
  std::string GetRequest(const std::string& target) {
    return "GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n";
  }
};

TEST_F(Patience, CutsSlowClientsOff) {
  HttpServerOptions options;
  options.header_timeout = 30ms;
  options.body_timeout = 30ms;
  options.idle_timeout = 30ms;
  Serve(Echo, {}, options);
  const std::string head = "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n";
  // One byte every 10 ms would keep a per-read timeout alive for ever.
  std::vector<std::string> drip;
  for (const char c : head) drip.emplace_back(1, c);
  std::vector<std::string> body{head};
  for (int i = 0; i < 40; ++i) body.emplace_back("x");

  EXPECT_EQ(Ask({}), "");  // says nothing at all
  EXPECT_EQ(Ask(drip, 10ms), "");
  EXPECT_EQ(Ask(body, 10ms), "");
  // Idle after an answer.
  EXPECT_THAT(Ask({"GET / HTTP/1.1\r\nHost: x\r\n\r\n"}), EndsWith("GET / []"));
  RunTask(SleepFor(5ms));
  EXPECT_EQ(server->connections(), 0U);
}

TEST_F(Patience, CutsClientsOffThatDoNotRead) {
  HttpServerOptions options;
  options.write_timeout = 30ms;
  Serve(
      [](http::Request) -> Task<http::Response> {
        http::Response response;
        response.body.assign(64U << 20U, 'x');  // more than the socket buffers take
        co_return response;
      },
      {}, options);
  RawClient client(runtime.executor(), server->port());
  RunTask(client.Send("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
  const MonoTime deadline = SteadyNow() + 10s;
  RunTask(SleepFor(20ms));
  while (server->connections() > 0 && SteadyNow() < deadline) RunTask(SleepFor(5ms));
  EXPECT_EQ(server->connections(), 0U);
}

// Else they could keep everybody else out for as long as they like.
TEST_F(Patience, GivesANewcomerThePlaceOfAClientThatDoesNotRead) {
  HttpServerOptions options;
  options.max_connections = 2;
  Serve(
      [](http::Request request) -> Task<http::Response> {
        http::Response response;
        // More than the socket buffers take.
        response.body.assign(request.target == "/small" ? 2 : 64U << 20U, 'x');
        co_return response;
      },
      {}, options);
  const auto first = Connect(), second = Connect();
  RunTask(first->Send(GetRequest("/")));
  RunTask(SleepFor(20ms));
  RunTask(second->Send(GetRequest("/")));
  RunTask(SleepFor(20ms));

  const auto third = Connect();
  RunTask(third->Send(GetRequest("/small")));
  EXPECT_THAT(RunTask(third->ReadUntil("xx")), EndsWith("xx"));
  EXPECT_EQ(server->connections(), 2U);
  // The one that has not read for longest is gone.
  EXPECT_LT(RunTask(first->ReadAll()).size(), 64U << 20U);
}

TEST_F(Patience, CutsOffClientsThatNeverFinishTheHandshake) {
  const test::Authority authority;
  HttpServerOptions options;
  options.handshake_timeout = 20ms;
  Serve(Echo, authority.IssueForLoopback(), options);
  EXPECT_EQ(Ask({"\x16\x03\x01"}), "");
}

// k8s.io/apiserver allows 32 s for a header. Whoever begins late gets no second period.
TEST_F(Patience, CountsTheFirstHeaderFromTheAccept) {
  HttpServerOptions options;
  options.header_timeout = 120ms;
  Serve(Echo, {}, options);
  std::vector<std::string> ended;
  const auto late = Connect();
  RunTask(SleepFor(60ms));
  const auto silent = Connect();
  RunTask(SleepFor(5ms));
  RunTask(late->Send("G"));
  TaskGroup watches(runtime.executor());
  watches.Spawn("late", Watch::Run(late.get(), "late", &ended));
  watches.Spawn("silent", Watch::Run(silent.get(), "silent", &ended));

  RunTask(Until([&] { return ended.size() == 2; }));

  EXPECT_THAT(ended, ElementsAre("late", "silent"));
  RunTask(watches.Stop(1s));
}

TEST_F(Patience, GivesANewcomerThePlaceOfWhoeverKeptUsWaitingLongest) {
  HttpServerOptions options;
  options.max_connections = 3;
  Serve(Echo, {}, options);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(Connect());
    RunTask(Until([&] { return server->connections() == clients.size(); }));
  }
  // The first has just been answered: its wait is the shortest now.
  RunTask(clients[0]->Send(GetRequest("/0")));
  RunTask(clients[0]->ReadUntil("[]"));

  EXPECT_THAT(Ask({std::string("GET /new HTTP/1.1\r\n") + kCloseAfter + "\r\n"}),
              EndsWith("GET /new []"));

  EXPECT_EQ(RunTask(clients[1]->ReadAll()), "");
  for (const int kept : {0, 2}) {
    RunTask(clients[static_cast<std::size_t>(kept)]->Send(GetRequest("/kept")));
    EXPECT_THAT(RunTask(clients[static_cast<std::size_t>(kept)]->ReadUntil("[]")),
                EndsWith("GET /kept []"));
  }
}

TEST_F(Patience, RefusesANewcomerWhileEveryRequestIsAtWork) {
  HttpServerOptions options;
  options.max_connections = 2;
  Signal go(runtime.executor());
  int begun = 0;
  Serve(
      [&](http::Request request) -> Task<http::Response> {
        ++begun;
        if (request.target == "/slow") co_await go.Wait();
        http::Response response = co_await Echo(std::move(request));
        co_return response;
      },
      {}, options);
  const auto one = Connect(), two = Connect();
  RunTask(one->Send(GetRequest("/slow")));
  RunTask(two->Send(GetRequest("/slow")));
  RunTask(Until([&] { return begun == 2; }));

  EXPECT_EQ(Ask({}), "");
  EXPECT_EQ(server->connections(), 2U);

  go.Notify();
  EXPECT_THAT(RunTask(one->ReadUntil("[]")), EndsWith("GET /slow []"));
  EXPECT_THAT(RunTask(two->ReadUntil("[]")), EndsWith("GET /slow []"));
  EXPECT_THAT(Ask({std::string("GET / HTTP/1.1\r\n") + kCloseAfter + "\r\n"}),
              EndsWith("GET / []"));
}

TEST_F(Patience, GoesOnAfterRunningOutOfDescriptors) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "without a free descriptor UBSan cannot look at types and calls them invalid";
#endif
  log::CaptureForTest([](std::string_view) {});
  Serve(Echo);
  RawClient client(runtime.executor(), server->port());  // waits in the queue
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const int lowest_free = dup(0);
  close(lowest_free);
  rlimit none = before;
  none.rlim_cur = static_cast<rlim_t>(lowest_free);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  RunTask(SleepFor(5ms));
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_GE(server->accept_errors(), 1U);

  RunTask(client.Send(std::string("GET / HTTP/1.1\r\n") + kCloseAfter + "\r\n"));
  EXPECT_THAT(RunTask(client.ReadAll()), EndsWith("GET / []"));
  log::CaptureForTest(nullptr);
}

TEST_F(Patience, MakesRoomWhenDescriptorsRunOut) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "without a free descriptor UBSan cannot look at types and calls them invalid";
#endif
  log::CaptureForTest([](std::string_view) {});
  Serve(Echo);
  // Two go: one for the probe, one because accept(2) wants a descriptor even when nobody is there.
  std::vector<std::unique_ptr<RawClient>> idle;
  for (int i = 0; i < 3; ++i) {
    idle.push_back(Connect());
    RunTask(Until([&] { return server->connections() == idle.size(); }));
  }
  const auto probe = Connect();  // waits in the queue
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const int lowest_free = dup(0);
  close(lowest_free);
  rlimit none = before;
  none.rlim_cur = static_cast<rlim_t>(lowest_free);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);

  RunTask(probe->Send(GetRequest("/readyz")));
  const std::string answer = RunTask(probe->ReadUntil("[]"));
  const std::string rest = RunTask(idle.front()->ReadAll());

  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  log::CaptureForTest(nullptr);
  EXPECT_THAT(answer, EndsWith("GET /readyz []"));
  EXPECT_EQ(rest, "");
  RunTask(idle.back()->Send(GetRequest("/kept")));
  EXPECT_THAT(RunTask(idle.back()->ReadUntil("[]")), EndsWith("GET /kept []"));
}

// Headers of any client are read before anybody asks who it is.
TEST_F(Patience, HoldsNoMoreOfUnfinishedRequestsThanAllowed) {
  HttpServerOptions options;
  options.unfinished_limit_bytes = 100'000;
  Serve(Echo, {}, options);
  std::vector<std::string> ended;
  TaskGroup watches(runtime.executor());
  std::vector<std::unique_ptr<RawClient>> clients;
  const std::string begin = "GET / HTTP/1.1\r\nHost: x\r\nX-Filler: ";
  // 30 + 20 + 40 kB are allowed; 20 more are not, and the one with 40 has most.
  for (const auto& [name, size] :
       {std::pair("30", 30'000), std::pair("20", 20'000), std::pair("40", 40'000)}) {
    clients.push_back(Connect());
    RunTask(clients.back()->Send(begin + std::string(static_cast<std::size_t>(size), 'f')));
    watches.Spawn(name, Watch::Run(clients.back().get(), name, &ended));
  }
  RunTask(SleepFor(10ms));
  EXPECT_THAT(ended, ElementsAre());

  clients.push_back(Connect());
  RunTask(clients.back()->Send(begin + std::string(20'000, 'f')));
  RunTask(Until([&] { return !ended.empty(); }));
  EXPECT_THAT(ended, ElementsAre("40"));

  // Whoever ends its request, or never began a long one, is served.
  RunTask(clients.back()->Send("\r\n\r\n"));
  EXPECT_THAT(RunTask(clients.back()->ReadUntil("[]")), EndsWith("GET / []"));
  EXPECT_THAT(Ask({std::string("GET / HTTP/1.1\r\n") + kCloseAfter + "\r\n"}),
              EndsWith("GET / []"));
  RunTask(watches.Stop(1s));
}

TEST_F(Patience, StopsAtOnceAlthoughAnAnswerHasNothingToSayYet) {
  Serve([](http::Request) -> Task<http::Response> {
    http::Response response;
    response.next_chunk = [](std::string&) { return true; };
    co_return response;
  });
  const auto client = Connect();
  RunTask(client->Send(GetRequest("/")));
  RunTask(SleepFor(5ms));
  const MonoTime began = SteadyNow();
  RunTask(server->Stop(0s));
  EXPECT_LT(SteadyNow() - began, 900ms) << "the second after which it is torn down";
}

// What came in the same breath as a whole request.
TEST_F(Patience, CountsWhatCameBehindARequest) {
  HttpServerOptions options;
  options.unfinished_limit_bytes = 100'000;
  Serve(Echo, {}, options);
  std::vector<std::string> ended;
  TaskGroup watches(runtime.executor());
  std::vector<std::unique_ptr<RawClient>> clients;
  const std::string begin = "GET / HTTP/1.1\r\nHost: x\r\nX-Filler: " + std::string(40'000, 'f');
  for (const char* name : {"1", "2"}) {
    clients.push_back(Connect());
    clients.back()->SendNow(GetRequest("/") + begin);
    RunTask(clients.back()->ReadUntil("[]"));
    watches.Spawn(name, Watch::Run(clients.back().get(), name, &ended));
  }
  clients.push_back(Connect());
  RunTask(clients.back()->Send(begin + "more"));
  watches.Spawn("3", Watch::Run(clients.back().get(), "3", &ended));

  RunTask(Until([&] { return !ended.empty(); }));

  EXPECT_THAT(ended, ElementsAre("3"));
  RunTask(watches.Stop(1s));
}

TEST_F(Patience, LetsOthersTakeTheirTurnBetweenPipelinedRequests) {
  std::vector<std::string> order;
  Serve([&order](http::Request request) -> Task<http::Response> {
    order.push_back(request.target);
    co_return http::Response();
  });
  const auto flood = Connect(), other = Connect();
  RunTask(Until([&] { return server->connections() == 2; }));
  std::string many;
  for (int i = 0; i < 300; ++i) many += GetRequest("/flood");
  flood->SendNow(many);
  other->SendNow(GetRequest("/other"));

  RunTask(Until([&] { return order.size() == 301; }));

  EXPECT_THAT(order, Contains("/other"));
  EXPECT_EQ(order.back(), "/flood");
}

TEST_F(Patience, LetsOthersTakeTheirTurnBetweenThePiecesOfALongAnswer) {
  std::vector<std::string> order;
  Serve([&order](http::Request request) -> Task<http::Response> {
    http::Response response;
    if (request.target != "/long") {
      order.push_back(request.target);
      co_return response;
    }
    response.next_chunk = [&order, left = 50](std::string& chunk) mutable {
      order.emplace_back("piece");
      chunk.assign(1000, 'x');  // all of them fit into the socket's buffer
      return left-- > 0;
    };
    co_return response;
  });
  const auto reader = Connect(), other = Connect();
  RunTask(Until([&] { return server->connections() == 2; }));
  reader->SendNow(GetRequest("/long"));
  other->SendNow(GetRequest("/other"));

  RunTask(Until([&] { return order.size() == 52; }));

  EXPECT_THAT(order, Contains("/other"));
  EXPECT_EQ(order.back(), "piece");
}

// OpenSSL writes to a number, and the number of a closed connection soon is somebody else's.
TEST_F(Patience, WritesNothingToADescriptorThatIsNoLongerItsOwn) {
  const test::Authority authority;
  const auto go = std::make_shared<Signal>(runtime.executor());
  bool begun = false;
  Serve(
      [&begun, go](http::Request) -> Task<http::Response> {
        begun = true;
        co_await go->Wait();
        http::Response response;
        response.body = "secret";
        co_return response;
      },
      authority.IssueForLoopback());
  TaskGroup side(runtime.executor());
  auto client = std::make_unique<HttpClient>(
      runtime.executor(), ClientOptions(ClientTls(TrustPem(authority.ca_pem()))));
  struct Asking {
    static Task<void> Run(HttpClient* via) {
      http::Request request;
      const auto answer = co_await via->Send(request);
      EXPECT_FALSE(answer);
    }
  };
  side.Spawn("client", Asking::Run(client.get()));
  RunTask(Until([&] { return begun; }));

  server.reset();  // closes the connection under the handler
  std::vector<std::array<int, 2>> others(8);
  for (auto& pair : others) ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair.data()), 0);
  go->Notify();
  RunTask(SleepFor(5ms));

  for (const auto& pair : others) {
    for (const int end : pair) {
      char byte = 0;
      EXPECT_EQ(recv(end, &byte, 1, MSG_DONTWAIT), -1) << "something was written to its peer";
    }
  }
  for (const auto& pair : others) {
    close(pair[0]);
    close(pair[1]);
  }
  RunTask(side.Stop(1s));
}

}  // namespace
}  // namespace mpl::net
