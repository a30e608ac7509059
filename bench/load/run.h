// A number of connections, a thread each, that ask for a time; and what came of it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "bench/load/client.h"

namespace mpl::bench {

struct LoadPlan {
  Endpoint endpoint;
  std::vector<std::string> heads;  // whole requests; asked one after another, again and again
  int connections = 1;
  double rate = 0;        // requests per second of all connections together; 0: closed loop
  double seconds = 5;     // when to stop asking
  std::size_t limit = 0;  // most requests of all connections together; 0: no limit
};

// In an open loop a request's clock starts when it was due, not when a connection was free for it:
// a server that stalls is charged for everyone who waits meanwhile.
struct LoadResult {
  std::vector<double> latency_ms, first_byte_ms;  // of successes, unsorted
  std::map<std::string, std::size_t> errors;      // by status other than 200; "0": it broke
  std::size_t bytes = 0;                          // of all successes
  double seconds = 0;

  std::string ToJson() const;
};

LoadResult RunLoad(const LoadPlan& plan);

}  // namespace mpl::bench
