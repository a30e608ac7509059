#include "kube/net/tls.h"

#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <cstring>

#include "kube/net/openssl_channel.h"
#include "kube/net/peer_check.h"

namespace mpl::net {
namespace {

template <auto Free>
struct Freer {
  template <class T>
  void operator()(T* value) const {
    Free(value);
  }
};
using ContextPtr = std::unique_ptr<SSL_CTX, Freer<SSL_CTX_free>>;

constexpr std::size_t kReadAheadBytes = 64U << 10U;
constexpr long kMostClientChainBytes = 16L << 10L;

// OpenSSL would ask for a pass phrase on the terminal otherwise.
int NoPassPhrase(char*, int, int, void*) { return -1; }

ContextPtr MakeContext(const SSL_METHOD* method) {
  ContextPtr context(SSL_CTX_new(method));
  if (!context) return context;
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_security_level(context.get(), 1);
  // TLS 1.3 has AEAD only. AES-128 first, as Go's programs have it: RFC 8446 section 9.1 has all
  // implement it, and it costs a tenth less than AES-256.
  SSL_CTX_set_ciphersuites(
      context.get(), "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256");
  SSL_CTX_set_cipher_list(context.get(), "ECDHE+AESGCM:ECDHE+CHACHA20");
  SSL_CTX_set_options(context.get(),
                      SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  // Behind the handshake a server's first record is that of its first data: RecordChannel counts.
  SSL_CTX_set_num_tickets(context.get(), 0);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  return context;
}

Result<void> UseKeyPair(SSL_CTX* context, const KeyPairPem& pair) {
  const auto chain = x509::ParsePemCertificates(pair.certificate_chain);
  if (!chain) return Within("TLS certificate", chain.error());
  const std::unique_ptr<BIO, Freer<BIO_free_all>> bio(
      BIO_new_mem_buf(pair.private_key.data(), static_cast<int>(pair.private_key.size())));
  const std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>> key(
      PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassPhrase, nullptr));
  if (!key) return Fail(ErrorKind::kMalformed, "TLS private key: " + TakeTlsReason());
  if (SSL_CTX_use_certificate(context, chain->front().native()) != 1) {
    return Fail(ErrorKind::kInvalid, "TLS certificate: " + TakeTlsReason());
  }
  for (std::size_t i = 1; i < chain->size(); ++i) {
    SSL_CTX_add1_chain_cert(context, (*chain)[i].native());
  }
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1) {
    return Fail(ErrorKind::kInvalid, "TLS private key does not belong to certificate " +
                                         chain->front().subject() + ": " + TakeTlsReason());
  }
  return {};
}

// RFC 7301. A client that offers only other protocols goes on without ALPN, as Go's server allows.
int SelectHttp11(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
                 unsigned int in_size, void*) {
  static constexpr unsigned char kHttp11[] = "\x08http/1.1";
  unsigned char* selected = nullptr;
  if (SSL_select_next_proto(&selected, out_size, kHttp11, sizeof kHttp11 - 1, in, in_size) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_NOACK;
  }
  *out = selected;
  return SSL_TLSEXT_ERR_OK;
}

int TakeAnyCertificate(X509_STORE_CTX*, void*) { return 1; }

}  // namespace

TlsClientContext::TlsClientContext(TlsClientOptions options, ssl_ctx_st* context)
    : options_(std::move(options)), context_(context) {}

TlsClientContext::~TlsClientContext() { SSL_CTX_free(context_); }

Result<std::shared_ptr<const TlsClientContext>> TlsClientContext::Create(TlsClientOptions options) {
  const int judges = (options.ca_pem.empty() ? 0 : 1) + (options.insecure_skip_verify ? 1 : 0) +
                     (options.verifier ? 1 : 0);
  if (judges != 1) {
    return Fail(ErrorKind::kInvalid,
                "TLS client: set exactly one of ca_pem, insecure_skip_verify and verifier");
  }
  ContextPtr native = MakeContext(TLS_client_method());
  if (!native) return Fail(ErrorKind::kInternal, "TLS client: " + TakeTlsReason());
  SSL_CTX_set_verify(native.get(), options.insecure_skip_verify ? SSL_VERIFY_NONE : SSL_VERIFY_PEER,
                     nullptr);
  InstallPeerCheck(native.get());
  WatchSecrets(native.get());
  // One recv for several records: without, OpenSSL asks for each head and each body on its own. A
  // server reads requests, which are short, and must not hold so much for whoever sends half a
  // record.
  SSL_CTX_set_read_ahead(native.get(), 1);
  SSL_CTX_set_default_read_buffer_len(native.get(), kReadAheadBytes);
  if (options.client_certificate) {
    if (auto used = UseKeyPair(native.get(), *options.client_certificate); !used) {
      return Within("client", used.error());
    }
  }
  std::vector<x509::Certificate> roots;
  if (!options.ca_pem.empty()) {
    auto parsed = x509::ParsePemCertificates(options.ca_pem);
    if (!parsed) return Within("CA bundle", parsed.error());
    roots = *std::move(parsed);
  }
  std::shared_ptr<TlsClientContext> context(
      new TlsClientContext(std::move(options), native.release()));
  context->roots_ = std::move(roots);
  return context;
}

std::shared_ptr<const TlsClientContext> TlsClientContext::WithVerifier(const TlsClientContext& base,
                                                                       PeerVerifier verifier) {
  TlsClientOptions options;
  options.verifier = std::move(verifier);
  options.server_name = base.options_.server_name;
  SSL_CTX_up_ref(base.context_);
  return std::shared_ptr<const TlsClientContext>(
      new TlsClientContext(std::move(options), base.context_));
}

TlsServerContext::~TlsServerContext() { SSL_CTX_free(context_); }

Result<std::shared_ptr<const TlsServerContext>> TlsServerContext::Create(
    const KeyPairPem& certificate) {
  ContextPtr native = MakeContext(TLS_server_method());
  if (!native) return Fail(ErrorKind::kInternal, "TLS server: " + TakeTlsReason());
  if (auto used = UseKeyPair(native.get(), certificate); !used) {
    return Within("server", used.error());
  }
  WatchSecrets(native.get());
  SSL_CTX_set_options(native.get(), SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_alpn_select_cb(native.get(), SelectHttp11, nullptr);
  // Asked for, never judged here. No list of authorities is sent: clients offer what they have.
  SSL_CTX_set_verify(native.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(native.get(), TakeAnyCertificate, nullptr);
  // A session keeps the chain, whoever sent it; a user's or a front proxy's has 1 to 8 KiB.
  SSL_CTX_set_max_cert_list(native.get(), kMostClientChainBytes);
  return std::shared_ptr<const TlsServerContext>(new TlsServerContext(native.release()));
}

}  // namespace mpl::net
