// What readers of an object that does not change leave in it for one another: where, in tables of
// their own, they found last what belongs to it.
#pragma once

#include <atomic>
#include <cstdint>

namespace mpl {

// Thread-safe. A number and nothing else: who reads it must be able to tell whether it is still
// true. 0: nothing was left. What is a copy of the object begins with nothing.
class Bookmark {
 public:
  Bookmark() = default;
  Bookmark(const Bookmark&) noexcept {}
  Bookmark& operator=(const Bookmark&) noexcept {
    Leave(0);
    return *this;
  }
  ~Bookmark() = default;

  std::uint64_t Get() const { return mark_.load(std::memory_order_relaxed); }
  void Leave(std::uint64_t mark) const { mark_.store(mark, std::memory_order_relaxed); }

 private:
  mutable std::atomic<std::uint64_t> mark_ = 0;
};

}  // namespace mpl
