// GET /status: what one replica says of itself, for the operator. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "collector/store/metric_store.h"
#include "kube/base/time.h"

namespace mpl::handlers {

struct FailingNode {
  std::string node;
  std::string reason;   // trust::ScrapeFailure's names
  std::string message;  // with the remedy
  TimePoint since{};
  bool distrusted = false;  // trust::ConcernsTrust
};

struct PinnedNode {
  std::string node;
  std::string subject;
  std::string issuer;
};

// Nodes by how their kubelet's certificate was judged.
struct TlsCounts {
  std::size_t verified = 0;
  std::size_t pinned = 0;
  std::size_t insecure = 0;
};

struct StatusDocument {
  std::string config_hash;  // of the document that is in force; empty: none yet
  std::string version;
  std::string replica;
  TimePoint started_at{};
  std::size_t nodes_total = 0;
  std::size_t nodes_healthy = 0;
  std::vector<FailingNode> failing;
  std::vector<PinnedNode> pins;
  TlsCounts tls;
  store::MetricStore::Counts store;
  // Why the newest configuration was refused; empty: it was not.
  std::string last_config_error;
  // Why pins are kept in memory only; empty: they are stored.
  std::string pins_error = {};
};

// One JSON object:
//   {"configHash","version","replica","startedAt","nodes":{"total","healthy"},
//    "failing":[{"node","reason","message","since"}],"failingTotal",
//    "failingByReason":{"<reason>":<nodes>},
//    "pins":[{"node","subject","issuer"}],"pinsTotal",
//    "tls":{"verified","pinned","insecure"},"store":{"nodes","pods","containers"},
//    "lastConfigError","pinsError"}, the last one only when there is one
// Lists are sorted by node and hold 100 entries at most; the totals and failingByReason count all.
// Of failing nodes those that are distrusted come first: a refused certificate must not hide behind
// a hundred nodes that are down.
std::string WriteStatus(const StatusDocument& status);

}  // namespace mpl::handlers
