// The scraper's self-metrics. Four of metrics-server's six names are kept, so that dashboards and
// alerts go on working (the other two belong to the store and the API); the rest is ours. All are
// catalogued in docs/metrics.yaml.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "collector/parse/exposition.h"
#include "collector/scraper/node_series.h"
#include "collector/scraper/scrape_board.h"
#include "kube/base/time.h"
#include "kube/telemetry/metrics.h"

namespace mpl::scraper {

class ScrapeMetrics {
 public:
  // The board's counts are read at each exposition; both must outlive the registry's use.
  ScrapeMetrics(metrics::Registry& registry, const ScrapeBoard& board);

  // What carries a node's name. Good until Forget.
  NodeSeries& SeriesOf(const std::string& node) { return by_node_->Of(node); }

  void Scraped(NodeSeries& series, Duration took, bool success, TimePoint now);
  // `bytes`: of the answer, unpacked.
  void Parsed(const parse::Exposition& exposition, std::size_t bytes);
  // All nodes of one round have been asked.
  void RoundEnded(Duration took);
  void Connected(std::uint64_t handshakes);
  // The node is gone: so are the series that carry its name.
  void Forget(const std::string& node);

 private:
  metrics::Counter& succeeded_;
  metrics::Counter& failed_;
  metrics::Counter& samples_;
  metrics::Counter& bytes_;
  metrics::Counter& handshakes_;
  metrics::Histogram& round_;
  metrics::Histogram& duration_;
  std::array<metrics::Counter*, parse::kFaultKinds> faults_{};
  std::shared_ptr<NodeSeriesMap> by_node_;  // the registry looks at it, too
};

}  // namespace mpl::scraper
