// OpenAPI documents of read-only resources, from one description in both dialects:
// 3.0 (https://spec.openapis.org/oas/v3.0.3), which `kubectl explain` reads, and 2.0, which
// kube-apiserver merges into its own.
//
// Clients find a kind by its x-kubernetes-group-version-kind, on the operations and on the schemas;
// it is added here, from the description.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "kube/objects/meta.h"

namespace mpl::http {

struct OpenApiResource {
  std::string plural;  // "pods"
  std::string kind;    // "PodMetrics"
  bool namespaced = false;
  // Names of schemas: of one object, and of a list of them.
  std::string schema;
  std::string list_schema;
};

// One version of a group: what may be got and listed there, and what it looks like.
struct OpenApiGroupVersion {
  std::string group;
  std::string version;
  std::vector<OpenApiResource> resources;
  // By name, in the 3.0 dialect; references are "#/components/schemas/<name>".
  objects::Json schemas;
};

// The same for all documents of a server.
struct OpenApiInfo {
  std::string title;
  std::string version;                   // of the program
  std::vector<std::string> media_types;  // of the answers
};

// "apis/metrics.k8s.io/v1": how /openapi/v3 names a document.
std::string OpenApiKey(const OpenApiGroupVersion& group_version);

objects::Json OpenApiV3(const OpenApiInfo& info, const OpenApiGroupVersion& group_version);
// Of `oneOf`, which 2.0 does not have, the first alternative stays; so it does of `allOf`,
// which 3.0 needs where a reference has a description of its own.
objects::Json OpenApiV2(const OpenApiInfo& info, std::span<const OpenApiGroupVersion> versions);

}  // namespace mpl::http
