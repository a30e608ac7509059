// Whether to send a request again. Rules of client-go's rest.Request (withRetry): an answer of 429
// or 5xx is tried again when the server names a time in Retry-After, up to ten times; a lost
// connection only for GET, because nobody knows whether the server acted.
#pragma once

#include <optional>
#include <string_view>

#include "kube/base/error.h"
#include "kube/base/time.h"

namespace mpl::machinery {

inline constexpr int kMaxRetries = 10;

struct Attempt {
  std::string_view method;
  int number = 0;  // 0 for the first
  // Either an answer …
  int status = 0;
  std::string_view retry_after = {};  // header value; empty when missing
  // … or a failure without one.
  std::optional<ErrorKind> failure = std::nullopt;
};

// The time to wait before the next attempt; nothing: give up.
std::optional<Duration> RetryDelay(const Attempt& attempt);

// Seconds of a Retry-After header; nothing on other forms (API servers send no dates).
std::optional<std::chrono::seconds> ParseRetryAfter(std::string_view value);

}  // namespace mpl::machinery
