#include "kube/tls/protection.h"

#include <array>
#include <atomic>

#include "kube/tls/aead.h"
#include "kube/tls/openssl_aead.h"

namespace mpl::tls {
namespace {

// One number for each key that there ever was, from 1.
std::uint64_t NewId() {
  static std::atomic<std::uint64_t> last = 0;
  return ++last;
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
  return aead::Open(suite_, id_, keys_, NextNonce(), header, sealed, plain);
}

bool Protection::Seal(Bytes header, Bytes data, std::uint8_t type, std::uint8_t* sealed) {
  return aead::Seal(suite_, id_, keys_, NextNonce(), header, data, type, sealed);
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
