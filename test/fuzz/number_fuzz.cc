// Numbers and timestamps of the exposition format, against exact decimal arithmetic.
#include "collector/parse/number.h"

#include <optional>

#include "collector/parse/plain_point.h"
#include "kube/base/time.h"
#include "test/fuzz/decimal.h"
#include "test/fuzz/fuzz.h"

namespace mpl::fuzz {
namespace {

// What strconv.ParseFloat takes in decimal, with exponents of up to three digits' worth.
std::optional<Decimal> Reference(std::string_view text) {
  auto decimal = TakeDecimal(text);
  if (!decimal || text.empty()) return decimal;
  if (text[0] != 'e' && text[0] != 'E') return std::nullopt;
  text.remove_prefix(1);
  const auto exponent = TakeExponent(text, 999);
  if (!exponent || !text.empty()) return std::nullopt;
  decimal->exponent += *exponent;
  return decimal;
}

// The short way says what the long ways say, or nothing.
void CheckPlainPoint(std::string_view input, int scale) {
  const parse::PlainPoint point = parse::ReadPlainPoint(input, scale);
  if (point.length == 0) return;
  const std::string_view line = input.substr(0, input.find('\n'));
  Require(point.length == line.size() + 1, "a point ends with its line");
  const std::size_t blank = line.find(' ');
  const parse::Number number = parse::ParseScaled(line.substr(0, blank), scale);
  Require(number.ok && number.value == point.value, "both ways read the same value");
  const auto millis = blank == std::string_view::npos ? std::optional<std::int64_t>(0)
                                                      : parse::ParseMillis(line.substr(blank + 1));
  Require(millis == point.millis, "both ways read the same time");
}

}  // namespace

void Check(std::string_view input) {
  auto expected = Reference(input);
  for (const int scale : {0, 9}) {
    CheckPlainPoint(input, scale);
    const parse::Number number = parse::ParseScaled(input, scale);
    if (!expected) {
      Require(!number.ok, "what is no decimal number is not read as one");
      continue;
    }
    Decimal scaled = *expected;
    scaled.exponent += scale;
    const auto value = ToInteger(scaled, Rounding::kCutOff);
    Require(number.ok == (value.has_value() && !scaled.negative),
            "0 to 2^63 is read, all else refused");
    Require(number.ok || number.fault == parse::NumberFault::kRange,
            "a number too large is told apart");
    Require(!number.ok || number.value == *value, "the value is exact, cut off");
  }
  const auto millis = parse::ParseMillis(input);
  Require(!millis || TimePoint(std::chrono::milliseconds(*millis)).time_since_epoch().count() > 0,
          "a timestamp fits into nanoseconds");
}

}  // namespace mpl::fuzz
