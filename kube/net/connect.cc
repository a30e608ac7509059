#include "kube/net/connect.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "kube/net/net_error.h"

namespace mpl::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Endpoints = std::vector<tcp::endpoint>;

// getaddrinfo cannot be interrupted once it has begun. Shared with the lookup, so that a caller
// whose deadline has passed can leave it behind.
struct Lookup {
  explicit Lookup(const Executor& executor) : resolver(executor), done(executor) {}
  tcp::resolver resolver;
  Signal done;
  ErrorCode error;
  Endpoints endpoints;
};

Task<bool> IsCancelled() {
  const auto state = co_await asio::this_coro::cancellation_state;
  co_return state.cancelled() != asio::cancellation_type::none;
}

Task<Result<Endpoints>> Resolve(Executor executor, std::string host, std::uint16_t port,
                                MonoTime deadline) {
  ErrorCode not_literal;
  const auto address = asio::ip::make_address(host, not_literal);
  if (!not_literal) co_return Endpoints{tcp::endpoint(address, port)};

  const auto lookup = std::make_shared<Lookup>(executor);
  lookup->resolver.async_resolve(
      host, std::to_string(port), tcp::resolver::numeric_service,
      [lookup](const ErrorCode& error, const tcp::resolver::results_type& results) {
        lookup->error = error;
        for (const auto& result : results) lookup->endpoints.push_back(result.endpoint());
        lookup->done.Notify();
      });
  const bool done = co_await lookup->done.Wait(deadline);
  const std::string phase = "resolve " + host;
  if (!done) {
    // One that has not begun is passed over then: a thread does them all, one after the other.
    lookup->resolver.cancel();
    const bool cancelled = co_await IsCancelled();
    co_return ToError(
        cancelled ? asio::error::operation_aborted : ErrorCode(asio::error::timed_out), phase);
  }
  if (lookup->error)
    co_return Fail(ErrorKind::kUnreachable, phase + ": " + Describe(lookup->error));
  if (lookup->endpoints.empty()) co_return Fail(ErrorKind::kUnreachable, phase + ": no address");
  co_return std::move(lookup->endpoints);
}

Task<Result<std::unique_ptr<SocketStream>>> Dial(Executor executor, tcp::endpoint endpoint,
                                                 MonoTime deadline) {
  const std::string phase = "connect to " + HostAndPort(endpoint);
  // While the name was looked up, perhaps: a new wait would start.
  const bool ended = co_await IsCancelled();
  if (ended) co_return Fail(ErrorKind::kCancelled, phase + ": cancelled");
  auto stream = std::make_unique<SocketStream>(TcpSocket(executor));
  ErrorCode error;
  stream->socket().open(endpoint.protocol(), error);
  if (error) co_return Fail(ErrorKind::kUnreachable, phase + ": " + Describe(error));
  stream->SetDeadline(deadline);
  std::tie(error) =
      co_await stream->socket().async_connect(endpoint, asio::as_tuple(asio::use_awaitable));
  if (error == asio::error::operation_aborted) {
    const bool cancelled = co_await IsCancelled();
    if (!cancelled) error = asio::error::timed_out;
  }
  if (error == asio::error::timed_out || error == asio::error::operation_aborted) {
    co_return ToError(error, phase);
  }
  if (error) co_return Fail(ErrorKind::kUnreachable, phase + ": " + Describe(error));
  stream->socket().set_option(tcp::no_delay(true), error);
  co_return stream;
}

// A dead address must not eat the time of the others, yet two seconds is the least that is fair
// (the rule of Go's net.Dialer).
MonoTime Share(MonoTime deadline, std::size_t addresses_left) {
  const MonoTime now = SteadyNow();
  const Duration share = (deadline - now) / static_cast<std::int64_t>(addresses_left);
  return std::min(deadline, now + std::max<Duration>(share, std::chrono::seconds(2)));
}

Task<Result<std::unique_ptr<SocketStream>>> DialAny(Executor executor, Endpoints endpoints,
                                                    MonoTime deadline) {
  Result<std::unique_ptr<SocketStream>> last = Fail(ErrorKind::kUnreachable, "no address");
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    last = co_await Dial(executor, endpoints[i], Share(deadline, endpoints.size() - i));
    if (last || last.error().kind == ErrorKind::kCancelled) break;
  }
  co_return last;
}

}  // namespace

Task<Result<std::unique_ptr<SocketStream>>> Connect(
    Executor executor, std::shared_ptr<const HttpClientOptions> options, MonoTime deadline) {
  // A cancelled wait ends at once, but a new one would start: ask before.
  const bool cancelled = co_await IsCancelled();
  if (cancelled) co_return Fail(ErrorKind::kCancelled, "connect: cancelled");
  auto endpoints = co_await Resolve(executor, options->host, options->port, deadline);
  if (!endpoints) co_return std::unexpected(endpoints.error());
  auto stream = co_await DialAny(executor, *std::move(endpoints), deadline);
  if (!stream || !options->tls) co_return stream;
  (*stream)->SetDeadline(deadline);
  const std::string& wanted = options->tls->options().server_name;
  const std::string name = wanted.empty() ? options->host : wanted;
  const std::string phase = "TLS handshake with " + HostAndPort(options->host, options->port);
  const auto secured = co_await (*stream)->ClientHandshake(options->tls, name, phase);
  if (!secured) co_return std::unexpected(secured.error());
  co_return stream;
}

}  // namespace mpl::net
