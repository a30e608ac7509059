// The other runtime: answers metrics.k8s.io, /status, health and /metrics, until SIGTERM.
//
// Runs on the calling thread. Reads what the scrape side keeps; never waits for it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "collector/app/options.h"
#include "collector/app/scrape_side.h"
#include "collector/app/serving_certificate.h"
#include "collector/app/shared.h"
#include "collector/handlers/metrics_api.h"
#include "kube/apiserver/api_server.h"
#include "kube/apiserver/delegated_auth.h"
#include "kube/client/kube_client.h"
#include "kube/net/runtime.h"
#include "kube/telemetry/health.h"

namespace mpl::app {

class ServeSide {
 public:
  // `rest` must be another one than the scrape side's: its tokens are not shared between threads.
  ServeSide(const Options& options, Shared& shared, const ScrapeSide& scrape,
            std::shared_ptr<client::RestConfig> rest);
  ~ServeSide();

  // Binds, serves, and returns after a SIGTERM or SIGINT has been obeyed in full: readiness fails
  // at once, requests are answered for the shutdown delay with "Connection: close", then drained.
  Result<void> Run();

 private:
  apiserver::ApiServerOptions ServerOptions();
  handlers::MetricsApi::Sources Sources();
  void AddRoutes();
  void AddChecks();
  http::Response Status() const;
  // Once there has been data we stay ready: a scrape that fails later removes nothing.
  Result<void> HasData();
  net::Task<void> ShutDown();

  const Options& options_;
  Shared& shared_;
  const ScrapeSide& scrape_;
  TimePoint started_at_;
  net::IoRuntime runtime_;
  net::IoRuntime pieces_;  // of long lists are made here while runtime_ sends the ones before
  client::KubeClient client_;
  ServingCertificate certificate_;
  telemetry::HealthChecks health_;
  apiserver::DelegatedAuth auth_;
  handlers::MetricsApi api_;
  apiserver::ApiServer server_;
  net::TaskGroup tasks_;
  net::TaskGroup stopper_;
  bool terminating_ = false;
  bool had_data_ = false;
  std::optional<MonoTime> first_value_at_;
  std::size_t most_node_values_ = 0;
  MonoTime gained_at_{};  // last
};

}  // namespace mpl::app
