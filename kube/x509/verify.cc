#include "kube/x509/verify.h"

#include "kube/x509/openssl.h"

namespace mpl::x509 {
namespace {

// As OpenSSL's level 1: at least 80 bits of security, so no SHA-1 signatures and no short RSA keys.
constexpr int kSecurityLevel = 1;

std::string_view PurposeText(Purpose purpose) {
  return purpose == Purpose::kServerAuth ? "not for server authentication"
                                         : "not for client authentication";
}

// `bad` is the certificate at which OpenSSL stopped: not always the leaf.
std::string Explain(int code, const Certificate& bad, Purpose purpose) {
  switch (code) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return "expired on " + FormatRfc3339(bad.not_after());
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "not valid before " + FormatRfc3339(bad.not_before());
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return "signed by its own key, which is not a trusted authority";
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return "signed by unknown authority: issuer " + bad.issuer();
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
      return "signature does not fit the key of issuer " + bad.issuer();
    case X509_V_ERR_INVALID_PURPOSE:
      return std::string(PurposeText(purpose));
    case X509_V_ERR_CA_MD_TOO_WEAK:
      return "signed with a weak algorithm (SHA-1 or older)";
    default:
      return X509_verify_cert_error_string(code);
  }
}

// Go's rule (crypto/x509 Certificate.Verify): whatever stands in the root pool is an anchor, also
// an intermediate or a leaf that is not self-signed. client-go and kube-apiserver behave so, and
// caBundles in the field rely on it: hence the partial-chain flag.
StorePtr MakeStore(const std::vector<Certificate>& roots) {
  StorePtr store(X509_STORE_new());
  for (const Certificate& root : roots) X509_STORE_add_cert(store.get(), root.native());
  X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN);
  return store;
}

ChainPtr Intermediates(const std::vector<Certificate>& chain) {
  ChainPtr stack(sk_X509_new_null());
  for (std::size_t i = 1; i < chain.size(); ++i) sk_X509_push(stack.get(), chain[i].native());
  return stack;
}

// OpenSSL wants the purpose itself among the extended key usages; Go's verifier, and with it
// kube-apiserver and client-go, takes anyExtendedKeyUsage (RFC 5280 section 4.2.1.12) for each.
int ForgiveAnyUsage(int good, X509_STORE_CTX* context) {
  if (good == 1 || X509_STORE_CTX_get_error(context) != X509_V_ERR_INVALID_PURPOSE) return good;
  const std::uint32_t usages =
      X509_get_extended_key_usage(X509_STORE_CTX_get_current_cert(context));
  const bool any = usages != UINT32_MAX && (usages & XKU_ANYEKU) != 0;
  if (any) X509_STORE_CTX_set_error(context, X509_V_OK);
  return any ? 1 : 0;
}

Certificate CertificateAt(X509_STORE_CTX* context, const Certificate& fallback) {
  X509* native = X509_STORE_CTX_get_current_cert(context);
  return native == nullptr ? fallback : Certificate::FromNative(native).value_or(fallback);
}

}  // namespace

Result<void> VerifyChain(const std::vector<Certificate>& chain,
                         const std::vector<Certificate>& roots, Purpose purpose, TimePoint now) {
  if (chain.empty()) return Fail(ErrorKind::kUntrusted, "no certificate was presented");
  const StorePtr store = MakeStore(roots);
  const ChainPtr intermediates = Intermediates(chain);
  const StoreContextPtr context(X509_STORE_CTX_new());
  if (X509_STORE_CTX_init(context.get(), store.get(), chain.front().native(),
                          intermediates.get()) != 1) {
    return Fail(ErrorKind::kInternal, "verify certificate: " + TakeOpenSslReason());
  }
  X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_time(
      parameters, std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count());
  X509_VERIFY_PARAM_set_auth_level(parameters, kSecurityLevel);
  X509_VERIFY_PARAM_set_purpose(parameters, purpose == Purpose::kServerAuth
                                                ? X509_PURPOSE_SSL_SERVER
                                                : X509_PURPOSE_SSL_CLIENT);
  X509_STORE_CTX_set_verify_cb(context.get(), ForgiveAnyUsage);
  const int verified = X509_verify_cert(context.get());
  ERR_clear_error();
  if (verified == 1) return {};
  const Certificate bad = CertificateAt(context.get(), chain.front());
  return Fail(ErrorKind::kUntrusted,
              "certificate " + bad.subject() + ": " +
                  Explain(X509_STORE_CTX_get_error(context.get()), bad, purpose));
}

}  // namespace mpl::x509
