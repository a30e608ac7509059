// What the server speaks on the wire, asked by a client that would take anything: TLS 1.2 and 1.3,
// AEAD suites (RFC 5116) with forward secrecy, no renegotiation, no compression.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "test/unit/kube/net/net_fixture.h"

namespace mpl::net {
namespace {

using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Offer {
  int min_version = TLS1_VERSION;
  int max_version = TLS1_3_VERSION;
  std::string suites = {};  // of TLS 1.2 and older; empty: all that OpenSSL has
  bool renegotiate = false;
  std::string request = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  bool half_close = false;  // close_notify and FIN right after the request
};

struct Taken {
  bool shaken = false;
  std::string version, suite, alpn, answer;
  bool compressed = false;
  int renegotiated = 0;  // what SSL_do_handshake said the second time
  std::string error;
};

std::string LastError() {
  const unsigned long code = ERR_peek_last_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason == nullptr ? "" : reason;
}

int Dial(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
  timeval limit{.tv_sec = 10, .tv_usec = 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  EXPECT_EQ(connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  return fd;
}

void Talk(SSL* ssl, const Offer& offer, Taken& taken) {
  taken.shaken = SSL_connect(ssl) == 1;
  if (!taken.shaken) {
    taken.error = LastError();
    return;
  }
  taken.version = SSL_get_version(ssl);
  taken.suite = SSL_get_cipher_name(ssl);
  taken.compressed = SSL_get_current_compression(ssl) != nullptr;
  const unsigned char* alpn = nullptr;
  unsigned int alpn_size = 0;
  SSL_get0_alpn_selected(ssl, &alpn, &alpn_size);
  taken.alpn.assign(reinterpret_cast<const char*>(alpn), alpn_size);
  if (offer.renegotiate) {
    ERR_clear_error();
    SSL_renegotiate(ssl);
    taken.renegotiated = SSL_do_handshake(ssl);
    taken.error = LastError();
    return;
  }
  SSL_write(ssl, offer.request.data(), static_cast<int>(offer.request.size()));
  if (offer.half_close) {
    SSL_shutdown(ssl);
    shutdown(SSL_get_fd(ssl), SHUT_WR);
  }
  char piece[4096];
  for (int n = 0; (n = SSL_read(ssl, piece, sizeof piece)) > 0;) {
    taken.answer.append(piece, static_cast<std::size_t>(n));
  }
}

Taken Ask(std::uint16_t port, const Offer& offer) {
  Taken taken;
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_security_level(context, 0);
  SSL_CTX_set_min_proto_version(context, offer.min_version);
  SSL_CTX_set_max_proto_version(context, offer.max_version);
  SSL_CTX_clear_options(context, SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_cipher_list(context, offer.suites.empty() ? "ALL:@SECLEVEL=0" : offer.suites.c_str());
  constexpr unsigned char kProtocols[] = "\x02h2\x08http/1.1";
  SSL_CTX_set_alpn_protos(context, kProtocols, sizeof kProtocols - 1);
  const int fd = Dial(port);
  SSL* ssl = SSL_new(context);
  SSL_set_fd(ssl, fd);
  Talk(ssl, offer, taken);
  SSL_free(ssl);
  SSL_CTX_free(context);
  close(fd);
  return taken;
}

class TlsSettings : public NetTest {
 protected:
  TlsSettings() { Serve(Hello, authority.IssueForLoopback()); }
  ~TlsSettings() override { RunTask(server->Stop(0s)); }

  // The client blocks, so it has a thread of its own.
  Taken Offering(const Offer& offer) {
    Taken taken;
    std::atomic<bool> done = false;
    std::thread client([&, port = server->port()] {
      taken = Ask(port, offer);
      done = true;
    });
    struct Wait {
      static Task<void> For(const std::atomic<bool>* flag) {
        while (!*flag) co_await SleepFor(1ms);
      }
    };
    RunTask(Wait::For(&done));
    client.join();
    return taken;
  }

  const test::Authority authority{"ca"};
};

TEST_F(TlsSettings, SpeaksTls13ToWhoeverCan) {
  const Taken taken = Offering({});
  EXPECT_TRUE(taken.shaken) << taken.error;
  EXPECT_EQ(taken.version, "TLSv1.3");
  EXPECT_EQ(taken.alpn, "http/1.1");
  EXPECT_FALSE(taken.compressed);
  EXPECT_THAT(taken.answer, StartsWith("HTTP/1.1 200 "));
}

// crypto/tls of Go (defaultCipherSuitesTLS13) has the same order where the processor has AES.
TEST_F(TlsSettings, PrefersTheCheaperAes) {
  EXPECT_EQ(Offering({}).suite, "TLS_AES_128_GCM_SHA256") << "OpenSSL's client names 256 first";

  const auto client = ClientTls(TrustPem(authority.ca_pem()));
  const STACK_OF(SSL_CIPHER)* const suites = SSL_CTX_get_ciphers(client->native());
  std::vector<std::string> names;
  for (int i = 0; i < 3; ++i)
    names.emplace_back(SSL_CIPHER_get_name(sk_SSL_CIPHER_value(suites, i)));
  EXPECT_THAT(names, ElementsAre("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384",
                                 "TLS_CHACHA20_POLY1305_SHA256"));
}

TEST_F(TlsSettings, SpeaksTls12WithAeadSuitesAlone) {
  const Taken all = Offering({.max_version = TLS1_2_VERSION});
  EXPECT_TRUE(all.shaken) << all.error;
  EXPECT_EQ(all.version, "TLSv1.2");
  EXPECT_FALSE(all.compressed);
  EXPECT_THAT(all.suite, AnyOf(HasSubstr("GCM"), HasSubstr("CHACHA20")));
  EXPECT_THAT(all.suite, StartsWith("ECDHE-"));

  for (const char* suite : {"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
                            "ECDHE-ECDSA-CHACHA20-POLY1305"}) {
    const Taken taken = Offering({.max_version = TLS1_2_VERSION, .suites = suite});
    EXPECT_TRUE(taken.shaken) << suite << ": " << taken.error;
  }
  // CBC with the same key exchange and the same kind of key: only the mode is at fault.
  for (const char* suite : {"ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA",
                            "ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES256-SHA384"}) {
    const Taken taken =
        Offering({.max_version = TLS1_2_VERSION, .suites = std::string(suite) + ":@SECLEVEL=0"});
    EXPECT_FALSE(taken.shaken) << suite;
    EXPECT_THAT(taken.error, HasSubstr("handshake failure")) << suite;
  }
}

TEST_F(TlsSettings, RefusesOlderVersions) {
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
    const Taken taken = Offering({.min_version = version, .max_version = version});
    EXPECT_FALSE(taken.shaken) << version;
    EXPECT_THAT(taken.error, HasSubstr("protocol version")) << version;
  }
}

TEST_F(TlsSettings, RefusesToRenegotiate) {
  const Taken taken = Offering({.max_version = TLS1_2_VERSION, .renegotiate = true});
  EXPECT_TRUE(taken.shaken) << taken.error;
  EXPECT_NE(taken.renegotiated, 1);
  EXPECT_THAT(taken.error, HasSubstr("no renegotiation"));
  EXPECT_THAT(Offering({}).answer, StartsWith("HTTP/1.1 200 ")) << "others are served on";
}

TEST_F(TlsSettings, AnswersWhoeverHasNothingMoreToSay) {
  Offer offer;
  offer.request = "GET /half HTTP/1.1\r\nHost: x\r\n\r\n";
  offer.half_close = true;
  EXPECT_THAT(Offering(offer).answer, EndsWith("hello /half"));
}

TEST_F(TlsSettings, AnswersPipelinedRequestsInOneRecord) {
  Offer offer;
  offer.request = "GET /1 HTTP/1.1\r\nHost: x\r\n\r\n" + offer.request;
  const std::string answer = Offering(offer).answer;
  EXPECT_THAT(answer, HasSubstr("hello /1HTTP/1.1 200 "));
  EXPECT_THAT(answer, EndsWith("hello /"));
}

}  // namespace
}  // namespace mpl::net
