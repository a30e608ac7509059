// Which descriptors are ready: epoll, level-triggered. Not thread-safe.
#pragma once

#include <array>
#include <span>

namespace mpl::bench {

class Poller {
 public:
  Poller();
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  enum class For { kReading, kWriting };
  // A descriptor leaves by being closed.
  void Add(int descriptor);  // for reading
  void Change(int descriptor, For what);
  // Blocks until some are ready, or `patience_ms` passed (negative: for ever). Valid until the next
  // call.
  std::span<const int> Wait(int patience_ms);

 private:
  int poll_;
  std::array<int, 256> ready_{};
};

}  // namespace mpl::bench
