// An HTTP/1.1 client for one origin, with a pool of kept-alive connections.
//
// Not thread-safe: lives on one runtime. Every call has a deadline. A request on a kept-alive
// connection that turns out to be closed already is sent again once on a new connection (only when
// no byte of an answer had come).
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "kube/base/error.h"
#include "kube/base/time.h"
#include "kube/http/message.h"
#include "kube/net/runtime.h"
#include "kube/net/tls.h"

namespace mpl::net {

struct HttpClientOptions {
  std::string host;  // name or IP literal (IPv6 without brackets)
  std::uint16_t port = 443;
  std::shared_ptr<const TlsClientContext> tls;          // null: plain HTTP
  Duration connect_timeout = std::chrono::seconds(10);  // TCP and TLS together
  // A kubelet and a kube-apiserver close after 90 s; we let go first.
  Duration idle_timeout = std::chrono::seconds(80);
  std::size_t max_idle_connections = 8;
  // So long idle a connection is used without a look at whether the peer has closed it: a system
  // call less. If it has, the request goes out again on a new one, as below. Only for peers that
  // say nothing unasked.
  Duration unchecked_idle{};
};

struct CallLimits {
  Duration timeout = std::chrono::seconds(30);  // whole exchange
  std::size_t body_limit_bytes = 64U << 20U;    // after decompression: kRequestTooLarge
};

// The body of an answer while it arrives (a watch). Destroying it closes the connection unless the
// end was reached.
class BodyStream {
 public:
  virtual ~BodyStream() = default;
  // The next bytes (valid until the next call), empty at the regular end of the body.
  // Errors: kTimeout when nothing came for `idle_limit`, kClosed, kCancelled, kMalformed.
  virtual Task<Result<std::string_view>> Read(Duration idle_limit) = 0;
};

struct StreamedResponse {
  int status = 0;
  http::Headers headers;
  std::unique_ptr<BodyStream> body;  // not decompressed
};

class HttpClient {
 public:
  HttpClient(Executor executor, HttpClientOptions options);
  ~HttpClient();
  HttpClient(HttpClient&&) noexcept;
  HttpClient& operator=(HttpClient&&) noexcept;

  // Adds Host, Content-Length, and Accept-Encoding: gzip (inflating the answer) unless the request
  // names an Accept-Encoding itself. Any status is a success here. Errors: kInvalid (a request that
  // cannot be written), kCancelled, kUnreachable, kUntrusted and what else the verifier says, kTls,
  // kTimeout, kClosed, kMalformed, kRequestTooLarge, kInternal.
  Task<Result<http::Response>> Send(http::Request request, CallLimits limits = {});
  // Returns when the header has come; `timeout` bounds only that.
  Task<Result<StreamedResponse>> Open(http::Request request, Duration timeout);

  // Asks the memory for what Send will touch; changes nothing. Of many clients that rested for
  // long, first every one's step 0, then 1, …: each follows what the one before has brought.
  static constexpr int kFetchSteps = 6;
  void Fetch(int step) const;

  // How often a connection was tried; for metrics and tests.
  std::uint64_t handshakes() const;
  const HttpClientOptions& options() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace mpl::net
