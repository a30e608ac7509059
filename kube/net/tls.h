// What a TLS endpoint presents and believes. The handshake itself is OpenSSL on the non-blocking
// socket; Asio only says when the socket is ready (measured: a third of the CPU and a quarter of
// the memory of asio::ssl::stream at 5,000 connections).
//
// Client and server: TLS 1.2 and 1.3, AEAD suites, no renegotiation, no compression, no sessions
// kept.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kube/base/error.h"
#include "kube/x509/certificate.h"

struct ssl_ctx_st;

namespace mpl::net {

struct KeyPairPem {
  std::string certificate_chain;  // leaf first
  std::string private_key;
  friend bool operator==(const KeyPairPem&, const KeyPairPem&) = default;
};

// Decides about a server's certificates (leaf first, as sent). An error refuses the peer and comes
// back unchanged from HttpClient. Runs inside the handshake: must not block.
using PeerVerifier = std::function<Result<void>(const std::vector<x509::Certificate>& chain)>;

struct TlsClientOptions {
  // Exactly one of these three decides about the peer.
  std::string ca_pem;  // verify against these roots, for `server_name` or the dialled host
  bool insecure_skip_verify = false;
  PeerVerifier verifier;

  // SNI and expected name; empty: the host of the URL. IP addresses are checked as IP SANs, no SNI.
  std::string server_name;
  std::optional<KeyPairPem> client_certificate;
};

// Immutable and shared by connections; a changed certificate is a new context.
class TlsClientContext {
 public:
  static Result<std::shared_ptr<const TlsClientContext>> Create(TlsClientOptions options);
  // `base` with another judge. Both share what OpenSSL keeps (12.5 KB): for thousands of peers that
  // are judged one by one.
  static std::shared_ptr<const TlsClientContext> WithVerifier(const TlsClientContext& base,
                                                              PeerVerifier verifier);
  ~TlsClientContext();

  const TlsClientOptions& options() const { return options_; }
  // The certificates of `ca_pem`.
  const std::vector<x509::Certificate>& roots() const { return roots_; }
  ssl_ctx_st* native() const { return context_; }
  TlsClientContext(const TlsClientContext&) = delete;
  TlsClientContext& operator=(const TlsClientContext&) = delete;

 private:
  TlsClientContext(TlsClientOptions options, ssl_ctx_st* context);
  TlsClientOptions options_;
  std::vector<x509::Certificate> roots_;
  ssl_ctx_st* context_;
};

// The server asks for a client certificate, takes any or none, and leaves judgement to the
// authenticator (Request::peer_chain_der).
class TlsServerContext {
 public:
  static Result<std::shared_ptr<const TlsServerContext>> Create(const KeyPairPem& certificate);
  ~TlsServerContext();
  TlsServerContext(const TlsServerContext&) = delete;
  TlsServerContext& operator=(const TlsServerContext&) = delete;
  ssl_ctx_st* native() const { return context_; }

 private:
  explicit TlsServerContext(ssl_ctx_st* context) : context_(context) {}
  ssl_ctx_st* context_;
};

}  // namespace mpl::net
