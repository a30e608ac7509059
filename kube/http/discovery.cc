#include "kube/http/discovery.h"

#include <array>

#include "kube/http/entity_tag.h"
#include "kube/http/negotiate.h"
#include "kube/http/status_response.h"

namespace mpl::http {
namespace {

using objects::Json;

constexpr std::string_view kAggregatedType =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

Json GroupVersion(const DiscoveryGroup& group, const DiscoveryVersion& version) {
  return {{"groupVersion", group.name + "/" + version.version}, {"version", version.version}};
}

Json LegacyGroup(const DiscoveryGroup& group) {
  Json versions = Json::array();
  for (const auto& version : group.versions) versions.push_back(GroupVersion(group, version));
  Json json = {{"name", group.name}, {"versions", std::move(versions)}};
  if (!group.versions.empty()) json["preferredVersion"] = GroupVersion(group, group.versions[0]);
  return json;
}

Json GroupList(const std::vector<DiscoveryGroup>& groups) {
  Json list = Json::array();
  for (const auto& group : groups) list.push_back(LegacyGroup(group));
  return {{"kind", "APIGroupList"}, {"apiVersion", "v1"}, {"groups", std::move(list)}};
}

Json SingleGroup(const DiscoveryGroup& group) {
  Json json = LegacyGroup(group);
  json["kind"] = "APIGroup";
  json["apiVersion"] = "v1";
  return json;
}

Json ResourceList(const DiscoveryGroup& group, const DiscoveryVersion& version) {
  Json resources = Json::array();
  for (const auto& resource : version.resources) {
    Json json = {{"name", resource.name},
                 {"singularName", resource.singular},
                 {"namespaced", resource.namespaced},
                 {"kind", resource.kind},
                 {"verbs", resource.verbs}};
    if (!resource.short_names.empty()) json["shortNames"] = resource.short_names;
    if (!resource.categories.empty()) json["categories"] = resource.categories;
    resources.push_back(std::move(json));
  }
  return {{"kind", "APIResourceList"},
          {"apiVersion", "v1"},
          {"groupVersion", group.name + "/" + version.version},
          {"resources", std::move(resources)}};
}

Json ResponseKind(const DiscoveryGroup& group, const DiscoveryVersion& version,
                  const DiscoveryResource& resource) {
  return {{"group", group.name}, {"version", version.version}, {"kind", resource.kind}};
}

// The entry of `name` in `resources`; made when it is not there, so that a subresource has a
// parent.
Json& Parent(Json& resources, const std::string& name, const DiscoveryResource& first) {
  for (Json& json : resources) {
    if (json["resource"] == name) return json;
  }
  resources.push_back({{"resource", name},
                       {"responseKind", {{"group", ""}, {"version", ""}, {"kind", ""}}},
                       {"scope", first.namespaced ? "Namespaced" : "Cluster"},
                       {"singularResource", ""},
                       {"verbs", Json::array()}});
  return resources.back();
}

Json AggregatedVersion(const DiscoveryGroup& group, const DiscoveryVersion& version) {
  Json resources = Json::array();
  for (const auto& resource : version.resources) {
    const std::size_t slash = resource.name.find('/');
    Json& json = Parent(resources, resource.name.substr(0, slash), resource);
    if (slash == std::string::npos) {
      json["responseKind"] = ResponseKind(group, version, resource);
      json["singularResource"] = resource.singular;
      json["verbs"] = resource.verbs;
      if (!resource.short_names.empty()) json["shortNames"] = resource.short_names;
      if (!resource.categories.empty()) json["categories"] = resource.categories;
    } else {
      json["subresources"].push_back({{"subresource", resource.name.substr(slash + 1)},
                                      {"responseKind", ResponseKind(group, version, resource)},
                                      {"verbs", resource.verbs}});
    }
  }
  return {
      {"version", version.version}, {"freshness", "Current"}, {"resources", std::move(resources)}};
}

Json AggregatedList(const std::vector<DiscoveryGroup>& groups) {
  Json items = Json::array();
  for (const auto& group : groups) {
    Json versions = Json::array();
    for (const auto& version : group.versions) {
      versions.push_back(AggregatedVersion(group, version));
    }
    items.push_back({{"metadata", {{"name", group.name}, {"creationTimestamp", nullptr}}},
                     {"versions", std::move(versions)}});
  }
  return {{"kind", "APIGroupDiscoveryList"},
          {"apiVersion", "apidiscovery.k8s.io/v2"},
          {"metadata", Json::object()},
          {"items", std::move(items)}};
}

const std::array<Offer, 2>& RootOffers() {
  static const std::array<Offer, 2> offers = {Offer{.media_type = "application/json"},
                                              Offer{.media_type = "application/json",
                                                    .as = "APIGroupDiscoveryList",
                                                    .group = "apidiscovery.k8s.io",
                                                    .version = "v2"}};
  return offers;
}

Response Document(std::string body, std::string_view content_type) {
  Response response;
  response.headers.Add("Content-Type", std::string(content_type));
  response.body = std::move(body);
  return response;
}

}  // namespace

Discovery::Discovery(const std::vector<DiscoveryGroup>& groups)
    : aggregated_(AggregatedList(groups).dump() + "\n"), aggregated_tag_(EntityTag(aggregated_)) {
  documents_["/apis"] = GroupList(groups).dump() + "\n";
  for (const auto& group : groups) {
    documents_["/apis/" + group.name] = SingleGroup(group).dump() + "\n";
    for (const auto& version : group.versions) {
      documents_["/apis/" + group.name + "/" + version.version] =
          ResourceList(group, version).dump() + "\n";
    }
  }
}

std::optional<Response> Discovery::Answer(const Request& request, const Target& target) const {
  if (target.segments.size() > 3) return std::nullopt;
  std::string path;
  for (const std::string& segment : target.segments) path += "/" + segment;
  const auto found = documents_.find(path);
  if (found == documents_.end()) return std::nullopt;
  if (request.method != "GET" && request.method != "HEAD") {
    return MethodNotAllowedResponse("GET, HEAD");
  }
  if (path == "/apis") return AnswerRoot(request);
  const auto chosen = Negotiate(request.headers, std::span(RootOffers()).first(1));
  if (!chosen) return StatusResponse(chosen.error());
  return Document(found->second, "application/json");
}

Response Discovery::AnswerRoot(const Request& request) const {
  const auto chosen = Negotiate(request.headers, RootOffers());
  if (!chosen) {
    Response refused = StatusResponse(chosen.error());
    refused.headers.Set("Vary", "Accept");
    return refused;
  }
  if (*chosen == 0) {
    Response legacy = Document(documents_.find("/apis")->second, "application/json");
    legacy.headers.Set("Vary", "Accept");
    return legacy;
  }
  Response response = Document(aggregated_, kAggregatedType);
  response.headers.Set("Vary", "Accept");
  response.headers.Set("Cache-Control", "public");
  Revalidate(request.headers, aggregated_tag_, response);
  return response;
}

bool Discovery::Covers(const Target& target) const {
  const auto& segments = target.segments;
  return segments.size() >= 2 && segments[0] == "apis" &&
         documents_.contains("/apis/" + segments[1]);
}

std::vector<std::string> Discovery::Paths() const {
  std::vector<std::string> paths;
  paths.reserve(documents_.size());
  for (const auto& [path, document] : documents_) paths.push_back(path);
  return paths;
}

}  // namespace mpl::http
