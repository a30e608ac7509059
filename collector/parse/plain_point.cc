#include "collector/parse/plain_point.h"

#include <algorithm>
#include <array>

#include "collector/parse/digits.h"
#include "collector/parse/number.h"

namespace mpl::parse {
namespace {

constexpr int kMostDigits = 18;  // fit into 63 bits whatever they are
// So many characters may be looked at: 18 digits and a point, and the three words behind those.
constexpr std::size_t kReach = 48;

// Digits in a row, up to 24 of them; the value holds for up to 18.
struct Run {
  std::uint64_t value = 0;
  int count = 0;
};

// Up to eight.
[[gnu::always_inline]] inline Run TakeShortRun(const char* at) {
  const std::uint64_t word = LoadEight(at);
  const int count = LeadingDigits(word);
  return {DigitsValue(word, count), count};
}

// A short one costs no loop.
[[gnu::always_inline]] inline Run TakeRun(const char*& at) {
  Run run = TakeShortRun(at);
  at += run.count;
  for (int count = run.count; count == 8 && run.count < 24;) {
    const Run next = TakeShortRun(at);
    count = next.count;
    run.value = run.value * kPowersOfTen[static_cast<std::size_t>(count)] + next.value;
    run.count += count;
    at += count;
  }
  return run;
}

bool IsDigit(char c) { return static_cast<unsigned char>(c - '0') < 10; }

// "e+07": how Go writes what is not below a million.
bool TakeExponent(const char*& at, int& exponent) {
  if (*at != 'e') return true;
  if (at[1] != '+' || !IsDigit(at[2]) || !IsDigit(at[3])) return false;
  exponent = (at[2] - '0') * 10 + (at[3] - '0');
  at += 4;
  return true;
}

// Of exactly 13 digits; 0: it is not one.
std::int64_t TakeMillis(const char* at) {
  static_assert(kMillisDigits == 13);
  const Run first = TakeShortRun(at);
  const Run last = TakeShortRun(at + 8);
  if (first.count != 8 || last.count != 5) return 0;
  const std::uint64_t millis = first.value * kPowersOfTen[5] + last.value;
  return millis > static_cast<std::uint64_t>(kLastMillis) ? 0 : static_cast<std::int64_t>(millis);
}

// `begin`: kReach characters.
PlainPoint Read(const char* begin, int scale) {
  const char* at = begin;
  Run digits = TakeRun(at);
  if (digits.count > kMostDigits) return {};
  int fraction = 0;
  if (*at == '.') {
    ++at;
    const Run behind = TakeRun(at);
    fraction = behind.count;
    digits.count += fraction;
    if (digits.count > kMostDigits) return {};
    digits.value = digits.value * kPowersOfTen[static_cast<std::size_t>(fraction)] + behind.value;
  }
  int exponent = 0;
  if (digits.count == 0 || !TakeExponent(at, exponent)) return {};
  PlainPoint point;
  const auto value = TimesPowerOfTen(digits.value, exponent - fraction + scale);
  if (!value) return {};
  point.value = *value;
  if (*at == ' ') {
    point.millis = TakeMillis(at + 1);
    if (point.millis == 0) return {};
    at += kMillisDigits + 1;
  }
  if (*at != '\n') return {};
  point.length = static_cast<std::size_t>(at - begin) + 1;
  return point;
}

// The end of a body. Not in line: all others would pay for its array.
[[gnu::noinline]] PlainPoint ReadPadded(std::string_view text, int scale) {
  // Zeros are neither digits nor the end of a line.
  std::array<char, kReach> padded{};
  std::ranges::copy(text, padded.begin());
  return Read(padded.data(), scale);
}

}  // namespace

PlainPoint ReadPlainPoint(std::string_view text, int scale) {
  if (text.size() < kReach) return ReadPadded(text, scale);
  // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage): Read goes no further than kReach.
  return Read(text.data(), scale);
}

}  // namespace mpl::parse
