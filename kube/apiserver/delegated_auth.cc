#include "kube/apiserver/delegated_auth.h"

#include "kube/base/digest.h"
#include "kube/base/text.h"
#include "kube/telemetry/log.h"

namespace mpl::apiserver {
namespace {

using objects::JsonObject;

constexpr const char* kNamespace = "kube-system";
constexpr const char* kName = "extension-apiserver-authentication";
constexpr const char* kConfigMap = "ConfigMap kube-system/extension-apiserver-authentication";
constexpr const char* kRemedy =
    "; bind our ServiceAccount to Role extension-apiserver-authentication-reader in kube-system";

constexpr const char* kNoFrontProxy =
    "requestheader-client-ca-file is not set: start kube-apiserver with "
    "--requestheader-client-ca-file, --proxy-client-cert-file and --proxy-client-key-file";

// The Role allows this one name only, so the watch must name it.
client::WatchScope Scope() {
  client::WatchScope scope;
  scope.resource.version = "v1";
  scope.resource.plural = "configmaps";
  scope.resource.kind = "ConfigMap";
  scope.resource.namespaced = true;
  scope.ns = kNamespace;
  scope.field_selector = std::string("metadata.name=") + kName;
  return scope;
}

// `review`: "token" or "access".
ReviewOptions At(const DelegatedAuthOptions& given, const char* review, std::string path) {
  ReviewOptions options = given.reviews;
  options.path = std::move(path);
  if (given.registry == nullptr) return options;
  const auto counter = [&](const char* result) {
    return &given.registry->GetCounter(given.metrics_prefix + "_api_review_cache_requests_total",
                                       "Who is it, and may they: by where the answer came from.",
                                       {{"review", review}, {"result", result}});
  };
  options.counters = {counter("hit"), counter("joined"), counter("miss")};
  return options;
}

std::map<std::string, std::string> DataOf(const JsonObject& object) {
  std::map<std::string, std::string> data;
  const auto found = object.json.find("data");
  if (found == object.json.end() || !found->is_object()) return data;
  for (const auto& [key, value] : found->items()) {
    if (value.is_string()) data.emplace(key, value.get<std::string>());
  }
  return data;
}

// Stands for a chain as it was presented.
std::string ChainKey(const std::vector<std::string>& chain_der) {
  std::string all;
  for (const std::string& der : chain_der) all += std::to_string(der.size()) + ":" + der;
  return Sha256(all);
}

}  // namespace

struct DelegatedAuth::Impl {
  Impl(const net::Executor& executor, client::KubeClient& client, DelegatedAuthOptions given)
      : options(std::move(given)),
        tokens(executor, client,
               At(options, "token", "/apis/authentication.k8s.io/v1/tokenreviews"),
               &auth::ReadTokenReview),
        access(executor, client,
               At(options, "access", "/apis/authorization.k8s.io/v1/subjectaccessreviews"),
               &auth::ReadAccessReview),
        informer(client, Scope()) {}

  void TakeUp(const JsonObject& object);
  auth::ChainVerdict Judge(const std::vector<std::string>& chain_der);

  DelegatedAuthOptions options;
  ReviewDesk<std::optional<auth::UserInfo>> tokens;
  ReviewDesk<auth::AccessDecision> access;
  client::Informer<JsonObject> informer;

  auth::AuthConfig config;
  bool configured = false;  // the ConfigMap was there once
  std::vector<std::string> faults;
  // Signatures are checked once per chain, not once per request; short, so that expiry counts.
  auth::DecisionCache<auth::ChainVerdict> chains{1024};
};

void DelegatedAuth::Impl::TakeUp(const JsonObject& object) {
  auto update = auth::UpdateAuthConfig(config, DataOf(object));
  config = std::move(update.config);
  faults = std::move(update.faults);
  configured = true;
  chains.Clear();
  log::Info("authentication settings taken up",
            {{"resourceVersion", object.meta.resource_version},
             {"clientRoots", config.client_roots.size()},
             {"frontProxyRoots", config.request_header.roots.size()}});
  for (const std::string& fault : faults) {
    log::Failure("authentication setting is unreadable, the last good one stays",
                 {{"object", kConfigMap}, {"error", fault}});
  }
  for (const std::string& warning : update.warnings) {
    log::Warning("authentication setting is dangerous", {{"warning", warning}});
  }
}

auth::ChainVerdict DelegatedAuth::Impl::Judge(const std::vector<std::string>& chain_der) {
  if (chain_der.empty()) return {};
  constexpr Duration kLifetime = std::chrono::seconds(10);
  const std::string key = ChainKey(chain_der);
  if (auto known = chains.Find(key, net::SteadyNow())) return *known;
  auth::ChainVerdict verdict = auth::JudgeChain(config, chain_der, net::SystemNow());
  chains.Put(key, verdict, kLifetime, net::SteadyNow());
  return verdict;
}

DelegatedAuth::DelegatedAuth(const net::Executor& executor, client::KubeClient& client,
                             DelegatedAuthOptions options)
    : impl_(std::make_unique<Impl>(executor, client, std::move(options))) {
  Impl* impl = impl_.get();
  impl->informer.OnChange([impl](client::Change change, const auto&, const auto& after) {
    if (change == client::Change::kDeleted) {
      log::Warning("authentication settings were deleted, the last good ones stay",
                   {{"object", kConfigMap}});
    } else {
      impl->TakeUp(*after);
    }
  });
}

DelegatedAuth::~DelegatedAuth() = default;

Task<void> DelegatedAuth::Run() { return impl_->informer.Run(); }

Task<void> DelegatedAuth::Stop() {
  co_await impl_->tokens.Stop();
  co_await impl_->access.Stop();
}

Task<auth::Verdict> DelegatedAuth::Authenticate(const http::Request& request) {
  auth::Verdict verdict =
      auth::Authenticate(impl_->config, impl_->Judge(request.peer_chain_der), request.headers);
  const auto* needed = std::get_if<auth::NeedsTokenReview>(&verdict);
  if (needed == nullptr) co_return verdict;
  std::string key = auth::CacheKey(std::string_view(needed->token));
  auth::Json review = auth::MakeTokenReview(needed->token);
  const auth::StepResult user = co_await impl_->tokens.Ask(
      std::move(key), std::move(review), ReviewDesk<std::optional<auth::UserInfo>>::Remember::kYes);
  co_return auth::AfterTokenReview(user);
}

Task<Result<auth::AccessDecision>> DelegatedAuth::Authorize(auth::UserInfo user,
                                                            http::RequestInfo info) {
  using Desk = ReviewDesk<auth::AccessDecision>;
  const auto local = auth::DecideLocally(user, info, impl_->options.always_allow);
  if (local == auth::LocalDecision::kAllow) {
    auth::AccessDecision allowed;
    allowed.allowed = true;
    co_return allowed;
  }
  auth::Json review = auth::MakeAccessReview(user, info);
  std::string key = auth::CacheKey(review);
  const auto remember = auth::IsCacheable(info) ? Desk::Remember::kYes : Desk::Remember::kNo;
  Result<auth::AccessDecision> decision =
      co_await impl_->access.Ask(std::move(key), std::move(review), remember);
  co_return decision;
}

Result<void> DelegatedAuth::Healthy() const {
  if (!impl_->configured) {
    const client::InformerStatus status = impl_->informer.status();
    if (status.synced)
      return Fail(ErrorKind::kUnavailable, std::string(kConfigMap) + " is missing");
    if (status.failure.empty()) {
      return Fail(ErrorKind::kUnavailable, std::string(kConfigMap) + " is not read yet");
    }
    return Fail(ErrorKind::kUnavailable,
                std::string(kConfigMap) + " cannot be read: " + status.failure + kRemedy);
  }
  if (!impl_->config.request_header.roots.empty()) return {};
  return Fail(ErrorKind::kUnavailable,
              std::string(kConfigMap) + ": " +
                  (impl_->faults.empty() ? kNoFrontProxy : Join(impl_->faults, "; ")));
}

const std::vector<std::string>& DelegatedAuth::faults() const { return impl_->faults; }
const auth::AuthConfig& DelegatedAuth::config() const { return impl_->config; }

}  // namespace mpl::apiserver
