#include "operator/app/version.h"

namespace mpl::app {

const char* const kVersion = MPL_VERSION;

}  // namespace mpl::app
