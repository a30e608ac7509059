// Is kube-apiserver's aggregation layer set up? Without it no extension API can work.
//
// What kube-apiserver publishes for extension API servers stands in ConfigMap
// kube-system/extension-apiserver-authentication; its flags are seen only where it runs as a pod.
#pragma once

#include <vector>

#include "kube/base/error.h"
#include "kube/base/time.h"
#include "operator/diagnosis/finding.h"

namespace mpl::diagnosis {

// `map`: the ConfigMap, or why it could not be read.
std::vector<Finding> JudgeAggregation(const Result<Json>& map, TimePoint now);

// `pods`: the PodList of kube-system with label component=kube-apiserver. The proxy's client
// certificate and how a Service is reached.
std::vector<Finding> JudgeServerFlags(const Result<Json>& pods);

}  // namespace mpl::diagnosis
