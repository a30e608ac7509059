// The list of paths that an API server shows at "/", and to whoever asks for one that is not there.
#pragma once

#include <string>
#include <vector>

#include "kube/apiserver/route_table.h"
#include "kube/http/discovery.h"
#include "kube/http/openapi.h"
#include "kube/telemetry/health.h"

namespace mpl::apiserver {

// Sorted, each once; every health check has a path of its own. `openapi` may be null.
std::vector<std::string> IndexPaths(const http::Discovery& discovery, const http::OpenApi* openapi,
                                    const telemetry::HealthChecks& health,
                                    const RouteTable& routes);

}  // namespace mpl::apiserver
