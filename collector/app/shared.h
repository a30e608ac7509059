// All that the two runtimes have in common (docs/design/0002-two-runtimes.md). Each member is
// thread-safe by itself.
#pragma once

#include <string>

#include "collector/config/config.h"
#include "collector/scraper/scrape_board.h"
#include "collector/store/metric_store.h"
#include "kube/base/snapshot.h"
#include "kube/base/time.h"
#include "kube/telemetry/metrics.h"

namespace mpl::app {

// What is under way when the program ends has this long to end by itself.
inline constexpr Duration kStopGrace = std::chrono::seconds(3);

// The configuration in force, and what became of the newest document.
struct LiveConfig {
  bool in_force = false;  // false: none was good yet, and nothing is scraped
  config::CollectorConfig config = {};
  std::string hash = {};        // of the document in force; empty: defaults, without a document
  std::string last_error = {};  // why the newest document was refused; empty: it was not
};

struct Shared {
  store::MetricStore store{std::chrono::seconds(15)};
  scraper::ScrapeBoard board;
  metrics::Registry registry;
  Snapshot<LiveConfig> config;
  Snapshot<std::string> pin_trouble;
};

}  // namespace mpl::app
