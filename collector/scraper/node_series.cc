#include "collector/scraper/node_series.h"

#include <algorithm>
#include <chrono>

namespace mpl::scraper {
namespace {

using metrics::Family;

double UnixSeconds(TimePoint time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

}  // namespace

NodeSeries& NodeSeriesMap::Of(const std::string& node) {
  const std::lock_guard lock(mutex_);
  return nodes_[node];
}

void NodeSeriesMap::Scraped(NodeSeries& series, double seconds, bool success, TimePoint now) {
  const auto bucket = static_cast<std::size_t>(std::ranges::lower_bound(kSecondsBounds, seconds) -
                                               kSecondsBounds.begin());
  const std::lock_guard lock(mutex_);
  ++series.requests[bucket];
  series.request_seconds += seconds;
  series.last_request = now;
  if (success) series.last_success = now;
}

void NodeSeriesMap::Forget(const std::string& node) {
  const std::lock_guard lock(mutex_);
  nodes_.erase(node);
}

std::vector<Family> NodeSeriesMap::Families() const {
  Family duration{.name = "metrics_server_kubelet_request_duration_seconds",
                  .help = "Duration of requests to the kubelet of a node",
                  .kind = Family::Kind::kHistogram,
                  .bounds = {kSecondsBounds.begin(), kSecondsBounds.end()}};
  Family request{.name = "metrics_server_kubelet_last_request_time_seconds",
                 .help = "Unix time of the last request to the kubelet of a node"};
  Family success{.name = "metricspipeline_collector_node_last_success_time_seconds",
                 .help = "Unix time of a node's last successful scrape: its staleness"};
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [node, series] : nodes_) {
      if (series.last_request == TimePoint{}) continue;
      const metrics::Labels labels{{"node", node}};
      duration.series.push_back(
          {labels, series.request_seconds, {series.requests.begin(), series.requests.end()}});
      request.series.push_back({labels, UnixSeconds(series.last_request)});
      if (series.last_success == TimePoint{}) continue;
      success.series.push_back({labels, UnixSeconds(series.last_success)});
    }
  }
  for (Family* const family : {&duration, &request, &success}) {
    std::ranges::sort(family->series, {},
                      [](const Family::Series& one) { return one.labels.begin()->second; });
  }
  return {std::move(duration), std::move(request), std::move(success)};
}

}  // namespace mpl::scraper
