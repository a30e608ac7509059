// One thread that serves all kubelets of the fleet, and the control port beside them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <unordered_map>

#include "bench/kubelets/connection.h"
#include "bench/kubelets/control.h"
#include "bench/serving/poller.h"

namespace mpl::bench {

struct ServerOptions {
  std::uint16_t port = 20250;          // of every node's address
  std::uint16_t control_port = 20249;  // of 127.0.0.1, plain HTTP
  bool gzip = false;
  int pace = 1;  // see KubeletFace
};

class Server {
 public:
  // Listens at once. Throws std::runtime_error when a port is taken.
  Server(const ServerOptions& options, Fleet& fleet, const Certificates& certificates);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Until SIGTERM or SIGINT.
  void Run();

 private:
  void AcceptAll(std::int64_t now_ms);
  void AnswerControl(std::int64_t now_ms);
  void Advance(Connection& connection, std::int64_t now_ms);
  void Drop(Connection& connection);
  void Resume(std::int64_t now_ms);
  int Patience(std::int64_t now_ms) const;

  Fleet& fleet_;
  const Certificates& certificates_;
  Counters counters_;
  KubeletFace face_;
  Control control_;
  Poller poller_;
  int listener_ = -1, control_listener_ = -1, signals_ = -1;
  std::unordered_map<int, std::unique_ptr<Connection>> connections_;  // by descriptor
  std::multimap<std::int64_t, int> delayed_;                          // when → descriptor
};

}  // namespace mpl::bench
