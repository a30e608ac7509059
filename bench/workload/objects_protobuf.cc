#include "bench/workload/objects_protobuf.h"

#include <protozero/pbf_writer.hpp>
#include <string_view>

#include "bench/workload/object_parts.h"

namespace mpl::bench {
namespace {

using protozero::pbf_tag_type;
using protozero::pbf_writer;

void AddText(pbf_writer& writer, pbf_tag_type field, std::string_view text) {
  writer.add_string(field, text.data(), text.size());
}

// A message with nothing but one text.
void AddTextIn(pbf_writer& parent, pbf_tag_type message, pbf_tag_type field,
               std::string_view text) {
  pbf_writer writer(parent, message);
  AddText(writer, field, text);
}

// metav1.Time{1: seconds}
void AddTime(pbf_writer& parent, pbf_tag_type field, std::int64_t ms) {
  pbf_writer(parent, field).add_int64(1, ms / 1000);
}

// map<string, string>: {1: key, 2: value}
void AddEntry(pbf_writer& parent, pbf_tag_type field, std::string_view key,
              std::string_view value) {
  pbf_writer entry(parent, field);
  AddText(entry, 1, key);
  AddText(entry, 2, value);
}

void AddLabels(pbf_writer& meta, const LabelList& labels) {
  for (const auto& [key, value] : labels) AddEntry(meta, 11, key, value);
}

// map<string, Quantity>: {1: key, 2: Quantity{1: string}}
void AddQuantity(pbf_writer& parent, pbf_tag_type field, std::string_view key,
                 std::string_view value) {
  pbf_writer entry(parent, field);
  AddText(entry, 1, key);
  AddTextIn(entry, 2, 1, value);
}

// ManagedFieldsEntry{1: manager, 2: operation, 3: apiVersion, 4: time, 6: fieldsType,
// 7: fieldsV1{1: Raw}, 8: subresource}
void AddManager(pbf_writer& meta, std::string_view manager, std::string_view fields,
                std::string_view subresource) {
  pbf_writer entry(meta, 17);
  AddText(entry, 1, manager);
  AddText(entry, 2, "Update");
  AddText(entry, 3, "v1");
  AddTime(entry, 4, kBornMs);
  AddText(entry, 6, "FieldsV1");
  AddTextIn(entry, 7, 1, fields);
  AddText(entry, 8, subresource);
}

// OwnerReference{1: kind, 3: name, 4: uid, 5: apiVersion, 6: controller, 7: blockOwnerDeletion}
void AddOwner(pbf_writer& meta, const PodRevision& pod, const std::string& name) {
  pbf_writer owner(meta, 13);
  AddText(owner, 1, "ReplicaSet");
  AddText(owner, 3, name);
  AddText(owner, 4, OwnerUid(pod.slot));
  AddText(owner, 5, "apps/v1");
  owner.add_bool(6, true);
  owner.add_bool(7, true);
}

// ObjectMeta{1: name, 2: generateName, 3: namespace, 5: uid, 6: resourceVersion,
// 8: creationTimestamp, 9: deletionTimestamp, 10: deletionGracePeriodSeconds, 11: labels,
// 13: ownerReferences, 17: managedFields}
void AddPodMetadata(pbf_writer& object, const PodRevision& pod) {
  pbf_writer meta(object, 1);
  const std::string set = WorkloadName(pod.slot) + "-" + std::string(kTemplateHash);
  AddText(meta, 1, PodName(pod.key()));
  AddText(meta, 2, set + "-");
  AddText(meta, 3, NamespaceOf(pod.node, pod.slot));
  AddText(meta, 5, UidOf(pod));
  if (pod.version != 0) AddText(meta, 6, std::to_string(pod.version));
  AddTime(meta, 8, CreatedMs(pod));
  if (pod.deleted_ms != 0) {
    AddTime(meta, 9, pod.deleted_ms);
    meta.add_int64(10, 30);
  }
  AddLabels(meta, PodLabels(pod.slot));
  AddOwner(meta, pod, set);
  AddManager(meta, "kube-controller-manager", kControllerFields, "");
  AddManager(meta, "kubelet", kKubeletFields, "status");
}

void AddNodeMetadata(pbf_writer& object, const NodeRevision& node) {
  pbf_writer meta(object, 1);
  AddText(meta, 1, NodeName(node.node));
  AddText(meta, 5, Uid(ObjectKind::kNode, node.node, 0, 0));
  if (node.version != 0) AddText(meta, 6, std::to_string(node.version));
  AddTime(meta, 8, kBornMs);
  AddLabels(meta, NodeLabels(node.node));
}

// NodeSystemInfo{3: bootID, 4: kernelVersion, 5: osImage, 6: containerRuntimeVersion,
// 7: kubeletVersion, 9: operatingSystem, 10: architecture}
void AddNodeInfo(pbf_writer& status, int node) {
  pbf_writer info(status, 7);
  AddText(info, 3, Uid(ObjectKind::kNode, node, 0, 0));
  AddText(info, 4, "6.1");
  AddText(info, 5, "Debian");
  AddText(info, 6, "containerd://2.4.2");
  AddText(info, 7, "v1.36.3");
  AddText(info, 9, "linux");
  AddText(info, 10, "amd64");
}

// NodeStatus{1: capacity, 2: allocatable, 4: conditions, 5: addresses, 6: daemonEndpoints,
// 7: nodeInfo}
void AddNodeStatus(pbf_writer& object, const NodeRevision& node) {
  pbf_writer status(object, 3);
  for (const pbf_tag_type field : {1U, 2U}) {
    AddQuantity(status, field, "cpu", "16");
    AddQuantity(status, field, "memory", "64Gi");
    AddQuantity(status, field, "pods", "250");
  }
  {  // NodeCondition{1: type, 2: status, 3: lastHeartbeatTime, 4: lastTransitionTime, 5: reason}
    pbf_writer condition(status, 4);
    AddText(condition, 1, "Ready");
    AddText(condition, 2, "True");
    AddTime(condition, 3, HeartbeatMs(node));
    AddTime(condition, 4, kBornMs);
    AddText(condition, 5, "KubeletReady");
  }
  AddEntry(status, 5, "InternalIP", NodeAddress(node.node));  // NodeAddress{1: type, 2: address}
  AddEntry(status, 5, "Hostname", NodeName(node.node));
  {  // NodeDaemonEndpoints{1: kubeletEndpoint}, DaemonEndpoint{1: Port}
    pbf_writer endpoints(status, 6);
    pbf_writer(endpoints, 1).add_int32(1, node.kubelet_port);
  }
  AddNodeInfo(status, node.node);
}

// Container{1: name, 2: image, 8: resources{2: requests}, 13: terminationMessagePath,
// 14: imagePullPolicy, 20: terminationMessagePolicy}
void AddContainer(pbf_writer& spec, int container) {
  pbf_writer writer(spec, 2);
  AddText(writer, 1, ContainerName(container));
  AddText(writer, 2, kImage);
  {
    pbf_writer resources(writer, 8);
    AddQuantity(resources, 2, "cpu", "100m");
    AddQuantity(resources, 2, "memory", "64Mi");
  }
  AddText(writer, 13, "/dev/termination-log");
  AddText(writer, 14, "IfNotPresent");
  AddText(writer, 20, "File");
}

// PodSpec{2: containers, 3: restartPolicy, 4: terminationGracePeriodSeconds, 6: dnsPolicy,
// 10: nodeName, 19: schedulerName}
void AddPodSpec(pbf_writer& object, const PodRevision& pod) {
  pbf_writer spec(object, 2);
  for (int i = 0; i < pod.containers; ++i) AddContainer(spec, i);
  AddText(spec, 3, "Always");
  spec.add_int64(4, 30);
  AddText(spec, 6, "ClusterFirst");
  AddText(spec, 10, NodeName(pod.node));
  AddText(spec, 19, "default-scheduler");
}

// ContainerStatus{1: name, 2: state, 3: lastState, 4: ready, 5: restartCount, 6: image, 7: imageID,
// 9: started}, ContainerState{2: running{1: startedAt}}
void AddContainerStatus(pbf_writer& status, const PodRevision& pod, int container) {
  pbf_writer writer(status, 8);
  AddText(writer, 1, ContainerName(container));
  {
    pbf_writer state(writer, 2);
    pbf_writer running(state, 2);
    AddTime(running, 1, StartedMs(pod));
  }
  AddText(writer, 3, "");
  writer.add_bool(4, true);
  writer.add_int32(5, 0);
  AddText(writer, 6, kImage);
  AddText(writer, 7, "sha256:0");
  writer.add_bool(9, true);
}

// PodStatus{1: phase, 2: conditions{1: type, 2: status}, 5: hostIP, 6: podIP, 7: startTime,
// 8: containerStatuses, 12: podIPs{1: ip}}
void AddPodStatus(pbf_writer& object, const PodRevision& pod) {
  pbf_writer status(object, 3);
  AddText(status, 1, "Running");
  AddEntry(status, 2, "Ready", "True");
  AddText(status, 5, NodeAddress(pod.node));
  AddText(status, 6, "10.64.0.1");
  AddTime(status, 7, CreatedMs(pod));
  for (int i = 0; i < pod.containers; ++i) AddContainerStatus(status, pod, i);
  AddTextIn(status, 12, 1, "10.64.0.1");
}

}  // namespace

// Node{1: metadata, 2: spec, 3: status}
void AppendNodeMessage(const NodeRevision& node, std::string& out) {
  pbf_writer object(out);
  AddNodeMetadata(object, node);
  AddText(object, 2, "");
  AddNodeStatus(object, node);
}

// Pod{1: metadata, 2: spec, 3: status}
void AppendPodMessage(const PodRevision& pod, std::string& out) {
  pbf_writer object(out);
  AddPodMetadata(object, pod);
  AddPodSpec(object, pod);
  AddPodStatus(object, pod);
}

// PartialObjectMetadata{1: metadata}
void AppendNodeMetadataMessage(const NodeRevision& node, std::string& out) {
  pbf_writer object(out);
  AddNodeMetadata(object, node);
}

void AppendPodMetadataMessage(const PodRevision& pod, std::string& out) {
  pbf_writer object(out);
  AddPodMetadata(object, pod);
}

}  // namespace mpl::bench
