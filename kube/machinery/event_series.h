// Which occurrences of an event are worth a write: the first one of ten minutes makes a new Event,
// repeats only count, and the count is written at the first repeat and then once a minute.
//
// Pure. Not thread-safe.
#pragma once

#include <map>
#include <string>

#include "kube/base/time.h"

namespace mpl::machinery {

class EventSeries {
 public:
  static constexpr std::chrono::minutes kWindow{10};
  static constexpr std::chrono::seconds kWriteEvery{60};

  enum class Write { kNew, kCount, kNothing };
  struct Decision {
    Write write = Write::kNothing;
    int count = 1;  // occurrences in this window so far
    // Of the Event that counts this one; empty until Named was called.
    std::string event_name = {};
  };

  // `key` says what is the same event: reason and object.
  Decision Occurred(const std::string& key, MonoTime now);
  // The new Event of this key has been written under that name.
  void Named(const std::string& key, std::string event_name);
  // It could not be: the next occurrence tries again.
  void Forget(const std::string& key) { series_.erase(key); }

 private:
  struct State {
    MonoTime first;
    MonoTime written;
    int count = 1;
    std::string event_name;
  };
  std::map<std::string, State> series_;
};

}  // namespace mpl::machinery
