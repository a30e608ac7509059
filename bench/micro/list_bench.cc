// A list of all pods of 1,000 nodes × 30 pods × 2 containers, in each representation, beside a copy
// of the same bytes.
#include <benchmark/benchmark.h>

#include "bench/workload/kubelet_body.h"
#include "collector/handlers/metrics_api.h"
#include "collector/parse/exposition.h"

namespace mpl {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kNodes = 1'000;
constexpr int kPods = 30;

TimePoint At(std::int64_t scrape) {
  return TimePoint(milliseconds(1'795'251'243'000)) + seconds(15 * scrape);
}

MonoTime Steady(std::int64_t scrape) { return MonoTime(seconds(15 * scrape)); }

struct Cluster {
  handlers::NodeObjects nodes;
  handlers::PodObjects pods;
  store::MetricStore metrics{seconds(15)};

  Cluster() {
    parse::ExpositionParser parser;
    for (int node = 0; node < kNodes; ++node) {
      for (std::int64_t scrape = 1; scrape <= 2; ++scrape) {
        const std::string body = bench::KubeletBody(node, {.pods = kPods}, scrape);
        metrics.Commit("node-" + std::to_string(node), parser.Parse(body, At(scrape)).batch,
                       Steady(scrape));
      }
      for (int pod = 0; pod < kPods; ++pod) pods.Put(Object(node, pod));
    }
  }

  static std::shared_ptr<const objects::PodObject> Object(int node, int pod) {
    auto object = std::make_shared<objects::PodObject>();
    object->node_name = "node-" + std::to_string(node);
    object->meta.ns = bench::NamespaceOf(pod);
    object->meta.name = bench::PodName(node, pod);
    object->meta.labels = {{"app", "deployment-name"}, {"pod-template-hash", "6f7c9d8b5"}};
    return object;
  }
};

std::size_t ListAll(const Cluster& cluster, const char* accept, std::string* copy) {
  const handlers::MetricsApi api({.nodes = &cluster.nodes,
                                  .pods = &cluster.pods,
                                  .metrics = &cluster.metrics,
                                  .steady_now = [] { return Steady(2); }});
  http::Request request;
  request.target = "/apis/metrics.k8s.io/v1beta1/pods";
  request.headers.Add("Accept", accept);
  const auto target = http::ParseTarget(request.target);
  const http::RequestInfo info = http::MakeRequestInfo(request.method, *target);
  http::Response response = api.Answer(request, info, *target, At(2));
  std::size_t size = response.body.size();
  std::string chunk = std::move(response.body);
  if (copy != nullptr) *copy += chunk;
  while (response.next_chunk && (chunk.clear(), response.next_chunk(chunk))) {
    size += chunk.size();
    if (copy != nullptr) *copy += chunk;
  }
  return size;
}

void ListAllPods(benchmark::State& state, const char* accept) {
  const Cluster cluster;
  std::size_t size = 0;
  for (auto _ : state) size = ListAll(cluster, accept, nullptr);
  state.SetBytesProcessed(static_cast<std::int64_t>(size) * state.iterations());
  state.counters["us_per_pod"] =
      benchmark::Counter(kNodes * kPods * 1e-6, benchmark::Counter::kIsIterationInvariantRate |
                                                    benchmark::Counter::kInvert);
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
  const Cluster cluster;
  std::string all;
  ListAll(cluster, "application/json", &all);
  std::string into(all.size(), ' ');
  for (auto _ : state) {
    std::copy(all.begin(), all.end(), into.begin());
    benchmark::DoNotOptimize(into.data());
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(all.size()) * state.iterations());
}
BENCHMARK(CopyTheSameBytes)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace mpl
