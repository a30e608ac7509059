// Committing what one kubelet said, and asking for one pod, in a store of 1,000 nodes × 30 pods
// × 2.
#include <benchmark/benchmark.h>

#include "bench/workload/exposition.h"
#include "collector/parse/exposition.h"
#include "collector/store/metric_store.h"

namespace mpl {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kNodes = 1'000;

TimePoint At(std::int64_t scrape) {
  return TimePoint(milliseconds(1'795'251'243'000)) + seconds(15 * scrape);
}

MonoTime Steady(std::int64_t scrape) { return MonoTime(seconds(15 * scrape)); }

void Fill(store::MetricStore& metrics, parse::ExpositionParser& parser, std::int64_t scrape) {
  for (int node = 0; node < kNodes; ++node) {
    const std::string body = bench::KubeletBody(node, {}, scrape);
    metrics.Commit("node-" + std::to_string(node), parser.Parse(body, At(scrape)).batch,
                   Steady(scrape));
  }
}

void CommitNode(benchmark::State& state) {
  store::MetricStore metrics(seconds(15));
  parse::ExpositionParser parser;
  std::int64_t scrape = 0;
  for (auto _ : state) {
    state.PauseTiming();
    const std::string body = bench::KubeletBody(1, {}, ++scrape);
    const parse::Exposition parsed = parser.Parse(body, At(scrape));
    state.ResumeTiming();
    metrics.Commit("node-1", parsed.batch, Steady(scrape));
  }
}
BENCHMARK(CommitNode)->Iterations(2'000);

void GetPod(benchmark::State& state) {
  store::MetricStore metrics(seconds(15));
  parse::ExpositionParser parser;
  Fill(metrics, parser, 1);
  Fill(metrics, parser, 2);
  const std::vector<std::string> running = {"app", "logger"};
  store::PodUsage usage;
  int pod = 0;
  for (auto _ : state) {
    pod = (pod + 7) % 30;
    const std::string node = "node-" + std::to_string(pod * 31);
    const std::string ns = bench::NamespaceOf(pod * 31, pod);
    const std::string name = bench::PodName({pod * 31, pod});
    benchmark::DoNotOptimize(metrics.GetPod({node, ns, name, running}, Steady(2), usage));
  }
}
BENCHMARK(GetPod);

}  // namespace
}  // namespace mpl
