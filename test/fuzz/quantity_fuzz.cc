// Quantities, against exact decimal arithmetic; and what we write reads back as itself.
#include "kube/objects/quantity.h"

#include <array>
#include <utility>

#include "test/fuzz/decimal.h"
#include "test/fuzz/fuzz.h"

namespace mpl::fuzz {
namespace {

// k8s.io/apimachinery/pkg/api/resource, type Quantity: <signedNumber><suffix>.
std::optional<Decimal> Reference(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, int>, 10> kTens = {{{"n", -9},
                                                                              {"u", -6},
                                                                              {"m", -3},
                                                                              {"", 0},
                                                                              {"k", 3},
                                                                              {"M", 6},
                                                                              {"G", 9},
                                                                              {"T", 12},
                                                                              {"P", 15},
                                                                              {"E", 18}}};
  static constexpr std::string_view kBinary = "KMGTPE";
  auto decimal = TakeDecimal(text);
  if (!decimal) return decimal;
  for (const auto& [suffix, exponent] : kTens) {
    if (text != suffix) continue;
    decimal->exponent += exponent;
    return decimal;
  }
  if (text.size() == 2 && text[1] == 'i') {
    const std::size_t at = kBinary.find(text[0]);
    if (at == std::string_view::npos) return std::nullopt;
    for (std::size_t bit = 0; bit < 10 * (at + 1); ++bit) decimal->Multiply(2);
    return decimal;
  }
  if (text[0] != 'e' && text[0] != 'E') return std::nullopt;
  text.remove_prefix(1);
  const auto exponent = TakeExponent(text, 40);
  if (!exponent || !text.empty()) return std::nullopt;
  decimal->exponent += *exponent;
  return decimal;
}

// What kube/objects/quantity.h leaves out.
bool IsLong(std::string_view text) { return text.ends_with('i') && text.size() > 19; }

void CheckValue(std::string_view input, int scale, std::optional<std::int64_t> read) {
  auto expected = Reference(input);
  if (!expected) return Require(!read, "what is no quantity is not read as one");
  expected->exponent += scale;
  const auto magnitude = ToInteger(*expected, Rounding::kAwayFromZero);
  Require(read.has_value() == magnitude.has_value() || (!read && IsLong(input)),
          "all quantities of 63 bits are read");
  if (!read) return;
  const auto value = static_cast<std::int64_t>(*magnitude);
  Require(*read == (expected->negative ? -value : value),
          "the value is exact, rounded away from zero");
}

}  // namespace

void Check(std::string_view input) {
  const auto nanocores = objects::ParseNanocores(input);
  const auto bytes = objects::ParseBytes(input);
  CheckValue(input, 9, nanocores);
  CheckValue(input, 0, bytes);
  for (const auto& value : {nanocores, bytes}) {
    if (!value || *value < 0) continue;
    const auto number = static_cast<std::uint64_t>(*value);
    Require(objects::ParseNanocores(objects::FormatNanocores(number)) == value,
            "canonical CPU reads back");
    Require(objects::ParseBytes(objects::FormatBytes(number)) == value,
            "canonical memory reads back");
  }
}

}  // namespace mpl::fuzz
