#include "kube/base/version.h"

#ifndef MPL_COMMIT
#define MPL_COMMIT "unknown"
#endif

namespace mpl {

std::string_view Commit() { return MPL_COMMIT; }

}  // namespace mpl
