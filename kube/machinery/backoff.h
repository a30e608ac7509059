// How long to wait after a failure. Pure: the caller brings time and chance.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "kube/base/time.h"

namespace mpl::machinery {

// Uniform in [0, 1).
using Random = std::function<double()>;

struct BackoffPolicy {
  Duration initial;
  double factor = 2;
  Duration cap;
  double jitter = 1;       // a delay d becomes d … d×(1+jitter)
  Duration reset_after{};  // without a failure for so long: from the start; 0: never
};

// client-go's reflector: 800 ms … 30 s, each up to doubled by chance, forgotten after 2 min.
inline constexpr BackoffPolicy kReflectorBackoff{.initial = std::chrono::milliseconds(800),
                                                 .factor = 2,
                                                 .cap = std::chrono::seconds(30),
                                                 .jitter = 1,
                                                 .reset_after = std::chrono::minutes(2)};

// The n-th delay of a policy (n from 0), before jitter.
inline Duration DelayOf(const BackoffPolicy& policy, int failures) {
  Duration delay = policy.initial;
  for (int i = 0; i < failures && delay < policy.cap; ++i) {
    delay =
        Duration(static_cast<Duration::rep>(static_cast<double>(delay.count()) * policy.factor));
  }
  return std::min(delay, policy.cap);
}

// One thing that fails and recovers.
class ExponentialBackoff {
 public:
  ExponentialBackoff(BackoffPolicy policy, Random random)
      : policy_(policy), random_(std::move(random)) {}

  // Another failure at `now`: the time to wait.
  Duration Next(MonoTime now) {
    if (policy_.reset_after > Duration::zero() && last_ && now - *last_ > policy_.reset_after) {
      failures_ = 0;
    }
    last_ = now;
    const Duration delay = DelayOf(policy_, failures_);
    ++failures_;
    return delay + Duration(static_cast<Duration::rep>(static_cast<double>(delay.count()) *
                                                       policy_.jitter * random_()));
  }
  void Reset() { failures_ = 0; }

 private:
  BackoffPolicy policy_;
  Random random_;
  int failures_ = 0;
  std::optional<MonoTime> last_;
};

// Many things that fail one by one: 250 ms doubling up to 60 s, ±10 %, for each key.
template <class Key>
class KeyedBackoff {
 public:
  static constexpr BackoffPolicy kPolicy{.initial = std::chrono::milliseconds(250),
                                         .factor = 2,
                                         .cap = std::chrono::seconds(60),
                                         .jitter = 0.1,
                                         .reset_after = {}};

  explicit KeyedBackoff(Random random) : random_(std::move(random)) {}

  Duration Next(const Key& key) {
    const Duration delay = DelayOf(kPolicy, failures_[key]++);
    const double spread = 1 - kPolicy.jitter + 2 * kPolicy.jitter * random_();
    return Duration(static_cast<Duration::rep>(static_cast<double>(delay.count()) * spread));
  }
  int Failures(const Key& key) const {
    const auto found = failures_.find(key);
    return found == failures_.end() ? 0 : found->second;
  }
  void Forget(const Key& key) { failures_.erase(key); }

 private:
  Random random_;
  std::map<Key, int> failures_;
};

}  // namespace mpl::machinery
