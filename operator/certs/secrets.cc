// How the material stands in the two Secrets.
//   NAME-collector-ca       ca.crt ca.key, next.crt next.key, previous.crt   (never mounted)
//   NAME-collector-serving  tls.crt tls.key ca.crt                           (mounted by the
//   collector)
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

#include "kube/base/digest.h"
#include "operator/certs/certs.h"

namespace mpl::certs {
namespace {

using objects::Json;

std::string Read(const Json& data, const char* key) {
  if (!data.is_object()) return {};
  const auto found = data.find(key);
  if (found == data.end() || !found->is_string()) return {};
  return Base64Decode(found->get_ref<const std::string&>()).value_or("");
}

}  // namespace

Material FromSecrets(const Json& authority_data, const Json& serving_data) {
  Material material;
  material.active = {Read(authority_data, "ca.crt"), Read(authority_data, "ca.key")};
  x509::KeyPair next{Read(authority_data, "next.crt"), Read(authority_data, "next.key")};
  if (!next.certificate_pem.empty()) material.next = std::move(next);
  material.previous_certificate = Read(authority_data, "previous.crt");
  material.leaf = {Read(serving_data, "tls.crt"), Read(serving_data, "tls.key")};
  material.served_bundle = Read(serving_data, "ca.crt");
  return material;
}

Json AuthorityData(const Material& material) {
  Json data = {{"ca.crt", Base64Encode(material.active.certificate_pem)},
               {"ca.key", Base64Encode(material.active.private_key_pem)}};
  if (material.next) {
    data["next.crt"] = Base64Encode(material.next->certificate_pem);
    data["next.key"] = Base64Encode(material.next->private_key_pem);
  }
  if (!material.previous_certificate.empty()) {
    data["previous.crt"] = Base64Encode(material.previous_certificate);
  }
  return data;
}

Json ServingData(const Material& material) {
  return {{"tls.crt", Base64Encode(material.leaf.certificate_pem)},
          {"tls.key", Base64Encode(material.leaf.private_key_pem)},
          {"ca.crt", Base64Encode(Bundle(material))}};
}

bool KeyMatches(std::string_view certificate_pem, std::string_view key_pem) {
  const auto no_pass_phrase = [](char*, int, int, void*) { return -1; };
  const auto bio = [](std::string_view text) {
    return std::unique_ptr<BIO, decltype(&BIO_free_all)>(
        BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free_all);
  };
  const auto certificate_bio = bio(certificate_pem);
  const auto key_bio = bio(key_pem);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      PEM_read_bio_X509(certificate_bio.get(), nullptr, no_pass_phrase, nullptr), &X509_free);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      PEM_read_bio_PrivateKey(key_bio.get(), nullptr, no_pass_phrase, nullptr), &EVP_PKEY_free);
  return certificate && key && X509_check_private_key(certificate.get(), key.get()) == 1;
}

}  // namespace mpl::certs
