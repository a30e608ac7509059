#include "kube/net/http_client.h"

#include <gmock/gmock.h>

#include "test/unit/kube/net/client_fixture.h"

namespace mpl::net {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(HttpClientTest, ReusesOneConnection) {
  const test::Authority authority;
  Serve(Hello, authority.IssueForLoopback());
  HttpClient client = Client(ClientTls(TrustPem(authority.ca_pem())));
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(Get(client));
  EXPECT_EQ(client.handshakes(), 1U);
  EXPECT_EQ(server->connections(), 1U);
}

// Whatever the client is doing: never used, or resting on a connection.
class Fetching : public HttpClientTest {
 protected:
  void ChangesNothing(HttpClient client) {
    Fetch(client);
    for (int i = 0; i < 3; ++i) {
      ASSERT_TRUE(Get(client));
      Fetch(client);
    }
    EXPECT_EQ(client.handshakes(), 1U);
  }

 private:
  static void Fetch(const HttpClient& client) {
    for (int step = 0; step < HttpClient::kFetchSteps; ++step) client.Fetch(step);
  }
};

TEST_F(Fetching, ChangesNothingOverTls) {
  const test::Authority authority;
  Serve(Hello, authority.IssueForLoopback());
  ChangesNothing(Client(ClientTls(TrustPem(authority.ca_pem()))));
}

TEST_F(Fetching, ChangesNothingOverTcp) {
  Serve(Hello);
  ChangesNothing(HttpClient(runtime.executor(), ClientOptions()));
}

TEST_F(HttpClientTest, DialsAnewAfterTheIdleTime) {
  Serve(Hello);
  HttpClientOptions options = ClientOptions();
  options.idle_timeout = 5ms;
  HttpClient client(runtime.executor(), options);
  ASSERT_TRUE(Get(client));
  RunTask(SleepFor(10ms));
  ASSERT_TRUE(Get(client));
  EXPECT_EQ(client.handshakes(), 2U);
}

TEST_F(HttpClientTest, SendsWhatTheServerNeedsToKnow) {
  ScriptedServer& peer = Script({Ok("a"), Ok("b")});
  HttpClient client = ClientFor(peer.port());
  http::Request post;
  post.method = "POST";
  post.target = "/x?y=1";
  post.headers.Add("Authorization", "Bearer t");
  post.body = "{}";

  ASSERT_TRUE(RunTask(client.Send(post)));
  http::Request plain;
  plain.headers.Add("Accept-Encoding", "identity");
  ASSERT_TRUE(RunTask(client.Send(plain)));

  EXPECT_THAT(peer.requests()[0],
              AllOf(HasSubstr("POST /x?y=1 HTTP/1.1\r\n"),
                    HasSubstr("Host: 127.0.0.1:" + std::to_string(peer.port()) + "\r\n"),
                    HasSubstr("Authorization: Bearer t\r\n"), HasSubstr("Content-Length: 2\r\n"),
                    HasSubstr("Accept-Encoding: gzip\r\n")));
  EXPECT_THAT(peer.requests()[1], AllOf(HasSubstr("Accept-Encoding: identity\r\n"),
                                        Not(HasSubstr("gzip")), Not(HasSubstr("Content-Length"))));
}

TEST_F(HttpClientTest, RefusesToSendLineBreaksInHeaders) {
  HttpClient client = ClientFor(1);
  http::Request request;
  request.headers.Add("X-A", "secret\r\nX-Injected: 1");
  const auto sent = RunTask(client.Send(request));
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().kind, ErrorKind::kInvalid);
  EXPECT_THAT(sent.error().message, AllOf(HasSubstr("X-A"), Not(HasSubstr("secret"))));
  http::Request target;
  target.target = "/a b";
  EXPECT_EQ(RunTask(client.Send(target)).error().kind, ErrorKind::kInvalid);
}

TEST_F(HttpClientTest, SaysWhereNobodyListens) {
  const auto port = acceptor.local_endpoint().port();
  acceptor.close();
  HttpClient client = ClientFor(port);

  const auto response = Get(client);

  ASSERT_FALSE(response);
  EXPECT_EQ(response.error(),
            (Error{ErrorKind::kUnreachable,
                   "connect to 127.0.0.1:" + std::to_string(port) + ": connection refused"}));
}

TEST_F(HttpClientTest, SaysWhenANameDoesNotResolve) {
  HttpClientOptions options;
  options.host = "no-such-host.invalid";  // RFC 2606
  HttpClient client(runtime.executor(), options);
  const auto response = Get(client);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, ErrorKind::kUnreachable);
  EXPECT_THAT(response.error().message, HasSubstr("resolve no-such-host.invalid"));
}

TEST_F(HttpClientTest, ResolvesNamesAndTriesEveryAddress) {
  Serve(Hello);  // on 127.0.0.1 only, while localhost may also mean ::1
  HttpClientOptions options = ClientOptions();
  options.host = "localhost";
  HttpClient client(runtime.executor(), options);
  const auto response = Get(client);
  EXPECT_TRUE(response) << response.error().message;
}

TEST_F(HttpClientTest, TimesOutWhenNoHeaderComes) {
  ScriptedServer& peer = Script({""});
  peer.HoldOpen();
  HttpClient client = ClientFor(peer.port());
  CallLimits limits;
  limits.timeout = 20ms;
  const auto response = Get(client, "/slow", limits);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, ErrorKind::kTimeout);
  EXPECT_THAT(response.error().message, AllOf(HasSubstr("GET /slow"), HasSubstr("read header")));
}

TEST_F(HttpClientTest, TimesOutWhenTheBodyStops) {
  ScriptedServer& peer = Script({"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"});
  peer.HoldOpen();
  HttpClient client = ClientFor(peer.port());
  CallLimits limits;
  limits.timeout = 20ms;
  const auto response = Get(client, "/", limits);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, ErrorKind::kTimeout);
  EXPECT_THAT(response.error().message, HasSubstr("read body"));
}

TEST_F(HttpClientTest, TimesOutInTheTlsHandshake) {
  HttpClientOptions options;
  options.host = "127.0.0.1";
  options.port = acceptor.local_endpoint().port();
  TlsClientOptions tls;
  tls.insecure_skip_verify = true;
  options.tls = ClientTls(tls);
  options.connect_timeout = 20ms;
  HttpClient client(runtime.executor(), options);
  const auto response = Get(client);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, ErrorKind::kTimeout);
  EXPECT_THAT(response.error().message, HasSubstr("TLS handshake with 127.0.0.1:"));
}

TEST_F(HttpClientTest, TellsTheAlertOfThePeer) {
  // TLS 1.2 record, alert, fatal, internal_error (RFC 8446 section 6: 80): what a kubelet sends
  // that has no serving certificate yet.
  struct Peer {
    static Task<void> Run(boost::asio::ip::tcp::acceptor* from) {
      auto [error, socket] =
          co_await from->async_accept(boost::asio::as_tuple(boost::asio::use_awaitable));
      std::array<char, 4096> bytes{};
      co_await socket.async_read_some(boost::asio::buffer(bytes),
                                      boost::asio::as_tuple(boost::asio::use_awaitable));
      const std::string alert("\x15\x03\x03\x00\x02\x02\x50", 7);
      co_await boost::asio::async_write(socket, boost::asio::buffer(alert),
                                        boost::asio::as_tuple(boost::asio::use_awaitable));
    }
  };
  tasks.Spawn("peer", Peer::Run(&acceptor));
  HttpClientOptions options;
  options.host = "127.0.0.1";
  options.port = acceptor.local_endpoint().port();
  TlsClientOptions tls;
  tls.verifier = [](const std::vector<x509::Certificate>&) -> Result<void> { return {}; };
  options.tls = ClientTls(tls);
  HttpClient client(runtime.executor(), options);

  const auto response = Get(client);

  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, ErrorKind::kTls);
  EXPECT_THAT(response.error().message, AllOf(HasSubstr("TLS handshake with 127.0.0.1:"),
                                              HasSubstr("peer sent alert: internal error")));
}

TEST_F(HttpClientTest, SaysWhenThePeerSpeaksNoTls) {
  Serve(Hello);
  TlsClientOptions tls;
  tls.insecure_skip_verify = true;
  HttpClient client = Client(ClientTls(tls));
  const auto response = Get(client);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, ErrorKind::kTls);
}

TEST_F(HttpClientTest, StoppingTheTaskGroupEndsAHangingCall) {
  ScriptedServer& peer = Script({""});
  peer.HoldOpen();
  HttpClient client = ClientFor(peer.port());
  const auto outcome = StopWhileCalling(client);
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(outcome->error().kind, ErrorKind::kCancelled);
}

Task<std::vector<std::string>> ReadPieces(HttpClient* client, Error* end) {
  http::Request request;
  auto opened = co_await client->Open(request, 5s);
  std::vector<std::string> pieces;
  if (!opened) {
    *end = opened.error();
    co_return pieces;
  }
  for (;;) {
    const auto piece = co_await opened->body->Read(20ms);
    if (!piece) {
      *end = piece.error();
      co_return pieces;
    }
    if (piece->empty()) co_return pieces;
    pieces.emplace_back(*piece);
  }
}

http::Response Stream(std::vector<std::string> pieces) {
  http::Response response;
  response.next_chunk = [pieces = std::move(pieces), i = std::size_t{0}](std::string& out) mutable {
    if (i == pieces.size()) return false;
    out = pieces[i++];
    return true;
  };
  return response;
}

TEST_F(HttpClientTest, StreamsABodyAndKeepsTheConnectionAfterItsEnd) {
  const test::Authority authority;
  Serve([](http::Request) -> Task<http::Response> { co_return Stream({"one", "", "two"}); },
        authority.IssueForLoopback());
  HttpClient client = Client(ClientTls(TrustPem(authority.ca_pem())));
  for (int i = 0; i < 2; ++i) {
    Error end;
    const auto pieces = RunTask(ReadPieces(&client, &end));
    std::string whole;
    for (const std::string& piece : pieces) whole += piece;
    EXPECT_EQ(whole, "onetwo") << end.message;
  }
  EXPECT_EQ(client.handshakes(), 1U);
}

TEST_F(HttpClientTest, StreamSaysWhenNothingComesAndWhenItBreaks) {
  const std::string start = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n";
  ScriptedServer& silent = Script({start});
  silent.HoldOpen();
  HttpClient client = ClientFor(silent.port());
  Error end;
  EXPECT_THAT(RunTask(ReadPieces(&client, &end)), ElementsAre("one"));
  EXPECT_EQ(end.kind, ErrorKind::kTimeout);

  ScriptedServer& broken = Script({start + "3\r\ntw"});
  HttpClient other = ClientFor(broken.port());
  EXPECT_THAT(RunTask(ReadPieces(&other, &end)), Not(::testing::IsEmpty()));
  EXPECT_EQ(end.kind, ErrorKind::kClosed);
}

TEST_F(HttpClientTest, SendsLargeBodiesAndReadsThemBack) {
  const test::Authority authority;
  HttpServerOptions server_options;
  server_options.body_limit_bytes = 32U << 20U;
  Serve(
      [](http::Request request) -> Task<http::Response> {
        http::Response response;
        response.body = std::move(request.body);
        co_return response;
      },
      authority.IssueForLoopback(), server_options);
  HttpClient client = Client(ClientTls(TrustPem(authority.ca_pem())));
  http::Request request;
  request.method = "PUT";
  for (int i = 0; i < 1'500'000; ++i) request.body += std::to_string(i % 10'000);

  const auto response = RunTask(client.Send(request));

  ASSERT_TRUE(response) << response.error().message;
  EXPECT_TRUE(response->body == request.body);
}

Task<void> CallAndCount(HttpClient* client, int* good) {
  http::Request request;
  const auto response = co_await client->Send(request);
  if (response && response->body == "hello /") ++*good;
}

TEST_F(HttpClientTest, CarriesTwoHundredCallsAtOnce) {
  const test::Authority authority;
  // Two hundred handshakes at once take a while on a machine that does much else.
  HttpServerOptions patient;
  patient.handshake_timeout = 60s;
  patient.header_timeout = 60s;
  Serve(
      [](http::Request request) -> Task<http::Response> {
        co_await SleepFor(2ms);
        http::Response response = co_await Hello(std::move(request));
        co_return response;
      },
      authority.IssueForLoopback(), patient);
  HttpClientOptions options = ClientOptions(ClientTls(TrustPem(authority.ca_pem())));
  options.connect_timeout = 60s;
  HttpClient client(runtime.executor(), options);
  int good = 0;
  TaskGroup calls(runtime.executor());
  for (int i = 0; i < 200; ++i) calls.Spawn("call", CallAndCount(&client, &good));
  const MonoTime deadline = SteadyNow() + 25s;
  while (calls.size() > 0 && SteadyNow() < deadline) RunTask(SleepFor(5ms));
  EXPECT_EQ(good, 200);
  EXPECT_EQ(client.handshakes(), 200U);
  // Only as many as the pool may hold stay.
  RunTask(SleepFor(20ms));
  EXPECT_EQ(server->connections(), client.options().max_idle_connections);
}

}  // namespace
}  // namespace mpl::net
