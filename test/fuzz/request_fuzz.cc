// The request line: "METHOD target". What is authorised must be what is routed, so the parts of a
// request, put together again, must be that request.
#include "kube/http/request_info.h"

#include <algorithm>

#include "kube/base/text.h"
#include "test/fuzz/fuzz.h"

namespace mpl::fuzz {
namespace {

using http::MakeRequestInfo;
using http::ParseTarget;
using http::RequestInfo;
using http::Target;

std::string Rebuild(const Target& target) {
  std::string text;
  for (const std::string& segment : target.segments) text += "/" + PercentEncode(segment);
  if (text.empty()) text = "/";
  char separator = '?';
  for (const auto& [name, value] : target.query) {
    text += separator + PercentEncode(name) + "=" + PercentEncode(value);
    separator = '&';
  }
  return text;
}

std::string PathOf(const RequestInfo& info) {
  std::string path = info.group.empty() ? "/api/" : "/apis/" + PercentEncode(info.group) + "/";
  path += PercentEncode(info.version);
  // Also before a Namespace: both …/namespaces/a and …/namespaces/a/namespaces/a mean it.
  if (!info.ns.empty()) path += "/namespaces/" + PercentEncode(info.ns);
  for (const std::string& part : info.parts) path += "/" + PercentEncode(part);
  return path;
}

void CheckResource(const RequestInfo& info) {
  Require(!info.resource.empty() && !info.version.empty(), "a resource request names a resource");
  Require(!info.parts.empty() && info.parts[0] == info.resource, "parts begin with the resource");
  Require(std::ranges::none_of(info.parts, &std::string::empty), "no part is empty");
  // These words are read in other ways when they come first.
  if (info.verb == "watch" || info.resource == "watch") return;
  if (info.group.empty() != (info.path.starts_with("/api/"))) return;
  const auto again = MakeRequestInfo("GET", ParseTarget(PathOf(info)).value());
  Require(again.group == info.group && again.version == info.version && again.ns == info.ns &&
              again.parts == info.parts && again.subresource == info.subresource,
          "a resource request, written out again, is the same");
}

}  // namespace

void Check(std::string_view input) {
  const std::size_t blank = std::min(input.find(' '), input.size());
  const std::string method(input.substr(0, blank));
  const auto target = ParseTarget(input.substr(std::min(blank + 1, input.size())));
  if (!target)
    return Require(target.error().kind == ErrorKind::kBadRequest, "a bad target is a bad request");
  const auto again = ParseTarget(Rebuild(*target));
  Require(again && again->segments == target->segments, "the path's segments read back");
  Require(std::ranges::equal(again->query, target->query), "the query reads back");

  const RequestInfo info = MakeRequestInfo(method, *target);
  Require(info.path == target->path, "the path is kept");
  if (!info.is_resource)
    return Require(info.resource.empty() && info.verb == ToLower(method), "no half resources");
  CheckResource(info);
  Require((info.verb == "list" || info.verb == "get" || info.verb == "watch") ||
              (method != "GET" && method != "HEAD"),
          "reading is one of three verbs");
}

}  // namespace mpl::fuzz
