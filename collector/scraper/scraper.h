// Asks every kubelet in its turn and puts what it says into the store, node by node, at once.
//
// One slow or broken node costs itself and one of the parallel slots, and nodes that go on failing
// get a quarter of those at most: a dead rack must not make the others wait, nor one that lost a
// single answer. A failed scrape removes nothing. Not thread-safe: lives on the scrape runtime;
// others read the ScrapeBoard and the store. Which nodes are asked when stands in scraper.cc, what
// becomes of one of them in one_scrape.cc.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "collector/discovery/schedule.h"
#include "collector/discovery/target.h"
#include "collector/parse/exposition.h"
#include "collector/scraper/failure_log.h"
#include "collector/scraper/kubelet_link.h"
#include "collector/scraper/pin_keeper.h"
#include "collector/scraper/scrape_board.h"
#include "collector/scraper/scrape_metrics.h"
#include "collector/scraper/scraped_node.h"
#include "collector/store/metric_store.h"
#include "kube/client/rest_config.h"
#include "kube/net/runtime.h"
#include "kube/telemetry/metrics.h"

namespace mpl::scraper {

struct ScraperSettings {
  Duration resolution = std::chrono::seconds(15);
  int max_concurrency = 0;  // 0: a quarter of the nodes, at least 256
  LinkPolicy link;
  // A node's first success is followed by a second look so soon, and a third after twice the time:
  // kubelets renew a pod's sample every 10 s or so, and a second one gives the first rate.
  Duration second_look = std::chrono::seconds(2);
  // The first contact may fail because we have only just begun (no token yet).
  Duration early_retry = std::chrono::seconds(1);
};

// All must outlive the scraper.
struct ScraperParts {
  store::MetricStore& store;
  ScrapeBoard& board;
  metrics::Registry& registry;
  PinKeeper& pins;
  client::TokenSource* token = nullptr;  // null: kubelets are shown none
};

class Scraper {
 public:
  Scraper(const net::Executor& executor, ScraperParts parts, ScraperSettings settings);
  ~Scraper();

  // New addresses, limits or trust count at once: every connection is made anew and every node
  // asked again. A new resolution or concurrency alone leaves connections as they are.
  void Configure(ScraperSettings settings);
  // A node that is new or has changed is asked at once.
  void Upsert(const discovery::ScrapeTarget& target);
  // Many at once. What is made for nodes that are asked together lies together in the memory then.
  void Upsert(const std::vector<discovery::ScrapeTarget>& targets);
  void Remove(const std::string& node);
  // The node's pin is another one now, or there is a reason to look again.
  void Reconnect(const std::string& node);
  // There is a new token: nodes that failed for want of one are asked again.
  void TokenRenewed();
  // Scrapes until the task is cancelled; what runs then is cancelled too, and has a second to end.
  net::Task<void> Run();

 private:
  using NodePtr = std::shared_ptr<ScrapedNode>;
  class Slot;

  void Restart(const NodePtr& node, discovery::ScrapeTarget target);
  void WakeForWork();
  void TakeDue(MonoTime now);
  void StartWaiting();
  void StartFrom(std::deque<NodePtr>& waiting, bool doubtful, std::size_t limit);
  std::size_t MaxConcurrency() const;
  void EndRound();
  static net::Task<void> ScrapeNode(Scraper& scraper, NodePtr node);
  Scraped<std::string> TokenNow();  // empty: kubelets are shown none
  // Our token's, perhaps.
  void NoteRefusal(ScrapedNode& node, const trust::ScrapeFault& fault);
  net::Task<void> FetchSummary(NodePtr node);
  Scraped<void> Take(ScrapedNode& node, const http::Response& response, TimePoint asked_at);
  void Finish(const NodePtr& node, const Scraped<void>& outcome);
  void Plan(ScrapedNode& node, bool success);
  void NoteConnections(ScrapedNode& node);
  void Publish(ScrapedNode& node, const Scraped<void>& outcome);

  net::Executor executor_;
  ScraperParts parts_;
  ScraperSettings settings_;
  std::shared_ptr<const LinkContext> links_;
  ScrapeMetrics metrics_;
  FailureLog failures_;
  discovery::ScrapeSchedule schedule_;
  parse::ExpositionParser parser_;
  std::unordered_map<std::string, NodePtr> nodes_;
  std::deque<NodePtr> waiting_;   // due, but all slots are taken
  std::deque<NodePtr> doubtful_;  // the same, of those that go on failing
  std::uint64_t tokens_ = 0;      // that have come
  std::size_t running_ = 0;
  std::size_t running_doubtful_ = 0;  // of these
  MonoTime round_began_{};
  net::Signal wake_;
  MonoTime asleep_until_ = MonoTime::max();  // Run() looks again then, or when woken
  net::TaskGroup tasks_;
};

}  // namespace mpl::scraper
