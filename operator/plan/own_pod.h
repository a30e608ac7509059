// What the operator's own pod says about collectors, which run the same image.
#pragma once

#include <string>
#include <vector>

#include "kube/base/error.h"
#include "kube/objects/meta.h"

namespace mpl::plan {

// The image of container `operator` (so config/operator and the chart call it), else of the only
// one: what stands first may be a sidecar that was put there on the pod's way into the cluster.
Result<std::string> OwnImage(const objects::Json& pod);

// The Secrets that it was pulled with, each once: those of the pod, or what the API server wrote
// there from its ServiceAccount.
std::vector<std::string> OwnPullSecrets(const objects::Json& pod);

// Where collectors come from: the same image as the operator, so that both have one version, and
// the same way to get it.
struct Origin {
  std::string image;
  std::vector<std::string> pull_secrets;
};
// `image`: what a flag says; empty: that of the pod. `pod`: the API server's answer. Errors:
// without an image no collector can be made, and to go on for now without Secrets would replace
// them all.
Result<Origin> ReadOrigin(const std::string& image, const Result<objects::Json>& pod);

}  // namespace mpl::plan
