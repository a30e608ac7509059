// The short-lived token that kubelets are shown: of a ServiceAccount that may read their metrics
// and nothing else (docs/design/0004-rights.md).
//
// Asked for with the TokenRequest API (authentication.k8s.io/v1), renewed at 80 % of its life. A
// new token costs a review per kubelet, so one kubelet that refuses whatever it is shown must not
// make us ask for ever: while refusals go on, the time between two tokens doubles. A kubelet that
// took our tokens until now is believed all the same: when the ServiceAccount is made anew, all
// tokens of the old one are void. But kubelets also refuse what they took when they cannot ask the
// API server about it: where that goes on, the time between two tokens doubles, too. Not
// thread-safe: lives on the scrape runtime.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "kube/client/kube_client.h"
#include "kube/client/rest_config.h"
#include "kube/net/runtime.h"

namespace mpl::scraper {

struct TokenTiming {
  Duration least_between = std::chrono::seconds(30);
  Duration first_retry = std::chrono::milliseconds(500);
  Duration last_retry = std::chrono::seconds(30);
};

// When a token that was asked for at `asked` and lives for `life` is renewed: at 80 % of it, though
// not sooner than `least_between`.
MonoTime RenewalOf(MonoTime asked, Duration life, Duration least_between);

class ScrapeToken : public client::TokenSource {
 public:
  ScrapeToken(net::Executor executor, objects::NamespacedName service_account,
              TokenTiming timing = {});

  // kUnavailable, with the reason, until the first one has come.
  Result<std::string> Token(MonoTime now) override;
  // A kubelet answered 401: asks for a new one, 30 s after the last at the earliest, later the more
  // often that was in vain.
  void Invalidate() override;
  // A kubelet that took the token answered 401 for the first time: 30 s after the last, however
  // often others have refused it; later, if the last tokens were asked for on such a word, too.
  void Revoked() override;

  // Called with every new token.
  void OnRenewed(std::function<void()> renewed) { renewed_ = std::move(renewed); }
  // Asks and renews until the task is cancelled.
  net::Task<void> Run(client::KubeClient& client);

 private:
  net::Task<Result<Duration>> Renew(client::KubeClient& client);
  // Until the token that lives for `life` should be replaced; false: cancelled.
  net::Task<bool> AwaitRenewal(Duration life);
  MonoTime RenewAt(Duration life) const;

  objects::NamespacedName service_account_;
  TokenTiming timing_;
  net::Signal told_;
  bool refused_ = false;  // the token of now, by whomever
  bool revoked_ = false;  // by one that took the one before
  std::function<void()> renewed_;
  std::string token_;
  std::string trouble_ = "the first token has not come yet";
  MonoTime asked_{};
  // How long after the last token the next one is asked for, on the word of
  Duration patience_;  // those that refuse
  Duration trust_;     // those that took the last one
};

}  // namespace mpl::scraper
