#include "bench/load/run.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <nlohmann/json.hpp>
#include <thread>

namespace mpl::bench {
namespace {

double Ms(Clock::duration span) { return std::chrono::duration<double, std::milli>(span).count(); }

double Percentile(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return 0;
  const double rank = std::ceil(share * static_cast<double>(sorted.size()));
  return sorted[static_cast<std::size_t>(std::max(1.0, rank)) - 1];
}

nlohmann::json Spread(std::vector<double> values) {
  std::ranges::sort(values);
  return {{"p50", Percentile(values, 0.5)},
          {"p90", Percentile(values, 0.9)},
          {"p99", Percentile(values, 0.99)},
          {"max", values.empty() ? 0 : values.back()}};
}

class Worker {
 public:
  Worker(const LoadPlan& plan, std::atomic<std::size_t>& next, Clock::time_point begin)
      : plan_(plan), next_(next), begin_(begin), client_(plan.endpoint) {}

  void Run() {
    const Clock::time_point end = begin_ + std::chrono::duration_cast<Clock::duration>(
                                               std::chrono::duration<double>(plan_.seconds));
    for (;;) {
      const std::size_t number = next_.fetch_add(1);
      if (plan_.limit != 0 && number >= plan_.limit) return;
      const Clock::time_point due = plan_.rate > 0 ? DueAt(number) : Clock::now();
      if (due >= end) return;
      const bool late = Clock::now() > due;
      std::this_thread::sleep_until(due);
      // That a thread with nothing to do woke up late is not the server's fault.
      const Clock::time_point since = late ? due : Clock::now();
      Take(client_.Ask(plan_.heads[number % plan_.heads.size()]), since);
    }
  }

  LoadResult result;

 private:
  Clock::time_point DueAt(std::size_t number) const {
    return begin_ + std::chrono::duration_cast<Clock::duration>(
                        std::chrono::duration<double>(static_cast<double>(number) / plan_.rate));
  }

  void Take(const Reply& reply, Clock::time_point since) {
    if (reply.status != 200) {
      ++result.errors[std::to_string(reply.status)];
      return;
    }
    result.latency_ms.push_back(Ms(Clock::now() - since));
    result.first_byte_ms.push_back(Ms(reply.first_byte - since));
    result.bytes += reply.bytes;
  }

  const LoadPlan& plan_;
  std::atomic<std::size_t>& next_;
  Clock::time_point begin_;
  Client client_;
};

}  // namespace

LoadResult RunLoad(const LoadPlan& plan) {
  std::atomic<std::size_t> next = 0;
  const Clock::time_point begin = Clock::now() + std::chrono::milliseconds(5);
  std::vector<std::unique_ptr<Worker>> workers;
  std::vector<std::thread> threads;
  for (int i = 0; i < plan.connections; ++i) {
    workers.push_back(std::make_unique<Worker>(plan, next, begin));
    threads.emplace_back([worker = workers.back().get()] { worker->Run(); });
  }
  for (std::thread& thread : threads) thread.join();
  LoadResult all;
  all.seconds = Ms(Clock::now() - begin) / 1e3;
  for (const auto& worker : workers) {
    const LoadResult& part = worker->result;
    all.latency_ms.insert(all.latency_ms.end(), part.latency_ms.begin(), part.latency_ms.end());
    all.first_byte_ms.insert(all.first_byte_ms.end(), part.first_byte_ms.begin(),
                             part.first_byte_ms.end());
    for (const auto& [status, times] : part.errors) all.errors[status] += times;
    all.bytes += part.bytes;
  }
  return all;
}

std::string LoadResult::ToJson() const {
  const std::size_t count = latency_ms.size();
  return nlohmann::json{{"requests", count},
                        {"errors", errors},
                        {"seconds", seconds},
                        {"bytesEach", count == 0 ? 0 : bytes / count},
                        {"latencyMs", Spread(latency_ms)},
                        {"firstByteMs", Spread(first_byte_ms)}}
      .dump();
}

}  // namespace mpl::bench
