#include "kube/x509/issue.h"

#include <openssl/pem.h>

#include <algorithm>

#include "kube/x509/certificate.h"
#include "kube/x509/names.h"
#include "kube/x509/openssl.h"

namespace mpl::x509 {
namespace {

// What goes into a certificate besides its key.
struct Draft {
  CertificateRequest request;
  bool authority = false;
};

struct Signer {
  X509Ptr certificate;
  KeyPtr key;
};

// OpenSSL would ask for a pass phrase on the terminal otherwise.
int NoPassPhrase(char*, int, int, void*) { return -1; }

std::unexpected<Error> OpenSslFailure(std::string_view step) {
  return Fail(ErrorKind::kInternal,
              "issue certificate: " + std::string(step) + ": " + TakeOpenSslReason());
}

// RFC 5280 section 4.1.2.2: positive; 127 random bits stay so and need no collision check.
bool SetSerial(X509* certificate) {
  const std::unique_ptr<BIGNUM, Freer<BN_free>> serial(BN_new());
  return BN_rand(serial.get(), 127, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
         BN_add_word(serial.get(), 1) == 1 &&
         BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool SetTime(ASN1_TIME* target, TimePoint time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  return ASN1_TIME_set(target, seconds) != nullptr;
}

bool AddEntry(X509_NAME* name, int nid, const std::string& value) {
  return X509_NAME_add_entry_by_NID(name, nid, MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(value.data()),  // NOLINT
                                    static_cast<int>(value.size()), -1, 0) == 1;
}

bool SetSubject(X509_NAME* name, const CertificateRequest& request) {
  for (const std::string& organization : request.organizations) {
    if (!AddEntry(name, NID_organizationName, organization)) return false;
  }
  return request.common_name.empty() || AddEntry(name, NID_commonName, request.common_name);
}

bool AddExtension(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, Freer<X509_EXTENSION_free>> extension(
      X509V3_EXT_conf_nid(nullptr, &context, nid, value));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool PushName(GENERAL_NAMES* names, int type, const std::string& bytes) {
  std::unique_ptr<GENERAL_NAME, Freer<GENERAL_NAME_free>> name(GENERAL_NAME_new());
  ASN1_STRING* value =
      ASN1_STRING_type_new(type == GEN_DNS ? V_ASN1_IA5STRING : V_ASN1_OCTET_STRING);
  if (!name || value == nullptr) return false;
  GENERAL_NAME_set0_value(name.get(), type, value);
  if (ASN1_STRING_set(value, bytes.data(), static_cast<int>(bytes.size())) != 1) return false;
  if (sk_GENERAL_NAME_push(names, name.get()) == 0) return false;
  name.release();  // NOLINT(bugprone-unused-return-value): the stack owns it now
  return true;
}

// Built as values, not from configuration text: a name with a comma in it stays one name.
bool AddSans(X509* certificate, const CertificateRequest& request) {
  if (request.dns_names.empty() && request.ip_addresses.empty()) return true;
  const std::unique_ptr<GENERAL_NAMES, Freer<GENERAL_NAMES_free>> names(GENERAL_NAMES_new());
  for (const std::string& name : request.dns_names) {
    if (!PushName(names.get(), GEN_DNS, name)) return false;
  }
  for (const std::string& address : request.ip_addresses) {
    if (!PushName(names.get(), GEN_IPADD, IpBytes(address).value_or(""))) return false;
  }
  return X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), 0, X509V3_ADD_DEFAULT) ==
         1;
}

bool AddExtensions(X509* certificate, X509* issuer, const Draft& draft) {
  const char* usage = draft.request.purpose == Purpose::kServerAuth ? "serverAuth" : "clientAuth";
  const bool usages =
      draft.authority
          ? AddExtension(certificate, issuer, NID_basic_constraints, "critical,CA:TRUE") &&
                AddExtension(certificate, issuer, NID_key_usage, "critical,keyCertSign,cRLSign")
          : AddExtension(certificate, issuer, NID_basic_constraints, "critical,CA:FALSE") &&
                AddExtension(certificate, issuer, NID_key_usage, "critical,digitalSignature") &&
                AddExtension(certificate, issuer, NID_ext_key_usage, usage);
  return usages && AddExtension(certificate, issuer, NID_subject_key_identifier, "hash") &&
         (issuer == certificate ||
          AddExtension(certificate, issuer, NID_authority_key_identifier, "keyid")) &&
         AddSans(certificate, draft.request);
}

Result<std::string> KeyPem(EVP_PKEY* key) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return OpenSslFailure("write key");
  }
  return BioText(bio.get());
}

Result<void> Check(const CertificateRequest& request) {
  if (request.not_after <= request.not_before) {
    return Fail(ErrorKind::kInvalid, "issue certificate " + request.common_name +
                                         ": its end must be later than its beginning");
  }
  for (const std::string& address : request.ip_addresses) {
    if (!IpBytes(address)) {
      return Fail(ErrorKind::kInvalid, "issue certificate " + request.common_name + ": \"" +
                                           address + "\" is not an IP address");
    }
  }
  return {};
}

// Signs with `signer`, or with the new key itself when there is none.
Result<KeyPair> Issue(const Draft& draft, const Signer* signer) {
  if (auto checked = Check(draft.request); !checked) return std::unexpected(checked.error());
  const KeyPtr key(EVP_EC_gen("P-256"));
  const X509Ptr certificate(X509_new());
  if (!key || !certificate) return OpenSslFailure("make key");
  X509* issuer = signer == nullptr ? certificate.get() : signer->certificate.get();
  X509_NAME* subject = X509_get_subject_name(certificate.get());
  const bool filled =
      X509_set_version(certificate.get(), X509_VERSION_3) == 1 && SetSerial(certificate.get()) &&
      SetTime(X509_getm_notBefore(certificate.get()), draft.request.not_before) &&
      SetTime(X509_getm_notAfter(certificate.get()), draft.request.not_after) &&
      X509_set_pubkey(certificate.get(), key.get()) == 1 && SetSubject(subject, draft.request) &&
      X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer)) == 1 &&
      AddExtensions(certificate.get(), issuer, draft);
  if (!filled) return OpenSslFailure("fill in " + draft.request.common_name);
  EVP_PKEY* signing_key = signer == nullptr ? key.get() : signer->key.get();
  if (X509_sign(certificate.get(), signing_key, EVP_sha256()) == 0) return OpenSslFailure("sign");

  const BioPtr bio(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_X509(bio.get(), certificate.get()) != 1) return OpenSslFailure("write");
  auto key_pem = KeyPem(key.get());
  if (!key_pem) return std::unexpected(key_pem.error());
  return KeyPair{BioText(bio.get()), *std::move(key_pem)};
}

Result<Signer> ReadSigner(const KeyPair& authority) {
  const BioPtr certificate_bio = ReadBio(authority.certificate_pem);
  const BioPtr key_bio = ReadBio(authority.private_key_pem);
  Signer signer{X509Ptr(PEM_read_bio_X509(certificate_bio.get(), nullptr, nullptr, nullptr)),
                KeyPtr(PEM_read_bio_PrivateKey(key_bio.get(), nullptr, NoPassPhrase, nullptr))};
  if (!signer.certificate) {
    return Fail(ErrorKind::kMalformed, "authority certificate: " + TakeOpenSslReason());
  }
  if (!signer.key) return Fail(ErrorKind::kMalformed, "authority key: " + TakeOpenSslReason());
  if (X509_check_private_key(signer.certificate.get(), signer.key.get()) != 1) {
    ERR_clear_error();
    return Fail(ErrorKind::kInvalid, "authority: certificate and key do not belong together");
  }
  return signer;
}

}  // namespace

Result<KeyPair> IssueAuthority(const std::string& common_name, TimePoint not_before,
                               TimePoint not_after) {
  Draft draft;
  draft.authority = true;
  draft.request.common_name = common_name;
  draft.request.not_before = not_before;
  draft.request.not_after = not_after;
  return Issue(draft, nullptr);
}

Result<KeyPair> IssueLeaf(const KeyPair& authority, const CertificateRequest& request) {
  auto signer = ReadSigner(authority);
  if (!signer) return std::unexpected(signer.error());
  const auto parsed = ParsePemCertificates(authority.certificate_pem);
  if (!parsed) return std::unexpected(parsed.error());
  Draft draft;
  draft.request = request;
  draft.request.not_after = std::min(request.not_after, parsed->front().not_after());
  return Issue(draft, &*signer);
}

Result<KeyPair> IssueSelfSigned(const CertificateRequest& request) {
  Draft draft;
  draft.request = request;
  return Issue(draft, nullptr);
}

}  // namespace mpl::x509
