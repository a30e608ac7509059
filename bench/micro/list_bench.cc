// A list of all pods of 5,000 nodes × 30 pods × 2 containers, in each representation, beside a copy
// of the same bytes.
#include <benchmark/benchmark.h>

#include <cstring>

#include "bench/micro/full_cluster.h"

namespace mpl::bench {
namespace {

constexpr ClusterShape kShape = {.nodes = 5'000, .pods = 30, .containers = 2};

void ListAllPods(benchmark::State& state, const char* accept) {
  const FullCluster cluster(kShape);
  std::size_t size = 0;
  for (auto _ : state) size = cluster.ListAll(accept);
  state.SetBytesProcessed(static_cast<std::int64_t>(size) * state.iterations());
  state.counters["us_per_pod"] = benchmark::Counter(
      kShape.nodes * kShape.pods * 1e-6,
      benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK_CAPTURE(ListAllPods, json, "application/json")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(ListAllPods, protobuf, "application/vnd.kubernetes.protobuf, */*")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(ListAllPods, table, "application/json;as=Table;v=v1;g=meta.k8s.io")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(ListAllPods, indented, "application/json;pretty=1")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(ListAllPods, yaml, "application/yaml")->Unit(benchmark::kMillisecond);

void CopyTheSameBytes(benchmark::State& state) {
  const FullCluster cluster(kShape);
  std::string all;
  cluster.ListAll("application/json", &all);
  std::string into(all.size(), ' ');
  for (auto _ : state) {
    std::memcpy(into.data(), all.data(), all.size());
    benchmark::DoNotOptimize(into.data());
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(all.size()) * state.iterations());
}
BENCHMARK(CopyTheSameBytes)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace mpl::bench
