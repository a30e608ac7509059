// From a host and port to an open connection: resolve, connect, TLS. Internal to kube/net.
#pragma once

#include <memory>

#include "kube/base/error.h"
#include "kube/net/http_client.h"
#include "kube/net/tls_stream.h"

namespace mpl::net {

// Tries all addresses of the host, one after another, until `deadline`. Errors: kUnreachable,
// kTimeout (naming the phase), kUntrusted or the verifier's, kTls, kClosed, kCancelled.
Task<Result<std::unique_ptr<SocketStream>>> Connect(
    Executor executor, std::shared_ptr<const HttpClientOptions> options, MonoTime deadline);

}  // namespace mpl::net
