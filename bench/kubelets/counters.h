// What the simulator has seen, for /counters of its control port.
#pragma once

#include <cstdint>
#include <string>

namespace mpl::bench {

struct Counters {
  std::uint64_t accepted = 0;
  std::uint64_t handshakes = 0;
  std::uint64_t resumed = 0;  // of these, from a ticket
  std::uint64_t failed_handshakes = 0;
  std::uint64_t resource_requests = 0;  // /metrics/resource
  std::uint64_t summary_requests = 0;   // /stats/summary
  std::uint64_t other_requests = 0;
  std::uint64_t without_token = 0;  // requests that brought no bearer token
  std::uint64_t plain_bytes = 0;    // bodies before compression
  std::uint64_t sent_bytes = 0;     // heads, bodies and framing, before encryption
  std::uint64_t open = 0;           // connections now

  // With the process's own CPU time in milliseconds, as JSON.
  std::string ToJson() const;
};

}  // namespace mpl::bench
