#include "bench/workload/objects.h"

#include <fmt/format.h>

#include <chrono>

#include "bench/workload/object_parts.h"
#include "kube/base/time.h"

namespace mpl::bench {
namespace {

std::string TimeText(std::int64_t ms) {
  return FormatRfc3339(TimePoint(std::chrono::milliseconds(ms)));
}

std::string VersionField(std::uint64_t version) {
  return version == 0 ? std::string() : fmt::format(R"("resourceVersion":"{}",)", version);
}

std::string ManagedFields() {
  constexpr const char* kEntry =
      R"({{"manager":"{}","operation":"Update","apiVersion":"v1","time":"{}","fieldsType":"FieldsV1",)"
      R"("fieldsV1":{}{}}})";
  static const std::string text =
      "[" +
      fmt::format(kEntry, "kube-controller-manager", TimeText(kBornMs), kControllerFields, "") +
      "," +
      fmt::format(kEntry, "kubelet", TimeText(kBornMs), kKubeletFields,
                  R"(,"subresource":"status")") +
      "]";
  return text;
}

std::string LabelsText(const LabelList& labels) {
  std::string text;
  for (const auto& [key, value] : labels) {
    text += fmt::format(R"({}"{}":"{}")", text.empty() ? "" : ",", key, value);
  }
  return text;
}

std::string NodeMetadata(const NodeRevision& node) {
  return fmt::format(R"({{"name":"{}","uid":"{}",{}"creationTimestamp":"{}","labels":{{{}}}}})",
                     NodeName(node.node), Uid(ObjectKind::kNode, node.node, 0, 0),
                     VersionField(node.version), TimeText(kBornMs),
                     LabelsText(NodeLabels(node.node)));
}

std::string PodMetadata(const PodRevision& pod) {
  const std::string deletion =
      pod.deleted_ms == 0
          ? std::string()
          : fmt::format(R"("deletionTimestamp":"{}","deletionGracePeriodSeconds":30,)",
                        TimeText(pod.deleted_ms));
  return fmt::format(
      R"({{"name":"{0}","namespace":"{1}","uid":"{2}",{3})"
      R"("generateName":"{4}-{9}-","creationTimestamp":"{5}",{6}"labels":{{{7}}},)"
      R"("ownerReferences":[{{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"{4}-{9}","uid":"{8}",)"
      R"("controller":true,"blockOwnerDeletion":true}}],"managedFields":{10}}})",
      PodName(pod.key()), NamespaceOf(pod.node, pod.slot), UidOf(pod), VersionField(pod.version),
      WorkloadName(pod.slot), TimeText(CreatedMs(pod)), deletion, LabelsText(PodLabels(pod.slot)),
      OwnerUid(pod.slot), kTemplateHash, ManagedFields());
}

std::string Partial(const std::string& metadata) {
  return fmt::format(
      R"({{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{}}})",
      metadata);
}

}  // namespace

std::string Uid(ObjectKind kind, int node, int slot, int generation) {
  return fmt::format("{:08x}-{:04x}-4000-8000-{:012x}", node, static_cast<int>(kind),
                     slot * 1000 + generation);
}

LabelList NodeLabels(int node) {
  return {{"kubernetes.io/arch", "amd64"},
          {"kubernetes.io/hostname", NodeName(node)},
          {"kubernetes.io/os", "linux"},
          {"topology.kubernetes.io/zone", "zone-" + std::to_string(node % 3)}};
}

LabelList PodLabels(int slot) {
  return {{"app", WorkloadName(slot)},
          {"pod-template-hash", std::string(kTemplateHash)},
          {"tier", "tier-" + std::to_string(slot % 4)}};
}

PodRevision PodRevisionOf(const NodeState& state, int slot) {
  return {.node = state.node,
          .slot = slot,
          .containers = state.containers,
          .state = state.pods[static_cast<std::size_t>(slot)]};
}

std::string NodeObject(const NodeRevision& node) {
  return fmt::format(
      R"({{"apiVersion":"v1","kind":"Node","metadata":{0},"spec":{{}},"status":{{"capacity":{{"cpu":"16",)"
      R"("memory":"64Gi","pods":"250"}},"allocatable":{{"cpu":"16","memory":"64Gi","pods":"250"}},)"
      R"("conditions":[{{"type":"Ready","status":"True","reason":"KubeletReady","lastHeartbeatTime":"{1}",)"
      R"("lastTransitionTime":"{2}"}}],"addresses":[{{"type":"InternalIP","address":"{3}"}},)"
      R"({{"type":"Hostname","address":"{4}"}}],"daemonEndpoints":{{"kubeletEndpoint":{{"Port":{5}}}}},)"
      R"("nodeInfo":{{"machineID":"","systemUUID":"","bootID":"{6}","kernelVersion":"6.1","osImage":"Debian",)"
      R"("containerRuntimeVersion":"containerd://2.4.2","kubeletVersion":"v1.36.3","kubeProxyVersion":"",)"
      R"("operatingSystem":"linux","architecture":"amd64"}}}}}})",
      NodeMetadata(node), TimeText(HeartbeatMs(node)), TimeText(kBornMs), NodeAddress(node.node),
      NodeName(node.node), node.kubelet_port, Uid(ObjectKind::kNode, node.node, 0, 0));
}

std::string PodObject(const PodRevision& pod) {
  std::string specs;
  std::string statuses;
  for (int i = 0; i < pod.containers; ++i) {
    const char* comma = i == 0 ? "" : ",";
    specs += fmt::format(R"({}{{"name":"{}","image":"{}","resources":{{"requests":{{"cpu":"100m",)"
                         R"("memory":"64Mi"}}}},"imagePullPolicy":"IfNotPresent"}})",
                         comma, ContainerName(i), kImage);
    statuses += fmt::format(
        R"({}{{"name":"{}","state":{{"running":{{"startedAt":"{}"}}}},"lastState":{{}},"ready":true,)"
        R"("restartCount":0,"image":"{}","imageID":"sha256:0","started":true}})",
        comma, ContainerName(i), TimeText(StartedMs(pod)), kImage);
  }
  return fmt::format(
      R"({{"apiVersion":"v1","kind":"Pod","metadata":{0},"spec":{{"nodeName":"{1}","containers":[{2}],)"
      R"("restartPolicy":"Always","dnsPolicy":"ClusterFirst"}},"status":{{"phase":"Running",)"
      R"("conditions":[{{"type":"Ready","status":"True"}}],"hostIP":"{3}","podIP":"10.64.0.1",)"
      R"("startTime":"{4}","containerStatuses":[{5}]}}}})",
      PodMetadata(pod), NodeName(pod.node), specs, NodeAddress(pod.node), TimeText(CreatedMs(pod)),
      statuses);
}

std::string NodeMetadataObject(const NodeRevision& node) { return Partial(NodeMetadata(node)); }

std::string PodMetadataObject(const PodRevision& pod) { return Partial(PodMetadata(pod)); }

}  // namespace mpl::bench
