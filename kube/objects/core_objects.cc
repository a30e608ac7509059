#include "kube/objects/core_objects.h"

#include <algorithm>
#include <initializer_list>

namespace mpl::objects {
namespace {

// The member at the end of `path`; null when any step is missing.
const Json* At(const Json& object, std::initializer_list<const char*> path) {
  const Json* at = &object;
  for (const char* name : path) {
    if (!at->is_object()) return nullptr;
    const auto found = at->find(name);
    if (found == at->end()) return nullptr;
    at = &*found;
  }
  return at;
}

std::string TextAt(const Json& object, std::initializer_list<const char*> path) {
  const Json* text = At(object, path);
  return text != nullptr && text->is_string() ? text->get<std::string>() : std::string();
}

// An empty list when there is none.
const Json& ListAt(const Json& object, std::initializer_list<const char*> path) {
  static const Json kNone = Json::array();
  const Json* list = At(object, path);
  return list != nullptr && list->is_array() ? *list : kNone;
}

// The API spells this one with a capital letter.
std::uint16_t PortOf(const Json& node) {
  const Json* port = At(node, {"status", "daemonEndpoints", "kubeletEndpoint", "Port"});
  if (port == nullptr || !port->is_number_integer()) return 0;
  const auto number = port->get<std::int64_t>();
  return number <= 0 || number > UINT16_MAX ? 0 : static_cast<std::uint16_t>(number);
}

void AddRunning(const Json& statuses, TextList& running) {
  for (const Json& status : statuses) {
    const Json* state = At(status, {"state", "running"});
    if (state != nullptr && state->is_object()) running.push_back(TextAt(status, {"name"}));
  }
}

}  // namespace

Result<NodeObject> ReadJsonNode(const Json& object) {
  auto meta = ParseObjectMeta(object);
  if (!meta) return std::unexpected(meta.error());
  NodeObject node;
  node.meta = *std::move(meta);
  for (const Json& item : ListAt(object, {"status", "addresses"})) {
    NodeAddress address{TextAt(item, {"type"}), TextAt(item, {"address"})};
    if (!address.address.empty()) node.addresses.push_back(std::move(address));
  }
  node.kubelet_port = PortOf(object);
  node.boot_id = TextAt(object, {"status", "nodeInfo", "bootID"});
  node.ready =
      std::ranges::any_of(ListAt(object, {"status", "conditions"}), [](const Json& condition) {
        return TextAt(condition, {"type"}) == "Ready" && TextAt(condition, {"status"}) == "True";
      });
  return node;
}

Result<PodObject> ReadJsonPod(const Json& object) {
  auto meta = ParseObjectMeta(object);
  if (!meta) return std::unexpected(meta.error());
  PodObject pod;
  pod.meta = PodMeta(*std::move(meta));
  pod.node_name = Shared(TextAt(object, {"spec", "nodeName"}));
  TextList running;
  AddRunning(ListAt(object, {"status", "containerStatuses"}), running);
  AddRunning(ListAt(object, {"status", "initContainerStatuses"}), running);
  pod.running = Shared(std::move(running));
  return pod;
}

PodMeta::PodMeta(ObjectMeta meta)
    : name(std::move(meta.name)),
      ns(Shared(meta.ns)),
      resource_version(std::move(meta.resource_version)),
      creation_timestamp(meta.creation_timestamp.value_or(TimePoint{})),
      labels(Shared(std::move(meta.labels))) {
  if (name.empty() && mpl::objects::EndsInitialEvents(meta)) {
    creation_timestamp = kEndsInitialEvents;
  }
  name.shrink_to_fit();
}

bool IsSameVersion(const PodMeta& a, const PodMeta& b) {
  return a.creation_timestamp == b.creation_timestamp && a.resource_version == b.resource_version;
}

}  // namespace mpl::objects
