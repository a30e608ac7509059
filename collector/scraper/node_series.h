// The self-metrics that carry a node's name: 100 bytes a node, where series of a registry would
// take three kilobytes and be looked up in three places at every scrape.
//
// Thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "kube/base/time.h"
#include "kube/telemetry/metrics.h"

namespace mpl::scraper {

// Prometheus' default bounds of seconds: what metrics-server uses.
inline constexpr std::array kSecondsBounds = {.005, .01, .025, .05, .1,  .25,
                                              .5,   1.0, 2.5,  5.0, 10.0};

class NodeSeries {
  friend class NodeSeriesMap;
  std::array<std::uint32_t, kSecondsBounds.size() + 1> requests{};
  double request_seconds = 0;
  TimePoint last_request{};
  TimePoint last_success{};  // zero: none yet
};

class NodeSeriesMap {
 public:
  // Good until Forget.
  NodeSeries& Of(const std::string& node);
  void Scraped(NodeSeries& series, double seconds, bool success, TimePoint now);
  void Forget(const std::string& node);
  // By node name.
  std::vector<metrics::Family> Families() const;

 private:
  mutable std::mutex mutex_;
  std::unordered_map<std::string, NodeSeries> nodes_;  // guarded by mutex_
};

}  // namespace mpl::scraper
