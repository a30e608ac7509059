#include "test/fuzz/fuzz.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace mpl::fuzz {

void Require(bool holds, std::string_view property) {
  if (holds) return;
  std::fprintf(stderr, "\nproperty does not hold: %.*s\n", static_cast<int>(property.size()),
               property.data());
  std::abort();
}

std::vector<std::string_view> Dice::Cut(std::string_view input) {
  std::vector<std::string_view> pieces;
  while (!input.empty()) {
    const std::size_t longest =
        Below(4) == 0 ? input.size() : std::min<std::size_t>(16, input.size());
    pieces.push_back(input.substr(0, 1 + Below(longest)));
    input.remove_prefix(pieces.back().size());
  }
  return pieces;
}

}  // namespace mpl::fuzz
