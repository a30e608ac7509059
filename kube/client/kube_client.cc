#include "kube/client/kube_client.h"

#include <set>

#include "kube/base/text.h"
#include "kube/client/credentials.h"
#include "kube/machinery/retry.h"
#include "kube/machinery/token_bucket.h"
#include "kube/objects/status.h"
#include "kube/telemetry/log.h"

namespace mpl::client {
namespace {

constexpr const char* kJson = "application/json";

// "299 - \"text\"": RFC 9111 §5.5, as API servers use it for deprecations.
std::string_view WarningText(std::string_view header) {
  const auto begin = header.find('"');
  const auto end = header.rfind('"');
  return begin == end ? header : header.substr(begin + 1, end - begin - 1);
}

http::Request JsonRequest(std::string method, std::string target) {
  http::Request request;
  request.method = std::move(method);
  request.target = std::move(target);
  request.headers.Set("Accept", kJson);
  return request;
}

http::Request JsonRequest(std::string method, std::string target, const Json& body,
                          const char* content_type = kJson) {
  http::Request request = JsonRequest(std::move(method), std::move(target));
  request.headers.Set("Content-Type", content_type);
  // Text that is not UTF-8 cannot come from an API server; it must not end in an exception.
  request.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  return request;
}

// Where `object` lives: from its metadata.
Result<std::string> PathOf(const objects::Resource& resource, const Json& object) {
  const auto meta = objects::ParseObjectMeta(object);
  if (!meta) return std::unexpected(meta.error());
  if (meta->name.empty()) return Fail(ErrorKind::kInvalid, "metadata.name: must be set");
  if (resource.namespaced && meta->ns.empty()) {
    return Fail(ErrorKind::kInvalid, "metadata.namespace: must be set for " + resource.plural);
  }
  return resource.Path(resource.namespaced ? meta->ns : std::string(), meta->name);
}

}  // namespace

struct KubeClient::Impl {
  Impl(net::Executor on, std::shared_ptr<RestConfig> with)
      : executor(std::move(on)), config(std::move(with)), bucket(config->qps, config->burst) {}

  net::Executor executor;
  std::shared_ptr<RestConfig> config;
  machinery::TokenBucket bucket;
  std::shared_ptr<const net::TlsClientContext> context;
  std::shared_ptr<net::HttpClient> http;
  std::set<std::string, std::less<>> warned;
  net::TaskGroup tasks{executor};  // credential plug-ins, which need nothing of us

  // The client of the present TLS context; connections of an older one end by themselves.
  Result<std::shared_ptr<net::HttpClient>> Http(MonoTime now);
  // Adds what every request carries, whatever the credential.
  http::Request Complete(http::Request request) const;
  // Waits for the rate limit and adds the credential.
  Task<Result<void>> Prepare(http::Request& request, MonoTime deadline);
  Result<void> AddCredential(http::Request& request, MonoTime now);
  // True once per request: the credential was refused and a new one is worth a try.
  bool ShouldRenew(const http::Request& request, int status, bool& renewed);
  void LogWarnings(const http::Headers& headers);

  static Task<Result<http::Response>> Send(Impl* impl, http::Request request,
                                           net::CallLimits limits);
  static Task<Result<net::StreamedResponse>> Open(Impl* impl, http::Request request,
                                                  Duration timeout);
  static Task<Result<Json>> SendJson(Impl* impl, http::Request request);
  static Task<Result<void>> SendDelete(Impl* impl, http::Request request);
  static Task<Result<Json>> Refused(Error error);
};

Result<std::shared_ptr<net::HttpClient>> KubeClient::Impl::Http(MonoTime now) {
  std::shared_ptr<const net::TlsClientContext> fresh;
  if (config->tls) {
    auto made = config->tls_context(now);
    if (!made) return Within("TLS to " + config->host, made.error());
    fresh = *std::move(made);
  }
  if (http == nullptr || fresh != context) {
    context = std::move(fresh);
    net::HttpClientOptions options;
    options.host = config->host;
    options.port = config->port;
    options.tls = context;
    http = std::make_shared<net::HttpClient>(executor, std::move(options));
  }
  return http;
}

http::Request KubeClient::Impl::Complete(http::Request request) const {
  request.target = config->path_prefix + request.target;
  if (!config->user_agent.empty()) request.headers.Set("User-Agent", config->user_agent);
  return request;
}

Result<void> KubeClient::Impl::AddCredential(http::Request& request, MonoTime now) {
  if (config->token == nullptr) return {};
  auto token = config->token->Token(now);
  if (!token) return std::unexpected(token.error());
  if (!token->empty()) request.headers.Set("Authorization", "Bearer " + *token);
  return {};
}

Task<Result<void>> KubeClient::Impl::Prepare(http::Request& request, MonoTime deadline) {
  const MonoTime now = net::SteadyNow();
  const auto wait = bucket.ReserveWithin(now, deadline - now);
  if (!wait) {
    co_return Fail(ErrorKind::kTimeout,
                   request.method + " " + request.target.substr(0, request.target.find('?')) +
                       ": the client-side rate limit allows it only after its deadline");
  }
  if (*wait > Duration::zero()) {
    const bool slept = co_await net::SleepFor(*wait);
    if (!slept) {
      bucket.GiveBack();
      co_return Fail(ErrorKind::kCancelled, "cancelled");
    }
  }
  if (config->exec != nullptr) {
    const auto renewed = co_await config->exec->Renew(tasks, deadline);
    if (!renewed) co_return renewed;
  }
  co_return AddCredential(request, net::SteadyNow());
}

bool KubeClient::Impl::ShouldRenew(const http::Request& request, int status, bool& renewed) {
  if (status != 401 || renewed || config->token == nullptr) return false;
  renewed = true;
  // Another request may have been refused first: the new token is not to be blamed for the old one.
  const auto token = config->token->Token(net::SteadyNow());
  const std::string header = token && !token->empty() ? "Bearer " + *token : std::string();
  if (request.headers.Get("Authorization") == header) config->token->Invalidate();
  return true;
}

void KubeClient::Impl::LogWarnings(const http::Headers& headers) {
  for (const std::string_view header : headers.GetAll("Warning")) {
    const std::string_view text = WarningText(header);
    // A server that invents new texts for ever must not fill our memory.
    if (warned.size() < 1000 && warned.emplace(text).second) {
      log::Warning("the API server warns", {{"warning", text}});
    }
  }
}

Task<Result<http::Response>> KubeClient::Impl::Send(Impl* impl, http::Request request,
                                                    net::CallLimits limits) {
  const MonoTime deadline = net::SteadyNow() + limits.timeout;
  bool renewed = false;
  for (int attempt = 0;; ++attempt) {
    auto prepared = co_await impl->Prepare(request, deadline);
    if (!prepared) co_return std::unexpected(prepared.error());
    auto http = impl->Http(net::SteadyNow());
    if (!http) co_return std::unexpected(http.error());
    limits.timeout = std::max(deadline - net::SteadyNow(), Duration(std::chrono::milliseconds(1)));
    auto response = co_await (*http)->Send(request, limits);

    machinery::Attempt tried{.method = request.method, .number = attempt};
    if (response) {
      impl->LogWarnings(response->headers);
      if (impl->ShouldRenew(request, response->status, renewed)) continue;
      tried.status = response->status;
      tried.retry_after = response->headers.Get("Retry-After");
    } else {
      tried.failure = response.error().kind;
    }
    const auto delay = machinery::RetryDelay(tried);
    if (!delay || net::SteadyNow() + *delay >= deadline) co_return response;
    const bool slept = co_await net::SleepFor(*delay);
    if (!slept) co_return Fail(ErrorKind::kCancelled, "cancelled");
  }
}

Task<Result<net::StreamedResponse>> KubeClient::Impl::Open(Impl* impl, http::Request request,
                                                           Duration timeout) {
  const MonoTime deadline = net::SteadyNow() + timeout;
  bool renewed = false;
  for (;;) {
    auto prepared = co_await impl->Prepare(request, deadline);
    if (!prepared) co_return std::unexpected(prepared.error());
    auto http = impl->Http(net::SteadyNow());
    if (!http) co_return std::unexpected(http.error());
    const Duration left =
        std::max(deadline - net::SteadyNow(), Duration(std::chrono::milliseconds(1)));
    auto response = co_await (*http)->Open(request, left);
    if (!response) co_return response;
    impl->LogWarnings(response->headers);
    if (!impl->ShouldRenew(request, response->status, renewed)) co_return response;
  }
}

Task<Result<Json>> KubeClient::Impl::SendJson(Impl* impl, http::Request request) {
  const std::string what =
      request.method + " " + request.target.substr(0, request.target.find('?'));
  http::Request complete = impl->Complete(std::move(request));
  const net::CallLimits limits;
  auto response = co_await Send(impl, std::move(complete), limits);
  if (!response) co_return std::unexpected(response.error());
  const auto fine = CheckStatus(*response);
  if (!fine) co_return std::unexpected(fine.error());
  Json json = Json::parse(response->body, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) {
    co_return Fail(ErrorKind::kMalformed, what + ": the answer is not JSON");
  }
  co_return json;
}

Task<Result<void>> KubeClient::Impl::SendDelete(Impl* impl, http::Request request) {
  auto answer = co_await SendJson(impl, std::move(request));
  if (!answer) co_return std::unexpected(answer.error());
  co_return Result<void>();
}

Task<Result<Json>> KubeClient::Impl::Refused(Error error) {
  co_return std::unexpected(std::move(error));
}

KubeClient::KubeClient(net::Executor executor, std::shared_ptr<RestConfig> config)
    : impl_(std::make_unique<Impl>(std::move(executor), std::move(config))) {}
KubeClient::~KubeClient() = default;

Task<Result<Json>> KubeClient::Get(const objects::Resource& resource, std::string_view ns,
                                   std::string_view name) {
  return Impl::SendJson(impl_.get(), JsonRequest("GET", resource.Path(ns, name)));
}

Task<Result<Json>> KubeClient::List(const objects::Resource& resource, std::string_view ns,
                                    std::string_view query) {
  std::string target = resource.Path(ns);
  if (!query.empty()) target.append("?").append(query);
  return Impl::SendJson(impl_.get(), JsonRequest("GET", std::move(target)));
}

Task<Result<Json>> KubeClient::Create(const objects::Resource& resource, std::string_view ns,
                                      const Json& object) {
  return Impl::SendJson(impl_.get(), JsonRequest("POST", resource.Path(ns), object));
}

Task<Result<Json>> KubeClient::CreateSubresource(const objects::Resource& resource,
                                                 std::string_view ns, std::string_view name,
                                                 std::string_view subresource, const Json& object) {
  std::string target = resource.Path(ns, name).append("/").append(subresource);
  return Impl::SendJson(impl_.get(), JsonRequest("POST", std::move(target), object));
}

Task<Result<Json>> KubeClient::Replace(const objects::Resource& resource, const Json& object) {
  const auto path = PathOf(resource, object);
  if (!path) return Impl::Refused(path.error());
  return Impl::SendJson(impl_.get(), JsonRequest("PUT", *path, object));
}

Task<Result<Json>> KubeClient::Apply(const objects::Resource& resource, const Json& intent,
                                     const ApplyOptions& options) {
  const auto path = PathOf(resource, intent);
  if (!path) return Impl::Refused(path.error());
  std::string target = *path;
  if (!options.subresource.empty()) target += "/" + options.subresource;
  target += "?fieldManager=" + PercentEncode(options.field_manager);
  if (options.force) target += "&force=true";
  if (options.dry_run) target += "&dryRun=All";
  // JSON is YAML: nothing has to be written twice.
  return Impl::SendJson(
      impl_.get(), JsonRequest("PATCH", std::move(target), intent, "application/apply-patch+yaml"));
}

Task<Result<Json>> KubeClient::MergePatch(const objects::Resource& resource, std::string_view ns,
                                          std::string_view name, const Json& patch,
                                          std::string_view subresource) {
  std::string target = resource.Path(ns, name);
  if (!subresource.empty()) target.append("/").append(subresource);
  return Impl::SendJson(
      impl_.get(), JsonRequest("PATCH", std::move(target), patch, "application/merge-patch+json"));
}

Task<Result<void>> KubeClient::Delete(const objects::Resource& resource, std::string_view ns,
                                      std::string_view name) {
  return Delete(resource, ns, name, DeleteOptions{});
}

Task<Result<void>> KubeClient::Delete(const objects::Resource& resource, std::string_view ns,
                                      std::string_view name, const DeleteOptions& options) {
  Json body = {{"kind", "DeleteOptions"},
               {"apiVersion", "v1"},
               {"propagationPolicy", options.propagation_policy}};
  if (!options.precondition_uid.empty()) {
    body["preconditions"]["uid"] = options.precondition_uid;
  }
  if (!options.precondition_version.empty()) {
    body["preconditions"]["resourceVersion"] = options.precondition_version;
  }
  return Impl::SendDelete(impl_.get(), JsonRequest("DELETE", resource.Path(ns, name), body));
}

Task<Result<http::Response>> KubeClient::Send(http::Request request, net::CallLimits limits) {
  return Impl::Send(impl_.get(), impl_->Complete(std::move(request)), limits);
}

Task<Result<net::StreamedResponse>> KubeClient::Open(http::Request request, Duration timeout) {
  return Impl::Open(impl_.get(), impl_->Complete(std::move(request)), timeout);
}

Result<void> KubeClient::CheckStatus(const http::Response& response) {
  if (response.status >= 200 && response.status < 300) return {};
  Error error = objects::ErrorFromBody(response.status, response.body);
  if (!error.retry_after) {
    error.retry_after = machinery::ParseRetryAfter(response.headers.Get("Retry-After"));
  }
  return std::unexpected(std::move(error));
}

const std::string& KubeClient::default_namespace() const {
  return impl_->config->default_namespace;
}

}  // namespace mpl::client
