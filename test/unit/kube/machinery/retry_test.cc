#include "kube/machinery/retry.h"

#include <gtest/gtest.h>

namespace mpl::machinery {
namespace {

using std::chrono::seconds;

TEST(RetryDelay, FollowsRetryAfterOf429And5xx) {
  EXPECT_EQ(RetryDelay({.method = "POST", .status = 429, .retry_after = "3"}), seconds(3));
  EXPECT_EQ(RetryDelay({.method = "PATCH", .status = 503, .retry_after = "1"}), seconds(1));
  EXPECT_EQ(RetryDelay({.method = "GET", .status = 500, .retry_after = " 2 "}), seconds(2));
}

TEST(RetryDelay, GivesUpWithoutRetryAfter) {
  EXPECT_EQ(RetryDelay({.method = "GET", .status = 429}), std::nullopt);
  EXPECT_EQ(RetryDelay({.method = "GET", .status = 503}), std::nullopt);
  EXPECT_EQ(RetryDelay({.method = "GET", .status = 503, .retry_after = "Wed, 21 Oct 2015"}),
            std::nullopt);
}

TEST(RetryDelay, LeavesOtherAnswersAlone) {
  for (const int status : {200, 201, 400, 401, 403, 404, 409, 410, 422}) {
    EXPECT_EQ(RetryDelay({.method = "GET", .status = status, .retry_after = "1"}), std::nullopt);
  }
}

TEST(RetryDelay, StopsAfterTenRetries) {
  EXPECT_TRUE(RetryDelay({.method = "GET", .number = 9, .status = 429, .retry_after = "1"}));
  EXPECT_FALSE(RetryDelay({.method = "GET", .number = 10, .status = 429, .retry_after = "1"}));
}

TEST(RetryDelay, RepeatsAfterALostConnectionOnlyWhatIsSafe) {
  EXPECT_TRUE(RetryDelay({.method = "GET", .failure = ErrorKind::kClosed}));
  for (const char* method : {"POST", "PUT", "PATCH", "DELETE"}) {
    EXPECT_FALSE(RetryDelay({.method = method, .failure = ErrorKind::kClosed})) << method;
  }
  for (const ErrorKind kind : {ErrorKind::kUnreachable, ErrorKind::kUntrusted, ErrorKind::kTimeout,
                               ErrorKind::kCancelled}) {
    EXPECT_FALSE(RetryDelay({.method = "GET", .failure = kind}));
  }
}

}  // namespace
}  // namespace mpl::machinery
