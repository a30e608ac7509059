// Chunked transfer coding, RFC 9112 §7.1. Pure.
#pragma once

#include <string>
#include <string_view>

namespace mpl::bench {

inline constexpr std::string_view kLastChunk = "0\r\n\r\n";
// Nothing for an empty piece, which would end the body.
void AppendChunk(std::string_view piece, std::string& out);

}  // namespace mpl::bench
