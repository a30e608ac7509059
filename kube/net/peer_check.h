// The client's judgement of a server's certificates, called from inside the handshake.
#pragma once

#include <string>
#include <vector>

#include "kube/base/error.h"
#include "kube/net/tls.h"

struct ssl_st;

namespace mpl::net {

// Lives as long as the connection; OpenSSL reaches it through the SSL object.
struct PeerCheck {
  const TlsClientContext* context = nullptr;
  std::string name;  // that the certificate must carry
  Result<void> verdict;

  void AttachTo(ssl_st* ssl);
};

// Judges `chain` as the context's options say. Errors: kUntrusted, or what the verifier
// answered.
Result<void> CheckPeer(const TlsClientContext& context, const std::string& name,
                       const std::vector<x509::Certificate>& chain);

// Makes OpenSSL ask CheckPeer on every connection of the context.
void InstallPeerCheck(ssl_ctx_st* context);

// Oldest entry of the thread's OpenSSL error queue in words ("peer sent alert: internal error");
// empties the queue.
std::string TakeTlsReason();

}  // namespace mpl::net
