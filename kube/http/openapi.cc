#include "kube/http/openapi.h"

#include <array>
#include <chrono>

#include "kube/http/entity_tag.h"
#include "kube/http/http_date.h"
#include "kube/http/negotiate.h"
#include "kube/http/status_response.h"

namespace mpl::http {
namespace {

constexpr const char* kIndexPath = "/openapi/v3";
constexpr auto kYear = std::chrono::days(365);

std::string Unquoted(std::string_view tag) { return std::string(tag.substr(1, tag.size() - 2)); }

std::string PathOf(const Target& target) {
  std::string path;
  for (const std::string& segment : target.segments) path += "/" + segment;
  return path;
}

}  // namespace

OpenApi::OpenApi(const OpenApiInfo& info, const std::vector<OpenApiGroupVersion>& versions) {
  objects::Json index = {{"paths", objects::Json::object()}};
  for (const OpenApiGroupVersion& version : versions) {
    const std::string key = OpenApiKey(version);
    const std::string path = std::string(kIndexPath) + "/" + key;
    Add(path, OpenApiV3(info, version));
    index["paths"][key]["serverRelativeURL"] = path + "?hash=" + Unquoted(documents_[path].tag);
  }
  Add(kIndexPath, index);
  Add("/openapi/v2", OpenApiV2(info, versions));
}

void OpenApi::Add(const std::string& path, const objects::Json& json) {
  Document document;
  document.text = json.dump();
  document.tag = EntityTag(document.text);
  documents_.insert_or_assign(path, std::move(document));
}

std::optional<Response> OpenApi::Answer(const Request& request, const Target& target,
                                        TimePoint now) const {
  const auto found = documents_.find(PathOf(target));
  if (found == documents_.end()) return std::nullopt;
  if (request.method != "GET" && request.method != "HEAD") {
    return MethodNotAllowedResponse("GET, HEAD");
  }
  static const std::array kOffers = {Offer{.media_type = "application/json"}};
  const auto chosen = Negotiate(request.headers, kOffers);
  Response response;
  if (!chosen) {
    response = StatusResponse(chosen.error());
    response.headers.Set("Vary", "Accept");
    return response;
  }
  const auto& [path, document] = *found;
  response.headers.Set("Content-Type", "application/json");
  response.headers.Set("Vary", "Accept");
  response.body = document.text;
  if (target.query.Get("hash") == Unquoted(document.tag)) {
    response.headers.Set("Cache-Control", "public, immutable");
    response.headers.Set("Expires", HttpDate(now + kYear));
  }
  Revalidate(request.headers, document.tag, response);
  return response;
}

std::vector<std::string> OpenApi::Paths() const {
  std::vector<std::string> paths;
  paths.reserve(documents_.size());
  for (const auto& [path, document] : documents_) paths.push_back(path);
  return paths;
}

}  // namespace mpl::http
