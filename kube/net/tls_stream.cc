#include "kube/net/tls_stream.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <optional>

#include "kube/net/net_error.h"
#include "kube/net/peer_check.h"

namespace mpl::net {

namespace asio = boost::asio;

namespace {

using Wait = asio::socket_base::wait_type;

// What one try without waiting came to: bytes, an error, or the need to wait.
struct Attempt {
  std::size_t bytes = 0;
  ErrorCode error = {};
  std::optional<Wait> wait = std::nullopt;
};

// A peer that is faster than we are must not keep the runtime to itself. Each is up to 64 KiB.
constexpr int kReadsInARow = 8;

ErrorCode SystemError(int number) { return {number, boost::system::system_category()}; }

// Cancels the socket's waits when the deadline passes. Deadlines mostly move away into the future,
// so the timer is not touched then: when it fires too early it goes to sleep again. Shared with
// the timer's handler, which may run after the stream is gone.
class Watchdog : public std::enable_shared_from_this<Watchdog> {
 public:
  explicit Watchdog(TcpSocket& socket) : socket_(&socket), timer_(socket.get_executor()) {}

  void SetDeadline(MonoTime deadline) {
    deadline_ = deadline;
    if (deadline < armed_until_) Arm();
  }
  bool Passed() const { return SteadyNow() >= deadline_; }
  void Detach() {
    socket_ = nullptr;
    timer_.cancel();
  }

 private:
  void Arm() {
    armed_until_ = deadline_;
    timer_.expires_at(deadline_);
    timer_.async_wait([self = shared_from_this()](const ErrorCode& error) {
      if (!error && self->socket_ != nullptr) self->Fire();
    });
  }
  void Fire() {
    armed_until_ = MonoTime::max();
    if (Passed()) {
      ErrorCode ignored;
      socket_->cancel(ignored);
    } else if (deadline_ != MonoTime::max()) {
      Arm();
    }
  }

  TcpSocket* socket_;
  asio::steady_timer timer_;
  MonoTime deadline_ = MonoTime::max();
  MonoTime armed_until_ = MonoTime::max();
};

struct SslFreer {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};

}  // namespace

struct SocketStream::Impl {
  explicit Impl(TcpSocket open) : socket(std::move(open)) {}

  TcpSocket socket;
  std::shared_ptr<Watchdog> watchdog = std::make_shared<Watchdog>(socket);
  std::shared_ptr<const void> context;  // TlsClientContext or TlsServerContext
  PeerCheck check;
  std::unique_ptr<SSL, SslFreer> ssl;  // null: plain TCP
  std::string tls_reason;
  bool broken = false;  // TLS failed: even close_notify must not be sent any more
  // OpenSSL knows the descriptor by its number, which may be another connection's after Close.
  bool closed = false;
  int reads_in_a_row = 0;  // without a wait
  // We have just written: the peer can hardly have answered, and a try would cost for nothing.
  bool answer_is_due = false;
  std::optional<Wait> awaited;  // by the last try
  ErrorCode held_back;          // came behind bytes that were told first

  bool HasPending() const { return ssl && SSL_has_pending(ssl.get()) == 1; }
  Attempt TryRead(char* data, std::size_t size);
  Attempt TryReadRecord(char* data, std::size_t size);
  Attempt TryWrite(std::string_view bytes);
  Attempt TryHandshake();
  Attempt ExplainTls(int result);
  Task<ErrorCode> WaitFor(Wait wait);
  Task<ErrorCode> AwaitTurn();
  bool MakeSsl(ssl_ctx_st* native);
  Task<ErrorCode> Handshake();
};

Attempt SocketStream::Impl::ExplainTls(int result) {
  const int number = errno;
  switch (SSL_get_error(ssl.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return {.wait = Wait::wait_read};
    case SSL_ERROR_WANT_WRITE:
      return {.wait = Wait::wait_write};
    case SSL_ERROR_ZERO_RETURN:
      return {.error = asio::error::eof};
    case SSL_ERROR_SYSCALL:
      broken = true;
      ERR_clear_error();
      return {.error =
                  number == 0 ? ErrorCode(asio::error::connection_reset) : SystemError(number)};
    default:
      break;
  }
  broken = true;
  // The connection ended without close_notify: cut off by somebody, perhaps not by the peer.
  if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
    ERR_clear_error();
    return {.error = asio::error::connection_reset};
  }
  tls_reason = TakeTlsReason();
  return {.error = make_error_code(boost::system::errc::protocol_error)};
}

Attempt SocketStream::Impl::TryReadRecord(char* data, std::size_t size) {
  ERR_clear_error();
  errno = 0;
  std::size_t bytes = 0;
  const int result = SSL_read_ex(ssl.get(), data, size, &bytes);
  return result == 1 ? Attempt{.bytes = bytes} : ExplainTls(result);
}

Attempt SocketStream::Impl::TryRead(char* data, std::size_t size) {
  if (closed) return {.error = asio::error::operation_aborted};
  if (held_back) return {.error = std::exchange(held_back, {})};
  if (ssl) {
    Attempt all = TryReadRecord(data, size);
    while (!all.error && !all.wait && all.bytes < size && HasPending()) {
      const Attempt next = TryReadRecord(data + all.bytes, size - all.bytes);
      all.bytes += next.bytes;
      held_back = next.error;
      if (next.error || next.wait) break;
    }
    return all;
  }
  const ssize_t bytes = ::recv(socket.native_handle(), data, size, MSG_DONTWAIT);
  if (bytes > 0) return {.bytes = static_cast<std::size_t>(bytes)};
  if (bytes == 0) return {.error = asio::error::eof};
  if (errno == EAGAIN || errno == EINTR) return {.wait = Wait::wait_read};
  return {.error = SystemError(errno)};
}

Attempt SocketStream::Impl::TryWrite(std::string_view bytes) {
  if (closed) return {.error = asio::error::operation_aborted};
  if (ssl) {
    ERR_clear_error();
    errno = 0;
    std::size_t written = 0;
    const int result = SSL_write_ex(ssl.get(), bytes.data(), bytes.size(), &written);
    return result == 1 ? Attempt{.bytes = written} : ExplainTls(result);
  }
  const ssize_t written =
      ::send(socket.native_handle(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (written >= 0) return {.bytes = static_cast<std::size_t>(written)};
  if (errno == EAGAIN || errno == EINTR) return {.wait = Wait::wait_write};
  return {.error = SystemError(errno)};
}

Attempt SocketStream::Impl::TryHandshake() {
  if (closed) return {.error = asio::error::operation_aborted};
  ERR_clear_error();
  errno = 0;
  const int result = SSL_do_handshake(ssl.get());
  return result == 1 ? Attempt{} : ExplainTls(result);
}

Task<ErrorCode> SocketStream::Impl::WaitFor(Wait wait) {
  reads_in_a_row = 0;
  answer_is_due = false;
  if (closed) co_return asio::error::operation_aborted;
  const auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none) co_return asio::error::operation_aborted;
  if (watchdog->Passed()) co_return asio::error::timed_out;
  const auto [error] = co_await socket.async_wait(wait, asio::as_tuple(asio::use_awaitable));
  if (error == asio::error::operation_aborted && watchdog->Passed()) {
    co_return asio::error::timed_out;
  }
  co_return error;
}

// Others take theirs, then it is ours again.
Task<ErrorCode> SocketStream::Impl::AwaitTurn() {
  reads_in_a_row = 0;
  co_await Yield();
  co_return ErrorCode();
}

bool SocketStream::Impl::MakeSsl(ssl_ctx_st* native) {
  ssl.reset(SSL_new(native));
  // OpenSSL reads and writes the descriptor itself: it must not block.
  ErrorCode error;
  socket.native_non_blocking(true, error);
  return ssl && !error && SSL_set_fd(ssl.get(), socket.native_handle()) == 1;
}

Task<ErrorCode> SocketStream::Impl::Handshake() {
  for (;;) {
    const Attempt attempt = TryHandshake();
    if (!attempt.wait) co_return attempt.error;
    const ErrorCode error = co_await WaitFor(*attempt.wait);
    if (error) co_return error;
  }
}

SocketStream::SocketStream(TcpSocket socket) : impl_(std::make_unique<Impl>(std::move(socket))) {}

SocketStream::~SocketStream() { Close(); }

TcpSocket& SocketStream::socket() { return impl_->socket; }

Task<Result<void>> SocketStream::ClientHandshake(std::shared_ptr<const TlsClientContext> context,
                                                 std::string name, std::string phase) {
  if (!impl_->MakeSsl(context->native())) {
    co_return Fail(ErrorKind::kInternal, phase + ": " + TakeTlsReason());
  }
  SSL_set_connect_state(impl_->ssl.get());
  // RFC 6066 section 3: literal addresses are not permitted as server names.
  // SSL_ctrl is what the macro SSL_set_tlsext_host_name hides behind an old-style cast.
  if (!IsIpLiteral(name)) {
    SSL_ctrl(impl_->ssl.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
             name.data());
  }
  impl_->check.context = context.get();
  impl_->check.name = std::move(name);
  impl_->check.AttachTo(impl_->ssl.get());
  impl_->context = std::move(context);
  const ErrorCode error = co_await impl_->Handshake();
  if (!impl_->check.verdict) co_return std::unexpected(impl_->check.verdict.error());
  if (error) co_return ToError(error, phase, impl_->tls_reason);
  co_return Result<void>();
}

Task<ErrorCode> SocketStream::ServerHandshake(std::shared_ptr<const TlsServerContext> context) {
  if (!impl_->MakeSsl(context->native())) {
    co_return make_error_code(boost::system::errc::not_enough_memory);
  }
  SSL_set_accept_state(impl_->ssl.get());
  impl_->context = std::move(context);
  const ErrorCode error = co_await impl_->Handshake();
  co_return error;
}

IoResult SocketStream::TryRead(char* data, std::size_t size) {
  Impl& impl = *impl_;
  impl.awaited.reset();
  if (impl.reads_in_a_row >= kReadsInARow) return {};
  if (std::exchange(impl.answer_is_due, false) && !impl.closed && !impl.HasPending()) {
    impl.awaited = Wait::wait_read;
    return {};
  }
  const Attempt attempt = impl.TryRead(data, size);
  impl.awaited = attempt.wait;
  if (attempt.bytes > 0) ++impl.reads_in_a_row;
  return {attempt.error, attempt.bytes};
}

Task<ErrorCode> SocketStream::AwaitMore() {
  if (impl_->awaited) return impl_->WaitFor(*impl_->awaited);
  return impl_->AwaitTurn();
}

Task<IoResult> SocketStream::ReadSome(char* data, std::size_t size) {
  for (;;) {
    const IoResult result = TryRead(data, size);
    if (result.bytes > 0 || result.error) co_return result;
    const ErrorCode error = co_await AwaitMore();
    if (error) co_return IoResult{error, 0};
  }
}

Task<ErrorCode> SocketStream::WriteAll(std::string_view bytes) {
  while (!bytes.empty()) {
    const Attempt attempt = impl_->TryWrite(bytes);
    if (attempt.error) co_return attempt.error;
    bytes.remove_prefix(attempt.bytes);
    if (!attempt.wait) continue;
    const ErrorCode error = co_await impl_->WaitFor(*attempt.wait);
    if (error) co_return error;
  }
  impl_->answer_is_due = true;
  co_return ErrorCode();
}

Task<ErrorCode> SocketStream::WaitReadable() {
  if (!impl_->closed && impl_->HasPending()) co_return ErrorCode();
  const ErrorCode error = co_await impl_->WaitFor(Wait::wait_read);
  co_return error;
}

void SocketStream::SetDeadline(MonoTime deadline) { impl_->watchdog->SetDeadline(deadline); }

void SocketStream::Cancel() {
  ErrorCode ignored;
  impl_->socket.cancel(ignored);
}

void SocketStream::ShutdownWrite() {
  if (impl_->closed) return;
  if (impl_->ssl && !impl_->broken && SSL_is_init_finished(impl_->ssl.get()) == 1) {
    ERR_clear_error();
    SSL_shutdown(impl_->ssl.get());
    ERR_clear_error();
  }
  ErrorCode ignored;
  impl_->socket.shutdown(asio::socket_base::shutdown_send, ignored);
}

void SocketStream::Close() {
  impl_->closed = true;
  impl_->watchdog->Detach();
  ErrorCode ignored;
  impl_->socket.close(ignored);
}

bool SocketStream::IsStale() {
  char byte = 0;
  if (impl_->closed) return true;
  if (!impl_->HasPending()) {
    const ssize_t bytes = ::recv(impl_->socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (bytes < 0 && (errno == EAGAIN || errno == EINTR)) return false;
    if (!impl_->ssl || bytes <= 0) return true;
  }
  // What came may be OpenSSL's own affair: tickets, new keys.
  ERR_clear_error();
  const int result = SSL_peek(impl_->ssl.get(), &byte, 1);
  const bool quiet = result <= 0 && SSL_get_error(impl_->ssl.get(), result) == SSL_ERROR_WANT_READ;
  ERR_clear_error();
  return !quiet;
}

std::vector<std::string> SocketStream::PeerChainDer() const {
  std::vector<std::string> chain;
  if (!impl_->ssl) return chain;
  X509* leaf = SSL_get0_peer_certificate(impl_->ssl.get());
  if (leaf == nullptr) return chain;
  chain.push_back(x509::DerOf(leaf));
  // On the server's side OpenSSL keeps the leaf apart from the rest.
  const STACK_OF(X509)* rest = SSL_get_peer_cert_chain(impl_->ssl.get());
  for (int i = 0; i < sk_X509_num(rest); ++i) chain.push_back(x509::DerOf(sk_X509_value(rest, i)));
  return chain;
}

const std::string& SocketStream::tls_reason() const { return impl_->tls_reason; }

}  // namespace mpl::net
