#include "kube/objects/quantity.h"

#include <array>
#include <bit>
#include <charconv>
#include <limits>

namespace mpl::objects {
namespace {

__extension__ using Wide = __int128;

struct Suffix {
  std::string_view text;
  int base;      // 10 or 2
  int exponent;  // of the base
};

// Ten of base 10, in steps of 3, then those of base 2, in steps of 10: found by their place.
constexpr std::size_t kDecimalSuffixes = 10;
constexpr std::array kSuffixes = {
    Suffix{"n", 10, -9}, Suffix{"u", 10, -6}, Suffix{"m", 10, -3}, Suffix{"", 10, 0},
    Suffix{"k", 10, 3},  Suffix{"M", 10, 6},  Suffix{"G", 10, 9},  Suffix{"T", 10, 12},
    Suffix{"P", 10, 15}, Suffix{"E", 10, 18}, Suffix{"Ki", 2, 10}, Suffix{"Mi", 2, 20},
    Suffix{"Gi", 2, 30}, Suffix{"Ti", 2, 40}, Suffix{"Pi", 2, 50}, Suffix{"Ei", 2, 60},
};

char* WriteText(char* at, std::string_view text) {
  for (const char c : text) *at++ = c;
  return at;
}

char* WriteNumber(char* at, std::uint64_t value) { return std::to_chars(at, at + 20, value).ptr; }

// `value` × 10^`exponent`, where `exponent` is a multiple of three.
char* WriteDecimal(char* at, std::uint64_t value, int exponent) {
  while (value != 0 && value % 1000 == 0) {
    value /= 1000;
    exponent += 3;
  }
  at = WriteNumber(at, value);
  if (value == 0) return at;
  const auto suffix = static_cast<std::size_t>((exponent - kSuffixes.front().exponent) / 3);
  return WriteText(at, kSuffixes[suffix].text);
}

template <class Write>
void Append(std::string& out, Write write) {
  std::array<char, kQuantityBytes> text{};
  out.append(text.data(), write(text.data()));
}

std::optional<Suffix> FindSuffix(std::string_view text) {
  for (const Suffix& suffix : kSuffixes) {
    if (suffix.text == text) return suffix;
  }
  if (text.size() < 2 || (text[0] != 'e' && text[0] != 'E')) return std::nullopt;
  const bool plus = text[1] == '+';
  text.remove_prefix(plus ? 2 : 1);
  if (plus && text.starts_with('-')) return std::nullopt;
  int exponent = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (exponent < -40 || exponent > 40) return std::nullopt;
  return Suffix{"", 10, exponent};
}

constexpr Wide kLimit = std::numeric_limits<std::int64_t>::max();

// Multiplies by 10^exponent; a division rounds up, also when something was `cut` off before.
// Nothing beyond 63 bits.
std::optional<Wide> Scale(Wide value, int exponent, bool cut) {
  if (value == 0) return cut ? 1 : 0;
  if (exponent > 0 && cut) return std::nullopt;  // see TakeMantissa
  for (; exponent > 0 && value <= kLimit; --exponent) value *= 10;
  for (; exponent < 0; ++exponent) {
    cut = cut || value % 10 != 0;
    value /= 10;
  }
  if (cut) ++value;
  return value > kLimit ? std::nullopt : std::optional(value);
}

// "12.5" in front of a suffix.
struct Mantissa {
  Wide value = 0;    // at most 63 bits
  int exponent = 0;  // of ten, to be applied to it
  bool cut = false;  // digits other than zero did not fit
};

// Digits beyond 63 bits only count by being there: with them the value has more than 63 bits
// already if it is to be multiplied, and else they vanish by rounding up.
std::optional<Mantissa> TakeMantissa(std::string_view& text) {
  Mantissa mantissa;
  bool point = false;
  bool full = false;
  std::size_t digits = 0;
  std::size_t used = 0;
  for (; used < text.size(); ++used) {
    const char c = text[used];
    if (c == '.' && !point) {
      point = true;
      continue;
    }
    if (c < '0' || c > '9') break;
    ++digits;
    const Wide longer = mantissa.value * 10 + (c - '0');
    full = full || longer > kLimit;
    if (full) {
      mantissa.cut = mantissa.cut || c != '0';
      mantissa.exponent += point ? 0 : 1;
    } else {
      mantissa.value = longer;
      mantissa.exponent -= point ? 1 : 0;
    }
  }
  text.remove_prefix(used);
  return digits == 0 ? std::nullopt : std::optional(mantissa);
}

std::optional<std::int64_t> Parse(std::string_view text, int scale) {
  const bool minus = !text.empty() && text[0] == '-';
  if (minus || (!text.empty() && text[0] == '+')) text.remove_prefix(1);
  const auto mantissa = TakeMantissa(text);
  const auto suffix = FindSuffix(text);
  if (!mantissa || !suffix) return std::nullopt;
  const bool binary = suffix->base == 2;
  // Times 2^60 such digits would count again.
  if (binary && mantissa->cut) return std::nullopt;
  // Powers of two first: 0.5Ki is exact only in that order. 63 and 60 bits fit into Wide.
  const Wide value = binary ? mantissa->value << suffix->exponent : mantissa->value;
  const int exponent = mantissa->exponent + scale + (binary ? 0 : suffix->exponent);
  const auto scaled = Scale(value, exponent, mantissa->cut);
  if (!scaled) return std::nullopt;
  const auto result = static_cast<std::int64_t>(*scaled);
  return minus ? -result : result;
}

}  // namespace

char* WriteNanocores(char* at, std::uint64_t nanocores) { return WriteDecimal(at, nanocores, -9); }

char* WriteBytes(char* at, std::uint64_t bytes) {
  if (bytes < 1024) return WriteDecimal(at, bytes, 0);
  const int factors = std::countr_zero(bytes) / 10;  // of 1024
  at = WriteNumber(at, bytes >> static_cast<unsigned>(10 * factors));
  if (factors == 0) return at;
  return WriteText(at, kSuffixes[kDecimalSuffixes + static_cast<std::size_t>(factors - 1)].text);
}

void AppendNanocores(std::string& out, std::uint64_t nanocores) {
  Append(out, [&](char* at) { return WriteNanocores(at, nanocores); });
}

void AppendBytes(std::string& out, std::uint64_t bytes) {
  Append(out, [&](char* at) { return WriteBytes(at, bytes); });
}

std::string FormatNanocores(std::uint64_t nanocores) {
  std::string text;
  AppendNanocores(text, nanocores);
  return text;
}

std::string FormatBytes(std::uint64_t bytes) {
  std::string text;
  AppendBytes(text, bytes);
  return text;
}

std::optional<std::int64_t> ParseNanocores(std::string_view text) { return Parse(text, 9); }
std::optional<std::int64_t> ParseBytes(std::string_view text) { return Parse(text, 0); }

}  // namespace mpl::objects
