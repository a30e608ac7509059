// What kube-aggregator and kubectl need of the documents: kube-aggregator pkg/controllers/openapi
// and openapiv3, kube-openapi pkg/handler3, kubectl pkg/explain/v2. Shapes: OpenAPI 2.0 and 3.0.
#include "kube/http/openapi.h"

#include <gmock/gmock.h>

#include <set>

namespace mpl::http {
namespace {

using objects::Json;
using namespace std::chrono_literals;
using testing::UnorderedElementsAre;

const TimePoint kNow = std::chrono::sys_days(2026y / 11 / 25) + 22h;

OpenApiGroupVersion Zoo(const std::string& version) {
  OpenApiGroupVersion zoo;
  zoo.group = "zoo.example.com";
  zoo.version = version;
  const std::string cat = "example." + version + ".Cat";
  zoo.schemas[cat] = {
      {"type", "object"},
      {"properties",
       {{"weight",
         {{"description", "in the morning"},
          {"allOf", Json::array({{{"$ref", "#/components/schemas/example.Weight"}}})}}}}}};
  zoo.schemas[cat + "List"] = {
      {"type", "object"},
      {"properties",
       {{"items", {{"type", "array"}, {"items", {{"$ref", "#/components/schemas/" + cat}}}}}}}};
  zoo.schemas["example.Weight"] = {
      {"oneOf", Json::array({{{"type", "string"}}, {{"type", "number"}}})}};
  zoo.resources = {{.plural = "cats",
                    .kind = "Cat",
                    .namespaced = true,
                    .schema = cat,
                    .list_schema = cat + "List"},
                   {.plural = "cages",
                    .kind = "Cage",
                    .namespaced = false,
                    .schema = cat,
                    .list_schema = cat + "List"}};
  return zoo;
}

OpenApi Documents() {
  const OpenApiInfo info{.title = "zoo", .version = "v1.2.3", .media_types = {"application/json"}};
  return OpenApi(info, {Zoo("v1"), Zoo("v1beta1")});
}

std::optional<Response> Ask(const std::string& target, Headers headers = {},
                            const std::string& method = "GET") {
  static const OpenApi documents = Documents();
  Request request;
  request.method = method;
  request.target = target;
  request.headers = std::move(headers);
  return documents.Answer(request, *ParseTarget(target), kNow);
}

Json Document(const std::string& target) { return Json::parse(Ask(target)->body); }

std::string UrlOf(const std::string& key) {
  return Document("/openapi/v3").at("paths").at(key).at("serverRelativeURL").get<std::string>();
}

constexpr const char* kV1Path = "/openapi/v3/apis/zoo.example.com/v1";

TEST(OpenApi, TheIndexNamesEachVersionWithTheHashOfItsDocument) {
  const Json paths = Document("/openapi/v3").at("paths");
  EXPECT_EQ(paths.size(), 2U);
  const std::string tag(Ask(kV1Path)->headers.Get("ETag"));
  EXPECT_EQ(UrlOf("apis/zoo.example.com/v1"),
            std::string(kV1Path) + "?hash=" + tag.substr(1, tag.size() - 2));
  EXPECT_NE(UrlOf("apis/zoo.example.com/v1"), UrlOf("apis/zoo.example.com/v1beta1"));
}

TEST(OpenApi, MayBeKeptForAYearUnderTheRightHash) {
  const auto hashed = Ask(UrlOf("apis/zoo.example.com/v1"));
  EXPECT_EQ(hashed->status, 200);
  EXPECT_EQ(hashed->headers.Get("Cache-Control"), "public, immutable");
  EXPECT_EQ(hashed->headers.Get("Expires"), "Thu, 25 Nov 2027 22:00:00 GMT");
  EXPECT_EQ(hashed->headers.Get("Vary"), "Accept");

  for (const std::string& target : {std::string(kV1Path), kV1Path + std::string("?hash=OLD")}) {
    const auto response = Ask(target);
    EXPECT_EQ(response->status, 200) << "a redirect would end as 502 at the aggregator";
    EXPECT_FALSE(response->headers.Has("Expires")) << target;
    EXPECT_EQ(response->body, hashed->body);
  }
}

TEST(OpenApi, AnswersNotModified) {
  for (const char* path : {"/openapi/v2", "/openapi/v3", kV1Path}) {
    const std::string tag(Ask(path)->headers.Get("ETag"));
    const auto again = Ask(path, {{"If-None-Match", tag}});
    EXPECT_EQ(again->status, 304) << path;
    EXPECT_TRUE(again->body.empty());
    EXPECT_EQ(again->headers.Get("ETag"), tag);
    EXPECT_EQ(Ask(path, {{"If-None-Match", "\"OTHER\""}})->status, 200);
  }
}

TEST(OpenApi, WritesJsonOnly) {
  EXPECT_EQ(Ask(kV1Path)->headers.Get("Content-Type"), "application/json");
  EXPECT_EQ(Ask("/openapi/v2", {{"Accept", "application/json"}})->status, 200);
  EXPECT_EQ(Ask(kV1Path, {{"Accept", "application/com.github.proto-openapi.spec.v3.v1.0+protobuf"}})
                ->status,
            406);
  EXPECT_EQ(Ask(kV1Path, {}, "POST")->status, 405);
}

TEST(OpenApi, LeavesOtherPathsAlone) {
  for (const char* path : {"/openapi", "/openapi/v1", "/openapi/v3/apis/zoo.example.com",
                           "/openapi/v3/apis/zoo.example.com/v2", "/openapi/v3/version"}) {
    EXPECT_FALSE(Ask(path)) << path;
  }
  EXPECT_TRUE(Ask("/openapi/v3/"));
}

std::vector<std::string> KeysOf(const Json& object) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.push_back(key);
  return keys;
}

TEST(OpenApiDocument, HasThePathsOfEveryResource) {
  const Json v3 = Document(kV1Path);
  EXPECT_EQ(v3.at("openapi"), "3.0.0");
  EXPECT_EQ(v3.at("info"), Json({{"title", "zoo"}, {"version", "v1.2.3"}}));
  EXPECT_THAT(
      KeysOf(v3.at("paths")),
      UnorderedElementsAre("/apis/zoo.example.com/v1/cages",
                           "/apis/zoo.example.com/v1/cages/{name}", "/apis/zoo.example.com/v1/cats",
                           "/apis/zoo.example.com/v1/namespaces/{namespace}/cats",
                           "/apis/zoo.example.com/v1/namespaces/{namespace}/cats/{name}"));
  EXPECT_EQ(Document("/openapi/v2").at("paths").size(), 10U) << "both versions in one";
}

TEST(OpenApiDocument, KindsAreFoundByOperationAndBySchema) {
  const Json kind = {{"group", "zoo.example.com"}, {"version", "v1"}, {"kind", "Cage"}};
  const Json v3 = Document(kV1Path);
  for (const auto& [path, item] : v3.at("paths").items()) {
    const bool cages = path.find("cages") != std::string::npos;
    EXPECT_EQ(item.at("get").at("x-kubernetes-group-version-kind") == kind, cages) << path;
  }
  const Json list = {{"group", "zoo.example.com"}, {"version", "v1beta1"}, {"kind", "CageList"}};
  EXPECT_EQ(Document("/openapi/v2")
                .at("definitions")
                .at("example.v1beta1.CatList")
                .at("x-kubernetes-group-version-kind"),
            Json::array({list}));
}

TEST(OpenApiDocument, PlaceholdersAreRequiredParameters) {
  const char* path = "/apis/zoo.example.com/v1/namespaces/{namespace}/cats/{name}";
  for (const char* document : {"/openapi/v2", kV1Path}) {
    const Json item = Document(document).at("paths").at(path);
    std::vector<std::string> names;
    for (const Json& parameter : item.at("parameters")) {
      EXPECT_EQ(parameter.at("in"), "path");
      EXPECT_EQ(parameter.at("required"), true);
      names.push_back(parameter.at("name"));
    }
    EXPECT_THAT(names, UnorderedElementsAre("namespace", "name")) << document;
  }
}

TEST(OpenApiDocument, OperationIdsAreUnique) {
  std::set<std::string> ids;
  const Json document = Document("/openapi/v2");
  for (const auto& [path, item] : document.at("paths").items()) {
    EXPECT_TRUE(ids.insert(item.at("get").at("operationId")).second) << path;
  }
  EXPECT_TRUE(ids.contains("listZooV1CatForAllNamespaces"));
  EXPECT_TRUE(ids.contains("readZooV1beta1NamespacedCat"));
}

TEST(OpenApiDocument, TheOlderDialectHasItsOwnForms) {
  const Json v2 = Document("/openapi/v2");
  EXPECT_EQ(v2.at("swagger"), "2.0");
  EXPECT_EQ(v2.at("definitions").at("example.Weight"), Json({{"type", "string"}}));
  EXPECT_EQ(v2.at("definitions").at("example.v1.Cat").at("properties").at("weight"),
            Json({{"$ref", "#/definitions/example.Weight"}, {"description", "in the morning"}}));
  const Json get = v2.at("paths").at("/apis/zoo.example.com/v1/cages").at("get");
  EXPECT_EQ(get.at("responses").at("200").at("schema"),
            Json({{"$ref", "#/definitions/example.v1.CatList"}}));
  EXPECT_EQ(get.at("produces"), Json::array({"application/json"}));
  EXPECT_EQ(get.at("parameters").at(1).at("type"), "string");
}

}  // namespace
}  // namespace mpl::http
