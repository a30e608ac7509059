#include "test/support/kube_apiserver/tokens.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <vector>

#include "kube/base/digest.h"
#include "kube/base/text.h"

namespace mpl::test {
namespace {

template <auto Free>
struct Freer {
  template <class T>
  void operator()(T* value) const {
    Free(value);
  }
};

// RFC 4648 section 5, without padding.
std::string EncodeUrl(std::string_view bytes) {
  std::string text = Base64Encode(bytes);
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  text.erase(std::min(text.find('='), text.size()));
  return text;
}

std::string DecodeUrl(std::string_view encoded) {
  std::string text(encoded);
  std::ranges::replace(text, '-', '+');
  std::ranges::replace(text, '_', '/');
  text.resize((text.size() + 3) / 4 * 4, '=');
  const auto bytes = Base64Decode(text);
  if (!bytes) throw std::runtime_error("a part of the token is not base64url");
  return *bytes;
}

// RFC 7518 section 3.4: r and s, 32 bytes each.
std::string SignEs256(const std::string& text, const std::string& key_pem) {
  const std::unique_ptr<BIO, Freer<BIO_free_all>> bio(
      BIO_new_mem_buf(key_pem.data(), static_cast<int>(key_pem.size())));
  const std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>> key(
      PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  const std::unique_ptr<EVP_MD_CTX, Freer<EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
  std::vector<unsigned char> der(256);
  std::size_t size = der.size();
  if (!key || EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1 ||
      EVP_DigestSign(context.get(), der.data(), &size,
                     reinterpret_cast<const unsigned char*>(text.data()), text.size()) != 1) {
    throw std::runtime_error("the token cannot be signed");
  }
  const unsigned char* at = der.data();
  const std::unique_ptr<ECDSA_SIG, Freer<ECDSA_SIG_free>> signature(
      d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size)));
  std::string raw(64, '\0');
  auto* bytes = reinterpret_cast<unsigned char*>(raw.data());
  BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), bytes, 32);
  BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), bytes + 32, 32);
  return raw;
}

}  // namespace

std::string WithExpiry(const std::string& token, const std::string& key_pem, TimePoint expires) {
  const auto parts = Split(token, '.');
  if (parts.size() != 3) throw std::runtime_error("a token has three parts");
  auto claims = nlohmann::json::parse(DecodeUrl(parts[1]));
  const auto seconds = std::chrono::floor<std::chrono::seconds>(expires).time_since_epoch().count();
  claims["exp"] = seconds;
  claims["iat"] = seconds - 3600;
  claims["nbf"] = seconds - 3600;
  const std::string signed_part = std::string(parts[0]) + "." + EncodeUrl(claims.dump());
  return signed_part + "." + EncodeUrl(SignEs256(signed_part, key_pem));
}

}  // namespace mpl::test
