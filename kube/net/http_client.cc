#include "kube/net/http_client.h"

#include <deque>

#include "kube/base/text.h"
#include "kube/net/connect.h"
#include "kube/net/inflate.h"
#include "kube/net/message_reader.h"
#include "kube/net/message_writer.h"
#include "kube/net/net_error.h"

namespace mpl::net {
namespace {

// How long a peer that broke off our request may take to say why.
constexpr Duration kLastWordTimeout = std::chrono::seconds(1);
constexpr int kMaxInterimAnswers = 8;

struct Connection {
  explicit Connection(std::unique_ptr<SocketStream> open)
      : stream(std::move(open)), reader(*stream, MessageKind::kResponse) {}
  std::unique_ptr<SocketStream> stream;
  MessageReader reader;
  MonoTime idle_since{};
  std::size_t last_body_bytes = 0;  // as it travelled
};
using ConnectionPtr = std::unique_ptr<Connection>;

// What is asked again and again on one connection is mostly as long as before. Only a guess: of a
// very long answer the next need not be another.
std::size_t ExpectedBody(std::size_t last) {
  constexpr std::size_t kMost = 256U << 10U;
  return last > kMost ? 0 : last + last / 8;
}

// A request ready for the wire.
struct Outgoing {
  std::string head;
  std::string body;
  std::string what;  // "GET /metrics/resource on 10.0.0.1:10250"
  bool head_only = false;
  bool accept_gzip = false;
  bool keep_alive = true;
};

Task<Result<void>> Write(Connection& connection, const Outgoing& outgoing) {
  ErrorCode error;
  if (outgoing.body.size() <= kJoinBytes) {
    const std::string joined = outgoing.head + outgoing.body;
    error = co_await connection.stream->WriteAll(joined);
  } else {
    error = co_await connection.stream->WriteAll(outgoing.head);
    if (!error) error = co_await connection.stream->WriteAll(outgoing.body);
  }
  if (error) {
    co_return ToError(error, outgoing.what + ": send request", connection.stream->tls_reason());
  }
  co_return Result<void>();
}

Task<Result<MessageHead>> ReadFinalHead(Connection& connection, const Outgoing& outgoing,
                                        std::size_t body_limit) {
  MessageLimits limits;
  limits.body_bytes = body_limit;
  limits.expected_body_bytes = ExpectedBody(connection.last_body_bytes);
  MessageHead head;
  for (int i = 0; i < kMaxInterimAnswers; ++i) {
    const ReadOutcome outcome =
        co_await connection.reader.ReadHead(head, limits, outgoing.head_only);
    if (!outcome.ok())
      co_return ToError(outcome, outgoing.what + ": read header", *connection.stream);
    if (head.status >= 200) co_return head;
  }
  co_return Fail(ErrorKind::kMalformed, outgoing.what + ": only interim answers came");
}

// Sends the request and waits for the answer's header.
Task<Result<MessageHead>> Exchange(Connection& connection, const Outgoing& outgoing,
                                   std::size_t body_limit) {
  const auto written = co_await Write(connection, outgoing);
  if (!written && written.error().kind != ErrorKind::kClosed) {
    co_return std::unexpected(written.error());
  }
  if (!written) {
    // The peer may have answered and closed without reading all of the body, as with 413.
    connection.stream->SetDeadline(SteadyNow() + kLastWordTimeout);
  }
  auto head = co_await ReadFinalHead(connection, outgoing, body_limit);
  if (!head && !written) co_return std::unexpected(written.error());
  if (head && !written) head->keep_alive = false;
  co_return head;
}

Result<void> InflateBody(const Outgoing& outgoing, std::size_t limit, http::Response& response) {
  if (!outgoing.accept_gzip || outgoing.head_only ||
      !EqualsIgnoreCase(response.headers.Get("Content-Encoding"), "gzip")) {
    return {};
  }
  if (!response.body.empty()) {
    auto text = Inflate(response.body, limit);
    if (!text) return Within(outgoing.what + ": read body", text.error());
    response.body = *std::move(text);
  }
  response.headers.Remove("Content-Encoding");
  response.headers.Remove("Content-Length");
  return {};
}

}  // namespace

struct HttpClient::Impl : std::enable_shared_from_this<HttpClient::Impl> {
  Impl(Executor on, HttpClientOptions with)
      : executor(std::move(on)), options(std::make_shared<HttpClientOptions>(std::move(with))) {}

  Executor executor;
  std::shared_ptr<const HttpClientOptions> options;
  std::deque<ConnectionPtr> idle;  // the most recently used one at the back
  std::uint64_t handshakes = 0;

  // A connection with an answer's header on it.
  struct Begun {
    ConnectionPtr connection;
    MessageHead head;
  };
  class Stream;

  Result<Outgoing> Prepare(http::Request request, bool may_inflate) const;
  ConnectionPtr TakeIdle();
  void Keep(ConnectionPtr connection);
  Task<Result<ConnectionPtr>> Dial(MonoTime deadline);
  Task<Result<Begun>> Begin(const Outgoing& outgoing, std::size_t body_limit, MonoTime deadline);

  static Task<Result<http::Response>> Send(std::shared_ptr<Impl> impl, http::Request request,
                                           CallLimits limits);
  static Task<Result<StreamedResponse>> Open(std::shared_ptr<Impl> impl, http::Request request,
                                             Duration timeout);
};

class HttpClient::Impl::Stream : public BodyStream {
 public:
  Stream(std::weak_ptr<Impl> owner, Begun begun, std::string what, bool keep_alive)
      : owner_(std::move(owner)),
        connection_(std::move(begun.connection)),
        what_(std::move(what)),
        keep_alive_(keep_alive) {}

  Task<Result<std::string_view>> Read(Duration idle_limit) override {
    if (!connection_) co_return std::string_view();
    connection_->stream->SetDeadline(SteadyNow() + idle_limit);
    const ReadOutcome outcome = co_await connection_->reader.ReadPiece(piece_);
    if (!outcome.ok()) co_return ToError(outcome, what_ + ": read body", *connection_->stream);
    if (piece_.empty()) Finish();
    co_return std::string_view(piece_);
  }

 private:
  void Finish() {
    const auto owner = owner_.lock();
    if (owner && keep_alive_) owner->Keep(std::move(connection_));
    connection_.reset();
  }

  std::weak_ptr<Impl> owner_;
  ConnectionPtr connection_;  // null: the end was reached
  std::string what_;
  bool keep_alive_;
  std::string piece_;
};

Result<Outgoing> HttpClient::Impl::Prepare(http::Request request, bool may_inflate) const {
  const std::uint16_t usual = options->tls ? 443 : 80;
  std::string host = HostAndPort(options->host, options->port);
  Outgoing outgoing;
  // The query may hold selectors of any length; the path says enough.
  outgoing.what =
      request.method + " " + request.target.substr(0, request.target.find('?')) + " on " + host;
  if (options->port == usual) host.erase(host.rfind(':'));
  outgoing.accept_gzip = may_inflate && !request.headers.Has("Accept-Encoding");
  outgoing.head_only = request.method == "HEAD";
  outgoing.keep_alive = !EqualsIgnoreCase(request.headers.Get("Connection"), "close");
  auto head = RequestHead(request, host, outgoing.accept_gzip);
  if (!head) return std::unexpected(head.error());
  outgoing.head = *std::move(head);
  outgoing.body = std::move(request.body);
  return outgoing;
}

ConnectionPtr HttpClient::Impl::TakeIdle() {
  const MonoTime oldest = SteadyNow() - options->idle_timeout;
  while (!idle.empty() && idle.front()->idle_since < oldest) idle.pop_front();
  while (!idle.empty()) {
    ConnectionPtr connection = std::move(idle.back());
    idle.pop_back();
    if (!connection->stream->IsStale()) return connection;
  }
  return nullptr;
}

void HttpClient::Impl::Keep(ConnectionPtr connection) {
  if (options->max_idle_connections == 0 || connection->reader.buffered() > 0) return;
  connection->reader.ReleaseBuffer();
  connection->stream->SetDeadline(MonoTime::max());
  connection->idle_since = SteadyNow();
  if (idle.size() >= options->max_idle_connections) idle.pop_front();
  idle.push_back(std::move(connection));
}

Task<Result<ConnectionPtr>> HttpClient::Impl::Dial(MonoTime deadline) {
  const MonoTime until = std::min(deadline, SteadyNow() + options->connect_timeout);
  ++handshakes;
  auto stream = co_await Connect(executor, options, until);
  if (!stream) co_return std::unexpected(stream.error());
  co_return std::make_unique<Connection>(*std::move(stream));
}

Task<Result<HttpClient::Impl::Begun>> HttpClient::Impl::Begin(const Outgoing& outgoing,
                                                              std::size_t body_limit,
                                                              MonoTime deadline) {
  if (ConnectionPtr kept = TakeIdle()) {
    kept->stream->SetDeadline(deadline);
    auto head = co_await Exchange(*kept, outgoing, body_limit);
    if (head) co_return Begun{std::move(kept), *std::move(head)};
    // The peer let go while we were sending, as it may with every kept connection. That it did
    // nothing is likely as long as no byte came, not sure: what must not happen twice needs a name
    // of its own (every object has one) or a resourceVersion.
    if (head.error().kind != ErrorKind::kClosed || kept->reader.received() > 0) {
      co_return std::unexpected(head.error());
    }
  }
  auto fresh = co_await Dial(deadline);
  if (!fresh) co_return std::unexpected(fresh.error());
  (*fresh)->stream->SetDeadline(deadline);
  auto head = co_await Exchange(**fresh, outgoing, body_limit);
  if (!head) co_return std::unexpected(head.error());
  co_return Begun{*std::move(fresh), *std::move(head)};
}

Task<Result<http::Response>> HttpClient::Impl::Send(std::shared_ptr<Impl> impl,
                                                    http::Request request, CallLimits limits) {
  const MonoTime deadline = SteadyNow() + limits.timeout;
  const auto outgoing = impl->Prepare(std::move(request), true);
  if (!outgoing) co_return std::unexpected(outgoing.error());
  auto begun = co_await impl->Begin(*outgoing, limits.body_limit_bytes, deadline);
  if (!begun) co_return std::unexpected(begun.error());

  http::Response response;
  response.status = begun->head.status;
  response.headers = std::move(begun->head.headers);
  Connection& connection = *begun->connection;
  const ReadOutcome outcome = co_await connection.reader.ReadBody(response.body);
  if (!outcome.ok()) co_return ToError(outcome, outgoing->what + ": read body", *connection.stream);
  connection.last_body_bytes = response.body.size();
  if (begun->head.keep_alive && outgoing->keep_alive) impl->Keep(std::move(begun->connection));
  const auto inflated = InflateBody(*outgoing, limits.body_limit_bytes, response);
  if (!inflated) co_return std::unexpected(inflated.error());
  co_return response;
}

Task<Result<StreamedResponse>> HttpClient::Impl::Open(std::shared_ptr<Impl> impl,
                                                      http::Request request, Duration timeout) {
  const MonoTime deadline = SteadyNow() + timeout;
  const auto outgoing = impl->Prepare(std::move(request), false);
  if (!outgoing) co_return std::unexpected(outgoing.error());
  auto begun = co_await impl->Begin(*outgoing, 0, deadline);
  if (!begun) co_return std::unexpected(begun.error());
  StreamedResponse response;
  response.status = begun->head.status;
  response.headers = std::move(begun->head.headers);
  const bool keep_alive = begun->head.keep_alive && outgoing->keep_alive;
  response.body = std::make_unique<Stream>(impl->weak_from_this(), *std::move(begun),
                                           outgoing->what, keep_alive);
  co_return response;
}

HttpClient::HttpClient(Executor executor, HttpClientOptions options)
    : impl_(std::make_shared<Impl>(std::move(executor), std::move(options))) {}
HttpClient::~HttpClient() = default;
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;

Task<Result<http::Response>> HttpClient::Send(http::Request request, CallLimits limits) {
  return Impl::Send(impl_, std::move(request), limits);
}

Task<Result<StreamedResponse>> HttpClient::Open(http::Request request, Duration timeout) {
  return Impl::Open(impl_, std::move(request), timeout);
}

void HttpClient::DropIdle() { impl_->idle.clear(); }
std::uint64_t HttpClient::handshakes() const { return impl_->handshakes; }
const HttpClientOptions& HttpClient::options() const { return *impl_->options; }

}  // namespace mpl::net
