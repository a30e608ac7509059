// /healthz, /livez, /readyz and /metrics over plain HTTP.
#pragma once

#include <memory>

#include "kube/net/http_server.h"
#include "kube/telemetry/health.h"
#include "kube/telemetry/metrics.h"

namespace mpl::app {

// The answer to one request; everything but these four paths is 404.
http::Response AnswerHealth(const http::Request& request, const telemetry::HealthChecks& checks,
                            const metrics::Registry& registry);

// `checks` and `registry` must outlive the server. Not started yet.
std::unique_ptr<net::HttpServer> MakeHealthServer(const net::Executor& executor, std::uint16_t port,
                                                  const telemetry::HealthChecks& checks,
                                                  const metrics::Registry& registry);

}  // namespace mpl::app
