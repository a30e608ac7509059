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
inline constexpr std::int64_t kLastMillis = 9'000'000'000'000;  // year 2255

// A timestamp in milliseconds since 1970; nothing when it is not a number, not positive, or beyond
// what nanoseconds can hold.
std::optional<std::int64_t> ParseMillis(std::string_view text);

}  // namespace mpl::parse
