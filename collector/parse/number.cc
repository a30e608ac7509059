#include "collector/parse/number.h"

#include <array>
#include <charconv>

#include "kube/base/text.h"

namespace mpl::parse {
namespace {

constexpr std::uint64_t kEnd = 1ULL << 63U;
constexpr std::int64_t kLastMillis = 9'000'000'000'000;  // year 2255
// More digits than this cannot matter: a value with 20 digits before the cut is out of range.
constexpr int kDigits = 19;

constexpr std::array<std::uint64_t, 20> kPowers = [] {
  std::array<std::uint64_t, 20> powers{};
  std::uint64_t power = 1;
  for (std::uint64_t& slot : powers) {
    slot = power;
    power *= 10;
  }
  return powers;
}();

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
  if (m.digits == 0) return {.ok = true, .value = 0};
  const int power = m.exponent + scale;
  if (power < 0) {
    const bool vanishes = -power >= static_cast<int>(kPowers.size());
    return {.ok = true,
            .value = vanishes ? 0 : m.digits / kPowers[static_cast<std::size_t>(-power)]};
  }
  if (power >= static_cast<int>(kPowers.size())) return Fault(NumberFault::kRange);
  const std::uint64_t factor = kPowers[static_cast<std::size_t>(power)];
  if (m.digits >= kEnd / factor + 1 || m.digits * factor >= kEnd) return Fault(NumberFault::kRange);
  return {.ok = true, .value = m.digits * factor};
}

namespace {

constexpr int kPlainDigits = 18;  // fit into 63 bits whatever they are

bool IsDigit(char c) { return static_cast<unsigned char>(c - '0') < 10; }

// Digits with at most one point among them.
struct PlainDigits {
  std::uint64_t digits = 0;
  int count = 0;
  int fraction = 0;
  const char* end = nullptr;
};

PlainDigits TakePlainDigits(const char* at, const char* end) {
  PlainDigits taken;
  const char* point = nullptr;
  const char* const begin = at;
  for (; at != end; ++at) {
    if (IsDigit(*at)) {
      taken.digits = taken.digits * 10 + static_cast<std::uint64_t>(*at - '0');
    } else if (*at == '.' && point == nullptr) {
      point = at;
    } else {
      break;
    }
    if (at - begin > kPlainDigits) break;
  }
  taken.end = at;
  taken.count = static_cast<int>(at - begin) - (point == nullptr ? 0 : 1);
  taken.fraction = point == nullptr ? 0 : static_cast<int>(at - point) - 1;
  return taken;
}

// Of exactly 13 digits; 0: it is not one.
std::int64_t TakeMillis(const char* at) {
  std::int64_t millis = 0;
  for (std::size_t i = 0; i < kMillisDigits; ++i) {
    if (!IsDigit(at[i])) return 0;
    millis = millis * 10 + (at[i] - '0');
  }
  return millis > kLastMillis ? 0 : millis;
}

// "e+07": how Go writes what is not below a million.
bool TakePlainExponent(const char*& at, const char* end, int& exponent) {
  if (at == end || *at != 'e') return true;
  if (end - at < 4 || at[1] != '+' || !IsDigit(at[2]) || !IsDigit(at[3])) return false;
  exponent = (at[2] - '0') * 10 + (at[3] - '0');
  at += 4;
  return true;
}

}  // namespace

PlainPoint ReadPlainPoint(std::string_view text, int scale) {
  const char* const end = text.data() + text.size();
  const PlainDigits taken = TakePlainDigits(text.data(), end);
  if (taken.count == 0 || taken.count > kPlainDigits) return {};
  const char* at = taken.end;
  int exponent = 0;
  if (!TakePlainExponent(at, end, exponent)) return {};
  PlainPoint point;
  const int power = exponent - taken.fraction + scale;
  if (power <= -static_cast<int>(kPowers.size()) || power >= static_cast<int>(kPowers.size())) {
    return {};
  }
  if (power < 0) {
    point.value = taken.digits / kPowers[static_cast<std::size_t>(-power)];
  } else if (__builtin_mul_overflow(taken.digits, kPowers[static_cast<std::size_t>(power)],
                                    &point.value) ||
             point.value >= kEnd) {
    return {};
  }
  if (at != end && *at == ' ') {
    if (static_cast<std::size_t>(end - at) < kMillisDigits + 2) return {};
    point.millis = TakeMillis(at + 1);
    if (point.millis == 0) return {};
    at += kMillisDigits + 1;
  }
  if (at == end || *at != '\n') return {};
  point.length = static_cast<std::size_t>(at - text.data()) + 1;
  return point;
}

std::optional<std::int64_t> ParseMillis(std::string_view text) {
  std::int64_t millis = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), millis);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (millis <= 0 || millis > kLastMillis) return std::nullopt;
  return millis;
}

}  // namespace mpl::parse
