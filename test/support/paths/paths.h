// Where the checkout and the programs of this build are. Its source is the only one that is
// compiled with their paths: every other object is the same in any checkout, and found there by
// ccache.
#pragma once

#include <string>
#include <string_view>

namespace mpl::test {

// A file of the repository: "docs/metrics.yaml".
std::string SourcePath(std::string_view relative);
// One of the two programs of this build: "metricspipeline-operator".
std::string ProgramPath(std::string_view name);

}  // namespace mpl::test
