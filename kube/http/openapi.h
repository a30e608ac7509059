// Serves OpenAPI documents as kube-aggregator and kubectl ask for them.
//
//   GET /openapi/v2              all versions, OpenAPI 2.0: kube-apiserver merges it into its own
//   GET /openapi/v3              index: which documents there are, each with the hash of its text
//   GET /openapi/v3/apis/<g>/<v> one version, OpenAPI 3.0: proxied to whoever runs `kubectl
//   explain`
//
// An extension API server must answer the second from its first accepted connection on: one 404,
// and kube-aggregator takes it for an old server until the APIService is created anew.
// JSON only. Upstream also writes a protobuf form of the documents; the aggregator never asks for
// it, and other clients only for kinds that they mean to write. Rules: k8s.io/kube-openapi
// pkg/handler and pkg/handler3.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kube/base/time.h"
#include "kube/http/message.h"
#include "kube/http/openapi_document.h"
#include "kube/http/url.h"

namespace mpl::http {

// Immutable; every document is written once, at construction. Thread-safe.
class OpenApi {
 public:
  OpenApi(const OpenApiInfo& info, const std::vector<OpenApiGroupVersion>& versions);

  // Nothing when the path is none of ours. Other methods than GET and HEAD: 405.
  //
  // With the right ?hash= an answer may be kept for a year. With an old one it is the document as
  // it is now, to be asked for again: upstream redirects, which the aggregator refuses to follow.
  std::optional<Response> Answer(const Request& request, const Target& target, TimePoint now) const;
  // For an index of paths.
  std::vector<std::string> Paths() const;

 private:
  struct Document {
    std::string text;
    std::string tag;  // with its quotes
  };
  void Add(const std::string& path, const objects::Json& json);

  std::map<std::string, Document, std::less<>> documents_;  // by path without trailing slash
};

}  // namespace mpl::http
