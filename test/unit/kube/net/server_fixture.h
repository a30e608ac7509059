// An HttpServer and clients that speak raw bytes: what stands on the wire is what is checked.
#pragma once

#include <string>
#include <vector>

#include "test/unit/kube/net/net_fixture.h"
#include "test/unit/kube/net/raw_socket.h"

namespace mpl::net {

class HttpServerTest : public NetTest {
 protected:
  struct Talk {
    static Task<std::string> Whole(RawClient* client, std::vector<std::string> pieces,
                                   Duration pause) {
      for (std::size_t i = 0; i < pieces.size(); ++i) {
        if (i > 0) co_await SleepFor(pause);
        const bool sent = co_await client->Send(pieces[i]);
        if (!sent) break;
      }
      std::string answer = co_await client->ReadAll();
      co_return answer;
    }
  };
  // Sends the pieces, then reads until the server closes.
  std::string Ask(std::vector<std::string> pieces, Duration pause = 0ns) {
    RawClient client(runtime.executor(), server->port());
    return RunTask(Talk::Whole(&client, std::move(pieces), pause));
  }
  template <class Condition>
  Task<void> Until(Condition holds) {
    const MonoTime deadline = SteadyNow() + 10s;
    while (!holds() && SteadyNow() < deadline) co_await SleepFor(1ms);
    EXPECT_TRUE(holds()) << "did not come true within ten seconds";
  }
  static Task<http::Response> Echo(http::Request request) {
    http::Response response;
    response.headers.Add("Content-Type", "text/plain");
    response.body = request.method + " " + request.target + " [" + request.body + "]";
    co_return response;
  }
  void TearDown() override {
    if (server) RunTask(server->Stop(0s));
  }
};

inline constexpr const char* kCloseAfter = "Host: x\r\nConnection: close\r\n";

}  // namespace mpl::net
