// What an HttpClient does with the connections that it kept: their peers may have closed them,
// reset them or said something since.
#include <gmock/gmock.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <thread>

#include "test/unit/kube/net/client_fixture.h"

namespace mpl::net {
namespace {

TEST_F(HttpClientTest, SendsOnceMoreWhenAKeptConnectionTurnsOutClosed) {
  // The first peer answers, keeps the connection, reads the second request and then hangs up.
  ScriptedServer& peer = Script({Ok("one"), Ok("two")});
  HttpClient client = ClientFor(peer.port());

  const auto first = Get(client, "/1");
  const auto second = Get(client, "/2");

  ASSERT_TRUE(first);
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(second->body, "two");
  EXPECT_EQ(client.handshakes(), 2U);
}

// Nobody looked whether the peer closed meanwhile, orderly or not: the request goes out again.
TEST_F(HttpClientTest, UsesAnUncheckedConnectionAndAnotherIfThatIsClosed) {
  const test::Authority authority;
  const auto tls = ClientTls(TrustPem(authority.ca_pem()));
  for (const bool encrypted : {false, true}) {
    HttpServerOptions impatient;
    impatient.idle_timeout = 30ms;
    Serve(Hello, encrypted ? authority.IssueForLoopback() : x509::KeyPair(), impatient);
    HttpClient client = UncheckedClientFor(server->port(), encrypted ? tls : nullptr);
    ASSERT_TRUE(Get(client));
    ASSERT_TRUE(Get(client));
    EXPECT_EQ(client.handshakes(), 1U);
    RunTask(SleepFor(150ms));
    EXPECT_EQ(server->connections(), 0U) << "the server has closed";

    const auto answer = Get(client, "/late");

    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->body, "hello /late");
    EXPECT_EQ(client.handshakes(), 2U) << (encrypted ? "TLS" : "plain");
    RunTask(server->Stop(0s));
  }
}

Task<void> AnswerOnceThenHangUpOnTheSecond(boost::asio::ip::tcp::acceptor* acceptor, int* requests,
                                           std::string last_words) {
  for (;;) {
    auto [error, socket] =
        co_await acceptor->async_accept(boost::asio::as_tuple(boost::asio::use_awaitable));
    if (error) co_return;
    for (int i = 0; i < 2; ++i) {
      std::array<char, 4096> bytes{};
      const auto [read_error, size] = co_await socket.async_read_some(
          boost::asio::buffer(bytes), boost::asio::as_tuple(boost::asio::use_awaitable));
      if (read_error == boost::asio::error::operation_aborted) co_return;
      if (read_error) break;
      ++*requests;
      const std::string answer = i == 0 ? Ok("fine") : last_words;
      co_await boost::asio::async_write(socket, boost::asio::buffer(answer),
                                        boost::asio::as_tuple(boost::asio::use_awaitable));
    }
  }
}

TEST_F(HttpClientTest, RetriesARequestThatAKeptConnectionSwallowed) {
  int requests = 0;
  tasks.Spawn("peer", AnswerOnceThenHangUpOnTheSecond(&acceptor, &requests, ""));
  HttpClient client = ClientFor(acceptor.local_endpoint().port());
  ASSERT_TRUE(Get(client));

  const auto second = Get(client);

  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(requests, 3);  // the swallowed one came again on a new connection
  EXPECT_EQ(client.handshakes(), 2U);
}

TEST_F(HttpClientTest, DoesNotRetryOnceAByteOfTheAnswerCame) {
  int requests = 0;
  tasks.Spawn("peer", AnswerOnceThenHangUpOnTheSecond(&acceptor, &requests, "HTTP/1.1 2"));
  HttpClient client = ClientFor(acceptor.local_endpoint().port());
  ASSERT_TRUE(Get(client));

  const auto second = Get(client);

  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::kClosed);
  EXPECT_EQ(requests, 2);
}

// Answers each first request of a connection and resets that when its time is over.
Task<void> AnswerThenReset(boost::asio::ip::tcp::acceptor* acceptor, Duration patience) {
  for (;;) {
    auto [error, socket] =
        co_await acceptor->async_accept(boost::asio::as_tuple(boost::asio::use_awaitable));
    if (error) co_return;
    std::array<char, 4096> bytes{};
    co_await socket.async_read_some(boost::asio::buffer(bytes),
                                    boost::asio::as_tuple(boost::asio::use_awaitable));
    const std::string answer = Ok("fine");
    co_await boost::asio::async_write(socket, boost::asio::buffer(answer),
                                      boost::asio::as_tuple(boost::asio::use_awaitable));
    const bool slept = co_await SleepFor(patience);
    if (!slept) co_return;
    socket.set_option(boost::asio::socket_base::linger(true, 0));
  }
}

TEST_F(HttpClientTest, ReplacesAnUncheckedConnectionThatWasReset) {
  tasks.Spawn("peer", AnswerThenReset(&acceptor, 2ms));
  HttpClient client = UncheckedClientFor(acceptor.local_endpoint().port());
  ASSERT_TRUE(Get(client));
  RunTask(SleepFor(20ms));

  const MonoTime began = SteadyNow();
  const auto second = Get(client);

  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(client.handshakes(), 2U);
  EXPECT_LT(SteadyNow() - began, 900ms) << "nobody is left to say a last word";
}

// A TLS server that answers the first request of a connection and then says `octets` in the clear.
class UnfriendlyTlsServer {
 public:
  UnfriendlyTlsServer(boost::asio::ip::tcp::acceptor& acceptor,
                      std::shared_ptr<const TlsServerContext> context, std::string octets)
      : thread_([listener = acceptor.native_handle(), context = std::move(context),
                 octets = std::move(octets)] {
          for (int i = 0; i < 2; ++i) {
            const int descriptor = ::accept(listener, nullptr, nullptr);
            const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context->native()),
                                                                &SSL_free);
            SSL_set_fd(ssl.get(), descriptor);
            std::array<char, 4096> request{};
            const std::string answer = Ok("fine");
            if (SSL_accept(ssl.get()) == 1 &&
                SSL_read(ssl.get(), request.data(), static_cast<int>(request.size())) > 0) {
              SSL_write(ssl.get(), answer.data(), static_cast<int>(answer.size()));
            }
            ::send(descriptor, octets.data(), octets.size(), MSG_NOSIGNAL);
            // Until the client lets go.
            while (::recv(descriptor, request.data(), request.size(), 0) > 0) continue;
            ::close(descriptor);
          }
        }) {}
  ~UnfriendlyTlsServer() { thread_.join(); }

 private:
  std::thread thread_;
};

// A fault of a kept connection is none of the kubelet behind it: whoever answers there now is asked
// on a new one.
TEST_F(HttpClientTest, ReplacesAnUncheckedConnectionWhoseTlsBroke) {
  const test::Authority authority;
  // RFC 8446 section 5.1 and 6: a fatal alert in the clear, which is no record of this connection.
  const std::string alert("\x15\x03\x03\x00\x02\x02\x50", 7);
  acceptor.native_non_blocking(false);
  const UnfriendlyTlsServer peer(acceptor, ServerTls(authority.IssueForLoopback()), alert);
  {
    HttpClient client = UncheckedClientFor(acceptor.local_endpoint().port(),
                                           ClientTls(TrustPem(authority.ca_pem())));
    ASSERT_TRUE(Get(client));
    RunTask(SleepFor(20ms));

    const auto second = Get(client);

    EXPECT_TRUE(second) << second.error().message;
    EXPECT_EQ(client.handshakes(), 2U);
  }
}

}  // namespace
}  // namespace mpl::net
