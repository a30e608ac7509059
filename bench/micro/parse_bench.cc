// The parser beside the least that anyone could do with the same bytes: find the line ends.
#include <benchmark/benchmark.h>

#include <cstring>

#include "bench/workload/exposition.h"
#include "collector/parse/exposition.h"

namespace mpl {
namespace {

void ParseBody(benchmark::State& state) {
  const std::string body = bench::KubeletBody(1, {.pods = static_cast<int>(state.range(0))}, 1);
  parse::ExpositionParser parser;
  for (auto _ : state) {
    benchmark::DoNotOptimize(parser.Parse(body, TimePoint{}).batch.containers.size());
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(body.size()) * state.iterations());
}
BENCHMARK(ParseBody)->Arg(30)->Arg(110);

void FindLineEnds(benchmark::State& state) {
  const std::string body = bench::KubeletBody(1, {.pods = static_cast<int>(state.range(0))}, 1);
  for (auto _ : state) {
    std::size_t lines = 0;
    const char* at = body.data();
    const char* end = at + body.size();
    while ((at = static_cast<const char*>(
                std::memchr(at, '\n', static_cast<std::size_t>(end - at)))) != nullptr) {
      ++lines;
      ++at;
    }
    benchmark::DoNotOptimize(lines);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(body.size()) * state.iterations());
}
BENCHMARK(FindLineEnds)->Arg(30)->Arg(110);

}  // namespace
}  // namespace mpl
