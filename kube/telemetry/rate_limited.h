// Keeps a fault that repeats every few seconds from filling the log.
//
// Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "kube/base/time.h"

namespace mpl::log {

// Says which occurrences of a fault to write: the first, then one per interval with the number of
// those left out. Remembers at most `capacity` faults; the one longest unseen is forgotten first.
class RateLimited {
 public:
  explicit RateLimited(Duration interval, std::size_t capacity = 1024)
      : interval_(interval), capacity_(capacity) {}

  // Nothing: keep quiet. A number: write it, so many were left out since the last line.
  std::optional<std::uint64_t> Occurred(const std::string& fault, MonoTime now);
  // The fault is over: its next occurrence is written at once.
  void Forget(const std::string& fault);

 private:
  struct State {
    MonoTime written;
    MonoTime seen;
    std::uint64_t left_out = 0;
  };
  void MakeRoom();

  Duration interval_;
  std::size_t capacity_;
  std::map<std::string, State> faults_;
};

}  // namespace mpl::log
