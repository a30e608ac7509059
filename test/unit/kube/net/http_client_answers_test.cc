// What an HttpClient makes of the answers that come: good, packed, cut off, too long, malformed.
#include <gmock/gmock.h>

#include "test/unit/kube/net/client_fixture.h"

namespace mpl::net {
namespace {

TEST_F(HttpClientTest, InflatesGzip) {
  const std::string text(100'000, 'x');
  ScriptedServer& peer = Script({Ok(Gzip(text), "Content-Encoding: gzip\r\n")});
  HttpClient client = ClientFor(peer.port());
  const auto response = Get(client);
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->body, text);
  EXPECT_FALSE(response->headers.Has("Content-Encoding"));
}

TEST_F(HttpClientTest, InflatesChunkedGzip) {
  const std::string gzip = Gzip("hello chunks");
  std::string answer =
      "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const char c : gzip) answer += std::string("1\r\n") + c + "\r\n";
  ScriptedServer& peer = Script({answer + "0\r\n\r\n"});
  HttpClient client = ClientFor(peer.port());
  const auto response = Get(client);
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->body, "hello chunks");
}

TEST_F(HttpClientTest, LeavesGzipAloneWhenTheCallerAskedForIt) {
  const std::string gzip = Gzip("packed");
  ScriptedServer& peer = Script({Ok(gzip, "Content-Encoding: gzip\r\n")});
  HttpClient client = ClientFor(peer.port());
  http::Request request;
  request.headers.Add("Accept-Encoding", "gzip");
  const auto response = RunTask(client.Send(request));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->body, gzip);
}

TEST_F(HttpClientTest, StopsAGzipBomb) {
  std::string zeros;
  zeros.resize(10'000'000);
  ScriptedServer& peer = Script({Ok(Gzip(zeros), "Content-Encoding: gzip\r\n")});
  HttpClient client = ClientFor(peer.port());
  CallLimits limits;
  limits.body_limit_bytes = 1'000'000;
  const auto response = Get(client, "/", limits);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, ErrorKind::kRequestTooLarge);
}

TEST_F(HttpClientTest, RefusesDamagedGzip) {
  std::string gzip = Gzip("something");
  gzip[12] = static_cast<char>(gzip[12] ^ 0x55);
  ScriptedServer& peer = Script({Ok(gzip, "Content-Encoding: gzip\r\n")});
  HttpClient client = ClientFor(peer.port());
  EXPECT_EQ(Get(client).error().kind, ErrorKind::kMalformed);
}

struct FaultRow {
  std::string name;
  std::string answer;
  ErrorKind kind;
};

class BadAnswers : public HttpClientTest, public ::testing::WithParamInterface<FaultRow> {};

TEST_P(BadAnswers, EndAsErrors) {
  ScriptedServer& peer = Script({GetParam().answer});
  HttpClient client = ClientFor(peer.port());
  CallLimits limits;
  limits.body_limit_bytes = 100;
  const auto response = Get(client, "/", limits);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, GetParam().kind) << response.error().message;
}

INSTANTIATE_TEST_SUITE_P(
    All, BadAnswers,
    ::testing::Values(
        FaultRow{"Nothing", "", ErrorKind::kClosed},
        FaultRow{"HalfAHeader", "HTTP/1.1 200 OK\r\nA:", ErrorKind::kClosed},
        FaultRow{"HalfABody", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
                 ErrorKind::kClosed},
        FaultRow{"HalfAChunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf",
                 ErrorKind::kClosed},
        FaultRow{"NotHttp", "SSH-2.0-OpenSSH_9.2\r\n\r\n", ErrorKind::kMalformed},
        FaultRow{"BadChunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n\r\n",
                 ErrorKind::kMalformed},
        FaultRow{"TooLong", "HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n",
                 ErrorKind::kRequestTooLarge},
        FaultRow{"TooLongChunked",
                 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" +
                     std::string(101, 'x') + "\r\n0\r\n\r\n",
                 ErrorKind::kRequestTooLarge},
        FaultRow{"AbsurdLength", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999\r\n\r\n",
                 ErrorKind::kRequestTooLarge}),
    [](const auto& tested) { return tested.param.name; });

TEST_F(HttpClientTest, ReadsAnswersThatEndWithTheConnection) {
  ScriptedServer& peer = Script({"HTTP/1.0 200 OK\r\n\r\nold style"});
  HttpClient client = ClientFor(peer.port());
  const auto response = Get(client);
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->body, "old style");
}

TEST_F(HttpClientTest, SkipsInterimAnswersAndKnowsBodilessOnes) {
  ScriptedServer& peer =
      Script({"HTTP/1.1 100 Continue\r\n\r\n" + Ok("real"), "HTTP/1.1 304 Not Modified\r\n\r\n",
              "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"});
  HttpClient client = ClientFor(peer.port());
  EXPECT_EQ(Get(client)->body, "real");
  EXPECT_EQ(Get(client)->status, 304);
  http::Request head;
  head.method = "HEAD";
  const auto response = RunTask(client.Send(head));
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->headers.Get("Content-Length"), "99");
}

// What stands between the pieces of a body does not count as body, and is kept until it is whole.
TEST_F(HttpClientTest, RefusesAChunkHeadAndTrailersWithoutEnd) {
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string endless(1U << 20U, 'x');
  for (const std::string& begin : {std::string("4;"), std::string("0\r\nX-A: ")}) {
    ScriptedServer& peer = Script({chunked + begin + endless});
    HttpClient client = ClientFor(peer.port());
    const auto response = Get(client);
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().kind, ErrorKind::kMalformed);
    EXPECT_THAT(response.error().message, ::testing::HasSubstr("header too large"));
  }
}

TEST_F(HttpClientTest, SaysHowLargeAnAnswerMayBe) {
  ScriptedServer& peer = Script({"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nhello, world"});
  HttpClient client = ClientFor(peer.port());
  const auto response = RunTask(client.Send({}, {.timeout = 5s, .body_limit_bytes = 11}));
  ASSERT_FALSE(response);
  EXPECT_THAT(response.error().message, ::testing::HasSubstr("body too large: more than 11 bytes"));
}

TEST_F(HttpClientTest, ReadsAnAnswerAtEverySplit) {
  const std::string answer =
      "HTTP/1.1 200 OK\r\nX-A: b\r\nTransfer-Encoding: chunked\r\n\r\n4;ext=1\r\nwiki\r\n5\r\n"
      "pedia\r\n0\r\nTrailer: x\r\n\r\n";
  struct Peer {
    static Task<void> Run(boost::asio::ip::tcp::acceptor* from, std::string text) {
      for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        auto [error, socket] =
            co_await from->async_accept(boost::asio::as_tuple(boost::asio::use_awaitable));
        if (error) co_return;
        socket.set_option(boost::asio::ip::tcp::no_delay(true));
        co_await boost::asio::async_write(socket, boost::asio::buffer(text.data(), cut),
                                          boost::asio::as_tuple(boost::asio::use_awaitable));
        co_await SleepFor(200us);  // lets the client see the first piece alone
        co_await boost::asio::async_write(socket,
                                          boost::asio::buffer(text.data() + cut, text.size() - cut),
                                          boost::asio::as_tuple(boost::asio::use_awaitable));
        std::array<char, 512> rest{};
        co_await socket.async_read_some(boost::asio::buffer(rest),
                                        boost::asio::as_tuple(boost::asio::use_awaitable));
      }
    }
  };
  tasks.Spawn("peer", Peer::Run(&acceptor, answer));
  for (std::size_t cut = 0; cut <= answer.size(); ++cut) {
    HttpClient client = ClientFor(acceptor.local_endpoint().port());
    const auto response = Get(client);
    ASSERT_TRUE(response) << cut << ": " << response.error().message;
    ASSERT_EQ(response->body, "wikipedia") << cut;
  }
}

}  // namespace
}  // namespace mpl::net
