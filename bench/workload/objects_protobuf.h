// The objects of objects.h in Kubernetes' protobuf, with the defaults that kube-apiserver adds and
// without the empty fields that it writes besides. Field numbers: k8s.io/api core/v1 and
// k8s.io/apimachinery meta/v1, generated.proto.
#pragma once

#include <string>

#include "bench/workload/objects.h"

namespace mpl::bench {

// Append the message alone; the envelope around it is the server's.
void AppendNodeMessage(const NodeRevision& node, std::string& out);
void AppendPodMessage(const PodRevision& pod, std::string& out);
void AppendNodeMetadataMessage(const NodeRevision& node, std::string& out);
void AppendPodMetadataMessage(const PodRevision& pod, std::string& out);

}  // namespace mpl::bench
