// What the simulator has seen, for /counters of its control port.
#pragma once

#include <cstdint>
#include <string>

namespace mpl::bench {

struct ApiCounters {
  std::uint64_t accepted = 0;
  std::uint64_t requests = 0;
  std::uint64_t unauthorized = 0;
  std::uint64_t refused = 0;  // any other answer of 400 and more
  std::uint64_t lists = 0;
  std::uint64_t watches = 0;
  std::uint64_t reviews = 0;     // of tokens and of access
  std::uint64_t sent_bytes = 0;  // heads, bodies and framing, before encryption
  std::uint64_t open = 0;        // connections now

  // With the process's own CPU time in milliseconds, as JSON.
  std::string ToJson() const;
};

}  // namespace mpl::bench
