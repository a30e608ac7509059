// Listening sockets and what a simulator's process needs besides. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>

namespace mpl::bench {

// Wall time, milliseconds since 1970.
std::int64_t NowMs();

// Non-blocking, on a port of an IPv4 address in host byte order. Throws std::runtime_error.
int Listen(std::uint32_t address, std::uint16_t port);
// The next connection, non-blocking and without Nagle's delay; negative when there is none.
int Accept(int listener);
// To which address the client connected, in host byte order; 0 when that cannot be said.
std::uint32_t LocalAddress(int descriptor);

// Blocks SIGTERM and SIGINT; the descriptor is readable when one of them came.
int TerminationSignals();
// Ignores broken pipes (clients leave whenever they like) and takes all descriptors there are.
void PrepareProcess();
// The process's own CPU time in milliseconds.
struct OwnCpu {
  double user_ms = 0;
  double system_ms = 0;
};
OwnCpu UsedCpu();

}  // namespace mpl::bench
