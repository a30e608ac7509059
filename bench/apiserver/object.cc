#include "bench/apiserver/object.h"

namespace mpl::bench {

Kind KindOf(const Object& object) { return static_cast<Kind>(object.index()); }

std::string NameOf(const Object& object) {
  if (const auto* node = std::get_if<NodeRevision>(&object)) return NodeName(node->node);
  if (const auto* pod = std::get_if<PodRevision>(&object)) return PodName(pod->key());
  return std::string(kSettingsName);
}

std::string NamespaceOf(const Object& object) {
  if (std::holds_alternative<NodeRevision>(object)) return {};
  if (const auto* pod = std::get_if<PodRevision>(&object)) {
    return NamespaceOf(pod->node, pod->slot);
  }
  return std::string(kSettingsNamespace);
}

std::uint64_t VersionOf(const Object& object) {
  return std::visit([](const auto& revision) { return revision.version; }, object);
}

objects::Labels LabelsOf(const Object& object) {
  objects::Labels labels;
  const auto add = [&labels](std::string_view key, std::string_view value) {
    labels.insert_or_assign(std::string(key), std::string(value));
  };
  if (const auto* node = std::get_if<NodeRevision>(&object)) {
    for (const auto& [key, value] : NodeLabels(node->node)) add(key, value);
  } else if (const auto* pod = std::get_if<PodRevision>(&object)) {
    for (const auto& [key, value] : PodLabels(pod->slot)) add(key, value);
  }
  return labels;
}

std::string_view KindName(Kind kind) {
  switch (kind) {
    case Kind::kNode:
      return "Node";
    case Kind::kPod:
      return "Pod";
    case Kind::kConfigMap:
      break;
  }
  return "ConfigMap";
}

std::string_view PluralName(Kind kind) {
  switch (kind) {
    case Kind::kNode:
      return "nodes";
    case Kind::kPod:
      return "pods";
    case Kind::kConfigMap:
      break;
  }
  return "configmaps";
}

}  // namespace mpl::bench
