// Which version this program is; set by the build.
#pragma once

namespace mpl::app {

extern const char* const kVersion;

}  // namespace mpl::app
