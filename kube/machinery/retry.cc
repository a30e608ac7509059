#include "kube/machinery/retry.h"

#include <charconv>

#include "kube/base/text.h"

namespace mpl::machinery {

std::optional<std::chrono::seconds> ParseRetryAfter(std::string_view value) {
  value = Trim(value);
  int seconds = 0;
  const auto [end, fault] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (fault != std::errc() || end != value.data() + value.size() || seconds < 0)
    return std::nullopt;
  return std::chrono::seconds(seconds);
}

std::optional<Duration> RetryDelay(const Attempt& attempt) {
  if (attempt.number >= kMaxRetries) return std::nullopt;
  if (attempt.failure) {
    // A refused connection is not retried here: whoever asked backs off as a whole.
    if (attempt.failure != ErrorKind::kClosed || attempt.method != "GET") return std::nullopt;
    return std::chrono::seconds(1);
  }
  if (attempt.status != 429 && attempt.status < 500) return std::nullopt;
  return ParseRetryAfter(attempt.retry_after);
}

}  // namespace mpl::machinery
