#include "kube/net/openssl_channel.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <boost/asio/error.hpp>
#include <cerrno>
#include <string_view>

#include "kube/x509/certificate.h"

namespace mpl::net {

namespace asio = boost::asio;

namespace {

int ChannelIndex() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

// "<label> <client random> <secret>", in hexadecimal digits: the format of NSS's key logs.
std::string_view ValueOf(std::string_view line, std::string_view label) {
  if (!line.starts_with(label) || line.substr(label.size(), 1) != " ") return {};
  return line.substr(line.rfind(' ') + 1);
}

}  // namespace

void OpenSslChannel::Freer::operator()(ssl_st* ssl) const { SSL_free(ssl); }

std::unique_ptr<OpenSslChannel> OpenSslChannel::Create(ssl_ctx_st* context, int descriptor) {
  std::unique_ptr<SSL, Freer> ssl(SSL_new(context));
  if (!ssl || SSL_set_fd(ssl.get(), descriptor) != 1) return nullptr;
  return std::unique_ptr<OpenSslChannel>(new OpenSslChannel(ssl.release()));
}

OpenSslChannel::OpenSslChannel(ssl_st* ssl) : ssl_(ssl), secrets_(std::make_unique<Secrets>()) {
  SSL_set_ex_data(ssl, ChannelIndex(), this);
}
OpenSslChannel::~OpenSslChannel() = default;

void OpenSslChannel::BeClient(PeerCheck& check, const std::string& name) {
  SSL_set_connect_state(ssl_.get());
  // SSL_ctrl is what the macro SSL_set_tlsext_host_name hides behind an old-style cast.
  if (!name.empty()) {
    SSL_ctrl(ssl_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
             const_cast<char*>(name.c_str()));
  }
  check.AttachTo(ssl_.get());
}

void OpenSslChannel::BeServer() {
  side_ = tls::Side::kServer;
  SSL_set_accept_state(ssl_.get());
}

void WatchSecrets(ssl_ctx_st* context) {
  SSL_CTX_set_keylog_callback(context, &OpenSslChannel::OnKeyLog);
}

void OpenSslChannel::OnKeyLog(const ssl_st* ssl, const char* text) {
  auto* const channel = static_cast<OpenSslChannel*>(SSL_get_ex_data(ssl, ChannelIndex()));
  if (channel == nullptr || !channel->secrets_) return;
  const std::string_view line = text;
  Secrets& secrets = *channel->secrets_;
  if (const auto hex = ValueOf(line, "SERVER_TRAFFIC_SECRET_0"); !hex.empty()) {
    secrets.server = tls::Secret::FromHex(hex);
  } else if (const auto own = ValueOf(line, "CLIENT_TRAFFIC_SECRET_0"); !own.empty()) {
    secrets.client = tls::Secret::FromHex(own);
  }
}

Attempt OpenSslChannel::Handshake() {
  ERR_clear_error();
  errno = 0;
  const int result = SSL_do_handshake(ssl_.get());
  return result == 1 ? Attempt{} : Explain(result);
}

std::optional<tls::Records> OpenSslChannel::TakeRecords() {
  const std::unique_ptr<Secrets> secrets = std::move(secrets_);
  if (!secrets || SSL_version(ssl_.get()) != TLS1_3_VERSION || HasPending()) return std::nullopt;
  const SSL_CIPHER* const cipher = SSL_get_current_cipher(ssl_.get());
  const auto suite =
      cipher == nullptr ? std::nullopt : tls::SuiteOf(SSL_CIPHER_get_protocol_id(cipher));
  if (!suite) return std::nullopt;
  return tls::Records::Create(*suite, side_, secrets->server, secrets->client);
}

Attempt OpenSslChannel::Explain(int result) {
  const int number = errno;
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return {.wait = Wait::wait_read};
    case SSL_ERROR_WANT_WRITE:
      return {.wait = Wait::wait_write};
    case SSL_ERROR_ZERO_RETURN:
      return {.error = asio::error::eof};
    case SSL_ERROR_SYSCALL:
      broken_ = true;
      ERR_clear_error();
      return {.error =
                  number == 0 ? ErrorCode(asio::error::connection_reset) : SystemError(number)};
    default:
      break;
  }
  broken_ = true;
  // The connection ended without close_notify: cut off by somebody, perhaps not by the peer.
  if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
    ERR_clear_error();
    return {.error = asio::error::connection_reset};
  }
  reason_ = TakeTlsReason();
  return {.error = make_error_code(boost::system::errc::protocol_error)};
}

Attempt OpenSslChannel::ReadRecord(char* data, std::size_t size) {
  ERR_clear_error();
  errno = 0;
  std::size_t bytes = 0;
  const int result = SSL_read_ex(ssl_.get(), data, size, &bytes);
  return result == 1 ? Attempt{.bytes = bytes} : Explain(result);
}

Attempt OpenSslChannel::Read(char* data, std::size_t size) {
  if (held_back_) return {.error = std::exchange(held_back_, {})};
  Attempt all = ReadRecord(data, size);
  while (!all.error && !all.wait && all.bytes < size && HasPending()) {
    const Attempt next = ReadRecord(data + all.bytes, size - all.bytes);
    all.bytes += next.bytes;
    held_back_ = next.error;
    if (next.error || next.wait) break;
  }
  return all;
}

Attempt OpenSslChannel::Write(std::string_view bytes, More) {
  ERR_clear_error();
  errno = 0;
  std::size_t written = 0;
  const int result = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &written);
  return result == 1 ? Attempt{.bytes = written} : Explain(result);
}

bool OpenSslChannel::HasPending() const { return SSL_has_pending(ssl_.get()) == 1; }

bool OpenSslChannel::IsQuiet() {
  char byte = 0;
  ERR_clear_error();
  const int result = SSL_peek(ssl_.get(), &byte, 1);
  const bool quiet = result <= 0 && SSL_get_error(ssl_.get(), result) == SSL_ERROR_WANT_READ;
  ERR_clear_error();
  return quiet;
}

void OpenSslChannel::SayGoodbye() {
  if (broken_ || SSL_is_init_finished(ssl_.get()) != 1) return;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

std::vector<std::string> OpenSslChannel::PeerChainDer() const {
  std::vector<std::string> chain;
  X509* leaf = SSL_get0_peer_certificate(ssl_.get());
  if (leaf == nullptr) return chain;
  chain.push_back(x509::DerOf(leaf));
  // On the server's side OpenSSL keeps the leaf apart from the rest.
  const STACK_OF(X509)* rest = SSL_get_peer_cert_chain(ssl_.get());
  for (int i = 0; i < sk_X509_num(rest); ++i) chain.push_back(x509::DerOf(sk_X509_value(rest, i)));
  return chain;
}

}  // namespace mpl::net
