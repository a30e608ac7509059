// Keeps Ready from flapping: a loss that may pass by itself has to last before it is believed.
//
// The memory is a time that goes out with one plan and comes back with the next, because status
// must not hold it: it would be written for every hiccup. Pure.
#pragma once

#include <optional>

#include "operator/plan/conditions.h"

namespace mpl::plan {

// An aggregator's check, a probe or the only replica may fail for one rollout or one lost packet.
inline constexpr auto kLossPatience = std::chrono::seconds(30);

struct Debounced {
  Condition ready;
  std::optional<TimePoint> lost_since;  // to be given to the next plan
  std::optional<TimePoint> wake;        // when the loss will be believed
};

// `judged` is what Ready would be by what is seen now, `status` what was told before, `lost_since`
// of the plan before. Only a Ready that was True for the same generation of the spec is spared,
// and only from reasons that may pass without anybody doing anything.
Debounced Debounce(Condition judged, const Json& status, std::int64_t generation,
                   std::optional<TimePoint> lost_since, TimePoint now);

}  // namespace mpl::plan
