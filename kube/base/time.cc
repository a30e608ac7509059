#include "kube/base/time.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <limits>

namespace mpl {
namespace {

using std::chrono::floor;

struct Broken {
  std::chrono::year_month_day date;
  std::chrono::hh_mm_ss<std::chrono::microseconds> clock;
};

Broken Break(TimePoint time) {
  const auto day = floor<std::chrono::days>(time);
  return {std::chrono::year_month_day(day),
          std::chrono::hh_mm_ss(floor<std::chrono::microseconds>(time - day))};
}

std::string Format(TimePoint time, bool micro) {
  const Broken b = Break(time);
  std::array<char, 40> text{};
  int size = std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d",
                           static_cast<int>(b.date.year()), static_cast<unsigned>(b.date.month()),
                           static_cast<unsigned>(b.date.day()),
                           static_cast<int>(b.clock.hours().count()),
                           static_cast<int>(b.clock.minutes().count()),
                           static_cast<int>(b.clock.seconds().count()));
  if (micro) {
    size += std::snprintf(text.data() + size, text.size() - static_cast<std::size_t>(size), ".%06d",
                          static_cast<int>(b.clock.subseconds().count()));
  }
  return std::string(text.data(), static_cast<std::size_t>(size)) + "Z";
}

// Takes exactly `digits` decimal digits from the front of `text`.
std::optional<int> TakeNumber(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + digits, value);
  if (error != std::errc{} || end != text.data() + digits || text[0] == '-') return std::nullopt;
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
    Unit{"ns", 1},          Unit{"us", 1'000},           Unit{"µs", 1'000},
    Unit{"μs", 1'000},      Unit{"ms", 1'000'000},       Unit{"s", 1'000'000'000},
    Unit{"m", 60'000'000'000}, Unit{"h", 3'600'000'000'000},
};

std::string TrimmedFraction(std::uint64_t value, std::uint64_t unit) {
  std::string text = std::to_string(value / unit);
  std::uint64_t rest = value % unit;
  if (rest == 0) return text;
  std::string digits = std::to_string(rest + unit).substr(1);  // keeps the leading zeros
  digits.erase(digits.find_last_not_of('0') + 1);
  return text + "." + digits;
}

}  // namespace

std::string FormatRfc3339(TimePoint time) { return Format(time, false); }
std::string FormatRfc3339Micro(TimePoint time) { return Format(time, true); }

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
  // 64 bits of nanoseconds reach from 1678 to 2261; Go's zero time (year 1) is outside.
  if (*year < 1678 || *year > 2261) return std::nullopt;
  return TimePoint(std::chrono::sys_days(date)) + std::chrono::hours(*hour) +
         std::chrono::minutes(*minute) + std::chrono::seconds(*second) + Duration(nanos) - *offset;
}

std::string FormatGoDuration(Duration duration) {
  const std::int64_t count = duration.count();
  if (count == 0) return "0s";
  std::uint64_t left = count < 0 ? 0 - static_cast<std::uint64_t>(count)
                                 : static_cast<std::uint64_t>(count);
  std::string text = count < 0 ? "-" : "";
  if (left < 1'000) return text + std::to_string(left) + "ns";
  if (left < 1'000'000) return text + TrimmedFraction(left, 1'000) + "µs";
  if (left < 1'000'000'000) return text + TrimmedFraction(left, 1'000'000) + "ms";
  const std::uint64_t minute = 60'000'000'000;
  const std::uint64_t hour = 60 * minute;
  if (left >= hour) text += std::to_string(left / hour) + "h";
  if (left >= minute) text += std::to_string(left % hour / minute) + "m";
  return text + TrimmedFraction(left % minute, 1'000'000'000) + "s";
}

std::optional<Duration> ParseGoDuration(std::string_view text) {
  if (text == "0") return Duration(0);
  const bool minus = TakeChar(text, '-');
  if (!minus) TakeChar(text, '+');
  if (text.empty()) return std::nullopt;
  long double total = 0;
  while (!text.empty()) {
    const std::size_t number = text.find_first_not_of("0123456789.");
    if (number == 0 || number == std::string_view::npos) return std::nullopt;
    long double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + number, value,
                                              std::chars_format::fixed);
    if (error != std::errc{} || end != text.data() + number) return std::nullopt;
    text.remove_prefix(number);
    const std::string_view name = text.substr(0, text.find_first_of("0123456789."));
    const Unit* unit = nullptr;
    for (const Unit& candidate : kUnits) {
      if (candidate.name == name) unit = &candidate;
    }
    if (unit == nullptr) return std::nullopt;
    text.remove_prefix(name.size());
    total += value * static_cast<long double>(unit->nanos);
  }
  if (total > static_cast<long double>(std::numeric_limits<std::int64_t>::max())) {
    return std::nullopt;
  }
  const auto nanos = static_cast<std::int64_t>(std::llroundl(total));
  return Duration(minus ? -nanos : nanos);
}

}  // namespace mpl
