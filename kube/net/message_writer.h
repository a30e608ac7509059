// HTTP/1.1 heads as text. Pure; internal to kube/net.
#pragma once

#include <string>
#include <string_view>

#include "kube/base/error.h"
#include "kube/base/time.h"
#include "kube/http/message.h"

namespace mpl::net {

// Bodies up to this size travel in one write (and one TLS record) with their header.
inline constexpr std::size_t kJoinBytes = 12U << 10U;

// How the end of an answer's body is told (RFC 9112 section 6.3).
enum class Framing {
  kLength,   // Content-Length
  kChunked,  // chunks
  kClose,    // the end of the connection: HTTP/1.0
  kNone,     // 204 and 304: no body, no length
};

struct ResponseFrame {
  Framing framing = Framing::kLength;
  bool keep_alive = true;
  int minor_version = 1;
};

// Request line, our own fields (Host, Content-Length, Accept-Encoding where missing), then the
// caller's, and the empty line. kInvalid when a part holds a line break or a blank where none may
// be.
Result<std::string> RequestHead(const http::Request& request, std::string_view host,
                                bool accept_gzip);

// Fields that belong to the connection (Connection, Content-Length, Transfer-Encoding, Date) are
// ours: the handler's are left out.
Result<std::string> ResponseHead(const http::Response& response, const ResponseFrame& frame,
                                 TimePoint now);

// A piece of a chunked body is this, its bytes, and kChunkEnd. A piece of no bytes would end the
// body.
void AppendChunkHead(std::string& out, std::size_t bytes);
inline constexpr std::string_view kChunkEnd = "\r\n";
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace mpl::net
