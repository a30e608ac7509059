// A schedule and its nodes, by name: for tests, where a look-up costs nothing.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "collector/discovery/schedule.h"

namespace mpl::discovery {

class NamedSchedule {
 public:
  explicit NamedSchedule(Duration resolution) : schedule_(resolution) {}

  void SetWallClock(Duration ahead) { schedule_.SetWallClock(ahead); }
  void SetResolution(Duration resolution, MonoTime now) {
    schedule_.SetResolution(resolution, now);
  }
  void Add(const std::string& name, MonoTime now) { schedule_.Add(nodes_[name], name, now); }
  void Remove(const std::string& name) { schedule_.Remove(nodes_[name]); }
  void Hurry(const std::string& name, MonoTime now) { schedule_.Hurry(nodes_[name], now); }
  std::vector<std::string> TakeDue(MonoTime now) {
    std::vector<std::string> names;
    for (const ScheduledNode* const due : schedule_.TakeDue(now)) names.push_back(NameOf(*due));
    return names;
  }
  MonoTime NextDue() const { return schedule_.NextDue(); }
  void EndBurst() { schedule_.EndBurst(); }
  MonoTime PublishAt(const std::string& name) { return schedule_.PublishAt(nodes_[name]); }
  bool KnownToAll(const std::string& name, TimePoint taken) {
    return schedule_.KnownToAll(nodes_[name], taken);
  }
  void Succeeded(const std::string& name, MonoTime now,
                 const std::optional<SampleSeen>& sample = std::nullopt) {
    schedule_.Succeeded(nodes_[name], now, sample);
  }
  void Failed(const std::string& name, bool ready, MonoTime now) {
    schedule_.Failed(nodes_[name], ready, now);
  }
  void Again(const std::string& name, Duration delay, MonoTime now) {
    schedule_.Again(nodes_[name], delay, now);
  }
  std::size_t size() const { return schedule_.size(); }

 private:
  std::string NameOf(const ScheduledNode& node) const {
    for (const auto& [name, known] : nodes_) {
      if (&known == &node) return name;
    }
    return "";
  }

  ScrapeSchedule schedule_;
  std::map<std::string, ScheduledNode> nodes_;
};

}  // namespace mpl::discovery
