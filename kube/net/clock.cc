// The two clocks of the process. Pure folders get their answers as arguments.
#include "kube/net/runtime.h"

namespace mpl::net {

TimePoint SystemNow() {
  return std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now());
}

MonoTime SteadyNow() {
  return std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now());
}

}  // namespace mpl::net
