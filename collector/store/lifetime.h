// How long what is served of a node or pod is served: three resolutions after the last news.
//
// A longer life counts at once, also for what is there; a shorter one from the next news on, for
// that may be an old life away.
#pragma once

#include <algorithm>

#include "collector/store/ticks.h"

namespace mpl::store {

class Lifetime {
 public:
  // `life` is the one in force.
  Tick End(Duration life) const { return std::max(end_, news_ + TickFrom(life)); }
  bool Over(MonoTime now, Duration life) const { return TickOf(now) > End(life); }

  // What is served came now; `moved_on`: its timestamp is another one than before. A kubelet that
  // repeats a timestamp for too long has no news.
  void Renew(MonoTime now, Duration life, bool moved_on) {
    const Tick tick = TickFrom(now);
    if (moved_on) changed_ = tick;
    if (Between(changed_, TickOf(now)) > kLongestRepeat) return;
    news_ = tick;
    end_ = tick + TickFrom(life);
  }

 private:
  // k8s.io/kubernetes pkg/kubelet: statsCacheDuration, the age at which samples are dropped there.
  static constexpr Duration kLongestRepeat = std::chrono::minutes(2);

  Tick changed_ = 0;  // when we first saw this timestamp
  Tick news_ = 0;
  Tick end_ = 0;  // as it was when the news came
};

}  // namespace mpl::store
