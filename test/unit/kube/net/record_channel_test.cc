// A client's TLS connections against OpenSSL as the server, which does what ours never would.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <memory>
#include <thread>

#include "kube/net/tls_stream.h"
#include "test/unit/kube/net/net_fixture.h"

namespace mpl::net {
namespace {

using boost::asio::ip::tcp;
using ::testing::HasSubstr;

// The server's end of one connection: blocking, on a thread of its own.
class Peer {
 public:
  explicit Peer(SSL* ssl) : ssl_(ssl) {}

  void Write(std::string_view text) {
    while (!text.empty()) {
      std::size_t written = 0;
      ASSERT_EQ(SSL_write_ex(ssl_, text.data(), text.size(), &written), 1);
      text.remove_prefix(written);
    }
  }
  std::string Read(std::size_t size) {
    std::string text(size, ' ');
    std::size_t filled = 0;
    while (filled < size) {
      std::size_t bytes = 0;
      if (SSL_read_ex(ssl_, text.data() + filled, size - filled, &bytes) != 1) break;
      filled += bytes;
    }
    text.resize(filled);
    return text;
  }
  void NewKeys(int kind) {
    EXPECT_EQ(SSL_key_update(ssl_, kind), 1);
    EXPECT_EQ(SSL_do_handshake(ssl_), 1);
  }
  void Goodbye() { SSL_shutdown(ssl_); }
  // What the next read comes to instead of bytes.
  int Ending() {
    char byte = 0;
    return SSL_get_error(ssl_, SSL_read(ssl_, &byte, 1));
  }
  void Raw(const std::string& octets) {
    EXPECT_EQ(::send(SSL_get_fd(ssl_), octets.data(), octets.size(), 0),
              static_cast<ssize_t>(octets.size()));
  }
  SSL* ssl() { return ssl_; }

 private:
  SSL* ssl_;
};

// What the server offers.
struct SuiteOffer {
  const char* name;
  const char* suites;  // of TLS 1.3; null: TLS 1.2
};

class RecordChannelTest : public NetTest, public ::testing::WithParamInterface<SuiteOffer> {
 protected:
  ~RecordChannelTest() override { Join(); }
  void Join() {
    if (thread_.joinable()) thread_.join();
  }

  // Connects to a server that prepares with `before` and, after the handshake, does `script`.
  SocketStream& Connect(
      std::function<void(Peer&)> script, std::function<void(SSL*)> before = [](SSL*) {}) {
    tcp::acceptor acceptor(runtime.executor(), {boost::asio::ip::make_address("127.0.0.1"), 0});
    tcp::socket socket(runtime.executor());
    socket.connect(acceptor.local_endpoint());
    const int descriptor = acceptor.accept().release();
    ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) & ~O_NONBLOCK);
    thread_ = std::thread([this, descriptor, script = std::move(script),
                           before = std::move(before)] {
      const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context_->native()), &SSL_free);
      SSL_set_fd(ssl.get(), descriptor);
      Choose(ssl.get());
      before(ssl.get());
      if (SSL_accept(ssl.get()) == 1) {
        Peer peer(ssl.get());
        script(peer);
      }
      ERR_clear_error();
      ::close(descriptor);
    });
    stream_ = std::make_unique<SocketStream>(std::move(socket));
    stream_->SetDeadline(SteadyNow() + 10s);
    const auto secured = RunTask(stream_->ClientHandshake(ClientTls(TrustPem(authority_.ca_pem())),
                                                          "127.0.0.1", "handshake"));
    EXPECT_TRUE(secured) << secured.error().message;
    return *stream_;
  }

  struct Ended {
    std::string text;
    ErrorCode error;
  };
  // Until the stream ends, `step` bytes at a time at most.
  static Task<Ended> ReadAll(SocketStream* stream, std::size_t step) {
    Ended all;
    std::string part(step, ' ');
    for (;;) {
      const IoResult result = co_await stream->ReadSome(part.data(), part.size());
      all.text.append(part, 0, result.bytes);
      all.error = result.error;
      if (result.error) co_return all;
    }
  }
  Ended Rest(SocketStream& stream, std::size_t step = 64U << 10U) {
    return RunTask(ReadAll(&stream, step));
  }
  std::string Read(SocketStream& stream, std::size_t size) {
    std::string text(size, ' ');
    text.resize(RunTask(stream.ReadSome(text.data(), size)).bytes);
    return text;
  }
  ErrorCode Write(SocketStream& stream, const std::string& text) {
    return RunTask(stream.WriteAll(text));
  }

 private:
  void Choose(SSL* ssl) const {
    if (GetParam().suites == nullptr) {
      EXPECT_EQ(SSL_set_max_proto_version(ssl, TLS1_2_VERSION), 1);
    } else {
      EXPECT_EQ(SSL_set_ciphersuites(ssl, GetParam().suites), 1);
    }
  }

  test::Authority authority_{"ca"};
  std::shared_ptr<const TlsServerContext> context_ = ServerTls(authority_.IssueForLoopback());
  std::unique_ptr<SocketStream> stream_;
  std::thread thread_;
};

// Without printing them.
void ExpectSame(const std::string& text, const std::string& expected) {
  EXPECT_EQ(text.size(), expected.size());
  const auto [at, other] = std::ranges::mismatch(text, expected);
  EXPECT_EQ(at - text.begin(), static_cast<std::ptrdiff_t>(expected.size()));
}

std::string Long(std::size_t size) {
  std::string text(size, ' ');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i * i % 23);
  return text;
}

TEST_P(RecordChannelTest, CarriesLongTextsBothWays) {
  const std::string text = Long(700'001);
  SocketStream& stream = Connect([&](Peer& peer) {
    const std::string got = peer.Read(text.size());
    ExpectSame(got, text);
    peer.Write(got);
    peer.Goodbye();
  });
  EXPECT_FALSE(Write(stream, text));
  const Ended all = Rest(stream);
  ExpectSame(all.text, text);
  EXPECT_EQ(all.error, boost::asio::error::eof);
}

TEST_P(RecordChannelTest, ReadsAsLittleAsItIsAskedFor) {
  const std::string text = Long(40'000);
  SocketStream& stream = Connect([&](Peer& peer) {
    peer.Write(text);
    peer.Goodbye();
  });
  const Ended all = Rest(stream, 7);
  ExpectSame(all.text, text);
  EXPECT_EQ(all.error, boost::asio::error::eof);
}

TEST_P(RecordChannelTest, TellsACutFromAnEnd) {
  SocketStream& stream = Connect([](Peer& peer) { peer.Write("half a sen"); });
  const Ended all = Rest(stream);
  EXPECT_EQ(all.text, "half a sen");
  EXPECT_EQ(all.error, boost::asio::error::connection_reset);
}

TEST_P(RecordChannelTest, SaysGoodbye) {
  int ending = 0;
  SocketStream& stream = Connect([&](Peer& peer) {
    EXPECT_EQ(peer.Read(5), "hello");
    ending = peer.Ending();
  });
  EXPECT_FALSE(Write(stream, "hello"));
  stream.ShutdownWrite();
  Join();
  EXPECT_EQ(ending, SSL_ERROR_ZERO_RETURN);
}

TEST_P(RecordChannelTest, RefusesWhatIsNotARecordAndSaysSo) {
  int ending = 0;
  SocketStream& stream = Connect([&](Peer& peer) {
    peer.Raw("\x17\x03\x03\x20" + std::string(40'000, 'x'));
    ending = peer.Ending();
  });
  const Ended all = Rest(stream);
  EXPECT_EQ(all.error, boost::system::errc::protocol_error);
  EXPECT_NE(stream.tls_reason(), "");
  // Who refuses: OpenSSL words it in another way.
  const bool ours = stream.tls_reason().starts_with("record refused: ");
  EXPECT_EQ(ours, GetParam().suites != nullptr) << stream.tls_reason();
  EXPECT_TRUE(Write(stream, "hello"));
  EXPECT_TRUE(stream.IsStale());
  stream.ShutdownWrite();
  Join();
  EXPECT_EQ(ending, SSL_ERROR_SSL);  // our alert
}

INSTANTIATE_TEST_SUITE_P(Offers, RecordChannelTest,
                         ::testing::Values(SuiteOffer{"aes128", "TLS_AES_128_GCM_SHA256"},
                                           SuiteOffer{"aes256", "TLS_AES_256_GCM_SHA384"},
                                           SuiteOffer{"chacha20", "TLS_CHACHA20_POLY1305_SHA256"},
                                           SuiteOffer{"tls12", nullptr}),
                         [](const auto& offer) { return offer.param.name; });

class RecordChannel13 : public RecordChannelTest {};

void SendTickets(SSL* ssl) { EXPECT_EQ(SSL_set_num_tickets(ssl, 2), 1); }

TEST_P(RecordChannel13, PassesOverTicketsAndTakesNewKeys) {
  SocketStream& stream = Connect(
      [](Peer& peer) {
        peer.Write("one");
        peer.NewKeys(SSL_KEY_UPDATE_REQUESTED);
        peer.Write("two");
        EXPECT_EQ(peer.Read(5), "hello");
        peer.NewKeys(SSL_KEY_UPDATE_NOT_REQUESTED);
        peer.Write("three");
        EXPECT_EQ(peer.Read(5), "again");
        peer.Goodbye();
      },
      SendTickets);
  std::string text;
  while (text.size() < 6) text += Read(stream, 100);
  EXPECT_EQ(text, "onetwo");
  EXPECT_FALSE(Write(stream, "hello"));
  EXPECT_EQ(Read(stream, 100), "three");
  EXPECT_FALSE(Write(stream, "again"));
  EXPECT_EQ(Rest(stream).error, boost::asio::error::eof);
}

TEST_P(RecordChannel13, ATicketDoesNotMakeAConnectionStaleButDataDoes) {
  SocketStream& stream = Connect(
      [](Peer& peer) {
        EXPECT_EQ(peer.Read(1), "a");
        peer.Write("unasked");
        EXPECT_EQ(peer.Ending(), SSL_ERROR_ZERO_RETURN);
      },
      SendTickets);
  EXPECT_FALSE(stream.IsStale());
  EXPECT_FALSE(Write(stream, "a"));
  EXPECT_FALSE(RunTask(stream.WaitReadable()));
  while (!stream.IsStale()) EXPECT_FALSE(RunTask(stream.WaitReadable()));
  stream.ShutdownWrite();
}

// With TLS 1.3 it hears of that only after its own handshake.
TEST_P(RecordChannel13, TellsTheAlertOfAServerThatWantsACertificate) {
  SocketStream& stream =
      Connect([](Peer&) {},
              [](SSL* ssl) {
                SSL_set_verify(ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
              });
  EXPECT_EQ(Rest(stream).error, boost::system::errc::protocol_error);
  EXPECT_THAT(stream.tls_reason(), HasSubstr("peer sent alert: "));
}

INSTANTIATE_TEST_SUITE_P(Offers, RecordChannel13,
                         ::testing::Values(SuiteOffer{"aes128", "TLS_AES_128_GCM_SHA256"},
                                           SuiteOffer{"aes256", "TLS_AES_256_GCM_SHA384"},
                                           SuiteOffer{"chacha20", "TLS_CHACHA20_POLY1305_SHA256"}),
                         [](const auto& offer) { return offer.param.name; });

}  // namespace
}  // namespace mpl::net
