// When which node is scraped. Pure: asked with the time, answers with the nodes that are due.
//
// Once per resolution every node, in one window of at most 4 s (or a third of the resolution): in
// micro-bursts of up to 64 nodes every 50 ms. Measured at 5,000 nodes: half the CPU of a spread
// over the whole resolution, for the sake of a core that sleeps in between. A node keeps its place
// in the window from cycle to cycle (by a hash of its name), so its samples are evenly spaced. New
// nodes are due at once. A node that fails is asked again after one resolution, then two, four, …
// up to a minute; one that is not ready starts at the second step.
//
// In a cluster of up to 256 nodes CPU does not matter and age does: there, at a resolution of 12 to
// 20 s, a node is asked when its next sample is due. With samples every 10 s they are half as old
// when read, at 1.5 times the scrapes. Below that would gain nothing, above it would be more
// scrapes than were asked for.
//
// All moments are those of the wall clock (moments.h), so that replicas ask a node at the same one.
// What they read there they also publish at the same one, 200 ms later: a reader who meets one
// after the other does not see time go back (docs/design/0008).
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "collector/discovery/moments.h"
#include "kube/base/time.h"

namespace mpl::discovery {

// When a node's newest sample was taken, and when the kubelet told of it; both by wall clocks.
struct SampleSeen {
  TimePoint taken{};
  TimePoint told{};
};

// What the schedule knows of one node. It lies where its owner keeps the node, so that neither has
// to look for the other, and must stay there from Add until Remove.
class ScheduledNode {
  friend class ScrapeSchedule;
  NodeHash hash_{};
  bool known_ = false;   // between Add and Remove
  bool shared_ = false;  // other replicas ask at the moment of asked_, too
  int failures_ = 0;
  std::optional<MonoTime> due_;  // nothing: being scraped
  MonoTime asked_{};             // the moment for which it was planned last
  TimePoint sample_{};           // the last one that is known to all; none: its clock is not ours
};

class ScrapeSchedule {
 public:
  explicit ScrapeSchedule(Duration resolution);

  // How far the wall clock is ahead of `now` in all that follows. It may jump; less than 1 ms
  // counts as nothing, so that places do not blur.
  void SetWallClock(Duration ahead);

  // Every node that waits gets the place of its next turn.
  void SetResolution(Duration resolution, MonoTime now);
  // Due at once. Nothing when it is there already.
  void Add(ScheduledNode& node, std::string_view name, MonoTime now);
  // Whatever is said of it afterwards, until it is added again, means nothing.
  void Remove(ScheduledNode& node);
  // Its address, readiness or certificate is another than when it failed: due at once, and its
  // failures are forgotten. Nothing while it is being scraped, except that it will be forgiven.
  void Hurry(ScheduledNode& node, MonoTime now);

  // At most 64 nodes whose time has come, the longest waiting first. They are out of the plan until
  // Succeeded, Failed or Again says how it went.
  std::vector<ScheduledNode*> TakeDue(MonoTime now);
  // When TakeDue should be asked next; MonoTime::max() when nothing is planned. After a full burst
  // this is 50 ms away.
  MonoTime NextDue() const;
  // The last burst has been answered but for a few: the next one need not wait for its time. When
  // all nodes are new, it is the processor that says how fast they are asked.
  void EndBurst() { burst_until_ = {}; }
  // Not before this may the answer of a node that is being asked be seen; a time that is past when
  // no other replica asks at this moment, or when there are too many nodes to hold back answers.
  MonoTime PublishAt(const ScheduledNode& node) const;
  // Whether the other replicas have been told of this sample of the node, too, so that all may show
  // it; if not, all see it at the next look. Only where looks are few seconds apart, and of a node
  // whose clock may be ours: after ours was set back nothing is held back for longer than a look.
  bool KnownToAll(const ScheduledNode& node, TimePoint taken) const;

  // Without a sample, or with one that no clock like ours can have given, the next turn counts.
  void Succeeded(ScheduledNode& node, MonoTime now,
                 const std::optional<SampleSeen>& sample = std::nullopt);
  void Failed(ScheduledNode& node, bool ready, MonoTime now);
  // Once more after `delay` although all went well: for a second sample soon after the first.
  void Again(ScheduledNode& node, Duration delay, MonoTime now);

  std::size_t size() const { return size_; }

 private:
  void Plan(ScheduledNode& node, MonoTime due, bool shared);
  void Unplan(ScheduledNode& node);
  void PlanTurn(ScheduledNode& node, MonoTime after);
  Crowd crowd() const;
  bool FollowsSamples() const;
  bool IsFollowed(const ScheduledNode& node) const;
  TimePoint WallAt(MonoTime time) const;
  MonoTime MonoAt(TimePoint time) const;

  Duration resolution_;
  Duration wall_ahead_{};
  MonoTime burst_until_{};  // no other burst before
  std::size_t size_ = 0;
  // Nodes of a large cluster share some twenty moments. None is empty.
  std::map<MonoTime, std::vector<ScheduledNode*>> plan_;
};

}  // namespace mpl::discovery
