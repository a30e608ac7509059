// Counts how often somebody else takes a registration away, so that two controllers do not rewrite
// each other for ever. Pure, not thread-safe.
#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <string>

#include "kube/base/time.h"

namespace mpl::controller {

class Contests {
 public:
  static constexpr auto kWindow = std::chrono::minutes(5);

  void Note(const std::string& name, MonoTime now) { times_[name].push_back(now); }
  // Within the last five minutes.
  int Count(const std::string& name, MonoTime now) {
    const auto found = times_.find(name);
    if (found == times_.end()) return 0;
    std::erase_if(found->second, [now](MonoTime time) { return now - time >= kWindow; });
    return static_cast<int>(found->second.size());
  }

 private:
  std::map<std::string, std::deque<MonoTime>> times_;
};

}  // namespace mpl::controller
