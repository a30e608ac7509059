#include "kube/telemetry/metrics.h"

#include <gmock/gmock.h>

#include <thread>
#include <vector>

namespace mpl::metrics {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Registry, ExposesEverySeriesFromZeroOn) {
  Registry registry;
  registry.GetCounter("x_total", "Things.", {{"kind", "a"}});

  // Prometheus text format 0.0.4: HELP, TYPE, then samples.
  const std::string text = registry.Expose();
  EXPECT_THAT(text, HasSubstr("# HELP x_total Things.\n# TYPE x_total counter\n"));
  EXPECT_THAT(text, HasSubstr("x_total{kind=\"a\"} 0\n"));
}

TEST(Registry, AnswersTheSameSeriesForTheSameNameAndLabels) {
  Registry registry;
  Counter& first = registry.GetCounter("x_total", "Things.", {{"kind", "a"}});
  Counter& other = registry.GetCounter("x_total", "Things.", {{"kind", "b"}});

  EXPECT_EQ(&first, &registry.GetCounter("x_total", "Things.", {{"kind", "a"}}));
  EXPECT_NE(&first, &other);
  first.Increment();
  first.Increment(2.5);
  EXPECT_DOUBLE_EQ(first.Value(), 3.5);
  EXPECT_DOUBLE_EQ(other.Value(), 0);
}

TEST(Registry, CountsHistogramBucketsUpToTheirBound) {
  Registry registry;
  Histogram& histogram = registry.GetHistogram("t_seconds", "Time.", {0.1, 1});
  histogram.Observe(0.1);
  histogram.Observe(0.5);
  histogram.Observe(7);

  const std::string text = registry.Expose();
  EXPECT_THAT(text, HasSubstr("t_seconds_bucket{le=\"0.1\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("t_seconds_bucket{le=\"1\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("t_seconds_bucket{le=\"+Inf\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("t_seconds_count 3\n"));
}

TEST(Registry, CountsManyValuesAsEachOfThem) {
  Registry one;
  Registry all;
  const std::vector<double> values = {0.1, 0.05, 0.5, 1, 1.5, 7};
  Histogram& singly = one.GetHistogram("t_seconds", "Time.", {0.1, 1});
  for (const double value : values) singly.Observe(value);
  all.GetHistogram("t_seconds", "Time.", {0.1, 1}).ObserveAll(values);

  EXPECT_EQ(all.Expose(), one.Expose());
  EXPECT_THAT(all.Expose(), HasSubstr("t_seconds_bucket{le=\"1\"} 4\n"));
}

TEST(Registry, RefreshesMirroredGaugesBeforeEachExposition) {
  Registry registry;
  int state = 1;
  registry.OnCollect([&] { registry.GetGauge("nodes", "Nodes.").Set(state); });
  EXPECT_THAT(registry.Expose(), HasSubstr("nodes 1\n"));

  state = 5;

  EXPECT_THAT(registry.Expose(), HasSubstr("nodes 5\n"));
}

TEST(Registry, ForgetsARemovedSeriesAndNoOther) {
  Registry registry;
  registry.GetGauge("last_scrape", "L.", {{"node", "n1"}}).Set(3);
  registry.GetGauge("last_scrape", "L.", {{"node", "n2"}}).Set(4);

  registry.Remove("last_scrape", {{"node", "n1"}});
  registry.Remove("last_scrape", {{"node", "n1"}});
  registry.Remove("unknown", {});

  EXPECT_THAT(registry.Expose(), Not(HasSubstr("n1")));
  EXPECT_THAT(registry.Expose(), HasSubstr("last_scrape{node=\"n2\"} 4\n"));
  EXPECT_EQ(registry.GetGauge("last_scrape", "L.", {{"node", "n1"}}).Value(), 0);
}

TEST(Registry, ExposesFamiliesThatOthersKeep) {
  Registry registry;
  Family seconds{.name = "took_seconds", .help = "T.", .kind = Family::Kind::kHistogram};
  seconds.bounds = {1, 2};
  seconds.series = {{.labels = {{"node", "n1"}}, .value = 7.5, .counts = {4, 0, 1}}};
  Family last{.name = "last_scrape", .help = "L."};
  registry.Provide([&] { return std::vector{seconds, last}; });

  EXPECT_THAT(registry.Expose(), Not(HasSubstr("last_scrape")));  // without a series

  last.series = {{.labels = {{"node", "n1"}}, .value = 3}};
  const std::string text = registry.Expose();
  EXPECT_THAT(text, HasSubstr("# HELP took_seconds T.\n# TYPE took_seconds histogram\n"));
  EXPECT_THAT(text, HasSubstr("took_seconds_bucket{node=\"n1\",le=\"1\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("took_seconds_bucket{node=\"n1\",le=\"2\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("took_seconds_bucket{node=\"n1\",le=\"+Inf\"} 5\n"));
  EXPECT_THAT(text, HasSubstr("took_seconds_sum{node=\"n1\"} 7.5\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE last_scrape gauge\nlast_scrape{node=\"n1\"} 3\n"));
}

TEST(Registry, TakesSeriesFromManyThreads) {
  Registry registry;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&registry] {
      for (int i = 0; i < 500; ++i) {
        registry.GetCounter("n_total", "N.", {{"shard", std::to_string(i % 7)}}).Increment();
      }
    });
  }
  for (auto& thread : threads) thread.join();

  double total = 0;
  for (int shard = 0; shard < 7; ++shard) {
    total += registry.GetCounter("n_total", "N.", {{"shard", std::to_string(shard)}}).Value();
  }
  EXPECT_DOUBLE_EQ(total, 2000);
}

}  // namespace
}  // namespace mpl::metrics
