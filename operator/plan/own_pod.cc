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

}  // namespace mpl::plan
