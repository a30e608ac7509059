// A rate limit that allows bursts. Pure: `now` is passed in.
#pragma once

#include <algorithm>
#include <optional>

#include "kube/base/time.h"

namespace mpl::machinery {

class TokenBucket {
 public:
  // `per_second` ≤ 0: no limit.
  TokenBucket(double per_second, int burst)
      : per_second_(per_second), burst_(burst), tokens_(burst) {}

  // Takes one token and says how long to wait for it. Later callers queue up behind: the bucket
  // goes into debt.
  Duration Reserve(MonoTime now) { return *ReserveWithin(now, Duration::max()); }

  // Takes nothing when the wait would be longer than `patience`: whoever gives up at once must not
  // make the others wait longer.
  std::optional<Duration> ReserveWithin(MonoTime now, Duration patience) {
    if (per_second_ <= 0) return Duration::zero();
    Refill(now);
    const double debt = std::max(0.0, 1 - tokens_);
    const auto wait =
        std::chrono::duration_cast<Duration>(std::chrono::duration<double>(debt / per_second_));
    if (wait > patience) return std::nullopt;
    tokens_ -= 1;
    return wait;
  }

  // Of somebody who took a token and gave up waiting for it.
  void GiveBack() { tokens_ = std::min(static_cast<double>(burst_), tokens_ + 1); }

 private:
  void Refill(MonoTime now) {
    if (last_ && now > *last_) {
      const double elapsed = std::chrono::duration<double>(now - *last_).count();
      tokens_ = std::min(static_cast<double>(burst_), tokens_ + elapsed * per_second_);
    }
    if (!last_ || now > *last_) last_ = now;
  }

  double per_second_;
  int burst_;
  double tokens_;
  std::optional<MonoTime> last_;
};

}  // namespace mpl::machinery
