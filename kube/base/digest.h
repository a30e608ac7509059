// Base64 and SHA-256, both by OpenSSL.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mpl {

std::string Base64Encode(std::string_view bytes);
// Standard alphabet with padding; line breaks are ignored. Nothing on bad text.
std::optional<std::string> Base64Decode(std::string_view text);

// 32 raw bytes.
std::string Sha256(std::string_view bytes);
// 64 lower-case hex digits.
std::string Sha256Hex(std::string_view bytes);
std::string HexEncode(std::string_view bytes);

}  // namespace mpl
