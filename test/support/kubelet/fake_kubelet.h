// A kubelet's HTTPS face on loopback, with settable answers and faults.
//
// Lives on the executor's runtime; change its settings only there, or before the runtime runs.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kube/base/time.h"
#include "kube/http/message.h"
#include "kube/net/http_server.h"
#include "kube/net/runtime.h"
#include "kube/x509/issue.h"

namespace mpl::test {

// What a GET is answered with.
struct KubeletAnswer {
  int status = 200;
  std::string body = {};
  std::function<std::string()> write = {};  // instead of `body`, anew for each request
  bool gzip = false;                        // body goes out compressed, whatever the client accepts
  bool chunked = false;                     // in pieces of 7 bytes
  Duration delay{};                         // before the answer begins
};

class FakeKubelet {
 public:
  // Listens at once. `port` 0: any.
  FakeKubelet(net::Executor executor, const x509::KeyPair& certificate, std::uint16_t port = 0,
              const std::string& address = "127.0.0.1");
  ~FakeKubelet();
  FakeKubelet(const FakeKubelet&) = delete;
  FakeKubelet& operator=(const FakeKubelet&) = delete;

  // For new connections; those that are open keep the old one.
  void Present(const x509::KeyPair& certificate);
  // Nothing: every handshake is refused.
  void PresentNothing() { tls_ = nullptr; }
  std::uint16_t port() const;
  // Closes the port and every connection.
  net::Task<void> Stop();

  KubeletAnswer metrics;                 // /metrics/resource and whatever else is asked for
  KubeletAnswer summary{.status = 404};  // /stats/summary
  std::vector<http::Request> requests;   // as they came, oldest first
  std::vector<std::string> PathsAsked() const;

 private:
  net::Task<http::Response> Answer(http::Request request);

  std::shared_ptr<const net::TlsServerContext> tls_;
  std::unique_ptr<net::HttpServer> server_;
};

// A kubelet whose containers use the same all the time, in the kubelet's own form: what it says
// moves on with the wall clock.
struct SteadyContainer {
  std::string pod;
  std::string name;
  double cores = 0.1;
  std::int64_t start_seconds = 1763724000;
  std::string ns = "default";
};
struct SteadyKubelet {
  double node_cores = 0.5;
  std::int64_t memory_bytes = 1 << 20;  // of each container, and of the node
  std::vector<SteadyContainer> containers = {};

  std::string ResourceMetrics() const;
  std::string Summary() const;
};

// The two samples of a node and one container in the kubelet's own form (KK resource_metrics.go).
struct MetricsText {
  double node_cpu_seconds = 0;
  double container_cpu_seconds = 0;
  std::int64_t memory_bytes = 1 << 20;
  std::int64_t time_milliseconds = 0;
  double container_start_seconds = 0;
  std::string node_swap_bytes = {};  // as text, so that it may be nonsense; empty: no such line
  std::string container_swap_bytes = {};
};
std::string ResourceMetrics(const MetricsText& values);

// A certificate as a kubelet signs one for itself, valid now.
x509::KeyPair SelfSignedKubelet(const std::string& node);

}  // namespace mpl::test
