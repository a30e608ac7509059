#include "bench/yardsticks/scraping.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <memory>
#include <span>
#include <stdexcept>
#include <thread>

#include "bench/yardsticks/allocations.h"
#include "bench/yardsticks/simulator.h"
#include "collector/scraper/kubelet_link.h"
#include "collector/scraper/scraper.h"
#include "kube/net/runtime.h"
#include "kube/telemetry/log.h"

namespace mpl::bench {
namespace {

using scraper::KubeletLink;
using std::chrono::milliseconds;
using std::chrono::seconds;

// More than 256, so that the schedule is that of a big cluster.
constexpr ClusterShape kShape = {.nodes = 300, .pods = 30, .containers = 2};
constexpr std::size_t kContainers = std::size_t{300} * 30 * 2;

// A turn of all nodes takes a third of this. At the simulator's pace it is as long as the default
// resolution: every sample is a new one.
constexpr Duration kCycle = seconds(2);
constexpr int kPace = 8;
constexpr int kCycles = 7;
constexpr Duration kMiddleOfPause = milliseconds(1400);
constexpr Duration kScrapeThreadPause = milliseconds(2);  // as collector/app has it

discovery::ScrapeTarget TargetOf(int node, std::uint16_t port) {
  return {.node = NodeName(node),
          .uid = "uid-" + NodeName(node),
          .boot_id = "boot",
          .candidates = {NodeAddress(node)},
          .identities = {NodeName(node), NodeAddress(node)},
          .port = port,
          .ready = true};
}

scraper::LinkPolicy PolicyFor(const Simulator& simulator) {
  const auto roots = x509::ParsePemCertificates(simulator.authority_pem());
  if (!roots) throw std::runtime_error(roots.error().message);
  return {.rules = {.mode = trust::TrustMode::kCustomCa, .roots = *roots},
          .client_certificate = {},
          .user_agent = "bench_yardsticks",
          .gzip = false};
}

// Lives on the calling thread's runtime.
class Connections {
 public:
  explicit Connections(const Simulator& simulator)
      : pins_(runtime_.executor()),
        context_(std::make_shared<const scraper::LinkContext>(PolicyFor(simulator))) {
    for (int node = 0; node < kShape.nodes; ++node) {
      links_.push_back(std::make_unique<KubeletLink>(
          runtime_.executor(), TargetOf(node, simulator.port()), context_, pins_));
    }
  }

  // Asks each of the first `count` nodes three times, in turns. Returns the bytes in use after it.
  std::uint64_t HeldAfterReading(std::size_t count) {
    net::TaskGroup tasks(runtime_.executor());
    tasks.Spawn("read", Read(std::span(links_).first(count)));
    runtime_.Run();
    runtime_.Restart();
    if (failed_) throw std::runtime_error("a simulated kubelet did not answer");
    return BytesInUse();
  }

 private:
  net::Task<void> Read(std::span<const std::unique_ptr<KubeletLink>> links) {
    for (int answer = 0; answer < 3; ++answer) {
      for (const auto& link : links) {
        const auto response = co_await link->Get(link->target().path, "");
        failed_ = failed_ || !response;
      }
    }
    runtime_.Stop();
  }

  net::IoRuntime runtime_;
  scraper::PinKeeper pins_;
  std::shared_ptr<const scraper::LinkContext> context_;
  std::vector<std::unique_ptr<KubeletLink>> links_;
  bool failed_ = false;
};

// The collector's scraping thread with all that it writes into, but without an API server: nodes
// are told to it, pods are not watched, and nobody reads.
class ScrapingSide {
 public:
  explicit ScrapingSide(const Simulator& simulator)
      : pins_(runtime_.executor()),
        scraper_(
            runtime_.executor(),
            {.store = store_, .board = board_, .registry = registry_, .pins = pins_},
            {.resolution = kCycle, .link = PolicyFor(simulator), .second_look = milliseconds(100)}),
        tasks_(runtime_.executor()),
        stopper_(runtime_.executor()) {
    runtime_.Post([this, port = simulator.port()] {
      for (int node = 0; node < kShape.nodes; ++node) scraper_.Upsert(TargetOf(node, port));
      tasks_.Spawn("scraper", scraper_.Run());
    });
    runtime_.Start("scrape", kScrapeThreadPause);
  }

  ~ScrapingSide() {
    runtime_.Post([this] { stopper_.Spawn("stop", Stop()); });
    runtime_.Join();
  }
  ScrapingSide(const ScrapingSide&) = delete;
  ScrapingSide& operator=(const ScrapingSide&) = delete;

  bool complete() const {
    return store_.counts().container_values == kContainers &&
           board_.Count().healthy == static_cast<std::size_t>(kShape.nodes);
  }

 private:
  net::Task<void> Stop() {
    co_await tasks_.Stop(seconds(5));
    runtime_.Stop();
  }

  store::MetricStore store_{kCycle};
  scraper::ScrapeBoard board_;
  metrics::Registry registry_;
  net::IoRuntime runtime_;
  scraper::PinKeeper pins_;
  scraper::Scraper scraper_;
  net::TaskGroup tasks_;
  net::TaskGroup stopper_;
};

double OwnCpuNanoseconds() {
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) * 1e9 + static_cast<double>(used.tv_nsec);
}

void AwaitComplete(const ScrapingSide& side) {
  for (int look = 0; look < 200; ++look) {
    if (side.complete()) return;
    std::this_thread::sleep_for(milliseconds(50));
  }
  throw std::runtime_error("not every simulated kubelet has been scraped after 10 s");
}

// Until nobody is being scraped: turns begin with each cycle of the wall clock.
void AwaitPause() {
  const Duration now = std::chrono::system_clock::now().time_since_epoch();
  std::this_thread::sleep_for(kCycle - (now - kMiddleOfPause) % kCycle);
}

void AddConnectionMemory(const Simulator& simulator, std::vector<Yardstick>& out) {
  constexpr std::size_t kFew = 100;
  constexpr std::size_t kMany = kShape.nodes;
  Connections connections(simulator);
  const std::uint64_t few = connections.HeldAfterReading(kFew);
  const std::uint64_t many = connections.HeldAfterReading(kMany);
  out.push_back({"connection_kilobytes", "memory of a kept-alive connection to a kubelet, in KB",
                 (static_cast<double>(many) - static_cast<double>(few)) / (kMany - kFew) / 1000, 4,
                 21, Better::kLower});
}

// The cheapest cycle of each side: what others do to caches and clock meets both.
void AddScrapeCpu(const Simulator& simulator, std::vector<Yardstick>& out) {
  const ScrapingSide side(simulator);
  AwaitComplete(side);
  AwaitPause();
  double own = 1e18;
  double simulated = 1e18;
  for (int cycle = 0; cycle < kCycles; ++cycle) {
    const double own_before = OwnCpuNanoseconds();
    const double simulated_before = simulator.CpuNanoseconds();
    AwaitPause();
    own = std::min(own, OwnCpuNanoseconds() - own_before);
    simulated = std::min(simulated, simulator.CpuNanoseconds() - simulated_before);
  }
  if (!side.complete()) throw std::runtime_error("a simulated kubelet was lost");
  out.push_back({"scrape_cpu_over_simulator", "CPU of scraping ÷ the simulator's", own / simulated,
                 1.5, 1.2, Better::kLower});
}

}  // namespace

void AddScraping(std::vector<Yardstick>& out) {
  log::Configure(log::Level::kWarning, log::Format::kText);
  const Simulator simulator(kShape, kPace);
  AddConnectionMemory(simulator, out);
  AddScrapeCpu(simulator, out);
}

}  // namespace mpl::bench
