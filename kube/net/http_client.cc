#include "kube/net/http_client.h"

#include <algorithm>
#include <vector>

#include "kube/base/prefetch.h"
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
  std::string head;  // and the body, if it is short
  std::string body;
  std::string method;
  std::string target;
  const HttpClientOptions* options = nullptr;
  bool accept_gzip = false;
  bool keep_alive = true;

  bool head_only() const { return method == "HEAD"; }
  // "GET /metrics/resource on 10.0.0.1:10250: read body"
  std::string Phase(std::string_view doing) const {
    // The query may hold selectors of any length; the path says enough.
    std::string phase = method + " " + target.substr(0, target.find('?')) + " on " +
                        HostAndPort(options->host, options->port) + ": ";
    return phase.append(doing);
  }
};

Task<ErrorCode> WriteRest(SocketStream& stream, std::string_view rest, std::string_view body) {
  ErrorCode error;
  if (!rest.empty()) error = co_await stream.AwaitMore();
  if (!error) error = co_await stream.WriteAll(rest, body.empty() ? More::kNo : More::kYes);
  if (!error) error = co_await stream.WriteAll(body);
  co_return error;
}

// Sends the request and waits for the answer's header.
Task<Result<MessageHead>> Exchange(Connection& connection, const Outgoing& outgoing,
                                   std::size_t body_limit, MonoTime deadline) {
  SocketStream& stream = *connection.stream;
  auto [write_error, written] =
      stream.TryWrite(outgoing.head, outgoing.body.empty() ? More::kNo : More::kYes);
  if (!write_error && (written < outgoing.head.size() || !outgoing.body.empty())) {
    const std::string_view rest = std::string_view(outgoing.head).substr(written);
    write_error = co_await WriteRest(stream, rest, outgoing.body);
  }
  Result<void> sent;
  if (write_error) {
    sent = ToError(write_error, outgoing.Phase("send request"), stream.tls_reason());
    if (sent.error().kind != ErrorKind::kClosed) co_return std::unexpected(sent.error());
    // The peer may have answered and closed without reading all of the body, as with 413.
    stream.SetDeadline(std::min(deadline, SteadyNow() + kLastWordTimeout));
  }
  MessageLimits limits;
  limits.body_bytes = body_limit;
  limits.expected_body_bytes = ExpectedBody(connection.last_body_bytes);
  MessageHead head;
  for (int i = 0; i < kMaxInterimAnswers; ++i) {
    const ReadOutcome outcome =
        co_await connection.reader.ReadHead(head, limits, outgoing.head_only());
    if (!outcome.ok()) {
      if (!sent) co_return std::unexpected(sent.error());
      co_return ToError(outcome, outgoing.Phase("read header"), stream);
    }
    if (head.status < 200) continue;
    if (!sent) head.keep_alive = false;
    co_return head;
  }
  if (!sent) co_return std::unexpected(sent.error());
  co_return Fail(ErrorKind::kMalformed, outgoing.Phase("only interim answers came"));
}

Result<void> InflateBody(const Outgoing& outgoing, std::size_t limit, http::Response& response) {
  if (!outgoing.accept_gzip || outgoing.head_only() ||
      !EqualsIgnoreCase(response.headers.Get("Content-Encoding"), "gzip")) {
    return {};
  }
  if (!response.body.empty()) {
    auto text = Inflate(response.body, limit);
    if (!text) return Within(outgoing.Phase("read body"), text.error());
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
  std::vector<ConnectionPtr> idle;  // the most recently used one at the back
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
  Stream(std::weak_ptr<Impl> owner, Begun begun, std::string phase, bool keep_alive)
      : owner_(std::move(owner)),
        connection_(std::move(begun.connection)),
        phase_(std::move(phase)),
        keep_alive_(keep_alive) {}

  Task<Result<std::string_view>> Read(Duration idle_limit) override {
    if (!connection_) co_return std::string_view();
    connection_->stream->SetDeadline(SteadyNow() + idle_limit);
    const ReadOutcome outcome = co_await connection_->reader.ReadPiece(piece_);
    if (!outcome.ok()) co_return ToError(outcome, phase_, *connection_->stream);
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
  std::string phase_;         // of reading, for errors
  bool keep_alive_;
  std::string piece_;
};

Result<Outgoing> HttpClient::Impl::Prepare(http::Request request, bool may_inflate) const {
  const std::uint16_t usual = options->tls ? 443 : 80;
  std::string host = HostAndPort(options->host, options->port);
  if (options->port == usual) host.erase(host.rfind(':'));
  Outgoing outgoing;
  outgoing.options = options.get();
  outgoing.accept_gzip = may_inflate && !request.headers.Has("Accept-Encoding");
  outgoing.keep_alive = !EqualsIgnoreCase(request.headers.Get("Connection"), "close");
  auto head = RequestHead(request, host, outgoing.accept_gzip);
  if (!head) return std::unexpected(head.error());
  outgoing.head = *std::move(head);
  if (request.body.size() <= kJoinBytes) {
    outgoing.head += request.body;
  } else {
    outgoing.body = std::move(request.body);
  }
  outgoing.method = std::move(request.method);
  outgoing.target = std::move(request.target);
  return outgoing;
}

ConnectionPtr HttpClient::Impl::TakeIdle() {
  const MonoTime now = SteadyNow();
  const auto oldest = std::ranges::find_if(idle, [&](const ConnectionPtr& connection) {
    return connection->idle_since >= now - options->idle_timeout;
  });
  idle.erase(idle.begin(), oldest);
  while (!idle.empty()) {
    ConnectionPtr connection = std::move(idle.back());
    idle.pop_back();
    SocketStream& stream = *connection->stream;
    const bool unchecked = connection->idle_since > now - options->unchecked_idle;
    if (unchecked ? !stream.HasPending() : !stream.IsStale()) return connection;
  }
  return nullptr;
}

void HttpClient::Impl::Keep(ConnectionPtr connection) {
  if (options->max_idle_connections == 0 || connection->reader.buffered() > 0) return;
  connection->reader.ReleaseBuffer();
  connection->stream->SetDeadline(MonoTime::max());
  connection->idle_since = SteadyNow();
  if (idle.size() >= options->max_idle_connections) idle.erase(idle.begin());
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
    const std::size_t received = kept->reader.received();
    auto head = co_await Exchange(*kept, outgoing, body_limit, deadline);
    if (head) co_return Begun{std::move(kept), *std::move(head)};
    // The peer let go while we were sending or before, as it may with every kept connection. That
    // it did nothing is likely as long as no byte came, not sure: what must not happen twice needs
    // a name of its own (every object has one) or a resourceVersion.
    const ErrorKind kind = head.error().kind;
    const bool let_go = kind == ErrorKind::kClosed || kind == ErrorKind::kTls;
    if (!let_go || kept->reader.received() > received) {
      co_return std::unexpected(head.error());
    }
  }
  auto fresh = co_await Dial(deadline);
  if (!fresh) co_return std::unexpected(fresh.error());
  (*fresh)->stream->SetDeadline(deadline);
  auto head = co_await Exchange(**fresh, outgoing, body_limit, deadline);
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
  auto outcome = connection.reader.TryReadBody(response.body);
  if (!outcome) outcome = co_await connection.reader.ReadBody(response.body);
  if (!outcome->ok()) {
    co_return ToError(*outcome, outgoing->Phase("read body"), *connection.stream);
  }
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
                                           outgoing->Phase("read body"), keep_alive);
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

// What the last step has brought leads to what this one asks for.
void HttpClient::Fetch(int step) const {
  if (step == 0) return Prefetch(impl_.get(), sizeof(Impl));
  if (step == 1) Prefetch(impl_->options.get(), sizeof(HttpClientOptions));
  if (impl_->idle.empty()) return;
  const ConnectionPtr& next = impl_->idle.back();
  if (step == 1) return Prefetch(&next, sizeof(next));
  if (step == 2) return Prefetch(next.get(), sizeof(Connection));
  if (step == 3) next->reader.Fetch();
  if (step == 3) return Prefetch(next->stream.get(), sizeof(SocketStream));
  next->stream->Fetch(step - 4);
}

std::uint64_t HttpClient::handshakes() const { return impl_->handshakes; }
const HttpClientOptions& HttpClient::options() const { return *impl_->options; }

}  // namespace mpl::net
