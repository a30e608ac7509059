// Where the pure machines of kube/machinery get their dice.
#pragma once

#include "kube/machinery/backoff.h"

namespace mpl::client {

// Uniform in [0, 1), seeded by the system.
machinery::Random NewRandom();

}  // namespace mpl::client
