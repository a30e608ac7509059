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
  // `gzip`: compress for clients that take it, as real kubelets do. `pace`: how many times as fast
  // time goes by in what kubelets say, so that one who asks every 2 s can be told as much news as
  // one who asks every 15 s.
  KubeletFace(const Fleet& fleet, bool gzip, int pace, Counters& counters)
      : fleet_(fleet), gzip_(gzip), pace_(pace), counters_(counters) {}

  // Appends the whole answer to `out`.
  void Answer(int node, const Query& query, std::int64_t now_ms, std::string& out);

 private:
  void RefreshDate(std::int64_t now_ms);

  const Fleet& fleet_;
  bool gzip_;
  int pace_;
  Counters& counters_;
  ExpositionWriter writer_;
  Gzipper gzipper_;
  std::string body_, compressed_, date_;
  std::int64_t date_seconds_ = 0;
};

}  // namespace mpl::bench
