// Asks the memory for what will be read soon: many such requests are under way at once, where
// reading would wait for one after another.
#pragma once

#include <cstddef>

namespace mpl {

inline constexpr std::size_t kCacheLine = 64;

// `begin` may be null: nothing then.
inline void Prefetch(const void* begin, std::size_t bytes) {
  if (begin == nullptr) return;
  const char* const first = static_cast<const char*>(begin);
  for (std::size_t at = 0; at < bytes; at += kCacheLine) __builtin_prefetch(first + at);
  // GCC 12 takes a function that does nothing else for one without effect, and drops its calls.
  asm volatile("");
}

}  // namespace mpl
