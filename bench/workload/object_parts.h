// What both forms of an object, JSON and protobuf, are made of. Internal to bench/workload.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "bench/workload/objects.h"

namespace mpl::bench {

inline constexpr std::int64_t kBornMs = 1'793'520'000'000;  // 2026-11-01T08:00:00Z
inline constexpr std::string_view kTemplateHash = "6f7c9d8b5";
inline constexpr std::string_view kImage = "registry.example/app:1.2.3";

enum class ObjectKind : std::uint8_t { kNode = 1, kPod = 2, kReplicaSet = 3 };
std::string Uid(ObjectKind kind, int node, int slot, int generation);
inline std::string UidOf(const PodRevision& pod) {
  return Uid(ObjectKind::kPod, pod.node, pod.slot, pod.state.generation);
}
inline std::string OwnerUid(int slot) { return Uid(ObjectKind::kReplicaSet, 0, slot, 0); }

// A pod that replaced another one is as old as its containers.
inline std::int64_t CreatedMs(const PodRevision& pod) {
  return pod.state.generation == 0 ? kBornMs : pod.state.started_ms;
}
inline std::int64_t StartedMs(const PodRevision& pod) {
  return pod.state.started_ms == 0 ? kBornMs : pod.state.started_ms;
}
inline std::int64_t HeartbeatMs(const NodeRevision& node) {
  return node.heartbeat_ms == 0 ? kBornMs : node.heartbeat_ms;
}

// What a controller manager's and a kubelet's managed fields of a pod come to: fieldsV1.
inline constexpr std::string_view kControllerFields =
    R"({"f:metadata":{"f:generateName":{},"f:labels":{".":{},"f:app":{},"f:pod-template-hash":{},)"
    R"("f:tier":{}},"f:ownerReferences":{".":{}}},"f:spec":{"f:containers":{"k:{\"name\":\"app\"}":)"
    R"({".":{},"f:image":{},"f:imagePullPolicy":{},"f:name":{},"f:resources":{}}},)"
    R"("f:dnsPolicy":{},"f:restartPolicy":{}}})";
inline constexpr std::string_view kKubeletFields =
    R"({"f:status":{"f:conditions":{"k:{\"type\":\"Ready\"}":{".":{},"f:status":{}}},)"
    R"("f:containerStatuses":{},"f:hostIP":{},"f:phase":{},"f:podIP":{},"f:startTime":{}}})";

}  // namespace mpl::bench
