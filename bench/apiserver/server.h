// One thread that serves the simulated API, and the control port beside it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

#include "bench/apiserver/connection.h"
#include "bench/apiserver/control.h"
#include "bench/serving/poller.h"

namespace mpl::bench {

struct ApiServerOptions {
  std::uint16_t port = 6443;          // of 127.0.0.1
  std::uint16_t control_port = 6442;  // of 127.0.0.1, plain HTTP
  std::string certificate_file, key_file;
  Users users;
};

class ApiServer {
 public:
  // Listens at once. Throws std::runtime_error when a port is taken or a file is no certificate.
  ApiServer(const ApiServerOptions& options, Registry& registry);
  ~ApiServer();
  ApiServer(const ApiServer&) = delete;
  ApiServer& operator=(const ApiServer&) = delete;

  // Until SIGTERM or SIGINT.
  void Run();

 private:
  void AcceptAll(std::int64_t now_ms);
  void AnswerControl(std::int64_t now_ms);
  void Advance(int descriptor, std::int64_t now_ms);
  // Every stream goes on: something has happened, or a second has passed.
  void AdvanceStreams(std::int64_t now_ms);

  Registry& registry_;
  ApiCounters counters_;
  Api api_;
  ApiControl control_;
  TlsContext context_;
  Poller poller_;
  int listener_ = -1, control_listener_ = -1, signals_ = -1;
  std::unordered_map<int, std::unique_ptr<ApiConnection>> connections_;  // by descriptor
};

}  // namespace mpl::bench
