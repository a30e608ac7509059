// A small file, whole.
#pragma once

#include <string>

#include "kube/base/error.h"

namespace mpl::app {

// kNotFound or kInternal, naming the file; more than 4 MiB is refused.
Result<std::string> ReadFile(const std::string& path);

}  // namespace mpl::app
