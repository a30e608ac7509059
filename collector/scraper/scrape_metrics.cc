#include "collector/scraper/scrape_metrics.h"

#include <vector>

namespace mpl::scraper {
namespace {

const std::vector<double> kSeconds(kSecondsBounds.begin(), kSecondsBounds.end());
// What it adds for a round at the default resolution of 15 s.
const std::vector<double> kRoundSeconds = {.005, .01, .025, .05,  .1, .25,  .5, 1,
                                           2.5,  5,   10,   12.5, 15, 22.5, 30};

const std::string kRound = "metrics_server_manager_tick_duration_seconds";
const std::string kRequests = "metrics_server_kubelet_request_total";
const std::string kDuration = "metricspipeline_collector_scrape_duration_seconds";
const std::string kNodes = "metricspipeline_collector_nodes";
const std::string kFailing = "metricspipeline_collector_nodes_failing";
const std::string kPinned = "metricspipeline_collector_kubelets_pinned";
const std::string kFaults = "metricspipeline_collector_parse_faults_total";
const std::string kSamples = "metricspipeline_collector_samples_total";
const std::string kBytes = "metricspipeline_collector_kubelet_response_bytes_total";
const std::string kHandshakes = "metricspipeline_collector_kubelet_connections_total";

double Seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

metrics::Counter& Requests(metrics::Registry& registry, bool success) {
  return registry.GetCounter(kRequests, "Number of requests to kubelets",
                             {{"success", success ? "true" : "false"}});
}
metrics::Counter& Faults(metrics::Registry& registry, parse::FaultKind kind) {
  return registry.GetCounter(kFaults, "Lines of kubelets' answers that were left out",
                             {{"kind", std::string(parse::Name(kind))}});
}
metrics::Counter& Samples(metrics::Registry& registry) {
  return registry.GetCounter(kSamples, "Samples understood in kubelets' answers");
}
metrics::Counter& Bytes(metrics::Registry& registry) {
  return registry.GetCounter(kBytes, "Bytes of kubelets' answers, unpacked");
}
metrics::Counter& Handshakes(metrics::Registry& registry) {
  return registry.GetCounter(kHandshakes, "Connections opened to kubelets");
}
metrics::Histogram& Round(metrics::Registry& registry) {
  return registry.GetHistogram(kRound, "Time in which all due nodes were scraped", kRoundSeconds);
}
metrics::Histogram& ScrapeDuration(metrics::Registry& registry) {
  return registry.GetHistogram(kDuration, "Time of one scrape of one node", kSeconds);
}

void SetNodes(metrics::Registry& registry, ScrapeState state, std::size_t count) {
  registry.GetGauge(kNodes, "Nodes by state of their scrape", {{"state", std::string(Name(state))}})
      .Set(static_cast<double>(count));
}

void SetBoard(metrics::Registry& registry, const ScrapeCounts& counts) {
  SetNodes(registry, ScrapeState::kPending, counts.pending);
  SetNodes(registry, ScrapeState::kHealthy, counts.healthy);
  SetNodes(registry, ScrapeState::kFailing, counts.failing);
  registry.GetGauge(kPinned, "Kubelets believed by the key of first contact")
      .Set(static_cast<double>(counts.pinned));
  for (const trust::ScrapeFailure reason : trust::kAllScrapeFailures) {
    const auto found = counts.by_reason.find(reason);
    registry
        .GetGauge(kFailing, "Nodes whose scrape fails, by reason",
                  {{"reason", std::string(trust::Name(reason))}})
        .Set(found == counts.by_reason.end() ? 0 : static_cast<double>(found->second));
  }
}

}  // namespace

ScrapeMetrics::ScrapeMetrics(metrics::Registry& registry, const ScrapeBoard& board)
    : succeeded_(Requests(registry, true)),
      failed_(Requests(registry, false)),
      samples_(Samples(registry)),
      bytes_(Bytes(registry)),
      handshakes_(Handshakes(registry)),
      round_(Round(registry)),
      duration_(ScrapeDuration(registry)),
      by_node_(std::make_shared<NodeSeriesMap>()) {
  for (std::size_t kind = 0; kind < parse::kFaultKinds; ++kind) {
    faults_[kind] = &Faults(registry, static_cast<parse::FaultKind>(kind));
  }
  registry.Provide([by_node = by_node_] { return by_node->Families(); });
  registry.OnCollect([&registry, &board] { SetBoard(registry, board.Count()); });
}

void ScrapeMetrics::Scraped(NodeSeries& series, Duration took, bool success, TimePoint now) {
  by_node_->Scraped(series, Seconds(took), success, now);
  duration_.Observe(Seconds(took));
  (success ? succeeded_ : failed_).Increment();
}

void ScrapeMetrics::Parsed(const parse::Exposition& exposition, std::size_t bytes) {
  bytes_.Increment(static_cast<double>(bytes));
  samples_.Increment(static_cast<double>(exposition.samples));
  for (std::size_t kind = 0; kind < parse::kFaultKinds; ++kind) {
    const std::uint64_t count = exposition.faults[kind];
    if (count > 0) faults_[kind]->Increment(static_cast<double>(count));
  }
}

void ScrapeMetrics::RoundEnded(Duration took) { round_.Observe(Seconds(took)); }

void ScrapeMetrics::Connected(std::uint64_t handshakes) {
  if (handshakes > 0) handshakes_.Increment(static_cast<double>(handshakes));
}

void ScrapeMetrics::Forget(const std::string& node) { by_node_->Forget(node); }

}  // namespace mpl::scraper
