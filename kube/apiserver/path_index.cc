#include "kube/apiserver/path_index.h"

#include <set>

namespace mpl::apiserver {

std::vector<std::string> IndexPaths(const http::Discovery& discovery, const http::OpenApi* openapi,
                                    const telemetry::HealthChecks& health,
                                    const RouteTable& routes) {
  std::set<std::string> paths = {"/metrics", "/version"};
  for (std::string& path : discovery.Paths()) paths.insert(std::move(path));
  if (openapi != nullptr) {
    for (std::string& path : openapi->Paths()) paths.insert(std::move(path));
  }
  for (const char* name : {"healthz", "livez", "readyz"}) {
    const std::string root = std::string("/") + name;
    paths.insert(root);
    for (const std::string& check : health.Find(name)->CheckNames()) {
      paths.insert(root + "/" + check);
    }
  }
  for (std::string pattern : routes.Patterns()) {
    if (pattern.ends_with('/')) pattern.pop_back();
    paths.insert(std::move(pattern));
  }
  return {paths.begin(), paths.end()};
}

}  // namespace mpl::apiserver
