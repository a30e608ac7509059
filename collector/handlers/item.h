// What is served of one object, before it has any form.
#pragma once

#include <span>

#include "collector/store/usage.h"
#include "kube/base/time.h"
#include "kube/objects/meta.h"

namespace mpl::handlers {

// A view: valid as long as the object and the usage that it was made of.
struct Item {
  const objects::ObjectMeta* meta = nullptr;
  TimePoint timestamp{};
  Duration window{};
  const store::Usage* usage = nullptr;                  // a node's; null for a pod
  std::span<const store::ContainerUsage> containers{};  // a pod's
};

}  // namespace mpl::handlers
