#include "bench/serving/tls_socket.h"

#include <openssl/err.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

namespace mpl::bench {

TlsContext MakeTlsContext() {
  TlsContext context(SSL_CTX_new(TLS_server_method()));
  if (context == nullptr) throw std::runtime_error("SSL_CTX_new failed");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION);
  SSL_CTX_set_ciphersuites(context.get(), "TLS_AES_128_GCM_SHA256");
  SSL_CTX_set_num_tickets(context.get(), 1);
  SSL_CTX_set_read_ahead(context.get(), 1);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
  return context;
}

TlsSocket::TlsSocket(int descriptor, SSL_CTX* context)
    : descriptor_(descriptor), tls_(SSL_new(context)) {
  SSL_set_fd(tls_.get(), descriptor);
  SSL_set_accept_state(tls_.get());
}

TlsSocket::~TlsSocket() {
  if (established_) SSL_shutdown(tls_.get());
  close(descriptor_);
}

TlsSocket::Outcome TlsSocket::OutcomeOf(int result) const {
  switch (SSL_get_error(tls_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return Outcome::kWantRead;
    case SSL_ERROR_WANT_WRITE:
      return Outcome::kWantWrite;
    default:
      return Outcome::kClosed;
  }
}

TlsSocket::Outcome TlsSocket::Handshake() {
  ERR_clear_error();
  const int done = SSL_do_handshake(tls_.get());
  if (done != 1) return OutcomeOf(done);
  established_ = true;
  return Outcome::kDone;
}

TlsSocket::Outcome TlsSocket::Read(std::string& in) {
  ERR_clear_error();
  std::array<char, 4096> bytes{};
  const int got = SSL_read(tls_.get(), bytes.data(), static_cast<int>(bytes.size()));
  if (got <= 0) return OutcomeOf(got);
  in.append(bytes.data(), static_cast<std::size_t>(got));
  return Outcome::kDone;
}

TlsSocket::Outcome TlsSocket::Write(std::string_view out, std::size_t& sent) {
  ERR_clear_error();
  while (sent < out.size()) {
    const int put = SSL_write(tls_.get(), out.data() + sent, static_cast<int>(out.size() - sent));
    if (put <= 0) return OutcomeOf(put);
    sent += static_cast<std::size_t>(put);
  }
  return Outcome::kDone;
}

}  // namespace mpl::bench
