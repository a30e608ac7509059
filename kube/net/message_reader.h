// Reads HTTP/1.1 messages from a connection, one after another. All of Beast sits behind this file:
// its parsers are fed by hand, so that only one source file pays for its templates.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "kube/base/error.h"
#include "kube/http/message.h"
#include "kube/net/tls_stream.h"

namespace mpl::net {

// An empty field of four bytes takes seventy here: the limit of bytes is not enough.
inline constexpr std::size_t kMostHeaderFields = 2'000;

struct MessageLimits {
  std::size_t header_bytes = 1U << 20U;
  std::size_t body_bytes = 0;           // of the body as it travels; 0: no limit
  std::size_t expected_body_bytes = 0;  // a guess: so much memory is taken once the header is there
};

enum class ReadFault {
  kNone,
  kEnd,             // the peer ended before the first byte of a message
  kCutOff,          // the peer ended within a message
  kIo,              // see `code`: deadline, cancelled, reset
  kHeaderTooLarge,  // or a chunk's head, or the trailers; see `limit`
  kBodyTooLarge,    // see `limit`
  kMalformed,
};

struct ReadOutcome {
  ReadFault fault = ReadFault::kNone;
  ErrorCode code = {};
  std::size_t limit = 0;  // in bytes
  bool ok() const { return fault == ReadFault::kNone; }
};

struct MessageHead {
  // Requests.
  std::string method;
  std::string target;
  int minor_version = 1;  // HTTP/1.x
  // Answers.
  int status = 0;

  http::Headers headers;
  bool keep_alive = false;
};

enum class MessageKind { kRequest, kResponse };

class MessageReader {
 public:
  // `stream` must outlive the reader.
  MessageReader(SocketStream& stream, MessageKind kind);
  ~MessageReader();
  MessageReader(const MessageReader&) = delete;
  MessageReader& operator=(const MessageReader&) = delete;

  // Begins the next message. `head_only`: the answer to HEAD, which has no body.
  Task<ReadOutcome> ReadHead(MessageHead& head, MessageLimits limits, bool head_only = false);
  // The rest of the message.
  Task<ReadOutcome> ReadBody(std::string& body);
  // The same without waiting. Nothing: the rest has not come yet, and ReadBody must be next.
  std::optional<ReadOutcome> TryReadBody(std::string& body);
  // Replaces `piece` by the next bytes of the body; leaves it empty at the end.
  Task<ReadOutcome> ReadPiece(std::string& piece);

  bool message_done() const;
  // Bytes of the next message that have come already.
  std::size_t buffered() const;
  // Bytes that came in all.
  std::size_t received() const;
  // Called with the number of bytes after each read.
  void OnReceived(std::function<void(std::size_t)> handler);
  // Asks the memory for what reading touches: see HttpClient.
  void Fetch() const;
  // To be called while nothing is going on: holds no memory but for the bytes that have come.
  void ReleaseBuffer();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Of kHeaderTooLarge and kBodyTooLarge: what is too large, and how large it may be.
std::string TooLarge(const ReadOutcome& outcome);
// An answer's fault as the house says it; `phase` as for ToError.
std::unexpected<Error> ToError(const ReadOutcome& outcome, std::string_view phase,
                               const SocketStream& stream);

}  // namespace mpl::net
