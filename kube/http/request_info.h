// What a request is about, in the terms of authorization.
// Rules: k8s.io/apiserver pkg/endpoints/request/requestinfo.go.
#pragma once

#include <string>
#include <vector>

#include "kube/base/error.h"
#include "kube/http/message.h"
#include "kube/http/url.h"

namespace mpl::http {

struct RequestInfo {
  // True: the fields below `verb` tell the resource. False: only `path` and `verb` do.
  bool is_resource = false;
  std::string path;  // decoded
  // Resource: get list watch create update patch delete deletecollection; empty for a method that
  // Kubernetes does not know. HEAD is get. Other paths: the method in lower case.
  std::string verb;

  std::string group;  // empty below /api
  std::string version;
  std::string ns;           // empty: cluster scope or all namespaces
  std::string resource;     // "pods"
  std::string name;         // on a list: what fieldSelector=metadata.name=x names
  std::string subresource;  // "status"
  // resource, name, subresource and whatever follows, as they came.
  std::vector<std::string> parts;
  // As on the query, decoded, of verbs that select: list, watch, deletecollection. Else empty.
  std::string label_selector;
  std::string field_selector;

  // "pods.metrics.k8s.io", "pods/log", for messages.
  std::string QualifiedResource() const;
};

// A path with an empty segment ("/apis/g/v/namespaces//pods") is never a resource request: upstream
// reads it as "all namespaces".
RequestInfo MakeRequestInfo(const std::string& method, const Target& target);

}  // namespace mpl::http
