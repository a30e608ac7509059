#include "operator/app/health_server.h"

#include "kube/http/status_response.h"
#include "kube/http/url.h"

namespace mpl::app {
namespace {

// Named, because a lambda that is a coroutine must not outlive its captures.
net::Task<http::Response> Answer(http::Request request, const telemetry::HealthChecks& checks,
                                 const metrics::Registry& registry) {
  co_return AnswerHealth(request, checks, registry);
}

}  // namespace

http::Response AnswerHealth(const http::Request& request, const telemetry::HealthChecks& checks,
                            const metrics::Registry& registry) {
  if (request.method != "GET" && request.method != "HEAD") {
    return http::MethodNotAllowedResponse("GET, HEAD");
  }
  const auto target = http::ParseTarget(request.target);
  if (!target) return http::StatusResponse(target.error());
  const std::string& first = target->segments.empty() ? std::string() : target->segments.front();
  if (first == "metrics" && target->segments.size() == 1) {
    http::Response response = http::TextResponse(200, registry.Expose());
    response.headers.Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    return response;
  }
  const telemetry::HealthEndpoint* endpoint = checks.Find(first);
  if (endpoint == nullptr) return http::PathNotFoundResponse();
  telemetry::HealthQuery query;
  for (std::size_t i = 1; i < target->segments.size(); ++i) {
    query.subpath += (i == 1 ? "" : "/") + target->segments[i];
  }
  query.verbose = target->query.Has("verbose");
  for (const std::string_view name : target->query.GetAll("exclude")) query.excluded.emplace(name);
  const telemetry::HealthAnswer answer = endpoint->Answer(query);
  return http::TextResponse(answer.status, answer.body);
}

std::unique_ptr<net::HttpServer> MakeHealthServer(const net::Executor& executor, std::uint16_t port,
                                                  const telemetry::HealthChecks& checks,
                                                  const metrics::Registry& registry) {
  net::HttpServerOptions options;
  options.port = port;
  options.max_connections = 100;
  options.header_limit_bytes = 64U << 10U;
  options.body_limit_bytes = 4U << 10U;
  return std::make_unique<net::HttpServer>(executor, std::move(options),
                                           [&checks, &registry](http::Request request) {
                                             return Answer(std::move(request), checks, registry);
                                           });
}

}  // namespace mpl::app
