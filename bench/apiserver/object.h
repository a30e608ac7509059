// An object of the API as the simulator holds it: not its text but what the text depends on. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "bench/workload/objects.h"
#include "kube/objects/meta.h"

namespace mpl::bench {

enum class Kind { kNode, kPod, kConfigMap };

// What kube-apiserver publishes in kube-system/extension-apiserver-authentication: the one
// ConfigMap that there is. Certificates as PEM.
struct AuthSettings {
  std::string client_ca;
  std::string request_header_ca;
};
inline constexpr std::string_view kSettingsNamespace = "kube-system";
inline constexpr std::string_view kSettingsName = "extension-apiserver-authentication";

struct ConfigMapRevision {
  const AuthSettings* settings = nullptr;  // lives as long as the server
  std::uint64_t version = 0;
};

using Object = std::variant<NodeRevision, PodRevision, ConfigMapRevision>;

Kind KindOf(const Object& object);
std::string NameOf(const Object& object);
std::string NamespaceOf(const Object& object);  // empty for nodes
std::uint64_t VersionOf(const Object& object);
objects::Labels LabelsOf(const Object& object);

enum class EventType { kAdded, kModified, kDeleted };
struct Event {
  EventType type = EventType::kAdded;
  Object object;
};

// "Node", "nodes": for documents and messages.
std::string_view KindName(Kind kind);
std::string_view PluralName(Kind kind);

}  // namespace mpl::bench
