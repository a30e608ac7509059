// Decimal numbers as text, exact and slow: the measure of the product's fast number readers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mpl::fuzz {

// digits × 10^exponent
struct Decimal {
  bool negative = false;
  std::string digits;
  int exponent = 0;

  void Multiply(unsigned factor);  // by at most 10
};

// Takes "[+-]12.5" from the front of `text`: at least one digit, one point at most.
std::optional<Decimal> TakeDecimal(std::string_view& text);
// Takes "[+-]12" from the front; nothing when there is no digit, or when it is beyond ±`limit`.
std::optional<int> TakeExponent(std::string_view& text, int limit);

enum class Rounding { kCutOff, kAwayFromZero };
// The magnitude as an integer; nothing from 2^63 on.
std::optional<std::uint64_t> ToInteger(const Decimal& decimal, Rounding rounding);

}  // namespace mpl::fuzz
