#include "test/support/paths/paths.h"

namespace mpl::test {

std::string SourcePath(std::string_view relative) {
  return std::string(MPL_SOURCE_DIR "/").append(relative);
}

std::string ProgramPath(std::string_view name) {
  return std::string(MPL_PROGRAM_DIR "/").append(name);
}

}  // namespace mpl::test
