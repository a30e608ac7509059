// Everything that the API holds at one resourceVersion. Once published it never changes, so that a
// list which takes its time stays consistent. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "bench/apiserver/object.h"
#include "bench/workload/cluster_state.h"

namespace mpl::bench {

// Of every object that has not changed since the begin.
inline constexpr std::uint64_t kFirstVersion = 1000;

struct NodeFacts {
  bool present = true;
  std::int64_t heartbeat_ms = 0;
  std::uint64_t version = kFirstVersion;
};

struct Contents {
  Contents(const ClusterShape& of, std::uint16_t port, const AuthSettings& with);

  // Nothing when it does not exist now.
  std::optional<NodeRevision> Node(int node) const;
  std::optional<PodRevision> Pod(int node, int slot) const;
  // The pod of that name, whatever its namespace; nothing for names of others or of the past.
  std::optional<PodRevision> Pod(std::string_view name) const;

  ClusterShape shape;
  std::uint16_t kubelet_port;
  const AuthSettings* settings;
  ClusterState cluster;
  std::vector<NodeFacts> nodes;
  std::unordered_map<int, std::uint64_t> pod_versions;  // by PodIndex, of pods that changed
  std::uint64_t version = kFirstVersion;

  int PodIndex(int node, int slot) const { return node * shape.pods + slot; }
};

}  // namespace mpl::bench
