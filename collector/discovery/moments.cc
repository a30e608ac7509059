#include "collector/discovery/moments.h"

#include <algorithm>
#include <cstdint>

#include "kube/base/digest.h"

namespace mpl::discovery {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kWidestWindow = seconds(4);
// Places among many nodes: so far apart that a place has a whole burst from some 1,000 nodes on,
// and takes four bursts at 5,000.
constexpr Duration kPlaceDistance = 4 * kBurstDistance;

// Places within a second, where there are few nodes: 100, 125, … 275 ms.
constexpr Duration kFirstInSecond = milliseconds(100);
constexpr Duration kStepInSecond = milliseconds(25);
constexpr std::uint64_t kPlacesInSecond = 8;

constexpr Duration kFirstLook = seconds(12);
constexpr Duration kLookAgain = milliseconds(5000);
constexpr Duration kBetweenLooks = milliseconds(2500);
constexpr Duration kSettling = milliseconds(500);

Duration InSecond(std::uint64_t hash) {
  return kFirstInSecond + kStepInSecond * static_cast<std::int64_t>(hash % kPlacesInSecond);
}

// How many whole steps of this length it takes at least; 0 for what is past.
std::int64_t StepsUpTo(Duration span, Duration step) {
  return std::max<std::int64_t>(0, (span + step - Duration(1)) / step);
}

}  // namespace

NodeHash HashOf(std::string_view node) {
  const std::string digest = Sha256(node);
  std::uint64_t hash = 0;
  for (std::size_t i = 0; i < sizeof hash; ++i) {
    hash = hash << 8U | static_cast<unsigned char>(digest[i]);
  }
  return NodeHash{hash};
}

Duration TurnWindow(Duration resolution) {
  return std::min<Duration>(kWidestWindow, resolution / 3);
}

Duration Place(NodeHash node, Duration resolution, Crowd crowd) {
  const auto hash = static_cast<std::uint64_t>(node);
  const Duration step = crowd == Crowd::kMany ? kPlaceDistance : Duration(seconds(1));
  const auto places = static_cast<std::uint64_t>(TurnWindow(resolution) / step);
  const std::uint64_t which = crowd == Crowd::kMany ? hash : hash / kPlacesInSecond;
  const Duration begin =
      step * static_cast<std::int64_t>(which % std::max<std::uint64_t>(1, places));
  return crowd == Crowd::kMany ? begin : begin + InSecond(hash);
}

TimePoint NextTurn(NodeHash node, Duration resolution, Crowd crowd, TimePoint after) {
  const Duration place = Place(node, resolution, crowd);
  const Duration since = after.time_since_epoch() + kShortestDistance - place;
  return TimePoint((since / resolution + 1) * resolution + place);
}

TimePoint NextLook(NodeHash node, TimePoint taken, TimePoint after) {
  const TimePoint first = taken + kFirstLook;
  const TimePoint due = first + kLookAgain * StepsUpTo(after + kBetweenLooks - first, kLookAgain);
  const Duration place = InSecond(static_cast<std::uint64_t>(node));
  const Duration whole = due.time_since_epoch() - place;
  return TimePoint(seconds(StepsUpTo(whole, seconds(1))) + place);
}

bool Settled(TimePoint taken, TimePoint asked) { return taken + kSettling <= asked; }

}  // namespace mpl::discovery
