// Counts what the whole program asks of operator new. Linking allocations.cc replaces it.
#pragma once

#include <cstdint>

namespace mpl::bench {

std::uint64_t Allocations();  // since the program began
// Bytes that the allocator has given out and not got back.
std::uint64_t BytesInUse();

}  // namespace mpl::bench
