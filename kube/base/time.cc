#include "kube/base/time.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace mpl {
namespace {

using std::chrono::floor;

struct Broken {
  std::chrono::year_month_day date;
  std::chrono::hh_mm_ss<std::chrono::microseconds> clock;
};

// In microseconds: the first day that nanoseconds reach began before they do.
Broken Break(TimePoint time) {
  const auto micros = floor<std::chrono::microseconds>(time);
  const auto day = floor<std::chrono::days>(micros);
  return {std::chrono::year_month_day(day), std::chrono::hh_mm_ss(micros - day)};
}

// `digits` decimal digits, with leading zeros.
char* Put(char* at, int value, int digits) {
  for (int i = digits - 1; i >= 0; --i) {
    at[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  return at + digits;
}

char* Put(char* at, char c) {
  *at = c;
  return at + 1;
}

char* Write(char* at, TimePoint time, bool micro) {
  const Broken b = Break(time);
  at = Put(at, static_cast<int>(b.date.year()), 4);
  at = Put(Put(at, '-'), static_cast<int>(static_cast<unsigned>(b.date.month())), 2);
  at = Put(Put(at, '-'), static_cast<int>(static_cast<unsigned>(b.date.day())), 2);
  at = Put(Put(at, 'T'), static_cast<int>(b.clock.hours().count()), 2);
  at = Put(Put(at, ':'), static_cast<int>(b.clock.minutes().count()), 2);
  at = Put(Put(at, ':'), static_cast<int>(b.clock.seconds().count()), 2);
  if (micro) at = Put(Put(at, '.'), static_cast<int>(b.clock.subseconds().count()), 6);
  return Put(at, 'Z');
}

std::string Format(TimePoint time, bool micro) {
  std::array<char, kRfc3339Bytes> text{};
  return {text.data(), Write(text.data(), time, micro)};
}

// Takes exactly `digits` decimal digits from the front of `text`.
std::optional<int> TakeNumber(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  const std::string_view number = text.substr(0, digits);
  int value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (error != std::errc{} || end != number.data() + number.size() || number[0] == '-') {
    return std::nullopt;
  }
  text.remove_prefix(digits);
  return value;
}

bool TakeChar(std::string_view& text, char wanted) {
  if (text.empty() || text[0] != wanted) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<std::int64_t> TakeFraction(std::string_view& text) {
  std::int64_t nanos = 0;
  std::size_t digits = 0;
  for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
    if (digits < 9) nanos = nanos * 10 + (text[digits] - '0');
  }
  if (digits == 0) return std::nullopt;
  for (std::size_t i = digits; i < 9; ++i) nanos *= 10;
  text.remove_prefix(digits);
  return nanos;
}

std::optional<std::chrono::minutes> TakeOffset(std::string_view& text) {
  if (TakeChar(text, 'Z') || TakeChar(text, 'z')) return std::chrono::minutes(0);
  const bool minus = !text.empty() && text[0] == '-';
  if (!minus && (text.empty() || text[0] != '+')) return std::nullopt;
  text.remove_prefix(1);
  const auto hours = TakeNumber(text, 2);
  if (!hours || !TakeChar(text, ':')) return std::nullopt;
  const auto minutes = TakeNumber(text, 2);
  if (!minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  const auto offset = std::chrono::minutes(*hours * 60 + *minutes);
  return minus ? -offset : offset;
}

struct Unit {
  std::string_view name;
  std::int64_t nanos;
};

constexpr std::array kUnits = {
    Unit{"ns", 1},
    Unit{"us", 1'000},
    Unit{"µs", 1'000},
    Unit{"μs", 1'000},
    Unit{"ms", 1'000'000},
    Unit{"s", 1'000'000'000},
    Unit{"m", 60'000'000'000},
    Unit{"h", 3'600'000'000'000},
};

// Of the most negative number of 64 bits.
constexpr std::uint64_t kMagnitude = std::uint64_t{1} << 63U;

bool StartsWithDigit(std::string_view text) {
  return !text.empty() && text[0] >= '0' && text[0] <= '9';
}

// One "1.5h". Whole part exact; the fraction in double precision, as Go computes it, so that
// "0.3333333333333333333h" is 20 minutes here as there.
std::optional<std::uint64_t> TakeGoTerm(std::string_view& text) {
  const bool whole_given = StartsWithDigit(text);
  std::uint64_t whole = 0;
  for (; StartsWithDigit(text); text.remove_prefix(1)) {
    if (whole > kMagnitude / 10) return std::nullopt;
    whole = whole * 10 + static_cast<std::uint64_t>(text[0] - '0');
    if (whole > kMagnitude) return std::nullopt;
  }
  double fraction = 0;
  double scale = 1;
  bool fraction_given = false;
  if (TakeChar(text, '.')) {
    std::uint64_t digits = 0;
    for (; StartsWithDigit(text); text.remove_prefix(1)) {
      fraction_given = true;
      if (digits > (kMagnitude - 10) / 10) continue;  // more digits than a double can tell apart
      digits = digits * 10 + static_cast<std::uint64_t>(text[0] - '0');
      scale *= 10;
    }
    fraction = static_cast<double>(digits);
  }
  if (!whole_given && !fraction_given) return std::nullopt;
  const std::string_view name = text.substr(0, text.find_first_of("0123456789."));
  const auto* unit = std::ranges::find(kUnits, name, &Unit::name);
  if (unit == kUnits.end()) return std::nullopt;
  text.remove_prefix(name.size());
  const auto nanos = static_cast<std::uint64_t>(unit->nanos);
  if (whole > kMagnitude / nanos) return std::nullopt;
  const std::uint64_t value =
      whole * nanos +
      static_cast<std::uint64_t>(fraction * (static_cast<double>(unit->nanos) / scale));
  return value > kMagnitude ? std::nullopt : std::optional(value);
}

// value ÷ unit, with as many decimals as it takes; `unit` is a power of ten.
char* WriteFraction(char* at, std::uint64_t value, std::uint64_t unit) {
  at = std::to_chars(at, at + 20, value / unit).ptr;
  std::uint64_t rest = value % unit;
  if (rest == 0) return at;
  *at++ = '.';
  while (rest != 0) {
    unit /= 10;
    *at++ = static_cast<char>('0' + rest / unit);
    rest %= unit;
  }
  return at;
}

char* WriteUnit(char* at, std::string_view unit) { return std::copy(unit.begin(), unit.end(), at); }

}  // namespace

std::string FormatRfc3339(TimePoint time) { return Format(time, false); }
std::string FormatRfc3339Micro(TimePoint time) { return Format(time, true); }

char* Rfc3339Writer::Write(char* at, TimePoint time) {
  // Not in std::chrono's types: of the earliest time, the minute begins before what they hold.
  constexpr std::int64_t kSecond = 1'000'000'000;
  constexpr std::int64_t kMinute = 60 * kSecond;
  const std::int64_t nanoseconds = time.time_since_epoch().count();
  const std::int64_t rest = nanoseconds % kMinute;
  const std::int64_t minute = nanoseconds / kMinute - (rest < 0 ? 1 : 0);
  if (minute != minute_) {
    minute_ = minute;
    text_ = FormatRfc3339(time);
  }
  constexpr std::string_view kForm = "2026-08-01T12:00:00Z";  // 64 bits end in the year 2262
  std::copy_n(text_.data(), kForm.size(), at);
  Put(at + kForm.rfind(':') + 1, static_cast<int>((rest < 0 ? rest + kMinute : rest) / kSecond), 2);
  return at + kForm.size();
}

std::optional<TimePoint> ParseRfc3339(std::string_view text) {
  const auto year = TakeNumber(text, 4);
  if (!year || !TakeChar(text, '-')) return std::nullopt;
  const auto month = TakeNumber(text, 2);
  if (!month || !TakeChar(text, '-')) return std::nullopt;
  const auto day = TakeNumber(text, 2);
  if (!day || !(TakeChar(text, 'T') || TakeChar(text, 't'))) return std::nullopt;
  const auto hour = TakeNumber(text, 2);
  if (!hour || !TakeChar(text, ':')) return std::nullopt;
  const auto minute = TakeNumber(text, 2);
  if (!minute || !TakeChar(text, ':')) return std::nullopt;
  const auto second = TakeNumber(text, 2);
  if (!second || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  std::int64_t nanos = 0;
  if (TakeChar(text, '.')) {
    const auto fraction = TakeFraction(text);
    if (!fraction) return std::nullopt;
    nanos = *fraction;
  }
  const auto offset = TakeOffset(text);
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!offset || !text.empty() || !date.ok()) return std::nullopt;
  // 64 bits of nanoseconds reach from 1678 to 2261; Go's zero time (year 1) is outside. In UTC:
  // what we write must be what we can read.
  const auto minutes = std::chrono::sys_days(date) + std::chrono::hours(*hour) +
                       std::chrono::minutes(*minute) - *offset;
  const std::chrono::year_month_day utc(floor<std::chrono::days>(minutes));
  if (utc.year() < std::chrono::year(1678) || utc.year() > std::chrono::year(2261))
    return std::nullopt;
  return TimePoint(minutes) + std::chrono::seconds(*second) + Duration(nanos);
}

char* WriteGoDuration(char* at, Duration duration) {
  const std::int64_t count = duration.count();
  if (count == 0) return WriteUnit(at, "0s");
  if (count < 0) *at++ = '-';
  std::uint64_t left =
      count < 0 ? 0 - static_cast<std::uint64_t>(count) : static_cast<std::uint64_t>(count);
  if (left < 1'000) return WriteUnit(WriteFraction(at, left, 1), "ns");
  if (left < 1'000'000) return WriteUnit(WriteFraction(at, left, 1'000), "µs");
  if (left < 1'000'000'000) return WriteUnit(WriteFraction(at, left, 1'000'000), "ms");
  constexpr std::uint64_t kMinute = 60'000'000'000;
  constexpr std::uint64_t kHour = 60 * kMinute;
  if (left >= kHour) at = WriteUnit(WriteFraction(at, left / kHour, 1), "h");
  if (left >= kMinute) at = WriteUnit(WriteFraction(at, left % kHour / kMinute, 1), "m");
  return WriteUnit(WriteFraction(at, left % kMinute, 1'000'000'000), "s");
}

std::string FormatGoDuration(Duration duration) {
  std::array<char, kGoDurationBytes> text{};
  return {text.data(), WriteGoDuration(text.data(), duration)};
}

std::optional<Duration> ParseGoDuration(std::string_view text) {
  const bool minus = TakeChar(text, '-');
  if (!minus) TakeChar(text, '+');
  if (text == "0") return Duration(0);
  if (text.empty()) return std::nullopt;
  std::uint64_t total = 0;
  while (!text.empty()) {
    const auto nanos = TakeGoTerm(text);
    if (!nanos) return std::nullopt;
    total += *nanos;  // both at most 2^63: no wrap before the check
    if (total > kMagnitude) return std::nullopt;
  }
  if (minus) return Duration(static_cast<std::int64_t>(0 - total));
  if (total == kMagnitude) return std::nullopt;
  return Duration(static_cast<std::int64_t>(total));
}

}  // namespace mpl
