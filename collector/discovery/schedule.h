// When which node is scraped. Pure: asked with the time, answers with the nodes that are due.
//
// Once per resolution every node, in one window of at most 4 s (or a third of the resolution): in
// micro-bursts of up to 64 nodes every 50 ms. Measured at 5,000 nodes: half the CPU of a spread
// over the whole resolution, for the sake of a core that sleeps in between. A node keeps its place
// in the window from cycle to cycle (by a hash of its name), so its samples are evenly spaced. New
// nodes are due at once. A node that fails is asked again after one resolution, then two, four, …
// up to a minute; one that is not ready starts at the second step.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "kube/base/time.h"

namespace mpl::discovery {

class ScrapeSchedule {
 public:
  explicit ScrapeSchedule(Duration resolution);

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

  void Succeeded(std::string_view node, MonoTime now);
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
  };

  void Plan(const std::string& node, Entry& entry, MonoTime due);
  void Unplan(std::string_view node, Entry& entry);
  MonoTime NextTurn(std::string_view node, MonoTime now) const;

  Duration resolution_;
  MonoTime burst_until_{};  // no other burst before
  std::map<std::string, Entry, std::less<>> nodes_;
  std::multimap<MonoTime, std::string> plan_;
};

}  // namespace mpl::discovery
