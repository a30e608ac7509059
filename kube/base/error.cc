#include "kube/base/error.h"

#include <array>

namespace mpl {
namespace {

struct Row {
  ErrorKind kind;
  std::string_view name;
  std::string_view reason;
  int code;
};

// Codes and reasons: k8s.io/apimachinery pkg/apis/meta/v1, type StatusReason.
constexpr std::array kRows = {
    Row{ErrorKind::kNotFound, "NotFound", "NotFound", 404},
    Row{ErrorKind::kAlreadyExists, "AlreadyExists", "AlreadyExists", 409},
    Row{ErrorKind::kConflict, "Conflict", "Conflict", 409},
    Row{ErrorKind::kGone, "Gone", "Expired", 410},
    Row{ErrorKind::kInvalid, "Invalid", "Invalid", 422},
    Row{ErrorKind::kBadRequest, "BadRequest", "BadRequest", 400},
    Row{ErrorKind::kUnauthorized, "Unauthorized", "Unauthorized", 401},
    Row{ErrorKind::kForbidden, "Forbidden", "Forbidden", 403},
    Row{ErrorKind::kMethodNotAllowed, "MethodNotAllowed", "MethodNotAllowed", 405},
    Row{ErrorKind::kNotAcceptable, "NotAcceptable", "NotAcceptable", 406},
    Row{ErrorKind::kRequestTooLarge, "RequestTooLarge", "RequestEntityTooLarge", 413},
    Row{ErrorKind::kUnsupportedMediaType, "UnsupportedMediaType", "UnsupportedMediaType", 415},
    Row{ErrorKind::kTooManyRequests, "TooManyRequests", "TooManyRequests", 429},
    Row{ErrorKind::kInternal, "Internal", "InternalError", 500},
    Row{ErrorKind::kUnavailable, "Unavailable", "ServiceUnavailable", 503},
    Row{ErrorKind::kTimeout, "Timeout", "Timeout", 504},
    Row{ErrorKind::kUnreachable, "Unreachable", "InternalError", 500},
    Row{ErrorKind::kClosed, "Closed", "InternalError", 500},
    Row{ErrorKind::kUntrusted, "Untrusted", "InternalError", 500},
    Row{ErrorKind::kTls, "Tls", "InternalError", 500},
    Row{ErrorKind::kMalformed, "Malformed", "InternalError", 500},
    Row{ErrorKind::kCancelled, "Cancelled", "InternalError", 500},
};

const Row& Find(ErrorKind kind) {
  for (const Row& row : kRows) {
    if (row.kind == kind) return row;
  }
  static_assert(kRows[13].kind == ErrorKind::kInternal);
  return kRows[13];
}

}  // namespace

std::unexpected<Error> Within(std::string_view context, Error error) {
  error.message = std::string(context) + ": " + error.message;
  return std::unexpected<Error>(std::move(error));
}

std::string_view Name(ErrorKind kind) { return Find(kind).name; }
std::string_view StatusReason(ErrorKind kind) { return Find(kind).reason; }
int HttpStatusCode(ErrorKind kind) { return Find(kind).code; }

ErrorKind KindFromStatus(int code, std::string_view reason) {
  if (reason == "Gone") return ErrorKind::kGone;
  // ServerTimeout: the server could not answer in time and says so with 500 and Retry-After.
  if (reason == "ServerTimeout") return ErrorKind::kTimeout;
  for (const Row& row : kRows) {
    if (!reason.empty() && row.reason == reason) return row.kind;
  }
  for (const Row& row : kRows) {
    if (row.code == code) return row.code == 409 ? ErrorKind::kConflict : row.kind;
  }
  if (code == 502) return ErrorKind::kUnavailable;
  return code >= 400 && code < 500 ? ErrorKind::kBadRequest : ErrorKind::kInternal;
}

}  // namespace mpl
