#include "kube/net/http_session.h"

#include <algorithm>
#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <optional>
#include <utility>

#include "kube/base/text.h"
#include "kube/net/message_reader.h"
#include "kube/net/message_writer.h"
#include "kube/net/net_error.h"
#include "kube/net/piece_source.h"
#include "kube/telemetry/log.h"

namespace mpl::net {
namespace {

// A large answer goes out in pieces, each with a write_timeout of its own.
constexpr std::size_t kPieceBytes = 256U << 10U;
// After a last answer we read on for a while: closing with unread bytes would send a reset, which
// may destroy the answer on its way.
constexpr Duration kLingerTimeout = std::chrono::seconds(1);
constexpr std::size_t kLingerBytes = 1U << 20U;

http::Response PlainAnswer(int status, std::string text) {
  http::Response response;
  response.status = status;
  response.headers.Add("Content-Type", "text/plain; charset=utf-8");
  response.body = std::move(text) + "\n";
  return response;
}

// What to tell a client whose request cannot be read; status 0: nothing, just close.
http::Response FaultAnswer(const ReadOutcome& outcome) {
  switch (outcome.fault) {
    case ReadFault::kHeaderTooLarge:
      return PlainAnswer(431, "request " + TooLarge(outcome));
    case ReadFault::kBodyTooLarge:
      return PlainAnswer(413, "request " + TooLarge(outcome));
    case ReadFault::kMalformed:
      return PlainAnswer(400, "malformed request: " + outcome.code.message());
    default: {
      http::Response nothing;
      nothing.status = 0;
      return nothing;
    }
  }
}

// RFC 9112 sections 6.1 and 6.3: any other coding, or one in HTTP/1.0, leaves open where the body
// ends. Beast takes it for none, and what stands in it for the next request.
bool IsFramedByUs(const MessageHead& head) {
  const auto codings = head.headers.GetAll("Transfer-Encoding");
  return codings.empty() || (head.minor_version >= 1 && codings.size() == 1 &&
                             EqualsIgnoreCase(codings.front(), "chunked"));
}

}  // namespace

struct HttpSession::Impl {
  Impl(HttpSession& of, TcpSocket socket, std::shared_ptr<ServerShared> shared)
      : session(of),
        server(std::move(shared)),
        accepted(SteadyNow()),
        stream(std::move(socket)),
        reader(stream, MessageKind::kRequest) {}

  ~Impl() { StopWaiting(); }

  HttpSession& session;
  std::shared_ptr<ServerShared> server;
  MonoTime accepted;
  SocketStream stream;
  MessageReader reader;
  std::string remote_address;
  std::vector<std::string> peer_chain_der;
  std::optional<std::list<HttpSession*>::iterator> place;  // in ServerShared::waiting
  std::size_t unfinished_bytes = 0;                        // of the request that has not come whole
  bool between = false;                                    // two requests
  bool finishing = false;                                  // no further request

  const HttpServerOptions& options() const { return server->options; }
  void Expect(Duration within) { stream.SetDeadline(SteadyNow() + within); }
  void StartWaiting() {
    if (!place) place = server->waiting.insert(server->waiting.end(), &session);
  }
  void StopWaiting() {
    server->unfinished_bytes -= std::exchange(unfinished_bytes, 0);
    if (place) server->waiting.erase(*std::exchange(place, std::nullopt));
  }

  Task<bool> Handshake();
  Task<bool> AwaitRequest(bool first);
  Task<bool> ServeOne(bool first);
  Task<bool> ReadRequest(MessageHead& head, http::Request& request);
  Task<bool> Refuse(http::Response response);
  Task<http::Response> Handle(http::Request request);
  Task<bool> Answer(const MessageHead& head, http::Response response);
  Task<bool> WriteBody(Framing framing, std::string pending, http::Response& response);
  Task<bool> WritePieces(std::string_view bytes, More more = More::kNo);
  Task<void> Linger();
};

Task<bool> HttpSession::Impl::Handshake() {
  if (!options().tls) co_return true;
  auto context = options().tls();
  if (!context) co_return false;
  // Handshake and first header together get no more time than any later header.
  Expect(std::min(options().handshake_timeout, options().header_timeout));
  SocketStream::Accepted accepted_tls = co_await stream.ServerHandshake(std::move(context));
  if (accepted_tls.error) {
    // Port scans and TCP health probes are daily bread.
    const auto explained = ToError(accepted_tls.error, "TLS handshake", stream.tls_reason());
    log::Debug("client handshake failed",
               {{"remote", remote_address}, {"error", explained.error().message}});
    co_return false;
  }
  peer_chain_der = std::move(accepted_tls.peer_chain_der);
  co_return true;
}

// True when bytes of the next request are there; the deadline is then that of its header.
Task<bool> HttpSession::Impl::AwaitRequest(bool first) {
  if (reader.buffered() > 0) {
    // Pipelined: others take their turn before it.
    co_await Yield();
    Expect(options().header_timeout);
    co_return !finishing;
  }
  reader.ReleaseBuffer();
  if (first) {
    stream.SetDeadline(accepted + options().header_timeout);
  } else {
    Expect(options().idle_timeout);
  }
  between = true;
  const ErrorCode error = co_await stream.WaitReadable();
  between = false;
  if (!first) Expect(options().header_timeout);
  co_return !error && !finishing;
}

Task<bool> HttpSession::Impl::ReadRequest(MessageHead& head, http::Request& request) {
  MessageLimits limits;
  limits.header_bytes = options().header_limit_bytes;
  limits.body_bytes = options().body_limit_bytes;
  ReadOutcome outcome = co_await reader.ReadHead(head, limits);
  // RFC 9112 section 3.2: exactly one Host in HTTP/1.1.
  if (outcome.ok() && head.minor_version >= 1 && head.headers.GetAll("Host").size() != 1) {
    co_await Refuse(PlainAnswer(400, "malformed request: one Host header is required"));
    co_return false;
  }
  if (outcome.ok() && !IsFramedByUs(head)) {
    co_await Refuse(PlainAnswer(400, "malformed request: Transfer-Encoding must be chunked alone"));
    co_return false;
  }
  if (outcome.ok() && head.headers.Has("Expect") && head.minor_version >= 1) {
    if (!EqualsIgnoreCase(head.headers.Get("Expect"), "100-continue")) {
      co_await Refuse(PlainAnswer(417, "unknown expectation"));
      co_return false;
    }
    if (!reader.message_done() && reader.buffered() == 0) {
      const ErrorCode error = co_await stream.WriteAll("HTTP/1.1 100 Continue\r\n\r\n");
      if (error) co_return false;
    }
  }
  if (outcome.ok()) {
    Expect(options().body_timeout);
    const auto read = reader.TryReadBody(request.body);
    if (read) outcome = *read;
    if (!read) outcome = co_await reader.ReadBody(request.body);
  }
  if (outcome.ok()) co_return true;
  http::Response answer = FaultAnswer(outcome);
  if (answer.status != 0) co_await Refuse(std::move(answer));
  co_return false;
}

// Answers a request that was not understood, and ends the connection.
Task<bool> HttpSession::Impl::Refuse(http::Response response) {
  MessageHead head;
  finishing = true;
  const bool answered = co_await Answer(head, std::move(response));
  if (answered) co_await Linger();
  co_return false;
}

// One of the three doors at which exceptions end.
Task<http::Response> HttpSession::Impl::Handle(http::Request request) {
  const std::string what = request.method + " " + request.target;
  try {
    http::Response response = co_await server->handler(std::move(request));
    co_return response;
  } catch (const std::exception& error) {
    log::Failure("request ended by an exception", {{"request", what}, {"error", error.what()}});
  } catch (...) {
    log::Failure("request ended by an exception",
                 {{"request", what}, {"error", "not a std::exception"}});
  }
  co_return PlainAnswer(500, "internal error");
}

Task<bool> HttpSession::Impl::WritePieces(std::string_view bytes, More more) {
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, kPieceBytes);
    Expect(options().write_timeout);
    bytes.remove_prefix(piece.size());
    const More behind = bytes.empty() ? more : More::kNo;
    const IoResult begun = stream.TryWrite(piece, behind);
    ErrorCode error = begun.error;
    if (!error && begun.bytes < piece.size()) {
      // A client that does not read what it asked for gives way like any other that we wait for.
      StartWaiting();
      error = co_await stream.AwaitMore();
      if (!error) error = co_await stream.WriteAll(piece.substr(begun.bytes), behind);
      StopWaiting();
    }
    if (error) co_return false;
  }
  co_return true;
}

// `pending`: the head, sent together with the first piece where that is cheap.
Task<bool> HttpSession::Impl::WriteBody(Framing framing, std::string pending,
                                        http::Response& response) {
  if (!response.next_chunk) {
    if (response.body.size() > kJoinBytes) {
      const bool written = co_await WritePieces(pending, More::kYes);
      if (!written) co_return false;
      const bool complete = co_await WritePieces(response.body);
      co_return complete;
    }
    pending += response.body;
    const bool written = co_await WritePieces(pending);
    co_return written;
  }
  PieceSource pieces(stream.socket().get_executor(), options().pieces,
                     std::move(response.next_chunk));
  std::string piece;
  for (bool more = true; more;) {
    const auto outcome = co_await pieces.Next(piece);
    if (outcome == PieceSource::Outcome::kCancelled) co_return false;
    more = outcome == PieceSource::Outcome::kPiece;
    // However fast the client reads, others take their turn between the pieces. Where there is
    // nothing to send yet, nothing else would notice that the server stops.
    co_await Yield();
    const auto state = co_await boost::asio::this_coro::cancellation_state;
    if (state.cancelled() != boost::asio::cancellation_type::none) co_return false;
    if (framing == Framing::kChunked) {
      if (!piece.empty()) {
        AppendChunkHead(pending, piece.size());
        piece += kChunkEnd;
      }
      if (!more) piece += kLastChunk;
    }
    if (piece.size() <= kJoinBytes) pending += std::exchange(piece, {});
    const bool written = co_await WritePieces(pending, piece.empty() ? More::kNo : More::kYes);
    if (!written) co_return false;
    pending.clear();
    const bool complete = co_await WritePieces(piece);
    if (!complete) co_return false;
  }
  co_return true;
}

// True when the whole answer left. Sets `finishing` when it was the last one.
Task<bool> HttpSession::Impl::Answer(const MessageHead& head, http::Response response) {
  ResponseFrame frame;
  frame.minor_version = head.minor_version;
  const bool bodyless = response.status == 204 || response.status == 304;
  if (bodyless) {
    frame.framing = Framing::kNone;
  } else if (response.next_chunk) {
    frame.framing = head.minor_version >= 1 ? Framing::kChunked : Framing::kClose;
  }
  finishing = finishing || server->draining || !head.keep_alive ||
              EqualsIgnoreCase(response.headers.Get("Connection"), "close") ||
              frame.framing == Framing::kClose;
  frame.keep_alive = !finishing;
  auto text = ResponseHead(response, frame, SystemNow());
  if (!text) {
    log::Failure("answer refused", {{"error", text.error().message}});
    response = PlainAnswer(500, "internal error");
    frame.framing = Framing::kLength;
    text = ResponseHead(response, frame, SystemNow());
  }
  if (bodyless || head.method == "HEAD") {
    response.body.clear();
    response.next_chunk = nullptr;
  }
  bool written = false;
  try {
    written = co_await WriteBody(frame.framing, *std::move(text), response);
  } catch (const std::exception& error) {
    // The head is gone already: only a torn connection can tell the client.
    log::Failure("answer ended by an exception", {{"error", error.what()}});
  }
  co_return written;
}

// True when another request may follow.
Task<bool> HttpSession::Impl::ServeOne(bool first) {
  const bool there = co_await AwaitRequest(first);
  if (!there) co_return false;
  MessageHead head;
  http::Request request;
  const bool complete = co_await ReadRequest(head, request);
  if (!complete) co_return false;
  StopWaiting();
  request.method = head.method;
  request.target = std::move(head.target);
  request.headers = std::move(head.headers);
  request.peer_chain_der = peer_chain_der;
  request.remote_address = remote_address;
  http::Response response = co_await Handle(std::move(request));
  const bool answered = co_await Answer(head, std::move(response));
  if (!answered) co_return false;
  if (finishing) co_await Linger();
  co_return !finishing;
}

Task<void> HttpSession::Impl::Linger() {
  stream.ShutdownWrite();
  Expect(kLingerTimeout);
  std::array<char, 4096> ignored{};
  for (std::size_t total = 0; total < kLingerBytes;) {
    const IoResult result = co_await stream.ReadSome(ignored.data(), ignored.size());
    if (result.error) co_return;
    total += result.bytes;
  }
}

HttpSession::HttpSession(TcpSocket socket, std::shared_ptr<ServerShared> server)
    : impl_(std::make_unique<Impl>(*this, std::move(socket), std::move(server))) {
  ErrorCode error;
  const auto remote = impl_->stream.socket().remote_endpoint(error);
  if (!error) impl_->remote_address = HostAndPort(remote);
  impl_->stream.socket().set_option(boost::asio::ip::tcp::no_delay(true), error);
  impl_->reader.OnReceived([this](std::size_t bytes) { Count(bytes); });
}

HttpSession::~HttpSession() = default;

Task<void> HttpSession::Serve(std::shared_ptr<HttpSession> self) {
  Impl& impl = *self->impl_;
  impl.StartWaiting();
  const bool secured = co_await impl.Handshake();
  if (!secured) co_return;
  bool more = true;
  for (bool first = true; more; first = false) {
    impl.StartWaiting();
    // What came behind the request before belongs to one that has not come whole.
    self->Count(impl.reader.buffered());
    more = co_await impl.ServeOne(first);
  }
  impl.stream.ShutdownWrite();
}

// A header may have a mebibyte; many clients with half a header each would fill our memory.
void HttpSession::Count(std::size_t bytes) {
  if (!impl_->place) return;
  impl_->unfinished_bytes += bytes;
  ServerShared& server = *impl_->server;
  server.unfinished_bytes += bytes;
  if (server.unfinished_bytes <= server.options.unfinished_limit_bytes) return;
  const auto most = std::ranges::max_element(
      server.waiting, {}, [](const HttpSession* one) { return one->impl_->unfinished_bytes; });
  log::Debug("connection closed: its unfinished request is the largest of too many",
             {{"remote", (*most)->impl_->remote_address}});
  (*most)->Close();
}

void HttpSession::FinishSoon() {
  impl_->finishing = true;
  if (impl_->between) impl_->stream.Cancel();
}

void HttpSession::Close() {
  impl_->StopWaiting();
  impl_->stream.Close();
}

}  // namespace mpl::net
