// When which node is scraped. Pure: asked with the time, answers with the nodes that are due.
//
// Once per resolution every node, in one window of at most 4 s (or a third of the resolution): in
// micro-bursts of up to 64 nodes every 50 ms. Measured at 5,000 nodes: half the CPU of a spread
// over the whole resolution, for the sake of a core that sleeps in between. A node keeps its place
// in the window from cycle to cycle (by a hash of its name), so its samples are evenly spaced. New
// nodes are due at once. A node that fails is asked again after one resolution, then two, four, …
// up to a minute; one that is not ready starts at the second step.
//
// In a cluster of up to 256 nodes CPU does not matter and age does: there a node is asked when its
// next sample is due (kubelets take one of the node every 10 s or so, up to 20), though not before
// a third of the resolution and never after one. With samples every 10 s they are half as old when
// read, at 1.5 times the scrapes. Below 10 s of resolution that would gain nothing, above 20 s more
// scrapes than were asked for.
//
// All places are multiples of the wall clock's time, so that replicas ask a node at the same moment
// and a reader who meets one after the other does not see time go back (docs/design/0007).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kube/base/time.h"

namespace mpl::discovery {

// When a node's newest sample was taken, and when the kubelet told of it; both by wall clocks.
struct SampleSeen {
  TimePoint taken{};
  TimePoint told{};
};

class ScrapeSchedule {
 public:
  explicit ScrapeSchedule(Duration resolution);

  // How far the wall clock is ahead of `now` in all that follows. It may jump; less than 10 ms
  // count as nothing, so that places do not blur.
  void SetWallClock(Duration ahead);

  // Every node that waits gets the place of its next turn.
  void SetResolution(Duration resolution, MonoTime now);
  // Due at once. Nothing when it is there already.
  void Add(std::string_view node, MonoTime now);
  void Remove(std::string_view node);
  // Its address, readiness or certificate is another than when it failed: due at once, and its
  // failures are forgotten. Nothing while it is being scraped, except that it will be forgiven.
  void Hurry(std::string_view node, MonoTime now);

  // At most 64 nodes whose time has come, the longest waiting first. They are out of the plan until
  // Succeeded, Failed or Again says how it went.
  std::vector<std::string> TakeDue(MonoTime now);
  // When TakeDue should be asked next; MonoTime::max() when nothing is planned. After a full burst
  // this is 50 ms away.
  MonoTime NextDue() const;

  void Succeeded(std::string_view node, MonoTime now,
                 const std::optional<SampleSeen>& sample = std::nullopt);
  void Failed(std::string_view node, bool ready, MonoTime now);
  // Once more after `delay` although all went well: for a second sample soon after the first.
  void Again(std::string_view node, Duration delay, MonoTime now);

  std::size_t size() const { return nodes_.size(); }
  // The width of the window for a resolution, and a node's place in it.
  static Duration Window(Duration resolution);
  static Duration Offset(std::string_view node, Duration resolution);

 private:
  struct Entry {
    MonoTime due = MonoTime::max();  // max: being scraped
    int failures = 0;
    TimePoint sample{};                               // the last one that we know of
    Duration sample_step = std::chrono::seconds(15);  // how far samples are apart, as a rule
  };

  void Plan(const std::string& node, Entry& entry, MonoTime due);
  void Unplan(std::string_view node, Entry& entry);
  MonoTime NextTurn(std::string_view node, MonoTime now) const;
  bool FollowsSamples() const;
  static void Learn(Entry& entry, TimePoint taken);
  MonoTime NextSample(const Entry& entry, MonoTime now, const SampleSeen& sample) const;
  // The first time that is no earlier and that the replicas have in common.
  MonoTime OnCommonGrid(MonoTime time) const;

  Duration resolution_;
  Duration wall_ahead_{};
  MonoTime burst_until_{};  // no other burst before
  std::map<std::string, Entry, std::less<>> nodes_;
  std::multimap<MonoTime, std::string> plan_;
};

}  // namespace mpl::discovery
