#include "kube/apiserver/api_metrics.h"

namespace mpl::apiserver {
namespace {

// From an answer out of memory to the slowest that a client waits for.
const std::vector<double>& DurationBounds() {
  static const std::vector<double> bounds = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                             0.1,    0.25,  0.5,    1,     2.5,  5,     10};
  return bounds;
}

const std::set<std::string>& KnownVerbs() {
  static const std::set<std::string> verbs = {"get",    "list",  "watch",  "create",
                                              "update", "patch", "delete", "deletecollection"};
  return verbs;
}

}  // namespace

ApiMetrics::ApiMetrics(metrics::Registry& registry, std::string prefix,
                       std::set<std::string> resources)
    : registry_(registry), prefix_(std::move(prefix)), resources_(std::move(resources)) {
  for (const char* reason : {"unauthenticated", "forbidden", "overload", "review_failed"}) {
    registry_.GetCounter(prefix_ + "_api_requests_rejected_total",
                         "Requests refused before a handler saw them.", {{"reason", reason}});
  }
  InFlight(0);
}

void ApiMetrics::Answered(const http::RequestInfo& info, int status, Duration took) {
  const metrics::Labels labels = {{"verb", VerbLabel(info)}, {"resource", ResourceLabel(info)}};
  metrics::Labels with_code = labels;
  with_code["code"] = std::to_string(status);
  registry_
      .GetCounter(prefix_ + "_api_requests_total", "Requests answered by the API server.",
                  with_code)
      .Increment();
  registry_
      .GetHistogram(prefix_ + "_api_request_duration_seconds",
                    "Time from a read request to an answer ready to be sent.", DurationBounds(),
                    labels)
      .Observe(std::chrono::duration<double>(took).count());
}

void ApiMetrics::Rejected(const std::string& reason) {
  registry_
      .GetCounter(prefix_ + "_api_requests_rejected_total",
                  "Requests refused before a handler saw them.", {{"reason", reason}})
      .Increment();
}

void ApiMetrics::InFlight(std::size_t requests) {
  registry_.GetGauge(prefix_ + "_api_requests_in_flight", "Requests being answered now.")
      .Set(static_cast<double>(requests));
}

std::string ApiMetrics::VerbLabel(const http::RequestInfo& info) const {
  return KnownVerbs().contains(info.verb) ? info.verb : "other";
}

std::string ApiMetrics::ResourceLabel(const http::RequestInfo& info) const {
  if (!info.is_resource) return "";
  return resources_.contains(info.resource) ? info.resource : "other";
}

}  // namespace mpl::apiserver
