#include "kube/http/request_info.h"

#include <algorithm>
#include <span>

#include "kube/base/text.h"
#include "kube/objects/selector.h"

namespace mpl::http {
namespace {

using Segments = std::span<const std::string>;

std::string VerbOfMethod(const std::string& method) {
  if (method == "GET" || method == "HEAD") return "get";
  if (method == "POST") return "create";
  if (method == "PUT") return "update";
  if (method == "PATCH") return "patch";
  if (method == "DELETE") return "delete";
  return {};
}

// Cuts "api/<version>" or "apis/<group>/<version>" off; false when no resource follows.
bool TakeGroupVersion(Segments& segments, RequestInfo& info) {
  const bool legacy = segments[0] == "api";
  if (!legacy && segments[0] != "apis") return false;
  const std::size_t prefix = legacy ? 2 : 3;
  if (segments.size() <= prefix) return false;
  if (!legacy) info.group = segments[1];
  info.version = segments[prefix - 1];
  segments = segments.subspan(prefix);
  return true;
}

void TakeNamespace(Segments& segments, RequestInfo& info) {
  if (segments[0] != "namespaces" || segments.size() < 2) return;
  info.ns = segments[1];
  // …/namespaces/x and its two subresources are about the Namespace itself.
  if (segments.size() == 2 || segments[2] == "status" || segments[2] == "finalize") return;
  segments = segments.subspan(2);
}

bool IsPathSegment(std::string_view name) {
  return name != "." && name != ".." && name.find_first_of("/%") == std::string_view::npos;
}

// A request for a whole collection is a list or a watch. One that a field selector narrows down to
// one object counts as about that object.
void RefineCollectionVerb(const Query& query, RequestInfo& info) {
  if (!info.name.empty()) return;
  if (info.verb == "delete") info.verb = "deletecollection";
  if (info.verb != "get") return;
  info.verb = query.Flag("watch") ? "watch" : "list";
  const auto selector = objects::FieldSelector::Parse(query.Get("fieldSelector"));
  if (!selector) return;
  const std::string name = selector->ExactMatch("metadata.name").value_or("");
  if (IsPathSegment(name)) info.name = name;
}

void TakeSelectors(const Query& query, RequestInfo& info) {
  const bool selects =
      info.verb == "list" || info.verb == "watch" || info.verb == "deletecollection";
  if (!selects) return;
  info.label_selector = query.Get("labelSelector");
  info.field_selector = query.Get("fieldSelector");
}

}  // namespace

std::string RequestInfo::QualifiedResource() const {
  std::string text = resource;
  if (!group.empty()) text += "." + group;
  if (!subresource.empty()) text += "/" + subresource;
  return text;
}

RequestInfo MakeRequestInfo(const std::string& method, const Target& target) {
  RequestInfo info;
  info.path = target.path;
  info.verb = ToLower(method);
  Segments segments = target.segments;
  const bool has_hole = std::ranges::any_of(segments, &std::string::empty);
  if (segments.size() < 3 || has_hole || !TakeGroupVersion(segments, info)) return info;
  info.is_resource = true;
  info.verb = VerbOfMethod(method);
  const bool old_watch_path = segments[0] == "watch" && segments.size() > 1;
  if (old_watch_path) segments = segments.subspan(1);
  TakeNamespace(segments, info);
  info.parts.assign(segments.begin(), segments.end());
  info.resource = segments[0];
  if (segments.size() > 1) info.name = segments[1];
  if (segments.size() > 2) info.subresource = segments[2];
  RefineCollectionVerb(target.query, info);
  if (old_watch_path) {
    info.verb = "watch";
  } else {
    TakeSelectors(target.query, info);
  }
  return info;
}

}  // namespace mpl::http
