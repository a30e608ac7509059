#include "kube/tls/aead.h"

#include <limits>
#include <string>

#include "kube/tls/openssl_aead.h"
#include "kube/tls/protection.h"
#include "kube/tls/vaes_gcm.h"

namespace mpl::tls::aead {
namespace {

// No connection's key has it.
constexpr std::uint64_t kTrialId = std::numeric_limits<std::uint64_t>::max();

std::uint8_t* Octets(std::string& of) { return reinterpret_cast<std::uint8_t*>(of.data()); }

bool AgreesOn(const TrafficKeys& keys, const std::string& text) {
  constexpr std::array<std::uint8_t, kHeaderBytes> kHeader = {23, 3, 3, 0, 0};
  constexpr std::uint8_t kType = 23;
  const Bytes data(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  std::string theirs(text.size() + 1 + kTagBytes, ' ');
  std::string ours = theirs;
  std::string opened(text.size() + 1, ' ');
  const auto opens = [&] {
    return vaes_gcm::Open(kTrialId, keys, keys.iv, kHeader, Bytes(Octets(ours), ours.size()),
                          Octets(opened));
  };
  const bool same = openssl_aead::Seal(Suite::kAes128Gcm, kTrialId, keys, keys.iv, kHeader, data,
                                       kType, Octets(theirs)) &&
                    vaes_gcm::Seal(kTrialId, keys, keys.iv, kHeader, data, kType, Octets(ours)) &&
                    ours == theirs && opens() && opened == text + static_cast<char>(kType);
  ours.back() = static_cast<char>(ours.back() ^ 1);
  return same && !opens();
}

// At sizes around each of its steps.
bool Agrees() {
  TrafficKeys keys;
  for (std::size_t i = 0; i < keys.key.size(); ++i) {
    keys.key[i] = static_cast<std::uint8_t>(7 * i + 1);
  }
  for (const std::size_t size : {0, 1, 15, 16, 255, 256, 257, 767, 768, 1'025, 4'096, 16'383}) {
    if (!AgreesOn(keys, std::string(size, 'x'))) return false;
  }
  return true;
}

}  // namespace

bool UsesVaes(Suite suite) {
  static const bool usable =
      vaes_gcm::Supported() && openssl_aead::IsOfDefaultProvider(Suite::kAes128Gcm) && Agrees();
  return usable && suite == Suite::kAes128Gcm;
}

bool Open(Suite suite, std::uint64_t key_id, const TrafficKeys& keys, const Nonce& nonce,
          Bytes header, Bytes sealed, std::uint8_t* plain) {
  return UsesVaes(suite) ? vaes_gcm::Open(key_id, keys, nonce, header, sealed, plain)
                         : openssl_aead::Open(suite, key_id, keys, nonce, header, sealed, plain);
}

bool Seal(Suite suite, std::uint64_t key_id, const TrafficKeys& keys, const Nonce& nonce,
          Bytes header, Bytes data, std::uint8_t type, std::uint8_t* sealed) {
  return UsesVaes(suite)
             ? vaes_gcm::Seal(key_id, keys, nonce, header, data, type, sealed)
             : openssl_aead::Seal(suite, key_id, keys, nonce, header, data, type, sealed);
}

}  // namespace mpl::tls::aead
