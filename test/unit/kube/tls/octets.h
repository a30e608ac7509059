// Octets as the RFCs print them: "17 03 03".
#pragma once

#include <numeric>
#include <string>
#include <string_view>

#include "kube/tls/protection.h"

namespace mpl::tls {

inline std::string Octets(std::string_view hex) {
  std::string digits;
  for (const char c : hex) {
    if (c != ' ') digits += c;
  }
  std::string octets;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    octets += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
  }
  return octets;
}

inline Bytes View(std::string_view octets) {
  return {reinterpret_cast<const std::uint8_t*>(octets.data()), octets.size()};
}

inline Secret SecretFrom(std::string_view hex) { return Secret(View(Octets(hex))); }

// The octets 0 to 49.
inline std::string FirstFifty() {
  std::string octets(50, '\0');
  std::iota(octets.begin(), octets.end(), '\0');
  return octets;
}

// What a record holds, its type behind it.
inline std::string OpenRecord(Protection& protection, std::string_view record) {
  std::string plain(record.size(), ' ');
  if (!protection.Open(View(record).first(kHeaderBytes), View(record).subspan(kHeaderBytes),
                       reinterpret_cast<std::uint8_t*>(plain.data()))) {
    return "refused";
  }
  plain.resize(record.size() - kHeaderBytes - kTagBytes);
  return plain;
}

// RFC 8448 section 3, "Simple 1-RTT Handshake": AES-128-GCM.
inline constexpr std::string_view kServerSecret =
    "a1 1a f9 f0 55 31 f8 56 ad 47 11 6b 45 a9 50 32 82 04 b4 f4 4b fb 6b 3a 4b 4f 1f 3f cb 63 16 "
    "43";
inline constexpr std::string_view kClientSecret =
    "9e 40 64 6c e7 9a 7f 9d c0 5a f8 88 9b ce 65 52 87 5a fa 0b 06 df 00 87 f7 92 eb b7 c1 75 04 "
    "a5";
// The client's first record of data: FirstFifty().
inline constexpr std::string_view kClientRecord =
    "17 03 03 00 43 a2 3f 70 54 b6 2c 94 d0 af fa fe 82 28 ba 55 cb ef ac ea 42 f9 14 aa 66 bc ab "
    "3f "
    "2b 98 19 a8 a5 b4 6b 39 5b d5 4a 9a 20 44 1e 2b 62 97 4e 1f 5a 62 92 a2 97 70 14 bd 1e 3d ea "
    "e6 "
    "3a ee bb 21 69 49 15 e4";
// What it sends at the end: close_notify, its second record.
inline constexpr std::string_view kClientClose =
    "17 03 03 00 13 c9 87 27 60 65 56 66 b7 4d 7f f1 15 3e fd 6d b6 d0 b0 e3";

}  // namespace mpl::tls
