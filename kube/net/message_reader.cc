#include "kube/net/message_reader.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/beast/http/error.hpp>
#include <limits>
#include <optional>
#include <utility>
#include <variant>

#include "kube/base/prefetch.h"
#include "kube/net/message_parser.h"
#include "kube/net/net_error.h"
#include "kube/net/read_buffer.h"

namespace mpl::net {
namespace {

namespace asio = boost::asio;
namespace beast_http = boost::beast::http;

using RequestParser = MessageParser<true>;
using ResponseParser = MessageParser<false>;

// Of a line that heads a chunk, and of trailers: Beast knows no limit to them, and they do not
// count as body.
constexpr std::size_t kMostFramingBytes = 64U << 10U;

ReadOutcome Outcome(const ErrorCode& code) {
  if (!code) return {};
  if (code == beast_http::error::header_limit) return {ReadFault::kHeaderTooLarge, code};
  if (code == beast_http::error::body_limit) return {ReadFault::kBodyTooLarge, code};
  if (code == beast_http::error::end_of_stream) return {ReadFault::kEnd, code};
  if (code == beast_http::error::partial_message) return {ReadFault::kCutOff, code};
  if (code.category() == beast_http::make_error_code(beast_http::error::bad_method).category()) {
    return {ReadFault::kMalformed, code};
  }
  return {ReadFault::kIo, code};
}

std::uint32_t HeaderLimit(std::size_t bytes) {
  return static_cast<std::uint32_t>(
      std::min<std::size_t>(bytes, std::numeric_limits<std::uint32_t>::max()));
}

}  // namespace

struct MessageReader::Impl {
  Impl(SocketStream& from, MessageKind of) : stream(&from), kind(of) {}
  SocketStream* stream;
  MessageKind kind;
  ReadBuffer buffer;
  std::variant<std::monostate, RequestParser, ResponseParser> parser;
  MessageHead* head = nullptr;  // of the current message, until it is complete
  std::size_t head_limit = 0;
  std::size_t body_limit = 0;
  std::size_t head_bytes = 0;
  std::size_t received = 0;
  bool tried = false;  // and nothing came: the next is to wait
  std::function<void(std::size_t)> on_received = [](std::size_t) {};

  // How far to read.
  enum class Until { kHead, kSomeBody, kEnd };

  // Calls `action` with the parser of the current message.
  template <class Action>
  auto Visit(Action action) {
    return kind == MessageKind::kRequest ? action(std::get<RequestParser>(parser))
                                         : action(std::get<ResponseParser>(parser));
  }
  void SwapBody(std::string& with) {
    Visit([&](auto& of) { of.body().swap(with); });
  }
  // Without waiting; nothing: more must come first.
  std::optional<ReadOutcome> Advance(Until until);
  // One coroutine, however many pieces come: thousands of them wait at a time.
  Task<ReadOutcome> Read(Until until);

 private:
  template <class Parser>
  static bool Reached(Parser& into, Until until);
  template <class Parser>
  std::optional<ReadOutcome> Feed(Parser& into, Until until);
  template <class Parser>
  ReadOutcome EndHead(Parser& into);
  template <class Parser>
  ReadOutcome EndOfStream(Parser& into, Until until, const ErrorCode& error);
};

template <class Parser>
bool MessageReader::Impl::Reached(Parser& into, Until until) {
  switch (until) {
    case Until::kHead:
      return into.is_header_done();
    case Until::kSomeBody:
      return into.is_done() || !into.body().empty();
    case Until::kEnd:
      break;
  }
  return into.is_done();
}

template <class Parser>
std::optional<ReadOutcome> MessageReader::Impl::Feed(Parser& into, Until until) {
  while (!Reached(into, until)) {
    if (buffer.size() > 0) {
      ErrorCode error;
      const std::string_view bytes = buffer.bytes();
      const std::size_t taken = into.put(asio::buffer(bytes.data(), bytes.size()), error);
      buffer.Consume(taken);
      if (until == Until::kHead) head_bytes += taken;
      // Beast's own limit is that of one piece, and of the start line another: what pieces came
      // must make no difference.
      if (until == Until::kHead && head_bytes > head_limit) {
        return Outcome(make_error_code(beast_http::error::header_limit));
      }
      if (error && error != beast_http::error::need_more) return Outcome(error);
      if (taken > 0) continue;
      if (until != Until::kHead && buffer.size() > kMostFramingBytes) {
        return Outcome(make_error_code(beast_http::error::header_limit));
      }
    }
    const std::span<char> room = buffer.Prepare();
    const IoResult result = stream->TryRead(room.data(), room.size());
    buffer.Commit(result.bytes);
    if (result.bytes == 0) buffer.Settle();
    if (result.error) return EndOfStream(into, until, result.error);
    if (result.bytes == 0) return std::nullopt;
    received += result.bytes;
    on_received(result.bytes);
  }
  return until == Until::kHead ? EndHead(into) : ReadOutcome{};
}

template <class Parser>
ReadOutcome MessageReader::Impl::EndHead(Parser& into) {
  std::exchange(head, nullptr)->keep_alive = into.keep_alive();
  into.eager(true);
  return {};
}

template <class Parser>
ReadOutcome MessageReader::Impl::EndOfStream(Parser& into, Until until, const ErrorCode& error) {
  if (error != asio::error::eof) return {ReadFault::kIo, error};
  if (!into.got_some() && buffer.size() == 0) return {ReadFault::kEnd, error};
  ErrorCode end;
  into.put_eof(end);
  if (end || !Reached(into, until)) return {ReadFault::kCutOff, error};
  return {};
}

std::optional<ReadOutcome> MessageReader::Impl::Advance(Until until) {
  auto outcome = Visit([this, until](auto& into) { return Feed(into, until); });
  if (!outcome || outcome->ok()) return outcome;
  const std::size_t framing = until == Until::kHead ? head_limit : kMostFramingBytes;
  outcome->limit = outcome->fault == ReadFault::kBodyTooLarge ? body_limit : framing;
  return outcome;
}

Task<ReadOutcome> MessageReader::Impl::Read(Until until) {
  for (;;) {
    const bool waits = std::exchange(tried, false);
    const auto outcome = waits ? std::nullopt : Advance(until);
    if (outcome) co_return *outcome;
    const ErrorCode error = co_await stream->AwaitMore();
    if (error) {
      co_return Visit([&](auto& into) { return EndOfStream(into, until, error); });
    }
  }
}

MessageReader::MessageReader(SocketStream& stream, MessageKind kind)
    : impl_(std::make_unique<Impl>(stream, kind)) {}

MessageReader::~MessageReader() = default;

Task<ReadOutcome> MessageReader::ReadHead(MessageHead& head, MessageLimits limits, bool head_only) {
  head = MessageHead();
  impl_->head = &head;
  impl_->head_limit = limits.header_bytes;
  impl_->body_limit = limits.body_bytes;
  impl_->head_bytes = 0;
  impl_->tried = false;
  const auto prepare = [&](auto& parser) {
    parser.header_limit(HeaderLimit(limits.header_bytes));
    if (limits.body_bytes == 0) {
      parser.body_limit(boost::none);
    } else {
      parser.body_limit(limits.body_bytes);
    }
  };
  if (impl_->kind == MessageKind::kRequest) {
    prepare(impl_->parser.emplace<RequestParser>(head));
  } else {
    auto& parser = impl_->parser.emplace<ResponseParser>(head);
    prepare(parser);
    if (head_only) parser.skip(true);
    if (!head_only) parser.ExpectBody(limits.expected_body_bytes);
  }
  return impl_->Read(Impl::Until::kHead);
}

std::optional<ReadOutcome> MessageReader::TryReadBody(std::string& body) {
  const auto outcome = impl_->Advance(Impl::Until::kEnd);
  impl_->tried = !outcome;
  if (outcome && outcome->ok()) impl_->SwapBody(body);
  return outcome;
}

Task<ReadOutcome> MessageReader::ReadBody(std::string& body) {
  const ReadOutcome outcome = co_await impl_->Read(Impl::Until::kEnd);
  if (outcome.ok()) impl_->SwapBody(body);
  co_return outcome;
}

Task<ReadOutcome> MessageReader::ReadPiece(std::string& piece) {
  piece.clear();
  // The parser appends to its own text: the caller's memory goes round.
  impl_->SwapBody(piece);
  if (!piece.empty()) co_return ReadOutcome{};
  const ReadOutcome outcome = co_await impl_->Read(Impl::Until::kSomeBody);
  if (outcome.ok()) impl_->SwapBody(piece);
  co_return outcome;
}

bool MessageReader::message_done() const {
  return impl_->Visit([](auto& parser) { return parser.is_done(); });
}

std::size_t MessageReader::buffered() const { return impl_->buffer.size(); }
std::size_t MessageReader::received() const { return impl_->received; }

void MessageReader::OnReceived(std::function<void(std::size_t)> handler) {
  impl_->on_received = std::move(handler);
}

void MessageReader::Fetch() const { Prefetch(impl_.get(), sizeof(Impl)); }

void MessageReader::ReleaseBuffer() {
  impl_->parser = std::monostate();
  impl_->buffer.Settle();
}

std::string TooLarge(const ReadOutcome& outcome) {
  const std::string bytes = std::to_string(outcome.limit) + " bytes";
  return outcome.fault == ReadFault::kBodyTooLarge
             ? "body too large: more than " + bytes
             : "header too large: more than " + bytes + " or " + std::to_string(kMostHeaderFields) +
                   " fields";
}

std::unexpected<Error> ToError(const ReadOutcome& outcome, std::string_view phase,
                               const SocketStream& stream) {
  const std::string prefix = std::string(phase) + ": ";
  switch (outcome.fault) {
    case ReadFault::kEnd:
      return Fail(ErrorKind::kClosed, prefix + "the peer closed the connection");
    case ReadFault::kCutOff:
      return Fail(ErrorKind::kClosed, prefix + "the peer closed the connection within the answer");
    case ReadFault::kHeaderTooLarge:
      return Fail(ErrorKind::kMalformed, prefix + TooLarge(outcome));
    case ReadFault::kBodyTooLarge:
      return Fail(ErrorKind::kRequestTooLarge, prefix + TooLarge(outcome));
    case ReadFault::kMalformed:
      return Fail(ErrorKind::kMalformed, prefix + "not HTTP/1.1: " + Describe(outcome.code));
    default:
      return ToError(outcome.code, phase, stream.tls_reason());
  }
}

}  // namespace mpl::net
