// What a request to a node's kubelet is answered with. Pure apart from the clock it is given.
#pragma once

#include <cstdint>
#include <string>

#include "bench/kubelets/counters.h"
#include "bench/kubelets/fleet.h"
#include "bench/kubelets/message.h"
#include "bench/serving/query.h"
#include "bench/workload/exposition.h"

namespace mpl::bench {

class KubeletFace {
 public:
  // `gzip`: compress for clients that take it, as real kubelets do.
  KubeletFace(const Fleet& fleet, bool gzip, Counters& counters)
      : fleet_(fleet), gzip_(gzip), counters_(counters) {}

  // Appends the whole answer to `out`.
  void Answer(int node, const Query& query, std::int64_t now_ms, std::string& out);

 private:
  void RefreshDate(std::int64_t now_ms);

  const Fleet& fleet_;
  bool gzip_;
  Counters& counters_;
  ExpositionWriter writer_;
  Gzipper gzipper_;
  std::string body_, compressed_, date_;
  std::int64_t date_seconds_ = 0;
};

}  // namespace mpl::bench
