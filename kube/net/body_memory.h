// Memory of bodies that have been dealt with, for the next ones of the same thread. What thousands
// of peers answer one after another needs no new memory each time, and the allocator is spared
// pieces of 40 KB between its small ones. Each thread has its own.
#pragma once

#include <cstddef>
#include <string>

namespace mpl::net {

// Empty, with room for at least so many bytes.
std::string TakeBodyMemory(std::size_t bytes);
// Of Response::body, when nobody looks at it any more. Keeps a few of them, none over 256 KiB.
void GiveBackBody(std::string body);

}  // namespace mpl::net
