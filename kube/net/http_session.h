// One connection of an HttpServer, from the handshake to the last answer. Internal to kube/net.
#pragma once

#include <list>
#include <memory>

#include "kube/net/http_server.h"
#include "kube/net/tls_stream.h"

namespace mpl::net {

class HttpSession;

// What all sessions of a server share.
struct ServerShared {
  HttpServerOptions options;
  HttpHandler handler;
  bool draining = false;
  // Sessions that wait for their client: in the handshake, between two requests, for the rest of
  // one, or until it reads its answer. The one that has waited longest at the front.
  std::list<HttpSession*> waiting;
  std::size_t unfinished_bytes = 0;  // that they have sent
};

class HttpSession {
 public:
  HttpSession(TcpSocket socket, std::shared_ptr<ServerShared> server);
  ~HttpSession();

  // Serves requests until the connection ends. `self` keeps the session alive meanwhile.
  static Task<void> Serve(std::shared_ptr<HttpSession> self);

  // Ends the session now if it is waiting for a request, else after the answer.
  void FinishSoon();
  // At once; its descriptor is free afterwards.
  void Close();

 private:
  void Count(std::size_t bytes);

  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mpl::net
