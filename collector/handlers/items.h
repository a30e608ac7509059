// NodeMetrics and PodMetrics as JSON. Form: k8s.io/metrics pkg/apis/metrics/v1, with the metadata
// that metrics-server gives: name, namespace, the object's labels, and the time of the request.
#pragma once

#include <string>
#include <string_view>

#include "collector/store/usage.h"
#include "kube/base/time.h"
#include "kube/objects/meta.h"

namespace mpl::handlers {

// Opens an answer that is one object: {"kind":…,"apiVersion":…, and then the members of an item.
struct TypeMeta {
  std::string_view kind;     // empty for an item of a list
  std::string_view version;  // "v1beta1"
};

void AppendNodeMetrics(std::string& out, const TypeMeta& type, const objects::ObjectMeta& meta,
                       const store::NodeUsage& usage, std::string_view created);
void AppendPodMetrics(std::string& out, const TypeMeta& type, const objects::ObjectMeta& meta,
                      const store::PodUsage& usage, std::string_view created);
// {"kind":"PodMetricsList",…,"items":[
void AppendListHead(std::string& out, const TypeMeta& type);

}  // namespace mpl::handlers
