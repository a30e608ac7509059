// One connection of an HttpServer, from the handshake to the last answer. Internal to kube/net.
#pragma once

#include <memory>

#include "kube/net/http_server.h"
#include "kube/net/tls_stream.h"

namespace mpl::net {

// What all sessions of a server share.
struct ServerShared {
  HttpServerOptions options;
  HttpHandler handler;
  bool draining = false;
};

class HttpSession {
 public:
  HttpSession(TcpSocket socket, std::shared_ptr<const ServerShared> server);
  ~HttpSession();

  // Serves requests until the connection ends. `self` keeps the session alive meanwhile.
  static Task<void> Serve(std::shared_ptr<HttpSession> self);

  // Ends the session now if it is waiting for a request, else after the answer.
  void FinishSoon();
  void Close();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mpl::net
