// The keys of TLS 1.3's records, from the secrets that a handshake ends with: RFC 8446 sections 7.2
// and 7.3. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace mpl::tls {

using Bytes = std::span<const std::uint8_t>;

// All that RFC 8446 names, save for the two CCM suites, which nobody offers by default.
enum class Suite : std::uint8_t { kAes128Gcm, kAes256Gcm, kChaCha20Poly1305 };

// By its number in a hello, such as 0x1301; nothing for other suites.
std::optional<Suite> SuiteOf(std::uint16_t number);

// A secret of one direction: as long as the suite's hash. Wiped when it goes.
class Secret {
 public:
  Secret() = default;
  explicit Secret(Bytes bytes);  // at most kMostBytes; what is longer is cut off
  // In hexadecimal digits; empty when it is anything else.
  static Secret FromHex(std::string_view digits);
  ~Secret();
  Secret(const Secret&) = default;
  Secret& operator=(const Secret&) = default;

  static constexpr std::size_t kMostBytes = 48;
  Bytes bytes() const { return Bytes(bytes_).first(size_); }
  bool empty() const { return size_ == 0; }

 private:
  std::array<std::uint8_t, kMostBytes> bytes_{};
  std::uint8_t size_ = 0;
};

inline constexpr std::size_t kNonceBytes = 12;
using Nonce = std::array<std::uint8_t, kNonceBytes>;

struct TrafficKeys {
  TrafficKeys() = default;
  ~TrafficKeys();  // wipes
  TrafficKeys(const TrafficKeys&) = default;
  TrafficKeys& operator=(const TrafficKeys&) = default;

  std::array<std::uint8_t, 32> key{};  // of the first 16 only with kAes128Gcm
  Nonce iv{};
};

// How long the suite's secrets are: 32 or 48 bytes.
std::size_t SecretBytes(Suite suite);
// Nothing when OpenSSL fails or the secret has another length.
std::optional<TrafficKeys> KeysOf(Suite suite, const Secret& secret);
// What a KeyUpdate makes of a secret.
std::optional<Secret> NextSecret(Suite suite, const Secret& secret);

}  // namespace mpl::tls
