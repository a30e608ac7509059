#include "bench/apiserver/continue_token.h"

#include <array>
#include <limits>

#include "kube/base/text.h"

namespace mpl::bench {

std::string WriteToken(const ContinueToken& token) {
  return std::to_string(token.version) + "." + std::to_string(token.next.space) + "." +
         std::to_string(token.next.slot) + "." + std::to_string(token.next.node);
}

Result<ContinueToken> ReadToken(std::string_view text) {
  const auto bad = [] {
    return Fail(ErrorKind::kBadRequest, "continue key is not valid: it was not given by us");
  };
  const auto pieces = Split(text, '.');
  std::array<std::int64_t, 4> numbers{};
  if (pieces.size() != numbers.size()) return bad();
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto number = ParseInteger(pieces[i]);
    if (!number || *number < 0 || *number > std::numeric_limits<int>::max()) return bad();
    numbers[i] = *number;
  }
  return ContinueToken{
      static_cast<std::uint64_t>(numbers[0]),
      {static_cast<int>(numbers[1]), static_cast<int>(numbers[2]), static_cast<int>(numbers[3])}};
}

}  // namespace mpl::bench
