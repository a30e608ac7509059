// metricspipeline-collector start | validate FILE | version
#pragma once

#include <string>
#include <vector>

namespace mpl::app {

// Exit code: 0 fine, 1 failed, 2 wrong flags.
int Main(const std::vector<std::string>& arguments);

}  // namespace mpl::app
