// TLS connections against OpenSSL as the other side, which does what ours never would.
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
#include "kube/tls/records.h"
#include "test/unit/kube/net/net_fixture.h"

namespace mpl::net {
namespace {

using boost::asio::ip::tcp;
using ::testing::HasSubstr;

// The other end of one connection: blocking, on a thread of its own.
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
  // What came at once, undeciphered.
  std::string RawRead() {
    std::string octets(1000, ' ');
    const ssize_t bytes = ::recv(SSL_get_fd(ssl_), octets.data(), octets.size(), 0);
    octets.resize(static_cast<std::size_t>(std::max<ssize_t>(bytes, 0)));
    return octets;
  }
  void Raw(const std::string& octets) {
    EXPECT_EQ(::send(SSL_get_fd(ssl_), octets.data(), octets.size(), 0),
              static_cast<ssize_t>(octets.size()));
  }
  SSL* ssl() { return ssl_; }

 private:
  SSL* ssl_;
};

struct Case {
  const char* name;
  tls::Side side;      // ours
  const char* suites;  // of TLS 1.3, which the other side offers; null: TLS 1.2
};

class RecordChannelTest : public NetTest, public ::testing::WithParamInterface<Case> {
 protected:
  ~RecordChannelTest() override { Join(); }
  void Join() {
    if (thread_.joinable()) thread_.join();
  }

  // With another side that prepares with `before` and, after the handshake, does `script`.
  SocketStream& Connect(
      std::function<void(Peer&)> script, std::function<void(SSL*)> before = [](SSL*) {}) {
    tcp::acceptor acceptor(runtime.executor(), {boost::asio::ip::make_address("127.0.0.1"), 0});
    tcp::socket socket(runtime.executor());
    socket.connect(acceptor.local_endpoint());
    const int descriptor = acceptor.accept().release();
    ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) & ~O_NONBLOCK);
    thread_ =
        std::thread([this, descriptor, script = std::move(script), before = std::move(before)] {
          const bool serves = GetParam().side == tls::Side::kClient;
          const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(
              SSL_new(serves ? context_->native() : client_context_.get()), &SSL_free);
          SSL_set_fd(ssl.get(), descriptor);
          Choose(ssl.get());
          before(ssl.get());
          if ((serves ? SSL_accept(ssl.get()) : SSL_connect(ssl.get())) == 1) {
            Peer peer(ssl.get());
            script(peer);
          }
          ERR_clear_error();
          ::close(descriptor);
        });
    stream_ = std::make_unique<SocketStream>(std::move(socket));
    stream_->SetDeadline(SteadyNow() + 10s);
    if (GetParam().side == tls::Side::kClient) {
      const auto secured = RunTask(stream_->ClientHandshake(
          ClientTls(TrustPem(authority_.ca_pem())), "127.0.0.1", "handshake"));
      EXPECT_TRUE(secured) << secured.error().message;
    } else {
      EXPECT_FALSE(RunTask(stream_->ServerHandshake(context_)).error) << stream_->tls_reason();
    }
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
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> client_context_{
      SSL_CTX_new(TLS_client_method()), &SSL_CTX_free};
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

constexpr Case kClients13[] = {
    {"client_aes128", tls::Side::kClient, "TLS_AES_128_GCM_SHA256"},
    {"client_aes256", tls::Side::kClient, "TLS_AES_256_GCM_SHA384"},
    {"client_chacha20", tls::Side::kClient, "TLS_CHACHA20_POLY1305_SHA256"},
};
constexpr Case kServers13[] = {
    {"server_aes128", tls::Side::kServer, "TLS_AES_128_GCM_SHA256"},
    {"server_aes256", tls::Side::kServer, "TLS_AES_256_GCM_SHA384"},
    {"server_chacha20", tls::Side::kServer, "TLS_CHACHA20_POLY1305_SHA256"},
};
constexpr Case kBoth12[] = {
    {"client_tls12", tls::Side::kClient, nullptr},
    {"server_tls12", tls::Side::kServer, nullptr},
};
std::string NameOf(const ::testing::TestParamInfo<Case>& tested) { return tested.param.name; }

INSTANTIATE_TEST_SUITE_P(Clients, RecordChannelTest, ::testing::ValuesIn(kClients13), NameOf);
INSTANTIATE_TEST_SUITE_P(Servers, RecordChannelTest, ::testing::ValuesIn(kServers13), NameOf);
INSTANTIATE_TEST_SUITE_P(Older, RecordChannelTest, ::testing::ValuesIn(kBoth12), NameOf);

class RecordChannel13 : public RecordChannelTest {};

TEST_P(RecordChannel13, SendsTogetherWhatFollowsAtOnce) {
  std::string octets;
  SocketStream& stream = Connect([&](Peer& peer) { octets = peer.RawRead(); });
  EXPECT_FALSE(RunTask(stream.WriteAll("one", More::kYes)));
  EXPECT_FALSE(Write(stream, "second"));
  Join();
  const std::size_t around = tls::kHeaderBytes + 1 + tls::kTagBytes;
  EXPECT_EQ(octets.size(), around + 3 + around + 6);
}

TEST_P(RecordChannel13, WhatIsHeldBackComesInItsOrder) {
  const std::string text = Long(300'000);
  SocketStream& stream = Connect([&](Peer& peer) {
    ExpectSame(peer.Read(2 * text.size() + 6), "one" + text + text + "end");
    peer.Goodbye();
  });
  EXPECT_FALSE(RunTask(stream.WriteAll("one", More::kYes)));
  EXPECT_FALSE(RunTask(stream.WriteAll(text, More::kYes)));
  EXPECT_FALSE(RunTask(stream.WriteAll(text, More::kYes)));
  EXPECT_FALSE(Write(stream, "end"));
  EXPECT_EQ(Rest(stream).error, boost::asio::error::eof);
}

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

INSTANTIATE_TEST_SUITE_P(Clients, RecordChannel13, ::testing::ValuesIn(kClients13), NameOf);
INSTANTIATE_TEST_SUITE_P(Servers, RecordChannel13, ::testing::ValuesIn(kServers13), NameOf);

class ClientRecordChannel : public RecordChannelTest {};

TEST_P(ClientRecordChannel, ATicketDoesNotMakeAConnectionStaleButDataDoes) {
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
TEST_P(ClientRecordChannel, TellsTheAlertOfAServerThatWantsACertificate) {
  SocketStream& stream =
      Connect([](Peer&) {},
              [](SSL* ssl) {
                SSL_set_verify(ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
              });
  EXPECT_EQ(Rest(stream).error, boost::system::errc::protocol_error);
  EXPECT_THAT(stream.tls_reason(), HasSubstr("peer sent alert: "));
}

INSTANTIATE_TEST_SUITE_P(Clients, ClientRecordChannel, ::testing::ValuesIn(kClients13), NameOf);

}  // namespace
}  // namespace mpl::net
