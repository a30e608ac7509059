#include "kube/tls/protection.h"

#include <openssl/evp.h>

#include <algorithm>
#include <atomic>
#include <string>

#include "kube/tls/openssl_aead.h"
#include "kube/tls/vector_aes.h"

namespace mpl::tls {
namespace {

// One number for each key that there ever was.
std::uint64_t NewId() {
  static std::atomic<std::uint64_t> last = 0;
  return ++last;
}

// Whether the other implementation comes to the same as OpenSSL, at sizes around each of its steps.
bool VectorAesAgrees() {
  const TrafficKeys keys = [] {
    TrafficKeys made;
    for (std::size_t i = 0; i < made.key.size(); ++i) {
      made.key[i] = static_cast<std::uint8_t>(7 * i + 1);
    }
    return made;
  }();
  const std::uint64_t id = NewId();
  constexpr std::array<std::uint8_t, kHeaderBytes> kHeader = {23, 3, 3, 0, 0};
  for (const std::size_t size : {0, 1, 15, 16, 255, 256, 257, 767, 768, 1'025, 4'096, 16'383}) {
    const std::string text(size, 'x');
    const Bytes data(reinterpret_cast<const std::uint8_t*>(text.data()), size);
    std::string theirs(size + 1 + kTagBytes, ' ');
    std::string ours = theirs;
    const auto octets = [](std::string& of) { return reinterpret_cast<std::uint8_t*>(of.data()); };
    if (!openssl_aead::Seal(Suite::kAes128Gcm, id, keys, keys.iv, kHeader, data, 23,
                            octets(theirs))) {
      return false;
    }
    vector_aes::Seal(id, keys, keys.iv, kHeader, data, 23, octets(ours));
    std::string opened(size + 1, ' ');
    const bool same = ours == theirs &&
                      vector_aes::Open(id, keys, keys.iv, kHeader, Bytes(octets(ours), ours.size()),
                                       octets(opened)) &&
                      opened == text + '\x17';
    if (!same) return false;
  }
  return true;
}

// Who has asked for validated algorithms alone gets OpenSSL's.
bool UsesVectorAes(Suite suite) {
  static const bool usable = vector_aes::Supported() &&
                             EVP_default_properties_is_fips_enabled(nullptr) == 0 &&
                             VectorAesAgrees();
  return usable && suite == Suite::kAes128Gcm;
}

}  // namespace

Protection::Protection(Suite suite, const Secret& secret, const TrafficKeys& keys)
    : secret_(secret), keys_(keys), id_(NewId()), suite_(suite) {}

std::optional<Protection> Protection::Create(Suite suite, const Secret& secret) {
  const auto keys = KeysOf(suite, secret);
  if (!keys || !openssl_aead::Has(suite)) return std::nullopt;
  return Protection(suite, secret, *keys);
}

Nonce Protection::NextNonce() {
  Nonce nonce = keys_.iv;
  for (std::size_t i = 0; i < 8; ++i) {
    nonce[kNonceBytes - 1 - i] ^= static_cast<std::uint8_t>(sequence_ >> (8 * i));
  }
  ++sequence_;
  return nonce;
}

bool Protection::Open(Bytes header, Bytes sealed, std::uint8_t* plain) {
  if (sealed.size() < kTagBytes) return false;
  const Nonce nonce = NextNonce();
  if (UsesVectorAes(suite_)) return vector_aes::Open(id_, keys_, nonce, header, sealed, plain);
  return openssl_aead::Open(suite_, id_, keys_, nonce, header, sealed, plain);
}

bool Protection::Seal(Bytes header, Bytes data, std::uint8_t type, std::uint8_t* sealed) {
  const Nonce nonce = NextNonce();
  if (!UsesVectorAes(suite_)) {
    return openssl_aead::Seal(suite_, id_, keys_, nonce, header, data, type, sealed);
  }
  vector_aes::Seal(id_, keys_, nonce, header, data, type, sealed);
  return true;
}

bool Protection::Update() {
  const auto next = NextSecret(suite_, secret_);
  if (!next) return false;
  const auto keys = KeysOf(suite_, *next);
  if (!keys) return false;
  *this = Protection(suite_, *next, *keys);
  return true;
}

}  // namespace mpl::tls
