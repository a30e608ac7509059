// The documents by which clients learn what an API server serves.
//
//   GET /apis            APIGroupList, or apidiscovery.k8s.io/v2 APIGroupDiscoveryList (with ETag)
//   GET /apis/<g>        APIGroup
//   GET /apis/<g>/<v>    APIResourceList: also the URL that the aggregator probes
//
// kube-aggregator asks for the second form of /apis once a minute (KEP-3352).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kube/http/message.h"
#include "kube/http/url.h"
#include "kube/objects/meta.h"

namespace mpl::http {

struct DiscoveryResource {
  // "pods"; "pods/scale" is a subresource of pods. All subresources of one name must have one
  // scope, or the aggregator drops the whole version.
  std::string name;
  std::string kind;
  bool namespaced = false;
  std::vector<std::string> verbs;
  std::string singular = {};
  std::vector<std::string> short_names = {};
  std::vector<std::string> categories = {};
};

struct DiscoveryVersion {
  std::string version;
  std::vector<DiscoveryResource> resources;
};

struct DiscoveryGroup {
  std::string name;
  std::vector<DiscoveryVersion> versions;  // the preferred one first
};

// Immutable; every document is written once, at construction.
class Discovery {
 public:
  explicit Discovery(const std::vector<DiscoveryGroup>& groups);

  // Nothing when the path is none of ours. Other methods than GET and HEAD: 405.
  std::optional<Response> Answer(const Request& request, const Target& target) const;
  // True for a path below /apis/<a group of ours>: what is not there is a missing resource.
  bool Covers(const Target& target) const;
  // "/apis", "/apis/metrics.k8s.io", …: for an index of paths.
  std::vector<std::string> Paths() const;

 private:
  Response AnswerRoot(const Request& request) const;

  std::string aggregated_;
  std::string aggregated_tag_;
  std::map<std::string, std::string, std::less<>> documents_;  // by path without trailing slash
};

}  // namespace mpl::http
