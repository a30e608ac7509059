#include "kube/net/tls_stream.h"

#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <optional>

#include "kube/base/prefetch.h"
#include "kube/net/net_error.h"
#include "kube/net/openssl_channel.h"
#include "kube/net/peer_check.h"
#include "kube/net/record_channel.h"
#include "kube/net/tls_channel.h"

namespace mpl::net {

namespace asio = boost::asio;

namespace {

// A peer that is faster than we are must not keep the runtime to itself. Each is up to 64 KiB.
constexpr int kReadsInARow = 8;

// Cancels the socket's waits when the deadline passes. Deadlines mostly move away into the future,
// so the timer is not touched then: when it fires too early it goes to sleep again. Shared with
// the timer's handler, which may run after the stream is gone.
class Watchdog : public std::enable_shared_from_this<Watchdog> {
 public:
  explicit Watchdog(TcpSocket& socket) : socket_(&socket), timer_(socket.get_executor()) {}

  void SetDeadline(MonoTime deadline) {
    deadline_ = deadline;
    if (deadline == MonoTime::max()) {
      Disarm();
    } else if (deadline < armed_until_) {
      Arm();
    }
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
  // Thousands of connections that rest would each wake the thread up once more.
  void Disarm() {
    if (std::exchange(armed_until_, MonoTime::max()) != MonoTime::max()) timer_.cancel();
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

}  // namespace

struct SocketStream::Impl {
  explicit Impl(TcpSocket open) : socket(std::move(open)) {}

  TcpSocket socket;
  std::shared_ptr<Watchdog> watchdog = std::make_shared<Watchdog>(socket);
  std::shared_ptr<const void> context;  // TlsClientContext or TlsServerContext
  PeerCheck check;
  std::unique_ptr<TlsChannel> tls;    // null: plain TCP
  OpenSslChannel* openssl = nullptr;  // `tls`, as long as it is OpenSSL's
  // Channels know the descriptor by its number, which may be another connection's after Close.
  bool closed = false;
  int reads_in_a_row = 0;  // without a wait
  // We have just written: the peer can hardly have answered, and a try would cost for nothing.
  bool answer_is_due = false;
  std::optional<Wait> awaited;  // by the last try

  bool HasPending() const { return tls && tls->HasPending(); }
  Attempt TryRead(char* data, std::size_t size);
  Attempt TryWrite(std::string_view bytes, More more);
  Task<ErrorCode> WaitFor(Wait wait);
  Task<ErrorCode> AwaitTurn();
  bool MakeTls(ssl_ctx_st* native);
  Task<ErrorCode> Handshake();
  void LetOpenSslGo();
};

Attempt SocketStream::Impl::TryRead(char* data, std::size_t size) {
  if (closed) return {.error = asio::error::operation_aborted};
  return tls ? tls->Read(data, size) : Receive(socket.native_handle(), data, size);
}

Attempt SocketStream::Impl::TryWrite(std::string_view bytes, More more) {
  if (closed) return {.error = asio::error::operation_aborted};
  return tls ? tls->Write(bytes, more) : Send(socket.native_handle(), bytes, more);
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

// Others take theirs, then it is ours again. A peer that always has something to say never makes us
// wait for it: the deadline and the end of the task are looked at here, too.
Task<ErrorCode> SocketStream::Impl::AwaitTurn() {
  reads_in_a_row = 0;
  co_await Yield();
  const auto state = co_await asio::this_coro::cancellation_state;
  if (closed || state.cancelled() != asio::cancellation_type::none) {
    co_return asio::error::operation_aborted;
  }
  if (watchdog->Passed()) co_return asio::error::timed_out;
  co_return ErrorCode();
}

bool SocketStream::Impl::MakeTls(ssl_ctx_st* native) {
  // OpenSSL reads and writes the descriptor itself: it must not block.
  ErrorCode error;
  socket.native_non_blocking(true, error);
  auto channel = error ? nullptr : OpenSslChannel::Create(native, socket.native_handle());
  openssl = channel.get();
  tls = std::move(channel);
  return tls != nullptr;
}

Task<ErrorCode> SocketStream::Impl::Handshake() {
  for (;;) {
    const Attempt attempt =
        closed ? Attempt{.error = asio::error::operation_aborted} : openssl->Handshake();
    if (!attempt.wait) co_return attempt.error;
    const ErrorCode error = co_await WaitFor(*attempt.wait);
    if (error) co_return error;
  }
}

// Behind the handshake, where that can be.
void SocketStream::Impl::LetOpenSslGo() {
  const auto records = openssl->TakeRecords();
  if (!records) return;
  openssl = nullptr;
  tls = std::make_unique<RecordChannel>(socket.native_handle(), *records);
}

SocketStream::SocketStream(TcpSocket socket) : impl_(std::make_unique<Impl>(std::move(socket))) {}

// NOLINTNEXTLINE(bugprone-exception-escape): cancelling a timer that there is cannot fail.
SocketStream::~SocketStream() { Close(); }

TcpSocket& SocketStream::socket() { return impl_->socket; }

Task<Result<void>> SocketStream::ClientHandshake(std::shared_ptr<const TlsClientContext> context,
                                                 std::string name, std::string phase) {
  if (!impl_->MakeTls(context->native())) {
    co_return Fail(ErrorKind::kInternal, phase + ": " + TakeTlsReason());
  }
  impl_->check.context = context.get();
  impl_->check.name = std::move(name);
  impl_->context = std::move(context);
  // RFC 6066 section 3: literal addresses are not permitted as server names.
  const bool by_address = IsIpLiteral(impl_->check.name);
  impl_->openssl->BeClient(impl_->check, by_address ? std::string() : impl_->check.name);
  const ErrorCode error = co_await impl_->Handshake();
  if (!impl_->check.verdict) co_return std::unexpected(impl_->check.verdict.error());
  if (error) co_return ToError(error, phase, impl_->tls->reason());
  impl_->LetOpenSslGo();
  co_return Result<void>();
}

Task<SocketStream::Accepted> SocketStream::ServerHandshake(
    std::shared_ptr<const TlsServerContext> context) {
  Accepted accepted;
  if (!impl_->MakeTls(context->native())) {
    accepted.error = make_error_code(boost::system::errc::not_enough_memory);
    co_return accepted;
  }
  impl_->openssl->BeServer();
  impl_->context = std::move(context);
  accepted.error = co_await impl_->Handshake();
  if (accepted.error) co_return accepted;
  accepted.peer_chain_der = impl_->openssl->PeerChainDer();
  impl_->LetOpenSslGo();
  co_return accepted;
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

IoResult SocketStream::TryWrite(std::string_view bytes, More more) {
  Impl& impl = *impl_;
  impl.awaited.reset();
  std::size_t written = 0;
  while (written < bytes.size()) {
    const Attempt attempt = impl.TryWrite(bytes.substr(written), more);
    if (attempt.error) return {attempt.error, written};
    written += attempt.bytes;
    impl.awaited = attempt.wait;
    if (attempt.wait) return {{}, written};
  }
  impl.answer_is_due = true;
  return {{}, written};
}

Task<ErrorCode> SocketStream::WriteAll(std::string_view bytes, More more) {
  for (;;) {
    const IoResult result = TryWrite(bytes, more);
    if (result.error) co_return result.error;
    bytes.remove_prefix(result.bytes);
    if (bytes.empty()) co_return ErrorCode();
    const ErrorCode error = co_await AwaitMore();
    if (error) co_return error;
  }
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
  if (impl_->tls) impl_->tls->SayGoodbye();
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
    if (!impl_->tls || bytes <= 0) return true;
  }
  return !impl_->tls->IsQuiet();
}

bool SocketStream::HasPending() const { return impl_->HasPending(); }

void SocketStream::Fetch(int step) const {
  if (step == 0) return Prefetch(impl_.get(), sizeof(Impl));
  Prefetch(impl_->watchdog.get(), sizeof(Watchdog));
  Prefetch(impl_->tls.get(), sizeof(RecordChannel));
}

const std::string& SocketStream::tls_reason() const {
  static const std::string kNone;
  return impl_->tls ? impl_->tls->reason() : kNone;
}

}  // namespace mpl::net
