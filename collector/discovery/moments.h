// The moments of the wall clock at which a node is asked. Pure functions of what every replica
// knows alike - the node's name, the resolution, the time of the sample it was last told of - and
// of nothing that it has learned for itself: replicas ask a node at the same moment without ever
// having heard of each other, and one that was elsewhere is back with the others after one answer.
#pragma once

#include <cstdint>
#include <string_view>

#include "kube/base/time.h"

namespace mpl::discovery {

// Scrapes closer than this would read the same samples.
constexpr Duration kShortestDistance = std::chrono::seconds(1);
// Bursts of a big cluster are so far apart.
constexpr Duration kBurstDistance = std::chrono::milliseconds(50);

enum class Crowd { kFew, kMany };

// What a node's places are drawn by. The same in every process, unlike std::hash; worth keeping.
enum class NodeHash : std::uint64_t {};
NodeHash HashOf(std::string_view node);

// The width of the part of each resolution in which nodes have their turn: 4 s, or a third of it.
Duration TurnWindow(Duration resolution);

// A node's place in that window, by the hash of its name. Among many nodes, any multiple of four
// burst distances. Among few, a moment early in some second of the window: kubelets take the
// samples of pods when they are asked, the API cuts times to whole seconds, and two replicas'
// samples a few milliseconds apart must not lie on either side of a full second.
Duration Place(NodeHash node, Duration resolution, Crowd crowd);

// The node's first turn later than `after` by the shortest distance: one in every resolution.
TimePoint NextTurn(NodeHash node, Duration resolution, Crowd crowd, TimePoint after);

// When to look for the successor of a sample that was taken at `taken`: 12 s after it (kubelets
// take one of the node every 10 s or so, but up to 20) and then every 5 s; the first of these that
// is at least 2.5 s later than `after`.
TimePoint NextLook(NodeHash node, TimePoint taken, TimePoint after);

// Whether a replica that asks at `asked` as we do, give or take half a second, is told of the same
// sample. Not so of one that was taken in between, or because somebody asked.
bool Settled(TimePoint taken, TimePoint asked);

}  // namespace mpl::discovery
