#include "collector/scraper/scrape_token.h"

#include <algorithm>

#include "kube/telemetry/log.h"

namespace mpl::scraper {
namespace {

using objects::Json;

const objects::Resource kServiceAccounts{"", "v1", "serviceaccounts", "ServiceAccount", true};
constexpr std::int64_t kLifeSeconds = 3600;
constexpr Duration kLeastBetween = std::chrono::seconds(30);
constexpr Duration kFirstRetry = std::chrono::milliseconds(500);
constexpr Duration kLastRetry = std::chrono::seconds(30);

// The server may shorten or (for bound tokens of some providers) extend what was asked for.
Duration LifeOf(const Json& answer) {
  const Duration asked = std::chrono::seconds(kLifeSeconds);
  const auto expires =
      ParseRfc3339(answer.value(Json::json_pointer("/status/expirationTimestamp"), std::string()));
  return expires ? std::min(asked, *expires - net::SystemNow()) : asked;
}

}  // namespace

ScrapeToken::ScrapeToken(net::Executor executor, objects::NamespacedName service_account)
    : service_account_(std::move(service_account)), refused_(std::move(executor)) {}

Result<std::string> ScrapeToken::Token(MonoTime) {
  if (!token_.empty()) return token_;
  return Fail(ErrorKind::kUnavailable,
              "no token for ServiceAccount " + service_account_.ToString() + ": " + trouble_);
}

void ScrapeToken::Invalidate() { refused_.Notify(); }

// Answers how long the new token is good for.
net::Task<Result<Duration>> ScrapeToken::Renew(client::KubeClient& client) {
  const Json request = {{"apiVersion", "authentication.k8s.io/v1"},
                        {"kind", "TokenRequest"},
                        {"spec", {{"expirationSeconds", kLifeSeconds}}}};
  asked_ = net::SteadyNow();
  const auto answer = co_await client.CreateSubresource(kServiceAccounts, service_account_.ns,
                                                        service_account_.name, "token", request);
  if (!answer) co_return std::unexpected(answer.error());
  std::string token = answer->value(Json::json_pointer("/status/token"), std::string());
  if (token.empty()) co_return Fail(ErrorKind::kMalformed, "TokenRequest: no status.token");
  token_ = std::move(token);
  trouble_.clear();
  if (renewed_) renewed_();
  co_return LifeOf(*answer);
}

net::Task<void> ScrapeToken::Run(client::KubeClient& client) {
  Duration retry = kFirstRetry;
  for (;;) {
    const auto life = co_await Renew(client);
    if (!life) {
      if (life.error().kind == ErrorKind::kCancelled) co_return;
      if (trouble_ != life.error().message) {
        trouble_ = life.error().message;
        log::Warning("no scrape token",
                     {{"serviceAccount", service_account_.ToString()}, {"reason", trouble_}});
      }
      const bool slept = co_await net::SleepFor(retry);
      if (!slept) co_return;
      retry = std::min(retry * 2, kLastRetry);
      continue;
    }
    retry = kFirstRetry;
    const MonoTime renew_at = asked_ + std::max<Duration>(*life * 8 / 10, kLeastBetween);
    const bool refused = co_await refused_.Wait(renew_at);
    if (!refused && net::SteadyNow() < renew_at) co_return;  // cancelled
    const bool slept = co_await net::SleepUntil(refused ? asked_ + kLeastBetween : renew_at);
    if (!slept) co_return;
  }
}

}  // namespace mpl::scraper
