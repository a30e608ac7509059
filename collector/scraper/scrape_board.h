// How the scraping of each node goes: written by the scraper, read by whoever asks (/status,
// /metrics, readiness).
//
// Thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "collector/trust/failure.h"
#include "kube/base/time.h"

namespace mpl::scraper {

enum class ScrapeState { kPending, kHealthy, kFailing };
std::string_view Name(ScrapeState state);  // "Pending", "Healthy", "Failing"

struct NodeScrape {
  std::string node;
  bool ready = false;  // as Kubernetes sees it
  ScrapeState state = ScrapeState::kPending;
  std::optional<trust::ScrapeFault> fault;  // while failing
  TimePoint since{};                        // of this state (and reason)
  TimePoint last_success{};                 // zero: none yet
  bool reports_itself = false;              // its last answer held a sample of the node
  std::string address;                      // that answered last
  std::string trust;                        // "Verified", "Pinned", "Insecure", "Refused" or empty
  std::string subject;                      // of the certificate; empty: none seen
  std::string issuer;

  bool FailsFor(trust::ScrapeFailure reason) const { return fault && fault->reason == reason; }
  void Succeed(TimePoint now);
  void Fail(const trust::ScrapeFault& why, TimePoint now);
};

struct ScrapeCounts {
  std::size_t pending = 0;
  std::size_t healthy = 0;
  std::size_t failing = 0;
  std::size_t pinned = 0;
  std::map<trust::ScrapeFailure, std::size_t> by_reason;
  std::size_t total() const { return pending + healthy + failing; }
};

class ScrapeBoard {
 public:
  // The node's line, made when there is none; good until Remove. Whoever is the only one to change
  // lines may read them without more ado.
  NodeScrape& Line(const std::string& node);
  template <class How>
  void Change(NodeScrape& line, How how) {
    const std::lock_guard lock(mutex_);
    how(line);
  }
  void Remove(const std::string& node);
  std::optional<NodeScrape> Get(const std::string& node) const;
  std::vector<NodeScrape> List() const;  // by node name
  ScrapeCounts Count() const;

 private:
  mutable std::mutex mutex_;
  std::unordered_map<std::string, NodeScrape> nodes_;  // guarded by mutex_
};

}  // namespace mpl::scraper
