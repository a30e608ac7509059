// What the fuzz harnesses share. A harness is one source file that defines Check(), which is called
// with inputs without end; entry.cc hands it to libFuzzer (preset fuzz), replay.cc only feeds it
// the seeds (all other presets).
#pragma once

#include <cstddef>
#include <random>
#include <string_view>
#include <vector>

namespace mpl::fuzz {

// Looks at one input. The view covers a heap block of exactly its size: AddressSanitizer sees a
// read past its end. Must depend on nothing but `input`.
void Check(std::string_view input);

// Says which property does not hold and ends the process; libFuzzer then keeps the input.
void Require(bool holds, std::string_view property);

// Numbers that look random, the same ones for the same input.
class Dice {
 public:
  explicit Dice(std::string_view input) : numbers_(std::hash<std::string_view>()(input)) {}
  // From 0 to `end` - 1.
  std::size_t Below(std::size_t end) { return numbers_() % end; }
  // `input` in pieces of random length, most of them short; together they are the input.
  std::vector<std::string_view> Cut(std::string_view input);

 private:
  std::mt19937_64 numbers_;
};

}  // namespace mpl::fuzz
