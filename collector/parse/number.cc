#include "collector/parse/number.h"

#include <charconv>

#include "collector/parse/digits.h"
#include "kube/base/text.h"

namespace mpl::parse {
namespace {

// More digits than this cannot matter: a value with 20 digits before the cut is out of range.
constexpr int kDigits = 19;

constexpr Number Fault(NumberFault fault) { return {.ok = false, .fault = fault, .value = 0}; }

struct Mantissa {
  std::uint64_t digits = 0;
  int exponent = 0;      // of ten, to be applied to digits
  std::size_t used = 0;  // characters; 0: no digit there
};

Mantissa TakeMantissa(std::string_view text) {
  Mantissa m;
  int significant = 0;
  bool point = false;
  bool any = false;
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '.') {
      if (point) break;
      point = true;
      continue;
    }
    if (c < '0' || c > '9') break;
    any = true;
    if (significant >= kDigits) {
      m.exponent += point ? 0 : 1;
      continue;
    }
    m.digits = m.digits * 10 + static_cast<std::uint64_t>(c - '0');
    significant += m.digits != 0 ? 1 : 0;
    m.exponent -= point ? 1 : 0;
  }
  m.used = any ? at : 0;
  return m;
}

bool IsSpecial(std::string_view text) {
  return EqualsIgnoreCase(text, "nan") || EqualsIgnoreCase(text, "inf") ||
         EqualsIgnoreCase(text, "infinity");
}

}  // namespace

Number ParseScaled(std::string_view text, int scale) {
  const bool minus = !text.empty() && text[0] == '-';
  if (minus || (!text.empty() && text[0] == '+')) text.remove_prefix(1);
  Mantissa m = TakeMantissa(text);
  if (m.used == 0) return Fault(IsSpecial(text) ? NumberFault::kRange : NumberFault::kSyntax);
  text.remove_prefix(m.used);
  if (!text.empty()) {
    if (text[0] != 'e' && text[0] != 'E') return Fault(NumberFault::kSyntax);
    text.remove_prefix(1);
    if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
    int exponent = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
    if (error != std::errc{} || end != text.data() + text.size() || exponent < -999 ||
        exponent > 999) {
      return Fault(NumberFault::kSyntax);
    }
    m.exponent += exponent;
  }
  if (minus) return Fault(NumberFault::kRange);
  const auto value = TimesPowerOfTen(m.digits, m.exponent + scale);
  if (!value) return Fault(NumberFault::kRange);
  return {.ok = true, .value = *value};
}

std::optional<std::int64_t> ParseMillis(std::string_view text) {
  std::int64_t millis = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), millis);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (millis <= 0 || millis > kLastMillis) return std::nullopt;
  return millis;
}

}  // namespace mpl::parse
