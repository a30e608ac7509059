#include "collector/scraper/scrape_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "test/support/paths/paths.h"

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

constexpr TimePoint kThen{std::chrono::seconds(100)};

TEST(ScrapeMetrics, AreAllInTheCatalogueWithTheirHelp) {
  std::ifstream catalogue(test::SourcePath("docs/metrics.yaml"));
  const std::set<std::string> listed = Names(catalogue, "- name: ");
  metrics::Registry registry;
  const ScrapeBoard board;
  ScrapeMetrics metrics(registry, board);
  metrics.Scraped(metrics.SeriesOf("node1"), std::chrono::milliseconds(3), true, kThen);

  std::istringstream exposition(registry.Expose());
  const std::set<std::string> exposed = Names(exposition, "# TYPE ");

  EXPECT_EQ(exposed.size(), 13U);
  for (const std::string& name : exposed) EXPECT_TRUE(listed.contains(name)) << name;
}

std::ptrdiff_t Lines(const metrics::Registry& registry) {
  const std::string text = registry.Expose();
  return std::ranges::count(text, '\n');
}

TEST(ScrapeMetrics, DoNotGrowWithNodesThatComeAndGo) {
  metrics::Registry registry;
  ScrapeBoard board;
  ScrapeMetrics metrics(registry, board);
  const auto one_life = [&](const std::string& node) {
    NodeScrape scrape;
    scrape.node = node;
    board.Line(scrape.node) = scrape;
    metrics.Scraped(metrics.SeriesOf(node), std::chrono::milliseconds(3), false, kThen);
    metrics.Scraped(metrics.SeriesOf(node), std::chrono::milliseconds(3), true, kThen);
    board.Remove(node);
    metrics.Forget(node);
  };
  metrics.Scraped(metrics.SeriesOf("stays"), std::chrono::milliseconds(3), true, kThen);
  one_life("first");
  const std::ptrdiff_t before = Lines(registry);

  for (int i = 0; i < 10000; ++i) one_life("node-" + std::to_string(i));

  EXPECT_EQ(Lines(registry), before);
  EXPECT_THAT(registry.Expose(), HasSubstr("last_success_time_seconds{node=\"stays\"}"));
}

TEST(ScrapeMetrics, TellWhenANodeWasLastReached) {
  metrics::Registry registry;
  const ScrapeBoard board;
  ScrapeMetrics metrics(registry, board);
  metrics.Scraped(metrics.SeriesOf("a"), std::chrono::milliseconds(3), true, kThen);
  metrics.Scraped(metrics.SeriesOf("a"), std::chrono::milliseconds(3), false,
                  kThen + std::chrono::seconds(15));

  const std::string text = registry.Expose();
  EXPECT_THAT(text, HasSubstr("node_last_success_time_seconds{node=\"a\"} 100\n"));
  EXPECT_THAT(text, HasSubstr("kubelet_last_request_time_seconds{node=\"a\"} 115\n"));
}

// https://prometheus.io/docs/concepts/metric_types/#histogram: cumulative, a bound belongs to its
// bucket.
TEST(ScrapeMetrics, TellHowLongANodesKubeletTook) {
  metrics::Registry registry;
  const ScrapeBoard board;
  ScrapeMetrics metrics(registry, board);

  for (const int milliseconds : {3, 5, 7000, 11000}) {
    metrics.Scraped(metrics.SeriesOf("a"), std::chrono::milliseconds(milliseconds), true, kThen);
  }

  const std::string text = registry.Expose();
  const std::string name = "metrics_server_kubelet_request_duration_seconds";
  EXPECT_THAT(text, HasSubstr(name + "_bucket{node=\"a\",le=\"0.005\"} 2\n"));
  EXPECT_THAT(text, HasSubstr(name + "_bucket{node=\"a\",le=\"5\"} 2\n"));
  EXPECT_THAT(text, HasSubstr(name + "_bucket{node=\"a\",le=\"10\"} 3\n"));
  EXPECT_THAT(text, HasSubstr(name + "_bucket{node=\"a\",le=\"+Inf\"} 4\n"));
  EXPECT_THAT(text, HasSubstr(name + "_count{node=\"a\"} 4\n"));
  EXPECT_THAT(text, HasSubstr(name + "_sum{node=\"a\"} 18.008"));
}

TEST(ScrapeMetrics, CountNodesByStateAndReason) {
  metrics::Registry registry;
  ScrapeBoard board;
  const ScrapeMetrics metrics(registry, board);
  NodeScrape failing;
  failing.node = "node1";
  failing.state = ScrapeState::kFailing;
  failing.fault = trust::MakeFault(trust::ScrapeFailure::kForbidden, "no");
  board.Line(failing.node) = failing;
  NodeScrape pinned;
  pinned.node = "node2";
  pinned.state = ScrapeState::kHealthy;
  pinned.trust = "Pinned";
  board.Line(pinned.node) = pinned;

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
