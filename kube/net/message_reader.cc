#include "kube/net/message_reader.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/beast/http/error.hpp>
#include <limits>
#include <variant>

#include "kube/net/message_parser.h"
#include "kube/net/net_error.h"
#include "kube/net/read_buffer.h"

namespace mpl::net {
namespace {

namespace asio = boost::asio;
namespace beast_http = boost::beast::http;

using RequestParser = MessageParser<true>;
using ResponseParser = MessageParser<false>;

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
  std::size_t received = 0;
  std::size_t head_bytes = 0;  // of the current message
  std::function<void(std::size_t)> on_received = [](std::size_t) {};

  template <class Parser>
  Task<ReadOutcome> ReadHead(Parser& into, MessageHead& head, std::size_t limit);
  template <class Parser>
  Task<ReadOutcome> ReadMore(Parser& into);
  // Calls `action` with the parser of the current message.
  template <class Action>
  auto Visit(Action action) {
    return kind == MessageKind::kRequest ? action(std::get<RequestParser>(parser))
                                         : action(std::get<ResponseParser>(parser));
  }
  Task<ErrorCode> Fill();
};

// What the connection has, into the buffer; waits for something.
Task<ErrorCode> MessageReader::Impl::Fill() {
  for (;;) {
    const std::span<char> room = buffer.Prepare();
    const IoResult result = stream->TryRead(room.data(), room.size());
    buffer.Commit(result.bytes);
    if (result.bytes > 0) {
      received += result.bytes;
      on_received(result.bytes);
      co_return ErrorCode();
    }
    buffer.Settle();
    if (result.error) co_return result.error;
    const ErrorCode error = co_await stream->AwaitMore();
    if (error) co_return error;
  }
}

// Feeds the parser what there is, then what comes, until it has taken something.
template <class Parser>
Task<ReadOutcome> MessageReader::Impl::ReadMore(Parser& into) {
  for (;;) {
    if (buffer.size() > 0) {
      ErrorCode error;
      const bool in_head = !into.is_header_done();
      const std::string_view bytes = buffer.bytes();
      const std::size_t taken = into.put(asio::buffer(bytes.data(), bytes.size()), error);
      buffer.Consume(taken);
      if (in_head) head_bytes += taken;
      if (error && error != beast_http::error::need_more) co_return Outcome(error);
      if (taken > 0 || into.is_done()) co_return ReadOutcome{};
    }
    const ErrorCode error = co_await Fill();
    if (error == asio::error::eof) {
      if (!into.got_some() && buffer.size() == 0) co_return ReadOutcome{ReadFault::kEnd, error};
      ErrorCode end;
      into.put_eof(end);
      co_return end ? ReadOutcome{ReadFault::kCutOff, error} : ReadOutcome{};
    }
    if (error) co_return ReadOutcome{ReadFault::kIo, error};
  }
}

// Beast may grant the start line a limit of its own: what pieces came must make no difference.
template <class Parser>
Task<ReadOutcome> MessageReader::Impl::ReadHead(Parser& into, MessageHead& head,
                                                std::size_t limit) {
  head_bytes = 0;
  while (!into.is_header_done()) {
    const ReadOutcome outcome = co_await ReadMore(into);
    if (!outcome.ok()) co_return outcome;
  }
  if (head_bytes > limit) co_return Outcome(make_error_code(beast_http::error::header_limit));
  head.keep_alive = into.keep_alive();
  into.eager(true);
  co_return ReadOutcome{};
}

MessageReader::MessageReader(SocketStream& stream, MessageKind kind)
    : impl_(std::make_unique<Impl>(stream, kind)) {}

MessageReader::~MessageReader() = default;

Task<ReadOutcome> MessageReader::ReadHead(MessageHead& head, MessageLimits limits, bool head_only) {
  head = MessageHead();
  impl_->received = impl_->buffer.size();
  const auto prepare = [&](auto& parser) {
    parser.header_limit(HeaderLimit(limits.header_bytes));
    if (limits.body_bytes == 0) {
      parser.body_limit(boost::none);
    } else {
      parser.body_limit(limits.body_bytes);
    }
  };
  if (impl_->kind == MessageKind::kRequest) {
    auto& parser = impl_->parser.emplace<RequestParser>(head);
    prepare(parser);
    return impl_->ReadHead(parser, head, limits.header_bytes);
  }
  auto& parser = impl_->parser.emplace<ResponseParser>(head);
  prepare(parser);
  if (head_only) parser.skip(true);
  if (!head_only) parser.ExpectBody(limits.expected_body_bytes);
  return impl_->ReadHead(parser, head, limits.header_bytes);
}

Task<ReadOutcome> MessageReader::ReadBody(std::string& body) {
  while (!message_done()) {
    const ReadOutcome outcome =
        co_await impl_->Visit([this](auto& parser) { return impl_->ReadMore(parser); });
    if (!outcome.ok()) co_return outcome;
  }
  impl_->Visit([&](auto& parser) { body = std::move(parser.body()); });
  co_return ReadOutcome{};
}

Task<ReadOutcome> MessageReader::ReadPiece(std::string& piece) {
  piece.clear();
  // The parser appends to its own text: the caller's memory goes round.
  impl_->Visit([&](auto& parser) { parser.body().swap(piece); });
  while (piece.empty() && !message_done()) {
    const ReadOutcome outcome =
        co_await impl_->Visit([this](auto& parser) { return impl_->ReadMore(parser); });
    if (!outcome.ok()) co_return outcome;
    impl_->Visit([&](auto& parser) { parser.body().swap(piece); });
  }
  co_return ReadOutcome{};
}

bool MessageReader::message_done() const {
  return impl_->Visit([](auto& parser) { return parser.is_done(); });
}

std::size_t MessageReader::buffered() const { return impl_->buffer.size(); }
std::size_t MessageReader::received() const { return impl_->received; }

void MessageReader::OnReceived(std::function<void(std::size_t)> handler) {
  impl_->on_received = std::move(handler);
}

void MessageReader::ReleaseBuffer() {
  impl_->parser = std::monostate();
  impl_->buffer.Settle();
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
      return Fail(ErrorKind::kMalformed, prefix + "header too large");
    case ReadFault::kBodyTooLarge:
      return Fail(ErrorKind::kRequestTooLarge, prefix + "body larger than the limit");
    case ReadFault::kMalformed:
      return Fail(ErrorKind::kMalformed, prefix + "not HTTP/1.1: " + Describe(outcome.code));
    default:
      return ToError(outcome.code, phase, stream.tls_reason());
  }
}

}  // namespace mpl::net
