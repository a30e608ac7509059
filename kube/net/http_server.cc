#include "kube/net/http_server.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <unordered_set>
#include <vector>

#include "kube/net/http_session.h"
#include "kube/net/net_error.h"
#include "kube/telemetry/log.h"
#include "kube/telemetry/rate_limited.h"

namespace mpl::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr Duration kAcceptPause = std::chrono::milliseconds(100);
constexpr const char* kTooMany = "connection refused: all that there may be are at work";
// For sessions that were told to stop: their waits end at once.
constexpr Duration kHardStop = std::chrono::seconds(1);

// As Go's net.Listen does: a pod has addresses of one family or of both, and nobody says which.
std::vector<asio::ip::address> AddressesToTry(const asio::ip::address& asked) {
  if (!asked.is_unspecified()) return {asked};
  return {asio::ip::address_v6::any(), asio::ip::address_v4::any()};
}

bool SaysNoIpv6(const ErrorCode& error) {
  return error == boost::system::errc::address_family_not_supported ||
         error == boost::system::errc::address_not_available;
}

}  // namespace

struct HttpServer::Impl : std::enable_shared_from_this<HttpServer::Impl> {
  Impl(Executor on, HttpServerOptions options, HttpHandler handler)
      : executor(std::move(on)), acceptor(executor), tasks(executor), ended(executor) {
    shared->options = std::move(options);
    shared->handler = std::move(handler);
  }

  Executor executor;
  tcp::acceptor acceptor;
  std::shared_ptr<ServerShared> shared = std::make_shared<ServerShared>();
  std::unordered_set<HttpSession*> sessions;
  TaskGroup tasks;
  Signal ended;  // a session
  std::uint16_t port = 0;
  std::uint64_t accept_errors = 0;
  log::RateLimited quiet{std::chrono::minutes(1)};

  Result<void> Listen();
  ErrorCode ListenAt(const tcp::endpoint& endpoint);
  static Task<void> Accept(std::shared_ptr<Impl> impl);
  void Admit(tcp::socket socket);
  // Whoever has kept us waiting longest goes. False when every session is at work.
  bool MakeRoom();
  void Report(const ErrorCode& error);
  static Task<void> Serve(std::shared_ptr<Impl> impl, std::shared_ptr<HttpSession> session);
  static Task<void> Stop(std::shared_ptr<Impl> impl, Duration grace);
};

Result<void> HttpServer::Impl::Listen() {
  const HttpServerOptions& options = shared->options;
  const std::string where = "listen on " + HostAndPort(options.address, options.port);
  ErrorCode error;
  const auto address = asio::ip::make_address(options.address, error);
  if (error) return Fail(ErrorKind::kUnreachable, where + ": not an IP address");
  for (const asio::ip::address& each : AddressesToTry(address)) {
    error = ListenAt(tcp::endpoint(each, options.port));
    if (!SaysNoIpv6(error)) break;
  }
  if (error) return Fail(ErrorKind::kUnreachable, where + ": " + Describe(error));
  return {};
}

// Closed again when it fails.
ErrorCode HttpServer::Impl::ListenAt(const tcp::endpoint& endpoint) {
  ErrorCode error;
  acceptor.open(endpoint.protocol(), error);
  // A restart must not wait for the old connections' TIME_WAIT.
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  // The system's own default may be either.
  const bool both = endpoint.address().is_v6() && endpoint.address().is_unspecified();
  if (!error && both) acceptor.set_option(asio::ip::v6_only(false), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (!error) port = acceptor.local_endpoint(error).port();
  if (error) {
    ErrorCode ignored;
    acceptor.close(ignored);
  }
  return error;
}

Task<void> HttpServer::Impl::Accept(std::shared_ptr<Impl> impl) {
  bool made_room = false;
  while (impl->acceptor.is_open()) {
    auto [error, socket] =
        co_await impl->acceptor.async_accept(asio::as_tuple(asio::use_awaitable));
    if (error == asio::error::operation_aborted || !impl->acceptor.is_open()) co_return;
    if (!error) {
      made_room = false;
      impl->Admit(std::move(socket));
      continue;
    }
    impl->Report(error);
    // Out of descriptors or memory. Room that did not help went to somebody else: then others may
    // give some back. A client that went away while it waited in the queue ends here too.
    made_room = !made_room && impl->MakeRoom();
    if (made_room) continue;
    const bool slept = co_await SleepFor(kAcceptPause);
    if (!slept) co_return;
  }
}

void HttpServer::Impl::Admit(tcp::socket socket) {
  if (sessions.size() >= shared->options.max_connections && !MakeRoom()) {
    ++accept_errors;
    if (const auto left_out = quiet.Occurred(kTooMany, SteadyNow())) {
      log::Warning(kTooMany, {{"connections", sessions.size()}, {"repeated", *left_out}});
    }
    return;
  }
  auto session = std::make_shared<HttpSession>(std::move(socket), shared);
  sessions.insert(session.get());
  tasks.Spawn("http session", Serve(shared_from_this(), std::move(session)));
}

bool HttpServer::Impl::MakeRoom() {
  if (shared->waiting.empty()) return false;
  shared->waiting.front()->Close();
  return true;
}

void HttpServer::Impl::Report(const ErrorCode& error) {
  ++accept_errors;
  if (const auto left_out = quiet.Occurred(Describe(error), SteadyNow())) {
    log::Warning(
        "accept failed",
        {{"error", Describe(error)}, {"connections", sessions.size()}, {"repeated", *left_out}});
  }
}

Task<void> HttpServer::Impl::Serve(std::shared_ptr<Impl> impl,
                                   std::shared_ptr<HttpSession> session) {
  struct Listed {
    Impl* impl;
    HttpSession* session;
    ~Listed() {
      impl->sessions.erase(session);
      impl->ended.Notify();
    }
  };
  const Listed listed{impl.get(), session.get()};
  co_await HttpSession::Serve(session);
}

Task<void> HttpServer::Impl::Stop(std::shared_ptr<Impl> impl, Duration grace) {
  ErrorCode ignored;
  impl->acceptor.close(ignored);
  impl->shared->draining = true;
  for (HttpSession* session : impl->sessions) session->FinishSoon();
  const MonoTime deadline = SteadyNow() + grace;
  while (!impl->sessions.empty()) {
    const bool notified = co_await impl->ended.Wait(deadline);
    if (!notified) break;
  }
  co_await impl->tasks.Stop(kHardStop);
  for (HttpSession* session : impl->sessions) session->Close();
}

HttpServer::HttpServer(Executor executor, HttpServerOptions options, HttpHandler handler)
    : impl_(std::make_shared<Impl>(std::move(executor), std::move(options), std::move(handler))) {}

HttpServer::~HttpServer() {
  ErrorCode ignored;
  impl_->acceptor.close(ignored);
  for (HttpSession* session : impl_->sessions) session->Close();
}

Result<void> HttpServer::Start() {
  if (auto listening = impl_->Listen(); !listening) return listening;
  impl_->tasks.Spawn("http accept", Impl::Accept(impl_));
  return {};
}

std::uint16_t HttpServer::port() const { return impl_->port; }
std::size_t HttpServer::connections() const { return impl_->sessions.size(); }
std::uint64_t HttpServer::accept_errors() const { return impl_->accept_errors; }
void HttpServer::StartDraining() { impl_->shared->draining = true; }
Task<void> HttpServer::Stop(Duration grace) { return Impl::Stop(impl_, grace); }

}  // namespace mpl::net
