// Kubernetes' protobuf, the way out: the envelope around every body, and metav1.Status.
// Field numbers: see protobuf_meta.h.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "kube/objects/status.h"

namespace mpl::objects {

// "k8s\0" and a runtime.Unknown of this type, up to where its `raw_bytes` bytes begin. The caller
// appends exactly so many: then the envelope is whole.
void AppendProtobufEnvelope(std::string& out, std::string_view api_version, std::string_view kind,
                            std::size_t raw_bytes);

// In its envelope. Always a failure: we have no other.
std::string WriteProtobufStatus(const Status& status);

}  // namespace mpl::objects
