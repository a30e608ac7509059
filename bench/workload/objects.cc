#include "bench/workload/objects.h"

#include <fmt/format.h>

namespace mpl::bench {
namespace {

constexpr std::string_view kBorn = "2026-11-01T08:00:00Z";

std::string Uid(int kind, int node, int slot, int generation) {
  return fmt::format("{:08x}-{:04x}-4000-8000-{:012x}", node, kind, slot * 1000 + generation);
}

// What a controller manager's and a kubelet's managed fields of a pod come to.
std::string ManagedFields() {
  return fmt::format(
      R"([{{"manager":"kube-controller-manager","operation":"Update","apiVersion":"v1","time":"{0}",)"
      R"("fieldsType":"FieldsV1","fieldsV1":{{"f:metadata":{{"f:generateName":{{}},"f:labels":{{".":{{}},)"
      R"("f:app":{{}},"f:pod-template-hash":{{}},"f:tier":{{}}}},"f:ownerReferences":{{".":{{}}}}}},)"
      R"("f:spec":{{"f:containers":{{"k:{{\"name\":\"app\"}}":{{".":{{}},"f:image":{{}},"f:imagePullPolicy":{{}},)"
      R"("f:name":{{}},"f:resources":{{}}}}}},"f:dnsPolicy":{{}},"f:restartPolicy":{{}}}}}}}},)"
      R"({{"manager":"kubelet","operation":"Update","apiVersion":"v1","time":"{0}","fieldsType":"FieldsV1",)"
      R"("fieldsV1":{{"f:status":{{"f:conditions":{{"k:{{\"type\":\"Ready\"}}":{{".":{{}},"f:status":{{}}}}}},)"
      R"("f:containerStatuses":{{}},"f:hostIP":{{}},"f:phase":{{}},"f:podIP":{{}},"f:startTime":{{}}}}}},)"
      R"("subresource":"status"}}])",
      kBorn);
}

}  // namespace

std::string NodeObject(int node, std::uint16_t port) {
  const std::string name = NodeName(node);
  return fmt::format(
      R"({{"apiVersion":"v1","kind":"Node","metadata":{{"name":"{0}","uid":"{1}","creationTimestamp":"{2}",)"
      R"("labels":{{"kubernetes.io/hostname":"{0}","kubernetes.io/os":"linux","kubernetes.io/arch":"amd64",)"
      R"("topology.kubernetes.io/zone":"zone-{3}"}}}},"spec":{{}},"status":{{"capacity":{{"cpu":"16",)"
      R"("memory":"64Gi","pods":"250"}},"allocatable":{{"cpu":"16","memory":"64Gi","pods":"250"}},)"
      R"("conditions":[{{"type":"Ready","status":"True","reason":"KubeletReady","lastHeartbeatTime":"{2}",)"
      R"("lastTransitionTime":"{2}"}}],"addresses":[{{"type":"InternalIP","address":"{4}"}},)"
      R"({{"type":"Hostname","address":"{0}"}}],"daemonEndpoints":{{"kubeletEndpoint":{{"Port":{5}}}}},)"
      R"("nodeInfo":{{"machineID":"","systemUUID":"","bootID":"{1}","kernelVersion":"6.1","osImage":"Debian",)"
      R"("containerRuntimeVersion":"containerd://2.4.2","kubeletVersion":"v1.36.3","kubeProxyVersion":"",)"
      R"("operatingSystem":"linux","architecture":"amd64"}}}}}})",
      name, Uid(1, node, 0, 0), kBorn, node % 3, NodeAddress(node), port);
}

std::string PodObject(const NodeState& state, int slot) {
  const PodState& pod = state.pods[static_cast<std::size_t>(slot)];
  std::string specs;
  std::string statuses;
  for (int i = 0; i < state.containers; ++i) {
    const char* comma = i == 0 ? "" : ",";
    specs += fmt::format(
        R"({}{{"name":"{}","image":"registry.example/app:1.2.3","resources":{{"requests":{{"cpu":"100m",)"
        R"("memory":"64Mi"}}}},"imagePullPolicy":"IfNotPresent"}})",
        comma, ContainerName(i));
    statuses += fmt::format(
        R"({}{{"name":"{}","state":{{"running":{{"startedAt":"{}"}}}},"lastState":{{}},"ready":true,)"
        R"("restartCount":0,"image":"registry.example/app:1.2.3","imageID":"sha256:0","started":true}})",
        comma, ContainerName(i), kBorn);
  }
  return fmt::format(
      R"({{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"{0}","namespace":"{1}","uid":"{2}",)"
      R"("generateName":"{3}-6f7c9d8b5-","creationTimestamp":"{4}","labels":{{"app":"{3}",)"
      R"("pod-template-hash":"6f7c9d8b5","tier":"tier-{5}"}},"ownerReferences":[{{"apiVersion":"apps/v1",)"
      R"("kind":"ReplicaSet","name":"{3}-6f7c9d8b5","uid":"{6}","controller":true,"blockOwnerDeletion":true}}],)"
      R"("managedFields":{7}}},"spec":{{"nodeName":"{8}","containers":[{9}],"restartPolicy":"Always",)"
      R"("dnsPolicy":"ClusterFirst"}},"status":{{"phase":"Running","conditions":[{{"type":"Ready",)"
      R"("status":"True"}}],"hostIP":"{10}","podIP":"10.64.0.1","startTime":"{4}","containerStatuses":[{11}]}}}})",
      PodName({state.node, slot, pod.generation}), NamespaceOf(state.node, slot),
      Uid(2, state.node, slot, pod.generation), WorkloadName(slot), kBorn, slot % 4,
      Uid(3, 0, slot, 0), ManagedFields(), NodeName(state.node), specs, NodeAddress(state.node),
      statuses);
}

}  // namespace mpl::bench
