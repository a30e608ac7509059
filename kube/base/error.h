// The one error type of the house, and the Result that carries it.
//
// Expected failures (a peer that does not answer, an object that is not there, a document that
// does not parse) travel as values. Exceptions are left for what nobody foresaw; they end at three
// doors only: main, one HTTP session, one work item.
#pragma once

#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace mpl {

// Follows the reasons of metav1.Status (Kubernetes API conventions, "Response Status Kind"),
// plus what can go wrong before an answer exists.
enum class ErrorKind {
  kNotFound,              // 404 NotFound
  kAlreadyExists,         // 409 AlreadyExists
  kConflict,              // 409 Conflict: a newer resourceVersion, or another field manager
  kGone,                  // 410 Gone or Expired: resourceVersion too old, list again
  kInvalid,               // 422 Invalid: well-formed, refused by validation
  kBadRequest,            // 400 BadRequest
  kUnauthorized,          // 401 Unauthorized: who are you?
  kForbidden,             // 403 Forbidden: you may not
  kMethodNotAllowed,      // 405 MethodNotAllowed
  kNotAcceptable,         // 406 NotAcceptable
  kRequestTooLarge,       // 413 RequestEntityTooLarge
  kUnsupportedMediaType,  // 415 UnsupportedMediaType
  kTooManyRequests,       // 429 TooManyRequests
  kInternal,              // 500 InternalError
  kUnavailable,           // 503 ServiceUnavailable
  kTimeout,               // 504 Timeout, or our own deadline passed
  kUnreachable,           // no connection: refused, no route, name not found
  kClosed,                // the peer ended or reset an open connection
  kUntrusted,             // the peer's certificate was refused by us
  kTls,                   // TLS failed otherwise (alert, protocol)
  kMalformed,             // bytes that do not parse: JSON, HTTP, exposition, certificate
  kCancelled,             // we are stopping
};

struct Error {
  ErrorKind kind = ErrorKind::kInternal;
  // What was tried, on what, and why it failed. Never a token, key or body.
  std::string message;
  // From a Retry-After header, when the peer asked for patience.
  std::optional<std::chrono::seconds> retry_after = std::nullopt;

  friend bool operator==(const Error&, const Error&) = default;
};

template <class T>
using Result = std::expected<T, Error>;

// return Fail(ErrorKind::kInvalid, "spec.x: must be positive");
[[nodiscard]] inline std::unexpected<Error> Fail(ErrorKind kind, std::string message) {
  return std::unexpected<Error>(Error{kind, std::move(message)});
}

// Passes an error on with one layer of context in front: "list nodes: connection refused".
[[nodiscard]] std::unexpected<Error> Within(std::string_view context, Error error);

// "NotFound", "Unreachable", …: for logs and metric labels.
std::string_view Name(ErrorKind kind);

// The metav1.Status reason; kinds that never stand in a Status answer "InternalError".
std::string_view StatusReason(ErrorKind kind);
int HttpStatusCode(ErrorKind kind);
// `reason` decides where it is known; `code` where it is not.
ErrorKind KindFromStatus(int code, std::string_view reason);

}  // namespace mpl
