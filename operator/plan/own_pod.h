// What the operator's own pod says about collectors, which run the same image.
#pragma once

#include <string>

#include "kube/base/error.h"
#include "kube/objects/meta.h"

namespace mpl::plan {

// The image of container `operator` (so config/operator and the chart call it), else of the only
// one: what stands first may be a sidecar that was put there on the pod's way into the cluster.
Result<std::string> OwnImage(const objects::Json& pod);

}  // namespace mpl::plan
