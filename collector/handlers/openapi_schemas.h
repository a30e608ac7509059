// What metrics.k8s.io looks like, in words: the schemas behind `kubectl explain podmetrics`.
// Fields: k8s.io/metrics pkg/apis/metrics/v1; only what we really serve is described.
#pragma once

#include "kube/http/openapi.h"

namespace mpl::handlers {

// The documents of both versions. Builds them: call once.
http::OpenApi MetricsOpenApi();

}  // namespace mpl::handlers
