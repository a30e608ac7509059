// Points of the machine's own clock in 32 bits: tenths of a second since it was started, for 13
// years. Exact enough for lives of some resolutions, and half the size for each of 150,000 pods.
#pragma once

#include <cstdint>

#include "kube/base/time.h"

namespace mpl::store {

using Tick = std::uint32_t;
inline constexpr Duration kTick = std::chrono::milliseconds(100);

constexpr Tick TickOf(Duration span) {
  return span <= Duration::zero() ? 0 : static_cast<Tick>(span / kTick);
}
constexpr Tick TickOf(MonoTime time) { return TickOf(time.time_since_epoch()); }
// The first tick that is not earlier.
constexpr Tick TickFrom(Duration span) { return TickOf(span + kTick - Duration(1)); }
constexpr Tick TickFrom(MonoTime time) { return TickFrom(time.time_since_epoch()); }
constexpr Duration Between(Tick from, Tick until) {
  return (std::int64_t{until} - std::int64_t{from}) * kTick;
}

}  // namespace mpl::store
