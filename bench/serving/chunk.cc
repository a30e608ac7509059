#include "bench/serving/chunk.h"

#include <array>
#include <charconv>

namespace mpl::bench {

void AppendChunk(std::string_view piece, std::string& out) {
  if (piece.empty()) return;
  std::array<char, 16> size{};
  auto* const end = std::to_chars(size.data(), size.data() + size.size(), piece.size(), 16).ptr;
  out.append(size.data(), end).append("\r\n").append(piece).append("\r\n");
}

}  // namespace mpl::bench
