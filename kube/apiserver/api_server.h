// An extension API server: every request is authenticated, authorized and routed, in this order.
//
//   health paths (anyone) → overload → who asks → may they → discovery, /version, /metrics, routes
//
// Not thread-safe: lives on one runtime, handlers run there too.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kube/apiserver/delegated_auth.h"
#include "kube/apiserver/route_table.h"
#include "kube/base/error.h"
#include "kube/http/discovery.h"
#include "kube/http/openapi.h"
#include "kube/net/http_server.h"
#include "kube/net/runtime.h"
#include "kube/telemetry/health.h"
#include "kube/telemetry/metrics.h"

namespace mpl::apiserver {

struct ApiServerOptions {
  net::HttpServerOptions listen;
  std::vector<http::DiscoveryGroup> groups;
  // Null: no documents, and kubectl explain knows nothing of us.
  std::shared_ptr<const http::OpenApi> openapi;
  // What /version answers; kubectl reads major, minor and gitVersion.
  objects::Json version = objects::Json::object();
  // Of the self-metrics' names: "metricspipeline".
  std::string metrics_prefix;
  // Requests at once, k8s.io/apiserver's --max-requests-inflight; health and discovery do not
  // count.
  std::size_t max_in_flight = 400;
  std::size_t gzip_threshold_bytes = 128U << 10U;
};

class ApiServer {
 public:
  // All references must outlive the server.
  ApiServer(net::Executor executor, ApiServerOptions options, DelegatedAuth& auth,
            const telemetry::HealthChecks& health, metrics::Registry& registry);
  ~ApiServer();

  // Patterns: see RouteTable. GET includes HEAD. Add before Start.
  void Handle(std::vector<std::string> methods, std::string pattern, Handler handler);
  void HandleAsync(std::vector<std::string> methods, std::string pattern, AsyncHandler handler);

  Result<void> Start();
  std::uint16_t port() const;
  void StartDraining();
  Task<void> Stop(Duration grace);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mpl::apiserver
