#include "kube/apiserver/api_server.h"

#include <random>

#include "kube/apiserver/api_metrics.h"
#include "kube/apiserver/audit_id.h"
#include "kube/apiserver/path_index.h"
#include "kube/auth/impersonation.h"
#include "kube/base/text.h"
#include "kube/http/compression.h"
#include "kube/http/status_form.h"
#include "kube/http/status_response.h"
#include "kube/telemetry/log.h"
#include "kube/telemetry/rate_limited.h"

namespace mpl::apiserver {
namespace {

using http::Response;

std::set<std::string> ResourceNames(const std::vector<http::DiscoveryGroup>& groups) {
  std::set<std::string> names;
  for (const auto& group : groups) {
    for (const auto& version : group.versions) {
      for (const auto& resource : version.resources) {
        names.insert(resource.name.substr(0, resource.name.find('/')));
      }
    }
  }
  return names;
}

// Who keeps us registered and alive must get an answer under load, too.
bool CountsAsInFlight(const http::RequestInfo& info) {
  if (info.is_resource) return true;
  const std::string_view path = info.path;
  const bool exempt = path == "/apis" || path.starts_with("/apis/") || path == "/version" ||
                      path.starts_with("/healthz") || path.starts_with("/livez") ||
                      path.starts_with("/readyz") || path.starts_with("/openapi/");
  return !exempt;
}

std::string Describe(const http::RequestInfo& info) {
  return info.is_resource ? info.QualifiedResource() : info.path;
}

}  // namespace

struct ApiServer::Impl {
  Impl(net::Executor executor, ApiServerOptions given, DelegatedAuth& delegated,
       const telemetry::HealthChecks& checks, metrics::Registry& self_metrics)
      : options(std::move(given)),
        auth(delegated),
        health(checks),
        registry(self_metrics),
        metrics(self_metrics, options.metrics_prefix, ResourceNames(options.groups)),
        discovery(options.groups),
        server(std::move(executor), options.listen,
               [this](http::Request request) { return Serve(std::move(request)); }) {}

  Task<Response> Serve(http::Request request);
  Task<Response> Admit(RequestContext context);
  Task<Response> Route(RequestContext context);
  // A user, or the answer that says no.
  Task<std::variant<auth::UserInfo, Response>> WhoAsks(const RequestContext& context);
  // Puts the user whom the request asks to act as in the place of the one who sent it; answers
  // when that is not allowed.
  Task<std::optional<Response>> Impersonate(RequestContext& context);
  // The answer that says no, to `user` doing what `info` says.
  Task<std::optional<Response>> Refusal(const auth::UserInfo& user, const http::RequestInfo& info,
                                        const std::string& target);
  std::optional<Response> HealthAnswer(const RequestContext& context) const;
  std::optional<Response> BuiltIn(const RequestContext& context) const;
  std::vector<std::string> Paths() const {
    return IndexPaths(discovery, options.openapi.get(), health, routes);
  }
  void Finish(const http::Headers& asked, bool indent, Response& response);

  ApiServerOptions options;
  DelegatedAuth& auth;
  const telemetry::HealthChecks& health;
  metrics::Registry& registry;
  ApiMetrics metrics;
  http::Discovery discovery;
  RouteTable routes;
  std::mt19937_64 random{std::random_device()()};
  log::RateLimited quiet{std::chrono::seconds(60)};
  // Each request in flight holds one copy, an answer in pieces until its last piece.
  std::shared_ptr<int> in_flight = std::make_shared<int>(0);
  net::HttpServer server;  // last: it calls us until it is gone
};

Task<Response> ApiServer::Impl::Serve(http::Request request) {
  const MonoTime started = net::SteadyNow();
  const std::string audit_id = AuditIdOf(request.headers, random);
  const http::Headers asked = request.headers;
  auto target = http::ParseTarget(request.target);
  const bool indent = target && http::WantsIndent(asked, target->query);
  Response response;
  http::RequestInfo info;
  if (!target) {
    response = http::StatusResponse(target.error());
  } else {
    info = http::MakeRequestInfo(request.method, *target);
    RequestContext context;
    context.request = std::move(request);
    context.target = std::move(*target);
    context.info = info;
    context.now = net::SystemNow();
    response = co_await Admit(std::move(context));
    metrics.InFlight(static_cast<std::size_t>(in_flight.use_count()) - 1);
  }
  Finish(asked, indent, response);
  response.headers.Set("Audit-Id", audit_id);
  metrics.Answered(info, response.status, net::SteadyNow() - started);
  log::Debug("request", {{"verb", info.verb},
                         {"what", Describe(info)},
                         {"code", response.status},
                         {"auditId", audit_id}});
  co_return response;
}

Task<Response> ApiServer::Impl::Admit(RequestContext context) {
  if (auto answer = HealthAnswer(context)) co_return std::move(*answer);
  std::shared_ptr<int> slot;
  if (CountsAsInFlight(context.info)) {
    if (static_cast<std::size_t>(in_flight.use_count()) > options.max_in_flight) {
      metrics.Rejected("overload");
      Error busy{.kind = ErrorKind::kTooManyRequests,
                 .message = "Too many requests, please try again later.",
                 .retry_after = std::chrono::seconds(1)};
      co_return http::StatusResponse(busy);
    }
    slot = in_flight;
    metrics.InFlight(static_cast<std::size_t>(in_flight.use_count()) - 1);
  }
  std::variant<auth::UserInfo, Response> who = co_await WhoAsks(context);
  if (auto* refused = std::get_if<Response>(&who)) co_return std::move(*refused);
  context.user = std::get<auth::UserInfo>(std::move(who));
  std::optional<Response> refusal = co_await Impersonate(context);
  if (refusal) co_return std::move(*refusal);
  refusal = co_await Refusal(context.user, context.info, context.request.target);
  if (refusal) co_return std::move(*refusal);
  Response response = co_await Route(std::move(context));
  if (response.next_chunk && slot) {
    response.next_chunk = [slot, next = std::move(response.next_chunk)](std::string& chunk) {
      return next(chunk);
    };
  }
  co_return response;
}

Task<std::variant<auth::UserInfo, Response>> ApiServer::Impl::WhoAsks(
    const RequestContext& context) {
  const auth::Verdict verdict = co_await auth.Authenticate(context.request);
  if (const auto* known = std::get_if<auth::Authenticated>(&verdict)) co_return known->user;
  if (const auto* nobody = std::get_if<auth::Anonymous>(&verdict)) co_return nobody->user;
  const auto* rejected = std::get_if<auth::Rejected>(&verdict);
  const std::string why = rejected == nullptr ? "undecided" : rejected->why;
  metrics.Rejected("unauthenticated");
  // By address, not by text: a stranger chooses what stands in his certificate.
  const std::string& remote = context.request.remote_address;
  const std::string fault = "401 " + remote.substr(0, remote.rfind(':'));
  if (const auto left_out = quiet.Occurred(fault, net::SteadyNow())) {
    log::Warning("request not authenticated",
                 {{"remote", remote}, {"error", why}, {"repeated", *left_out}});
  }
  co_return http::UnauthorizedResponse();
}

Task<std::optional<Response>> ApiServer::Impl::Impersonate(RequestContext& context) {
  auto asked = auth::ReadImpersonation(context.request.headers);
  if (!asked) co_return http::StatusResponse(asked.error());
  if (!*asked) co_return std::nullopt;
  for (const http::RequestInfo& question : (*asked)->questions) {
    auto refusal = co_await Refusal(context.user, question, context.request.target);
    if (refusal) co_return refusal;
  }
  log::Debug("impersonation", {{"user", context.user.name}, {"as", (*asked)->user.name}});
  context.user = std::move((*asked)->user);
  co_return std::nullopt;
}

Task<std::optional<Response>> ApiServer::Impl::Refusal(const auth::UserInfo& user,
                                                       const http::RequestInfo& info,
                                                       const std::string& target) {
  const auto decision = co_await auth.Authorize(user, info);
  if (!decision) {
    metrics.Rejected("review_failed");
    const std::string& why = decision.error().message;
    if (const auto left_out = quiet.Occurred("500 " + why, net::SteadyNow())) {
      log::Failure("authorization could not be reviewed",
                   {{"error", why}, {"repeated", *left_out}});
    }
    co_return http::InternalErrorResponse(target, why);
  }
  if (decision->allowed) co_return std::nullopt;
  metrics.Rejected("forbidden");
  co_return http::ForbiddenResponse(user.name, info, decision->reason);
}

Task<Response> ApiServer::Impl::Route(RequestContext context) {
  if (auto answer = BuiltIn(context)) co_return std::move(*answer);
  const apiserver::Route* route = routes.Find(context.target);
  if (route == nullptr) {
    if (discovery.Covers(context.target)) co_return http::ResourceNotFoundResponse();
    co_return http::PathIndexResponse(404, Paths());
  }
  if (!route->Takes(context.request.method)) {
    co_return http::MethodNotAllowedResponse(route->Allow());
  }
  if (route->handler) co_return route->handler(context);
  Response response = co_await route->async_handler(std::move(context));
  co_return response;
}

// The three roots are anyone's, before any credential is looked at: a probe must not fail because
// kube-apiserver cannot be asked. Single checks ("/readyz/x") are authorized like other paths.
std::optional<Response> ApiServer::Impl::HealthAnswer(const RequestContext& context) const {
  const auto& segments = context.target.segments;
  if (segments.empty() || health.Find(segments[0]) == nullptr) return std::nullopt;
  const bool is_root = context.info.path == "/" + segments[0];
  const bool authorized = !context.user.name.empty();
  if (!is_root && !authorized) return std::nullopt;
  if (context.request.method != "GET" && context.request.method != "HEAD") {
    return http::MethodNotAllowedResponse("GET, HEAD");
  }
  telemetry::HealthQuery query;
  if (!is_root) query.subpath = context.info.path.substr(segments[0].size() + 2);
  query.verbose = context.target.query.Has("verbose");
  for (const auto name : context.target.query.GetAll("exclude")) query.excluded.emplace(name);
  const telemetry::HealthAnswer answer = health.Find(segments[0])->Answer(query);
  return http::TextResponse(answer.status, answer.body);
}

std::optional<Response> ApiServer::Impl::BuiltIn(const RequestContext& context) const {
  if (auto answer = HealthAnswer(context)) return answer;
  if (auto answer = discovery.Answer(context.request, context.target)) return answer;
  if (options.openapi) {
    auto answer = options.openapi->Answer(context.request, context.target, context.now);
    if (answer) return answer;
  }
  const std::string& path = context.info.path;
  const bool is_index = path == "/" || path == "/index.html";
  const bool is_version = path == "/version";
  if (!is_index && !is_version && path != "/metrics") return std::nullopt;
  if (context.request.method != "GET" && context.request.method != "HEAD") {
    return http::MethodNotAllowedResponse("GET, HEAD");
  }
  if (is_index) return http::PathIndexResponse(200, Paths());
  if (is_version) return http::JsonResponse(200, options.version);
  Response response;
  response.headers.Add("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
  response.body = registry.Expose();
  return response;
}

void ApiServer::Impl::Finish(const http::Headers& asked, bool indent, Response& response) {
  http::PresentStatus(asked, indent, response);
  http::CompressIfWorthwhile(asked, response, options.gzip_threshold_bytes);
  if (!response.headers.Has("Cache-Control")) {
    response.headers.Set("Cache-Control", "no-cache, private");
  }
}

ApiServer::ApiServer(net::Executor executor, ApiServerOptions options, DelegatedAuth& auth,
                     const telemetry::HealthChecks& health, metrics::Registry& registry)
    : impl_(std::make_unique<Impl>(std::move(executor), std::move(options), auth, health,
                                   registry)) {}

ApiServer::~ApiServer() = default;

void ApiServer::Handle(std::vector<std::string> methods, std::string pattern, Handler handler) {
  impl_->routes.Add(std::move(pattern), {std::move(methods), std::move(handler), {}});
}

void ApiServer::HandleAsync(std::vector<std::string> methods, std::string pattern,
                            AsyncHandler handler) {
  impl_->routes.Add(std::move(pattern), {std::move(methods), {}, std::move(handler)});
}

Result<void> ApiServer::Start() { return impl_->server.Start(); }
std::uint16_t ApiServer::port() const { return impl_->server.port(); }
void ApiServer::StartDraining() { impl_->server.StartDraining(); }
Task<void> ApiServer::Stop(Duration grace) { return impl_->server.Stop(grace); }

}  // namespace mpl::apiserver
