#include "kube/tls/openssl_aead.h"

#include <openssl/evp.h>
#include <openssl/provider.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

#include "kube/tls/protection.h"

namespace mpl::tls::openssl_aead {
namespace {

struct Freer {
  void operator()(EVP_CIPHER* cipher) const { EVP_CIPHER_free(cipher); }
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using CipherPtr = std::unique_ptr<EVP_CIPHER, Freer>;

const EVP_CIPHER* CipherOf(Suite suite) {
  const auto fetch = [](const char* name) {
    return CipherPtr(EVP_CIPHER_fetch(nullptr, name, nullptr));
  };
  static const std::array<CipherPtr, 3> ciphers = {fetch("AES-128-GCM"), fetch("AES-256-GCM"),
                                                   fetch("ChaCha20-Poly1305")};
  return ciphers[static_cast<std::size_t>(suite)].get();
}

// One direction of one suite on one thread.
class Engine {
 public:
  explicit Engine(bool seals) : seals_(seals) {}

  // Null when OpenSSL fails.
  EVP_CIPHER_CTX* For(Suite suite, std::uint64_t key_id, const TrafficKeys& keys,
                      const Nonce& nonce) {
    if (context_ == nullptr) {
      context_.reset(EVP_CIPHER_CTX_new());
      if (context_ == nullptr || !Set(CipherOf(suite), nullptr, nullptr)) return nullptr;
    }
    const bool same = key_id == key_id_;
    key_id_ = 0;  // nobody's, should this fail
    if (!Set(nullptr, same ? nullptr : keys.key.data(), nonce.data())) return nullptr;
    key_id_ = key_id;
    return context_.get();
  }

 private:
  bool Set(const EVP_CIPHER* cipher, const std::uint8_t* key, const std::uint8_t* nonce) {
    return EVP_CipherInit_ex(context_.get(), cipher, nullptr, key, nonce, seals_ ? 1 : 0) == 1;
  }

  bool seals_;
  std::unique_ptr<EVP_CIPHER_CTX, Freer> context_;
  std::uint64_t key_id_ = 0;
};

Engine& Opener(Suite suite) {
  static thread_local std::array<Engine, 3> engines = {Engine(false), Engine(false), Engine(false)};
  return engines[static_cast<std::size_t>(suite)];
}

Engine& Sealer(Suite suite) {
  static thread_local std::array<Engine, 3> engines = {Engine(true), Engine(true), Engine(true)};
  return engines[static_cast<std::size_t>(suite)];
}

// `out` null: `in` is only vouched for.
bool Feed(EVP_CIPHER_CTX* context, Bytes in, std::uint8_t* out) {
  int size = 0;
  return in.empty() ||
         (EVP_CipherUpdate(context, out, &size, in.data(), static_cast<int>(in.size())) == 1 &&
          size == static_cast<int>(in.size()));
}

bool End(EVP_CIPHER_CTX* context) {
  std::uint8_t nothing = 0;
  int size = 0;
  return EVP_CipherFinal_ex(context, &nothing, &size) == 1 && size == 0;
}

}  // namespace

bool Has(Suite suite) { return CipherOf(suite) != nullptr; }

bool IsOfDefaultProvider(Suite suite) {
  const EVP_CIPHER* const cipher = CipherOf(suite);
  if (cipher == nullptr || EVP_default_properties_is_fips_enabled(nullptr) == 1) return false;
  const char* const name = OSSL_PROVIDER_get0_name(EVP_CIPHER_get0_provider(cipher));
  return name != nullptr && std::string_view(name) == "default";
}

bool Open(Suite suite, std::uint64_t key_id, const TrafficKeys& keys, const Nonce& nonce,
          Bytes header, Bytes sealed, std::uint8_t* plain) {
  if (sealed.size() < kTagBytes) return false;
  EVP_CIPHER_CTX* const context = Opener(suite).For(suite, key_id, keys, nonce);
  if (context == nullptr) return false;
  std::array<std::uint8_t, kTagBytes> tag;
  std::copy(sealed.end() - kTagBytes, sealed.end(), tag.begin());
  return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag.data()) == 1 &&
         Feed(context, header, nullptr) &&
         Feed(context, sealed.first(sealed.size() - kTagBytes), plain) && End(context);
}

bool Seal(Suite suite, std::uint64_t key_id, const TrafficKeys& keys, const Nonce& nonce,
          Bytes header, Bytes data, std::uint8_t type, std::uint8_t* sealed) {
  EVP_CIPHER_CTX* const context = Sealer(suite).For(suite, key_id, keys, nonce);
  std::uint8_t* const behind = sealed + data.size();
  return context != nullptr && Feed(context, header, nullptr) && Feed(context, data, sealed) &&
         Feed(context, {&type, 1}, behind) && End(context) &&
         EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kTagBytes, behind + 1) == 1;
}

}  // namespace mpl::tls::openssl_aead
