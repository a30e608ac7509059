// Yardsticks of scraping itself: our own parts against the kubelet simulator over loopback.
#pragma once

#include <vector>

#include "bench/yardsticks/yardsticks.h"

namespace mpl::bench {

// What a kept-alive connection holds, and what a scrape costs us for what it costs the simulator.
// Must be called while there are no other threads. Throws std::runtime_error.
void AddScraping(std::vector<Yardstick>& out);

}  // namespace mpl::bench
