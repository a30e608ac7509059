// What is served of one object, before it has any form.
#pragma once

#include <span>
#include <string>

#include "collector/store/usage.h"
#include "kube/base/time.h"
#include "kube/objects/meta.h"

namespace mpl::handlers {

struct ItemMeta {
  template <class Meta>
  static ItemMeta Of(const Meta& meta) {
    return {.name = meta.name, .ns = meta.ns, .labels = meta.labels};
  }
  const std::string& name;
  const std::string& ns;  // empty: a node's
  const objects::Labels& labels;
};

// A view: valid as long as the object and the usage that it was made of.
struct Item {
  ItemMeta meta;
  TimePoint timestamp{};
  Duration window{};
  const store::Usage* usage = nullptr;                  // a node's; null for a pod
  std::span<const store::ContainerUsage> containers{};  // a pod's
};

}  // namespace mpl::handlers
