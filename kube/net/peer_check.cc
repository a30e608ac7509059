#include "kube/net/peer_check.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "kube/net/runtime.h"
#include "kube/x509/verify.h"

namespace mpl::net {
namespace {

int ExDataIndex() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

Result<std::vector<x509::Certificate>> ChainOf(X509_STORE_CTX* store) {
  std::vector<x509::Certificate> chain;
  const STACK_OF(X509)* sent = X509_STORE_CTX_get0_untrusted(store);
  for (int i = 0; i < sk_X509_num(sent); ++i) {
    auto certificate = x509::Certificate::FromNative(sk_X509_value(sent, i));
    if (!certificate) {
      return Fail(ErrorKind::kUntrusted, "certificate " + std::to_string(i + 1) +
                                             " of the chain: " + certificate.error().message);
    }
    chain.push_back(*std::move(certificate));
  }
  return chain;
}

// No exception may pass through OpenSSL's frames.
Result<void> Judge(const PeerCheck& check, X509_STORE_CTX* store) noexcept {
  try {
    if (check.context->options().insecure_skip_verify) return {};
    const auto chain = ChainOf(store);
    if (!chain) return std::unexpected(chain.error());
    return CheckPeer(*check.context, check.name, *chain);
  } catch (const std::exception& error) {
    return Fail(ErrorKind::kInternal, std::string("verify peer: ") + error.what());
  } catch (...) {
    return Fail(ErrorKind::kInternal, "verify peer: not a std::exception");
  }
}

int OnVerify(X509_STORE_CTX* store, void*) {
  const auto* ssl = static_cast<const SSL*>(
      X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* check = static_cast<PeerCheck*>(SSL_get_ex_data(ssl, ExDataIndex()));
  if (check == nullptr) return 0;
  check->verdict = Judge(*check, store);
  ERR_clear_error();
  X509_STORE_CTX_set_error(store, check->verdict ? X509_V_OK : X509_V_ERR_CERT_UNTRUSTED);
  return check->verdict ? 1 : 0;
}

}  // namespace

void PeerCheck::AttachTo(ssl_st* ssl) { SSL_set_ex_data(ssl, ExDataIndex(), this); }

Result<void> CheckPeer(const TlsClientContext& context, const std::string& name,
                       const std::vector<x509::Certificate>& chain) {
  if (context.options().insecure_skip_verify) return {};
  if (context.options().verifier) return context.options().verifier(chain);
  if (chain.empty()) return Fail(ErrorKind::kUntrusted, "the server sent no certificate");
  const x509::Certificate& leaf = chain.front();
  const std::string who = " (subject " + leaf.subject() + ", issuer " + leaf.issuer() + ", SANs " +
                          leaf.DescribeSans() + ")";
  const auto verified =
      x509::VerifyChain(chain, context.roots(), x509::Purpose::kServerAuth, SystemNow());
  if (!verified) return Fail(verified.error().kind, verified.error().message + who);
  if (!leaf.MatchesName(name)) {
    return Fail(ErrorKind::kUntrusted, "certificate is not valid for " + name + who);
  }
  return {};
}

void InstallPeerCheck(ssl_ctx_st* context) {
  SSL_CTX_set_cert_verify_callback(context, OnVerify, nullptr);
}

std::string TakeTlsReason() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "unknown reason";
  const int reason = ERR_GET_REASON(code);
  if (ERR_GET_LIB(code) == ERR_LIB_SSL && reason >= SSL_AD_REASON_OFFSET) {
    return std::string("peer sent alert: ") +
           SSL_alert_desc_string_long(reason - SSL_AD_REASON_OFFSET);
  }
  const char* text = ERR_reason_error_string(code);
  return text == nullptr ? "unknown reason" : text;
}

}  // namespace mpl::net
