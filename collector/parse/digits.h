// Decimal digits, eight at a time in one word ("SIMD within a register"): the same on every
// processor, without a loop and without a branch per digit.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>

namespace mpl::parse {

inline constexpr std::array<std::uint64_t, 20> kPowersOfTen = [] {
  std::array<std::uint64_t, 20> powers{};
  std::uint64_t power = 1;
  for (std::uint64_t& slot : powers) {
    slot = power;
    power *= 10;
  }
  return powers;
}();

// No counter and no size is as large: only underflowed ones are.
inline constexpr std::uint64_t kValueEnd = 1ULL << 63U;

// `digits` × 10^`power`, cut off to an integer; nothing when that is not below kValueEnd.
inline std::optional<std::uint64_t> TimesPowerOfTen(std::uint64_t digits, int power) {
  constexpr int kPowers = static_cast<int>(kPowersOfTen.size());
  if (digits == 0 || power <= -kPowers) return 0;
  if (power < 0) return digits / kPowersOfTen[static_cast<std::size_t>(-power)];
  std::uint64_t value = 0;
  if (power >= kPowers ||
      __builtin_mul_overflow(digits, kPowersOfTen[static_cast<std::size_t>(power)], &value) ||
      value >= kValueEnd) {
    return std::nullopt;
  }
  return value;
}

// The first character in the lowest byte. Reads 8 bytes.
inline std::uint64_t LoadEight(const char* at) {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  if constexpr (std::endian::native == std::endian::big) word = std::byteswap(word);
  return word;
}

// How many of the eight are digits, counted from the first one to the first that is none.
inline int LeadingDigits(std::uint64_t word) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080;
  const std::uint64_t values = word ^ 0x3030303030303030;
  // The high bit of each byte that is not 0 to 9; without it a byte cannot carry into the next.
  const std::uint64_t others = (((values & ~kHighBits) + 0x7676767676767676) | values) & kHighBits;
  return std::countr_zero(others) / 8;
}

// The number that the first `count` characters write, which are digits; 0 to 8.
inline std::uint64_t DigitsValue(std::uint64_t word, int count) {
  // In come leading zeros: in two steps, for eight of them are too far for one.
  const unsigned half = static_cast<unsigned>(8 - count) * 4;
  word = word << half << half;
  word = (word & 0x0F0F0F0F0F0F0F0F) * 2561 >> 8U;      // 10 · first + second
  word = (word & 0x00FF00FF00FF00FF) * 6553601 >> 16U;  // 100 · first pair + second
  return (word & 0x0000FFFF0000FFFF) * 42949672960001 >> 32U;
}

}  // namespace mpl::parse
