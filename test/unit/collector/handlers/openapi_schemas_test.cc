// Expectations: the fields and requirements of k8s.io/metrics pkg/apis/metrics/v1 and v1beta1, and
// what kubectl explain (kubectl pkg/explain/v2, plaintext.tmpl) looks for.
#include "collector/handlers/openapi_schemas.h"

#include <gmock/gmock.h>

#include <functional>

namespace mpl::handlers {
namespace {

using objects::Json;
using testing::UnorderedElementsAre;

Json Document(const std::string& path) {
  static const http::OpenApi documents = MetricsOpenApi();
  http::Request request;
  request.target = path;
  const auto response = documents.Answer(request, *http::ParseTarget(path), TimePoint());
  return response ? Json::parse(response->body) : Json();
}

std::vector<std::string> KeysOf(const Json& object) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.push_back(key);
  return keys;
}

void ForEachReference(const Json& schema, const std::function<void(const std::string&)>& visit) {
  if (!schema.is_structured()) return;
  for (const auto& [key, value] : schema.items()) {
    if (key == "$ref" && value.is_string()) {
      visit(value.get<std::string>());
    } else {
      ForEachReference(value, visit);
    }
  }
}

class OpenApiSchemas : public testing::TestWithParam<const char*> {
 protected:
  const std::string version_ = GetParam();
  const Json document_ = Document("/openapi/v3/apis/metrics.k8s.io/" + version_);
  const Json schemas_ = document_.at("components").at("schemas");

  Json Schema(const std::string& kind) const {
    return schemas_.at("io.k8s.metrics.pkg.apis.metrics." + version_ + "." + kind);
  }
};

TEST_P(OpenApiSchemas, HaveTheFieldsOfTheApi) {
  EXPECT_THAT(
      KeysOf(Schema("NodeMetrics").at("properties")),
      UnorderedElementsAre("apiVersion", "kind", "metadata", "timestamp", "window", "usage"));
  EXPECT_EQ(Schema("NodeMetrics").at("required"), Json({"timestamp", "window", "usage"}));
  EXPECT_THAT(
      KeysOf(Schema("PodMetrics").at("properties")),
      UnorderedElementsAre("apiVersion", "kind", "metadata", "timestamp", "window", "containers"));
  EXPECT_EQ(Schema("PodMetrics").at("required"), Json({"timestamp", "window", "containers"}));
  EXPECT_EQ(Schema("ContainerMetrics").at("required"), Json({"name", "usage"}));
  EXPECT_EQ(Schema("PodMetricsList").at("required"), Json::array({"items"}));
}

TEST_P(OpenApiSchemas, AreFoundFromTheResource) {
  const Json kind = {{"group", "metrics.k8s.io"}, {"version", version_}, {"kind", "PodMetrics"}};
  const std::string root = "/apis/metrics.k8s.io/" + version_;
  EXPECT_EQ(
      document_.at("paths").at(root + "/pods").at("get").at("x-kubernetes-group-version-kind"),
      kind);
  EXPECT_EQ(Schema("PodMetrics").at("x-kubernetes-group-version-kind"), Json::array({kind}));
  EXPECT_TRUE(document_.at("paths").contains(root + "/nodes/{name}"));
}

TEST_P(OpenApiSchemas, EveryFieldIsDescribed) {
  for (const auto& [name, schema] : schemas_.items()) {
    EXPECT_NE(schema.value("description", ""), "") << name;
    if (!schema.contains("properties")) continue;
    for (const auto& [field, property] : schema.at("properties").items()) {
      EXPECT_NE(property.value("description", ""), "") << name << "." << field;
    }
  }
}

TEST_P(OpenApiSchemas, EveryReferenceLeadsSomewhere) {
  int references = 0;
  ForEachReference(document_, [&](const std::string& target) {
    ++references;
    EXPECT_TRUE(document_.contains(Json::json_pointer(target.substr(1)))) << target;
  });
  EXPECT_GT(references, 10);
}

INSTANTIATE_TEST_SUITE_P(Versions, OpenApiSchemas, testing::Values("v1", "v1beta1"));

TEST(MetricsOpenApi, TheOlderDialectIsWholeToo) {
  const Json document = Document("/openapi/v2");
  ForEachReference(document, [&](const std::string& target) {
    EXPECT_TRUE(document.contains(Json::json_pointer(target.substr(1)))) << target;
  });
  EXPECT_EQ(document.at("definitions").at("dev.metricspipeline.metrics.Quantity").at("type"),
            "string");
}

}  // namespace
}  // namespace mpl::handlers
