#include "kube/tls/traffic_keys.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <algorithm>
#include <charconv>
#include <memory>

namespace mpl::tls {
namespace {

const char* HashOf(Suite suite) { return suite == Suite::kAes256Gcm ? "SHA384" : "SHA256"; }
std::size_t KeyBytes(Suite suite) { return suite == Suite::kAes128Gcm ? 16 : 32; }

struct KdfFreer {
  void operator()(EVP_KDF* kdf) const { EVP_KDF_free(kdf); }
  void operator()(EVP_KDF_CTX* context) const { EVP_KDF_CTX_free(context); }
};

// OpenSSL 3 looks an algorithm up at each fetch, which takes longer than to use it.
EVP_KDF* Hkdf() {
  static const std::unique_ptr<EVP_KDF, KdfFreer> hkdf(EVP_KDF_fetch(nullptr, "HKDF", nullptr));
  return hkdf.get();
}

// HKDF-Expand-Label(secret, label, "", out.size())
bool ExpandLabel(Suite suite, const Secret& secret, std::string_view label,
                 std::span<std::uint8_t> out) {
  if (secret.bytes().size() != SecretBytes(suite) || Hkdf() == nullptr) return false;
  constexpr std::string_view kPrefix = "tls13 ";
  // struct HkdfLabel { uint16 length; opaque label<7..255>; opaque context<0..255>; }
  std::array<std::uint8_t, 64> info;
  std::uint8_t* end = info.data();
  *end++ = static_cast<std::uint8_t>(out.size() >> 8U);
  *end++ = static_cast<std::uint8_t>(out.size());
  *end++ = static_cast<std::uint8_t>(kPrefix.size() + label.size());
  end = std::ranges::copy(kPrefix, end).out;
  end = std::ranges::copy(label, end).out;
  *end++ = 0;

  const std::unique_ptr<EVP_KDF_CTX, KdfFreer> context(EVP_KDF_CTX_new(Hkdf()));
  if (context == nullptr) return false;
  int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
  std::array<std::uint8_t, Secret::kMostBytes> key;
  std::ranges::copy(secret.bytes(), key.begin());
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, const_cast<char*>(HashOf(suite)), 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, key.data(), secret.bytes().size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info.data(),
                                        static_cast<std::size_t>(end - info.data())),
      OSSL_PARAM_construct_end()};
  const bool derived = EVP_KDF_derive(context.get(), out.data(), out.size(), parameters) == 1;
  OPENSSL_cleanse(key.data(), key.size());
  return derived;
}

}  // namespace

std::optional<Suite> SuiteOf(std::uint16_t number) {
  switch (number) {
    case 0x1301:
      return Suite::kAes128Gcm;
    case 0x1302:
      return Suite::kAes256Gcm;
    case 0x1303:
      return Suite::kChaCha20Poly1305;
    default:
      return std::nullopt;
  }
}

Secret::Secret(Bytes bytes) {
  const Bytes kept = bytes.first(std::min(bytes.size(), kMostBytes));
  std::ranges::copy(kept, bytes_.begin());
  size_ = static_cast<std::uint8_t>(kept.size());
}

Secret Secret::FromHex(std::string_view digits) {
  Secret secret;
  if (digits.size() % 2 != 0 || digits.size() / 2 > kMostBytes) return secret;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const char* const end = digits.data() + i + 2;
    const auto [stop, error] = std::from_chars(end - 2, end, secret.bytes_[i / 2], 16);
    if (error != std::errc() || stop != end) return {};
  }
  secret.size_ = static_cast<std::uint8_t>(digits.size() / 2);
  return secret;
}

Secret::~Secret() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

TrafficKeys::~TrafficKeys() {
  OPENSSL_cleanse(key.data(), key.size());
  OPENSSL_cleanse(iv.data(), iv.size());
}

std::size_t SecretBytes(Suite suite) { return suite == Suite::kAes256Gcm ? 48 : 32; }

std::optional<TrafficKeys> KeysOf(Suite suite, const Secret& secret) {
  TrafficKeys keys;
  if (!ExpandLabel(suite, secret, "key", std::span(keys.key).first(KeyBytes(suite))) ||
      !ExpandLabel(suite, secret, "iv", keys.iv)) {
    return std::nullopt;
  }
  return keys;
}

std::optional<Secret> NextSecret(Suite suite, const Secret& secret) {
  std::array<std::uint8_t, Secret::kMostBytes> next;
  const std::span<std::uint8_t> bytes = std::span(next).first(SecretBytes(suite));
  std::optional<Secret> out;
  if (ExpandLabel(suite, secret, "traffic upd", bytes)) out.emplace(bytes);
  OPENSSL_cleanse(next.data(), next.size());
  return out;
}

}  // namespace mpl::tls
