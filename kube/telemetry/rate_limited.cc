#include "kube/telemetry/rate_limited.h"

#include <algorithm>
#include <utility>

namespace mpl::log {

std::optional<std::uint64_t> RateLimited::Occurred(const std::string& fault, MonoTime now) {
  const auto found = faults_.find(fault);
  if (found == faults_.end()) {
    MakeRoom();
    faults_.emplace(fault, State{.written = now, .seen = now});
    return 0;
  }
  State& state = found->second;
  state.seen = now;
  if (now - state.written < interval_) {
    ++state.left_out;
    return std::nullopt;
  }
  state.written = now;
  return std::exchange(state.left_out, 0);
}

void RateLimited::Forget(const std::string& fault) { faults_.erase(fault); }

void RateLimited::MakeRoom() {
  if (faults_.size() < capacity_) return;
  faults_.erase(
      std::ranges::min_element(faults_, {}, [](const auto& entry) { return entry.second.seen; }));
}

}  // namespace mpl::log
