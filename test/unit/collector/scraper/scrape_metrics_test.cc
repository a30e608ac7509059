#include "collector/scraper/scrape_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

namespace mpl::scraper {
namespace {

using testing::HasSubstr;

// The names in docs/metrics.yaml ("- name: …") or in an exposition ("# TYPE … kind").
std::set<std::string> Names(std::istream& text, const std::string& prefix) {
  std::set<std::string> names;
  for (std::string line; std::getline(text, line);) {
    if (!line.starts_with(prefix)) continue;
    const std::string rest = line.substr(prefix.size());
    names.insert(rest.substr(0, rest.find(' ')));
  }
  return names;
}

TEST(ScrapeMetrics, AreAllInTheCatalogueWithTheirHelp) {
  std::ifstream catalogue(MPL_SOURCE_DIR "/docs/metrics.yaml");
  const std::set<std::string> listed = Names(catalogue, "- name: ");
  metrics::Registry registry;
  const ScrapeBoard board;
  ScrapeMetrics metrics(registry, board);
  metrics.Scraped("node1", std::chrono::milliseconds(3), true, TimePoint{});

  std::istringstream exposition(registry.Expose());
  const std::set<std::string> exposed = Names(exposition, "# TYPE ");

  EXPECT_EQ(exposed.size(), 11U);
  for (const std::string& name : exposed) EXPECT_TRUE(listed.contains(name)) << name;
}

TEST(ScrapeMetrics, CountNodesByStateAndReason) {
  metrics::Registry registry;
  ScrapeBoard board;
  const ScrapeMetrics metrics(registry, board);
  NodeScrape failing;
  failing.node = "node1";
  failing.state = ScrapeState::kFailing;
  failing.fault = trust::MakeFault(trust::ScrapeFailure::kForbidden, "no");
  board.Put(failing);
  NodeScrape pinned;
  pinned.node = "node2";
  pinned.state = ScrapeState::kHealthy;
  pinned.trust = "Pinned";
  board.Put(pinned);

  const std::string text = registry.Expose();

  EXPECT_THAT(text, HasSubstr("metricspipeline_collector_nodes{state=\"Failing\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("metricspipeline_collector_nodes{state=\"Healthy\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("metricspipeline_collector_nodes{state=\"Pending\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("metricspipeline_collector_nodes_failing{reason=\"Forbidden\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("metricspipeline_collector_nodes_failing{reason=\"Timeout\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("metricspipeline_collector_kubelets_pinned 1\n"));
}

}  // namespace
}  // namespace mpl::scraper
