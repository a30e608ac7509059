// Decimal text to integers without a detour through floating point.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace mpl::parse {

enum class NumberFault { kSyntax, kRange };

struct Number {
  bool ok = false;
  NumberFault fault = NumberFault::kSyntax;
  std::uint64_t value = 0;
};

// `text` × 10^`scale`, cut off to an integer: "1.25" with scale 9 gives 1250000000. Takes what Go's
// strconv.ParseFloat takes in decimal ("+1", ".5", "1e-3").
// kRange: negative, NaN, infinite, or not below 2^63, where only underflowed counters live.
Number ParseScaled(std::string_view text, int scale);

// Of a time between 2001 and 2286.
inline constexpr std::size_t kMillisDigits = 13;

// What stands behind the labels of a sample: a value, a blank and a time of 13 digits, or the value
// alone, up to the end of the line.
struct PlainPoint {
  std::uint64_t value = 0;  // × 10^scale
  std::int64_t millis = 0;  // 0: no time
  std::size_t length = 0;   // with the newline; 0: it stands there in another form, or wrong
};
// Reads the form in which kubelets write nearly all points, in one go; `scale` from 0 to 9. Gives
// what ParseScaled and ParseMillis would give, or a length of 0: then it is up to those.
PlainPoint ReadPlainPoint(std::string_view text, int scale);

// A timestamp in milliseconds since 1970; nothing when it is not a number, not positive, or beyond
// what nanoseconds can hold.
std::optional<std::int64_t> ParseMillis(std::string_view text);

}  // namespace mpl::parse
