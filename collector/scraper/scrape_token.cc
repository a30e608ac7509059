#include "collector/scraper/scrape_token.h"

#include <algorithm>

#include "kube/telemetry/log.h"

namespace mpl::scraper {
namespace {

using objects::Json;

const objects::Resource kServiceAccounts{"", "v1", "serviceaccounts", "ServiceAccount", true};
constexpr std::int64_t kLifeSeconds = 3600;
constexpr Duration kLongestPatience = std::chrono::minutes(30);

// The server may shorten or (for bound tokens of some providers) extend what was asked for. It says
// in the answer's spec what it granted; the time of expiry, by its own clock, is second best.
Duration LifeOf(const Json& answer) {
  const Duration asked = std::chrono::seconds(kLifeSeconds);
  const std::int64_t granted =
      answer.value(Json::json_pointer("/spec/expirationSeconds"), std::int64_t{0});
  if (granted > 0 && granted <= kLifeSeconds) return std::chrono::seconds(granted);
  const auto expires =
      ParseRfc3339(answer.value(Json::json_pointer("/status/expirationTimestamp"), std::string()));
  return expires ? std::min(asked, *expires - net::SystemNow()) : asked;
}

}  // namespace

MonoTime RenewalOf(MonoTime asked, Duration life, Duration least_between) {
  return asked + std::max<Duration>(life * 8 / 10, least_between);
}

ScrapeToken::ScrapeToken(net::Executor executor, objects::NamespacedName service_account,
                         TokenTiming timing)
    : service_account_(std::move(service_account)),
      timing_(timing),
      told_(std::move(executor)),
      patience_(timing.least_between),
      trust_(timing.least_between) {}

Result<std::string> ScrapeToken::Token(MonoTime) {
  if (!token_.empty()) return token_;
  return Fail(ErrorKind::kUnavailable,
              "no token for ServiceAccount " + service_account_.ToString() + ": " + trouble_);
}

void ScrapeToken::Invalidate() {
  refused_ = true;
  told_.Notify();
}

void ScrapeToken::Revoked() {
  revoked_ = true;
  told_.Notify();
}

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
  refused_ = revoked_ = false;
  if (renewed_) renewed_();
  co_return LifeOf(*answer);
}

MonoTime ScrapeToken::RenewAt(Duration life) const {
  MonoTime due = RenewalOf(asked_, life, timing_.least_between);
  if (refused_) due = std::min(due, asked_ + patience_);
  if (revoked_) due = std::min(due, asked_ + trust_);
  return due;
}

net::Task<bool> ScrapeToken::AwaitRenewal(Duration life) {
  bool told = true;
  while (told) told = co_await told_.Wait(RenewAt(life));
  if (net::SteadyNow() < RenewAt(life)) co_return false;
  const auto longer = [](Duration& patience) {
    patience = std::min(patience * 2, kLongestPatience);
  };
  if (refused_) longer(patience_);
  if (revoked_) longer(trust_);
  if (!refused_ && !revoked_) patience_ = trust_ = timing_.least_between;
  co_return true;
}

net::Task<void> ScrapeToken::Run(client::KubeClient& client) {
  Duration retry = timing_.first_retry;
  for (;;) {
    const auto life = co_await Renew(client);
    if (life) {
      retry = timing_.first_retry;
      const bool go_on = co_await AwaitRenewal(*life);
      if (!go_on) co_return;
      continue;
    }
    if (life.error().kind == ErrorKind::kCancelled) co_return;
    if (trouble_ != life.error().message) {
      trouble_ = life.error().message;
      log::Warning("no scrape token",
                   {{"serviceAccount", service_account_.ToString()}, {"reason", trouble_}});
    }
    const bool slept = co_await net::SleepFor(retry);
    if (!slept) co_return;
    retry = std::min(retry * 2, timing_.last_retry);
  }
}

}  // namespace mpl::scraper
