// The short-lived token that kubelets are shown: of a ServiceAccount that may read their metrics
// and nothing else (docs/design/0004-rights.md).
//
// Asked for with the TokenRequest API (authentication.k8s.io/v1), renewed at 80 % of its life. Not
// thread-safe: lives on the scrape runtime.
#pragma once

#include <functional>
#include <string>

#include "kube/client/kube_client.h"
#include "kube/client/rest_config.h"
#include "kube/net/runtime.h"

namespace mpl::scraper {

class ScrapeToken : public client::TokenSource {
 public:
  ScrapeToken(net::Executor executor, objects::NamespacedName service_account);

  // kUnavailable, with the reason, until the first one has come.
  Result<std::string> Token(MonoTime now) override;
  // A kubelet answered 401: asks for a new one, at most every 30 s.
  void Invalidate() override;

  // Called with every new token.
  void OnRenewed(std::function<void()> renewed) { renewed_ = std::move(renewed); }
  // Asks and renews until the task is cancelled.
  net::Task<void> Run(client::KubeClient& client);

 private:
  net::Task<Result<Duration>> Renew(client::KubeClient& client);

  objects::NamespacedName service_account_;
  net::Signal refused_;
  std::function<void()> renewed_;
  std::string token_;
  std::string trouble_ = "the first token has not come yet";
  MonoTime asked_{};
};

}  // namespace mpl::scraper
