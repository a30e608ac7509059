// Points in time, spans, and the two ways in which Kubernetes writes them.
//
// Pure: nothing here reads a clock. Folders that decide things take `now` as an argument; edge
// folders read clocks with SystemNow() / std::chrono::steady_clock of kube/net/runtime.h.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mpl {

using Duration = std::chrono::nanoseconds;
// Wall time, for everything that is written or shown. Nanoseconds since 1970-01-01 UTC.
using TimePoint = std::chrono::sys_time<std::chrono::nanoseconds>;
// Monotonic time, for every deadline, back-off and cache age. Only differences mean anything.
using MonoTime = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;

// "2026-08-01T12:00:00Z": metav1.Time. Parts of a second are cut off, not rounded.
std::string FormatRfc3339(TimePoint time);
// The same for many times that lie near each other, as those of a list do: what they have in common
// is worked out once a minute. Not thread-safe.
inline constexpr std::size_t kRfc3339Bytes = 32;
class Rfc3339Writer {
 public:
  // Into memory with room for kRfc3339Bytes; gives the end of what was written.
  char* Write(char* at, TimePoint time);

 private:
  std::int64_t minute_ = 0;               // since 1970
  std::string text_ = FormatRfc3339({});  // of some second of that minute
};
// "2026-08-01T12:00:00.000000Z": metav1.MicroTime, always six digits.
std::string FormatRfc3339Micro(TimePoint time);
// Takes any RFC 3339 time: fraction of 0 to 9 digits, "Z" or a numeric offset. Nothing on bad text.
std::optional<TimePoint> ParseRfc3339(std::string_view text);

// Text as Go's time.Duration prints it: "15.042s", "1m0s", "1.5µs", "0s".
std::string FormatGoDuration(Duration duration);
// The same into memory with room for kGoDurationBytes; gives the end of what was written.
inline constexpr std::size_t kGoDurationBytes = 40;
char* WriteGoDuration(char* at, Duration duration);
// What Go's time.ParseDuration takes: "15s", "1m30s", "1.5h", "-2ms", "0". Nothing on bad text
// or when the value does not fit into 64 bits of nanoseconds.
std::optional<Duration> ParseGoDuration(std::string_view text);

}  // namespace mpl
