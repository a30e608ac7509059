#include "kube/net/message_writer.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "kube/base/text.h"
#include "kube/http/http_date.h"

namespace mpl::net {
namespace {

constexpr std::size_t kRoomOfOurs = 128;  // for the fields that are ours, and blanks

struct Reason {
  int status;
  std::string_view text;
};

// IANA HTTP Status Code Registry; what API servers and kubelets answer.
constexpr std::array kReasons = {
    Reason{200, "OK"},
    Reason{201, "Created"},
    Reason{202, "Accepted"},
    Reason{204, "No Content"},
    Reason{206, "Partial Content"},
    Reason{301, "Moved Permanently"},
    Reason{302, "Found"},
    Reason{304, "Not Modified"},
    Reason{307, "Temporary Redirect"},
    Reason{400, "Bad Request"},
    Reason{401, "Unauthorized"},
    Reason{403, "Forbidden"},
    Reason{404, "Not Found"},
    Reason{405, "Method Not Allowed"},
    Reason{406, "Not Acceptable"},
    Reason{408, "Request Timeout"},
    Reason{409, "Conflict"},
    Reason{410, "Gone"},
    Reason{413, "Content Too Large"},
    Reason{415, "Unsupported Media Type"},
    Reason{417, "Expectation Failed"},
    Reason{422, "Unprocessable Content"},
    Reason{429, "Too Many Requests"},
    Reason{431, "Request Header Fields Too Large"},
    Reason{500, "Internal Server Error"},
    Reason{501, "Not Implemented"},
    Reason{502, "Bad Gateway"},
    Reason{503, "Service Unavailable"},
    Reason{504, "Gateway Timeout"},
};

std::string_view ReasonText(int status) {
  const auto* found = std::ranges::find(kReasons, status, &Reason::status);
  return found == kReasons.end() ? std::string_view("Unknown") : found->text;
}

// RFC 9110 section 5.6.2.
bool IsToken(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

// Nothing that could begin a new line: the way in which fields are smuggled.
bool IsFieldValue(std::string_view text) {
  // One by one: the C library looks through a token of a kilobyte sixteen bytes or more at a time.
  const auto has = [text](char c) { return text.find(c) != std::string_view::npos; };
  return !has('\r') && !has('\n') && !has('\0');
}

bool IsTarget(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c != '\x7f'; });
}

bool IsOurs(std::string_view name) {
  static constexpr std::array<std::string_view, 5> kOurs = {
      "connection", "content-length", "transfer-encoding", "keep-alive", "date"};
  return std::ranges::any_of(kOurs,
                             [&](std::string_view own) { return EqualsIgnoreCase(own, name); });
}

Result<void> AppendField(std::string& text, std::string_view name, std::string_view value) {
  if (!IsToken(name) || !IsFieldValue(value)) {
    // The value may be a secret: only the name is told.
    return Fail(ErrorKind::kInvalid,
                "header field \"" + std::string(name) + "\": not allowed in an HTTP header");
  }
  text.append(name).append(": ").append(value).append("\r\n");
  return {};
}

}  // namespace

Result<std::string> RequestHead(const http::Request& request, std::string_view host,
                                bool accept_gzip) {
  if (!IsToken(request.method)) return Fail(ErrorKind::kInvalid, "HTTP method: not a token");
  if (!IsTarget(request.target)) {
    return Fail(ErrorKind::kInvalid, "request target \"" + request.target +
                                         "\": blanks and control characters must be escaped");
  }
  // Tokens of a kilobyte travel with most requests.
  std::size_t size = request.method.size() + request.target.size() + host.size() + kRoomOfOurs;
  for (const auto& [name, value] : request.headers) size += name.size() + value.size() + 4;
  std::string text;
  text.reserve(size);
  text.append(request.method).append(" ").append(request.target).append(" HTTP/1.1\r\n");
  if (!request.headers.Has("Host")) text.append("Host: ").append(host).append("\r\n");
  for (const auto& [name, value] : request.headers) {
    if (EqualsIgnoreCase(name, "Content-Length") || EqualsIgnoreCase(name, "Transfer-Encoding")) {
      continue;
    }
    if (auto added = AppendField(text, name, value); !added) return std::unexpected(added.error());
  }
  if (accept_gzip) text += "Accept-Encoding: gzip\r\n";
  // RFC 9110 section 8.6: a length also for empty bodies of methods that expect one.
  if (!request.body.empty() || (request.method != "GET" && request.method != "HEAD" &&
                                request.method != "DELETE" && request.method != "OPTIONS")) {
    text += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  }
  return text.append("\r\n");
}

Result<std::string> ResponseHead(const http::Response& response, const ResponseFrame& frame,
                                 TimePoint now) {
  std::string text = "HTTP/1.1 " + std::to_string(response.status) + " ";
  text.append(ReasonText(response.status)).append("\r\n");
  for (const auto& [name, value] : response.headers) {
    if (IsOurs(name)) continue;
    if (auto added = AppendField(text, name, value); !added) return std::unexpected(added.error());
  }
  text += "Date: " + http::HttpDate(now) + "\r\n";
  if (frame.framing == Framing::kLength) {
    text += "Content-Length: " + std::to_string(response.body.size()) + "\r\n";
  } else if (frame.framing == Framing::kChunked) {
    text += "Transfer-Encoding: chunked\r\n";
  }
  if (!frame.keep_alive) {
    text += "Connection: close\r\n";
  } else if (frame.minor_version == 0) {
    text += "Connection: keep-alive\r\n";
  }
  return text + "\r\n";
}

void AppendChunkHead(std::string& out, std::size_t bytes) {
  std::array<char, 20> text{};
  const int size = std::snprintf(text.data(), text.size(), "%zx\r\n", bytes);
  out.append(text.data(), static_cast<std::size_t>(size));
}

}  // namespace mpl::net
