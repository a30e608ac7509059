#include "kube/base/error.h"

#include <gtest/gtest.h>

#include <set>

namespace mpl {
namespace {

struct Row {
  ErrorKind kind;
  int code;
  std::string reason;
};

// Kubernetes API conventions, "Response Status Kind", and apimachinery's type StatusReason.
const std::vector<Row> kStatusRows = {
    {ErrorKind::kNotFound, 404, "NotFound"},
    {ErrorKind::kAlreadyExists, 409, "AlreadyExists"},
    {ErrorKind::kConflict, 409, "Conflict"},
    {ErrorKind::kGone, 410, "Expired"},
    {ErrorKind::kInvalid, 422, "Invalid"},
    {ErrorKind::kBadRequest, 400, "BadRequest"},
    {ErrorKind::kUnauthorized, 401, "Unauthorized"},
    {ErrorKind::kForbidden, 403, "Forbidden"},
    {ErrorKind::kMethodNotAllowed, 405, "MethodNotAllowed"},
    {ErrorKind::kNotAcceptable, 406, "NotAcceptable"},
    {ErrorKind::kRequestTooLarge, 413, "RequestEntityTooLarge"},
    {ErrorKind::kUnsupportedMediaType, 415, "UnsupportedMediaType"},
    {ErrorKind::kTooManyRequests, 429, "TooManyRequests"},
    {ErrorKind::kInternal, 500, "InternalError"},
    {ErrorKind::kUnavailable, 503, "ServiceUnavailable"},
    {ErrorKind::kTimeout, 504, "Timeout"},
};

TEST(ErrorKind, MapsToStatusAndBack) {
  for (const Row& row : kStatusRows) {
    EXPECT_EQ(HttpStatusCode(row.kind), row.code) << row.reason;
    EXPECT_EQ(StatusReason(row.kind), row.reason);
    EXPECT_EQ(KindFromStatus(row.code, row.reason), row.kind) << row.reason;
  }
}

TEST(ErrorKind, AnswersInternalErrorForWhatNeverStandsInAStatus) {
  for (const ErrorKind kind : {ErrorKind::kUnreachable, ErrorKind::kClosed, ErrorKind::kUntrusted,
                               ErrorKind::kTls, ErrorKind::kMalformed, ErrorKind::kCancelled}) {
    EXPECT_EQ(StatusReason(kind), "InternalError") << Name(kind);
    EXPECT_EQ(HttpStatusCode(kind), 500) << Name(kind);
  }
}

TEST(ErrorKind, HasANameOfItsOwnEach) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(ErrorKind::kCancelled); ++i) {
    names.insert(Name(static_cast<ErrorKind>(i)));
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(ErrorKind::kCancelled) + 1);
}

TEST(KindFromStatus, BelievesTheReasonBeforeTheCode) {
  EXPECT_EQ(KindFromStatus(409, "AlreadyExists"), ErrorKind::kAlreadyExists);
  EXPECT_EQ(KindFromStatus(410, "Gone"), ErrorKind::kGone);
  EXPECT_EQ(KindFromStatus(500, "ServerTimeout"), ErrorKind::kTimeout);
  EXPECT_EQ(KindFromStatus(500, "Forbidden"), ErrorKind::kForbidden);
}

TEST(KindFromStatus, FallsBackOnTheCode) {
  EXPECT_EQ(KindFromStatus(409, ""), ErrorKind::kConflict);
  EXPECT_EQ(KindFromStatus(404, "SomethingNew"), ErrorKind::kNotFound);
  EXPECT_EQ(KindFromStatus(502, ""), ErrorKind::kUnavailable);
  EXPECT_EQ(KindFromStatus(418, ""), ErrorKind::kBadRequest);
  EXPECT_EQ(KindFromStatus(599, ""), ErrorKind::kInternal);
}

TEST(Within, PutsContextInFrontAndKeepsTheRest) {
  const Error inner{ErrorKind::kTooManyRequests, "slow down", std::chrono::seconds(3)};
  const Error outer = Within("list nodes", inner).error();
  EXPECT_EQ(outer,
            (Error{ErrorKind::kTooManyRequests, "list nodes: slow down", std::chrono::seconds(3)}));
}

}  // namespace
}  // namespace mpl
