#include "bench/apiserver/contents.h"

namespace mpl::bench {

Contents::Contents(const ClusterShape& of, std::uint16_t port, const AuthSettings& with)
    : shape(of),
      kubelet_port(port),
      settings(&with),
      cluster(of, 0),
      nodes(static_cast<std::size_t>(of.nodes)) {}

std::optional<NodeRevision> Contents::Node(int node) const {
  if (node < 0 || node >= shape.nodes) return std::nullopt;
  const NodeFacts& facts = nodes[static_cast<std::size_t>(node)];
  if (!facts.present) return std::nullopt;
  return NodeRevision{.node = node,
                      .kubelet_port = kubelet_port,
                      .heartbeat_ms = facts.heartbeat_ms,
                      .version = facts.version};
}

std::optional<PodRevision> Contents::Pod(int node, int slot) const {
  if (node < 0 || node >= shape.nodes || slot < 0 || slot >= shape.pods) return std::nullopt;
  PodRevision pod = PodRevisionOf(cluster.node(node), slot);
  if (!pod.state.present) return std::nullopt;
  const auto changed = pod_versions.find(PodIndex(node, slot));
  pod.version = changed == pod_versions.end() ? kFirstVersion : changed->second;
  return pod;
}

std::optional<PodRevision> Contents::Pod(std::string_view name) const {
  const auto key = ParsePodName(name);
  if (!key) return std::nullopt;
  const auto pod = Pod(key->node, key->slot);
  return pod && PodName(pod->key()) == name ? pod : std::nullopt;
}

}  // namespace mpl::bench
