// From the command line to an exit code.
#pragma once

#include <string>
#include <vector>

#include "operator/app/options.h"

namespace mpl::app {

// 0: fine. 1: it failed, or what was asked about is not fine. 2: wrong arguments, all faults on
// standard error. 3: the API server could not be asked. docs/commands.md says what "fine" means for
// each command.
int RunCommand(const std::vector<std::string>& arguments, const Environment& environment);

}  // namespace mpl::app
