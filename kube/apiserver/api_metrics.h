// The server's own figures: how many requests, how they ended, how long they took.
#pragma once

#include <set>
#include <string>

#include "kube/base/time.h"
#include "kube/http/request_info.h"
#include "kube/telemetry/metrics.h"

namespace mpl::apiserver {

// <prefix>_api_requests_total{verb,resource,code}
// <prefix>_api_request_duration_seconds{verb,resource}
// <prefix>_api_requests_in_flight
// <prefix>_api_requests_rejected_total{reason}: "unauthenticated", "forbidden", "overload",
//                                               "review_failed"
// Label values that a client could choose freely are folded, so that nobody can grow the registry.
class ApiMetrics {
 public:
  ApiMetrics(metrics::Registry& registry, std::string prefix, std::set<std::string> resources);

  void Answered(const http::RequestInfo& info, int status, Duration took);
  void Rejected(const std::string& reason);
  void InFlight(std::size_t requests);

 private:
  std::string VerbLabel(const http::RequestInfo& info) const;
  std::string ResourceLabel(const http::RequestInfo& info) const;

  metrics::Registry& registry_;
  std::string prefix_;
  std::set<std::string> resources_;
};

}  // namespace mpl::apiserver
