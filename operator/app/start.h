// `start`: the operator's life, from its flags to SIGTERM.
#pragma once

#include "operator/app/options.h"

namespace mpl::app {

// Returns the exit code: 0 after SIGTERM, 1 when leadership was lost or the start failed.
int Start(const Options& options, const Environment& environment);

}  // namespace mpl::app
