// Clients that are many, slow or large: what they cost, and whom they may not hold up.
#include <gmock/gmock.h>
#include <sys/resource.h>

#include <algorithm>
#include <random>

#include "test/unit/kube/apiserver/apiserver_fixture.h"
#include "test/unit/kube/net/raw_socket.h"

namespace mpl::apiserver {
namespace {

using testing::Lt;

class Pressure : public ApiServerTest {};

// Kubernetes' own timeouts: a header within 32 s, keep-alive for 90 s (a client that lets go after
// 90 s must not meet a server that was faster).
TEST(ServerDefaults, AreThoseOfKubernetes) {
  const net::HttpServerOptions options;
  EXPECT_LE(options.header_timeout, 35s);
  EXPECT_LE(options.handshake_timeout, 35s);
  EXPECT_GE(options.idle_timeout, 90s);
  EXPECT_EQ(options.header_limit_bytes, 1U << 20U);
}

// How many connections this process can hold, 10,000 if it may raise its limits that far (as root
// it may). Each takes two descriptors here, because both ends are ours.
std::size_t MostConnections() {
  constexpr std::size_t kWanted = 10'000, kOthers = 200;
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  rlimit wide{2 * kWanted + kOthers, std::max<rlim_t>(limit.rlim_max, 2 * kWanted + kOthers)};
  if (setrlimit(RLIMIT_NOFILE, &wide) != 0) {
    wide = {limit.rlim_max, limit.rlim_max};
    setrlimit(RLIMIT_NOFILE, &wide);
  }
  getrlimit(RLIMIT_NOFILE, &limit);
  return std::min(kWanted, (limit.rlim_cur - kOthers) / 2);
}

TEST_F(Pressure, AnswersAProbeBesideTenThousandIdleConnections) {
  const std::size_t many = MostConnections();
  RecordProperty("connections", static_cast<int>(many));
  ApiServerOptions options = Options();
  options.listen.max_connections = many * 9 / 10;
  Begin(std::move(options));
  std::vector<std::unique_ptr<net::RawClient>> idle;
  while (idle.size() < many) {
    idle.push_back(std::make_unique<net::RawClient>(runtime.executor(), api->port()));
    // Connecting blocks the thread that accepts: the kernel's queue must never be full. A probe
    // waits behind all that came before it.
    if (idle.size() % 500 == 0) {
      ASSERT_EQ(Ask("/readyz").body, "ok") << idle.size();
    }
  }

  EXPECT_EQ(Ask("/readyz").body, "ok");
  EXPECT_EQ(Ask(kPods, {{"Authorization", "Bearer good"}}).status, 200);
}

TEST_F(Pressure, RefusesAHeaderOfMoreThanAMebibyte) {
  Begin();
  const http::Headers token = {{"Authorization", "Bearer good"}};
  http::Headers large = token;
  large.Add("X-Filler", std::string((1U << 20U) - 2000, 'f'));
  EXPECT_EQ(Ask(kPods, large).status, 200);
  large.Add("X-More", std::string(4000, 'm'));
  EXPECT_EQ(Ask(kPods, large).status, 431);
}

// A list of everything, to somebody who does not read it.
TEST_F(Pressure, MakesNoMoreOfALongAnswerThanIsRead) {
  ApiServerOptions options = Options();
  options.max_in_flight = 1;
  Begin(std::move(options));
  int made = 0;
  std::string piece(1U << 20U, '\0');  // of what gzip cannot make shorter
  std::ranges::generate(
      piece, [random = std::minstd_rand()]() mutable { return static_cast<char>(random() >> 8U); });
  api->Handle({"GET"}, "/long", [&made, &piece](const RequestContext&) {
    http::Response response;
    response.next_chunk = [&made, &piece](std::string& chunk) {
      chunk = piece;
      return ++made <= 1000;
    };
    return response;
  });
  const http::Headers token = {{"Authorization", "Bearer good"}};
  for (const std::string coding : {"identity", "gzip"}) {
    made = 0;
    net::HttpClient client = NewClient();
    http::Request request;
    request.target = "/long";
    request.headers = token;
    request.headers.Add("Accept-Encoding", coding);
    auto opened = RunTask(client.Open(request, 10s));
    ASSERT_TRUE(opened) << opened.error().message;
    // What the sockets' buffers take, some megabytes, goes in first.
    int before = -1;
    while (std::exchange(before, made) != made) RunTask(net::SleepFor(50ms));
    EXPECT_THAT(made, Lt(100));
    EXPECT_EQ(Ask(kPods, token).status, 429) << "it takes its share as long as it lasts";
    EXPECT_EQ(Ask("/apis/metrics.k8s.io/v1", token).status, 200);
    EXPECT_EQ(Ask("/readyz").status, 200);
    EXPECT_EQ(made, before) << "nothing is made in advance";

    opened->body.reset();  // the reader goes
    const MonoTime deadline = net::SteadyNow() + 5s;
    while (Ask(kPods, token).status == 429 && net::SteadyNow() < deadline) {
      RunTask(net::SleepFor(1ms));
    }
    EXPECT_EQ(Ask(kPods, token).status, 200) << "its share is free again";
  }
}

}  // namespace
}  // namespace mpl::apiserver
