#include "operator/plan/own_pod.h"

#include <algorithm>
#include <vector>

#include "kube/base/text.h"
#include "kube/objects/fields.h"

namespace mpl::plan {
namespace {

using objects::Json;
using objects::TextIn;

constexpr const char* kOwnContainer = "operator";
constexpr const char* kImageRemedy =
    "name the image of collectors with --image or the variable OPERATOR_IMAGE";

}  // namespace

Result<std::string> OwnImage(const Json& pod) {
  const Json containers = objects::ListAt(pod, "/spec/containers");
  auto own = std::ranges::find_if(
      containers, [](const Json& each) { return TextIn(each, "name") == kOwnContainer; });
  if (own == containers.end() && containers.size() == 1) own = containers.begin();
  if (own == containers.end()) {
    std::vector<std::string> names;
    for (const Json& container : containers) names.push_back(TextIn(container, "name"));
    return Fail(ErrorKind::kInvalid, "own pod has no container named " +
                                         std::string(kOwnContainer) + " (it has " +
                                         Join(names, ", ") + "): " + kImageRemedy);
  }
  std::string image = TextIn(*own, "image");
  if (image.empty()) {
    return Fail(ErrorKind::kMalformed,
                "own pod's container " + TextIn(*own, "name") + " names no image: " + kImageRemedy);
  }
  return image;
}

std::vector<std::string> OwnPullSecrets(const Json& pod) {
  std::vector<std::string> secrets;
  const Json entries = objects::ListAt(pod, "/spec/imagePullSecrets");
  for (const Json& entry : entries) {
    std::string name = TextIn(entry, "name");
    // Pods may name one twice or leave it empty; server-side apply refuses the first of these.
    if (name.empty() || std::ranges::find(secrets, name) != secrets.end()) continue;
    secrets.push_back(std::move(name));
  }
  return secrets;
}

Result<Origin> ReadOrigin(const std::string& image, const Result<Json>& pod) {
  if (!pod) {
    // Both are answers that will be the same next time.
    const bool settled =
        pod.error().kind == ErrorKind::kNotFound || pod.error().kind == ErrorKind::kForbidden;
    if (settled && !image.empty()) return Origin{image, {}};
    return Within("read own pod for its image and pull secrets", pod.error());
  }
  Origin origin{image, OwnPullSecrets(*pod)};
  if (!image.empty()) return origin;
  auto own = OwnImage(*pod);
  if (!own) return std::unexpected(own.error());
  origin.image = *std::move(own);
  return origin;
}

}  // namespace mpl::plan
