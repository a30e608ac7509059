#include "test/fuzz/decimal.h"

#include <algorithm>

namespace mpl::fuzz {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool TakeSign(std::string_view& text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  return negative;
}

std::string TakeDigits(std::string_view& text) {
  const auto end = std::ranges::find_if_not(text, IsDigit);
  std::string digits(text.begin(), end);
  text.remove_prefix(digits.size());
  return digits;
}

std::string WithoutLeadingZeros(const std::string& digits) {
  return digits.substr(std::min(digits.find_first_not_of('0'), digits.size()));
}

}  // namespace

void Decimal::Multiply(unsigned factor) {
  unsigned carry = 0;
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit) {
    carry += static_cast<unsigned>(*digit - '0') * factor;
    *digit = static_cast<char>('0' + carry % 10);
    carry /= 10;
  }
  if (carry != 0) digits.insert(0, std::to_string(carry));
}

std::optional<Decimal> TakeDecimal(std::string_view& text) {
  Decimal decimal;
  decimal.negative = TakeSign(text);
  decimal.digits = TakeDigits(text);
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    const std::string fraction = TakeDigits(text);
    decimal.digits += fraction;
    decimal.exponent = -static_cast<int>(fraction.size());
  }
  if (decimal.digits.empty()) return std::nullopt;
  return decimal;
}

std::optional<int> TakeExponent(std::string_view& text, int limit) {
  const bool negative = TakeSign(text);
  const std::string digits = TakeDigits(text);
  if (digits.empty()) return std::nullopt;
  const std::string plain = WithoutLeadingZeros(digits);
  if (plain.size() > 6) return std::nullopt;
  const int value = plain.empty() ? 0 : std::stoi(plain);
  if (value > limit) return std::nullopt;
  return negative ? -value : value;
}

std::optional<std::uint64_t> ToInteger(const Decimal& decimal, Rounding rounding) {
  std::string digits = WithoutLeadingZeros(decimal.digits);
  if (digits.empty()) return 0;
  bool cut = false;
  for (int exponent = decimal.exponent; exponent < 0 && !digits.empty(); ++exponent) {
    cut = cut || digits.back() != '0';
    digits.pop_back();
  }
  digits.append(static_cast<std::size_t>(std::max(decimal.exponent, 0)), '0');
  if (digits.size() > 19) return std::nullopt;
  std::uint64_t value = digits.empty() ? 0 : std::stoull(digits);
  if (cut && rounding == Rounding::kAwayFromZero) ++value;
  return value >> 63U != 0 ? std::nullopt : std::optional(value);
}

}  // namespace mpl::fuzz
