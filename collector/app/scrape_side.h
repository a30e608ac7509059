// One of the two runtimes: watches nodes, pods and the configuration, and scrapes.
//
// Owns a thread between Start and Stop. The object stores and statuses may be read from any thread.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "collector/app/client_certificate.h"
#include "collector/app/config_source.h"
#include "collector/app/options.h"
#include "collector/app/shared.h"
#include "collector/scraper/pin_keeper.h"
#include "collector/scraper/scrape_token.h"
#include "collector/scraper/scraper.h"
#include "kube/client/informer.h"
#include "kube/client/kube_client.h"
#include "kube/net/runtime.h"

namespace mpl::app {

class ScrapeSide {
 public:
  ScrapeSide(const Options& options, Shared& shared, std::shared_ptr<client::RestConfig> rest);
  ~ScrapeSide();  // stops
  ScrapeSide(const ScrapeSide&) = delete;
  ScrapeSide& operator=(const ScrapeSide&) = delete;

  void Start();
  // From another thread: ends everything and joins.
  void Stop();

  const client::Informer<objects::NodeObject>& nodes() const { return nodes_; }
  const client::Informer<objects::PodObject>& pods() const { return pods_; }

 private:
  // Kubelets are shown the token of whoever is configured.
  class CurrentToken;
  struct Identity;
  struct PinWatch;

  void Launch();
  void Apply();
  void ApplyIdentity(const config::CollectorConfig& config);
  void ApplyPins(const config::CollectorConfig& config);
  scraper::ScraperSettings MakeSettings(const config::CollectorConfig& config) const;
  void Offer(std::span<const std::shared_ptr<const objects::NodeObject>> nodes);
  void OnNode(const std::shared_ptr<const objects::NodeObject>& before,
              const std::shared_ptr<const objects::NodeObject>& after);
  void OnPod(const std::shared_ptr<const objects::PodObject>& before,
             const std::shared_ptr<const objects::PodObject>& after);
  void RetainPins();
  bool MayScrape() const;
  // They have not come, and nothing says that they will not.
  bool MayGetPins() const;
  net::Task<void> RunScraper();
  net::Task<void> WatchTrust();
  // True: kubelets are to be shown another certificate than before.
  bool TakeUpKubeletClient();
  net::Task<void> StopAll();

  const Options& options_;
  Shared& shared_;
  std::shared_ptr<client::RestConfig> rest_;
  net::IoRuntime runtime_;
  client::KubeClient client_;
  client::Informer<objects::NodeObject> nodes_;
  client::Informer<objects::PodObject> pods_;
  ConfigSource config_;
  scraper::PinKeeper pins_;
  std::unique_ptr<CurrentToken> token_;
  std::unique_ptr<Identity> identity_;
  std::unique_ptr<PinWatch> pin_watch_;
  std::unique_ptr<scraper::Scraper> scraper_;
  bool nodes_synced_ = false;
  // From the API server's own trust: the authorities of the cluster, and who we are by certificate.
  std::vector<x509::Certificate> cluster_roots_;
  std::optional<net::KeyPairPem> client_certificate_;
  ClientCertificate kubelet_client_;  // from the command line
  std::string kubelet_client_trouble_;
  net::TaskGroup tasks_;
  net::TaskGroup stopper_;
  bool started_ = false;
};

}  // namespace mpl::app
