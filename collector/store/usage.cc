#include "collector/store/usage.h"

#include <algorithm>

namespace mpl::store {
namespace {

bool Has(const PodUsage& usage, std::string_view name) {
  return std::ranges::binary_search(usage.containers, name, {}, &ContainerUsage::name);
}

}  // namespace

bool Covers(const PodUsage& usage, std::span<const std::string> names) {
  return std::ranges::all_of(names, [&](const std::string& name) { return Has(usage, name); });
}

bool LosesPart(const PodUsage& before, const PodUsage& after) {
  return std::ranges::any_of(before.containers, [&](const ContainerUsage& container) {
    return !Has(after, container.name);
  });
}

}  // namespace mpl::store
