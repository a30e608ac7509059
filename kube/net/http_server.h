// An HTTPS server: accepts, speaks TLS and HTTP/1.1, and hands whole requests to a handler.
//
// Not thread-safe except where said. Slow or broken clients cost one connection and bounded memory.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "kube/base/error.h"
#include "kube/base/time.h"
#include "kube/http/message.h"
#include "kube/net/runtime.h"
#include "kube/net/tls.h"

namespace mpl::net {

struct HttpServerOptions {
  // "0.0.0.0" and "::" mean the same: all addresses, of IPv4 and, where the kernel has it, of IPv6.
  std::string address = "0.0.0.0";
  std::uint16_t port = 0;  // 0: any free one, see HttpServer::port()
  // Asked at every accepted connection, so that a rotated certificate needs no restart. Null: plain
  // HTTP. May return null: that connection is refused.
  std::function<std::shared_ptr<const TlsServerContext>()> tls;
  // Another runtime, on which the pieces of long answers are made (http::Response::next_chunk)
  // while the server's own encrypts and sends; it must end before the server's. Nothing: made on
  // the server's own.
  std::optional<Executor> pieces;

  // Limits of k8s.io/apiserver's server: 1 MiB of header, 32 s for it, 90 s idle. Over the header
  // limit: 431; over the body limit: 413.
  std::size_t header_limit_bytes = 1U << 20U;
  std::size_t body_limit_bytes = 3U << 20U;  // 0: no limit
  Duration handshake_timeout = std::chrono::seconds(10);
  Duration header_timeout = std::chrono::seconds(32);  // the first one: handshake included
  Duration body_timeout = std::chrono::seconds(60);    // whole request body
  Duration write_timeout = std::chrono::seconds(60);   // per piece of the answer
  Duration idle_timeout = std::chrono::seconds(100);
  // Beyond it, and when descriptors run out, a new connection takes the place of the one that has
  // been waiting for its client longest: for a request, or for the client to read its answer.
  // Requests that are being worked on are left alone.
  std::size_t max_connections = 12'000;
  // Of all requests together that have not come whole, before anybody knows who sends them. Beyond
  // it the connection that holds most goes.
  std::size_t unfinished_limit_bytes = 64U << 20U;
};

// Called on the server's runtime. Any thrown exception becomes a 500 and is logged.
using HttpHandler = std::function<Task<http::Response>(http::Request)>;

class HttpServer {
 public:
  HttpServer(Executor executor, HttpServerOptions options, HttpHandler handler);
  ~HttpServer();

  // Binds and starts to accept. kUnreachable names address and port when they cannot be had.
  Result<void> Start();
  std::uint16_t port() const;
  std::size_t connections() const;
  // How often a connection could not be accepted (out of descriptors) or was refused because all
  // that there may be were at work.
  std::uint64_t accept_errors() const;
  // Answers go out with "Connection: close" from now on, so that clients move to another replica.
  void StartDraining();
  // Stops accepting, lets running requests finish within `grace`, then closes everything.
  Task<void> Stop(Duration grace);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace mpl::net
