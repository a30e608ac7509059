// Holds the C++ type against the CRD: the same defaults, and every field described.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "operator/pipeline/pipeline.h"
#include "operator/pipeline/yaml.h"
#include "test/support/paths/paths.h"

namespace mpl::pipeline {
namespace {

std::string ReadFile(const std::string& path) {
  std::ifstream file(test::SourcePath(path));
  std::stringstream content;
  content << file.rdbuf();
  return content.str();
}

Json Crd() {
  auto documents = ParseYaml(ReadFile("crds/metricspipeline.dev_metricspipelines.yaml"));
  EXPECT_TRUE(documents) << documents.error().message;
  return documents->at(0);
}

Json Schema() { return Crd()["spec"]["versions"][0]["schema"]["openAPIV3Schema"]; }

// What an API server fills in (structural defaulting: properties of objects that are there).
void FillIn(const Json& schema, Json& value) {
  if (!value.is_object() || !schema.contains("properties")) return;
  for (const auto& [name, property] : schema["properties"].items()) {
    if (!value.contains(name) && property.contains("default")) value[name] = property["default"];
    if (value.contains(name)) FillIn(property, value[name]);
  }
}

void ListUndescribed(const std::string& path, const Json& schema, std::vector<std::string>& found) {
  if (!schema.contains("properties")) {
    if (schema.contains("items")) ListUndescribed(path + "[]", schema["items"], found);
    return;
  }
  for (const auto& [name, property] : schema["properties"].items()) {
    const std::string below = path + "." + name;
    if (!property.contains("description") && below != ".metadata") found.push_back(below);
    ListUndescribed(below, property, found);
  }
}

// Lists and maps without a limit make CEL rules expensive and objects unbounded.
void ListUnbounded(const std::string& path, const Json& schema, std::vector<std::string>& found) {
  const std::string type = schema.value("type", "");
  if (type == "array" && !schema.contains("maxItems")) found.push_back(path);
  if (schema.contains("additionalProperties") && !schema.contains("maxProperties")) {
    found.push_back(path);
  }
  const Json properties = schema.value("properties", Json::object());
  for (const auto& [name, property] : properties.items()) {
    ListUnbounded(path + "." + name, property, found);
  }
}

TEST(Crd, FillsInTheDefaultsThatTheTypeHas) {
  Json filled = {{"apiVersion", kApiVersion},
                 {"kind", kKind},
                 {"metadata", {{"name", "cluster"}}},
                 {"spec", Json::object()}};
  const auto bare = ParsePipeline(filled);
  FillIn(Schema(), filled);
  ASSERT_FALSE(filled["spec"].empty());
  const auto full = ParsePipeline(filled);

  ASSERT_TRUE(bare && full);
  EXPECT_EQ(bare->management_state, full->management_state);
  EXPECT_EQ(bare->collector.image_pull_policy, full->collector.image_pull_policy);
  EXPECT_EQ(bare->collector.replicas, full->collector.replicas);
  EXPECT_EQ(bare->collector.resources, full->collector.resources);
  EXPECT_EQ(bare->collector.sizing, full->collector.sizing);
  EXPECT_EQ(bare->collector.priority_class_name, full->collector.priority_class_name);
  EXPECT_EQ(bare->collector.log_level, full->collector.log_level);
  EXPECT_EQ(bare->collector.log_format, full->collector.log_format);
  EXPECT_EQ(bare->collector.network_mode, full->collector.network_mode);
  EXPECT_EQ(bare->collector.secure_port, full->collector.secure_port);
  EXPECT_EQ(bare->scrape.resolution, full->scrape.resolution);
  EXPECT_EQ(bare->scrape.timeout, full->scrape.timeout);
  EXPECT_EQ(bare->scrape.address_types, full->scrape.address_types);
  EXPECT_EQ(bare->scrape.port_source, full->scrape.port_source);
  EXPECT_EQ(bare->scrape.max_concurrency, full->scrape.max_concurrency);
  EXPECT_EQ(bare->tls.kubelet_mode, full->tls.kubelet_mode);
  EXPECT_EQ(bare->tls.serving_mode, full->tls.serving_mode);
  EXPECT_EQ(bare->api_services.conflict_policy, full->api_services.conflict_policy);
  EXPECT_EQ(bare->api_services.deletion_policy, full->api_services.deletion_policy);
  EXPECT_EQ(bare->api_services.unavailable_policy, full->api_services.unavailable_policy);
  EXPECT_EQ(full->status, Json({{"observedGeneration", -1}}));
}

// A default that stands on an object and again on its fields must say the same.
TEST(Crd, NestedDefaultsAgree) {
  Json from_spec = Json::object();
  FillIn(Schema()["properties"]["spec"], from_spec);
  const Json properties = Schema()["properties"]["spec"]["properties"];
  for (const auto& [name, property] : properties.items()) {
    if (!property.contains("properties")) continue;
    Json from_field = Json::object();
    FillIn(property, from_field);
    EXPECT_EQ(from_spec[name], from_field) << name;
  }
}

TEST(Crd, DescribesEveryField) {
  std::vector<std::string> undescribed;
  ListUndescribed("", Schema(), undescribed);
  EXPECT_THAT(undescribed, testing::IsEmpty());
}

TEST(Crd, LimitsEveryListAndMapOfSpec) {
  std::vector<std::string> unbounded;
  ListUnbounded("spec", Schema()["properties"]["spec"], unbounded);
  EXPECT_THAT(unbounded, testing::IsEmpty());
}

// kubectl apply keeps a copy in an annotation of at most 262144 bytes; ours has to stay far below.
TEST(Crd, IsSmall) {
  EXPECT_LT(ReadFile("crds/metricspipeline.dev_metricspipelines.yaml").size(), 100'000U);
}

TEST(Crd, IsNamedAsDocumented) {
  const Json names = Crd()["spec"]["names"];
  EXPECT_EQ(Crd()["spec"]["scope"], "Cluster");
  EXPECT_EQ(names["plural"], PipelineResource().plural);
  EXPECT_EQ(names["shortNames"], Json::array({"mpl"}));
  EXPECT_EQ(names["categories"], Json::array({"metrics"}));
}

TEST(Samples, AreReadWithoutFault) {
  int pipelines = 0;
  for (const auto& entry : std::filesystem::directory_iterator(test::SourcePath("samples"))) {
    const auto documents = ParseYaml(ReadFile("samples/" + entry.path().filename().string()));
    ASSERT_TRUE(documents) << entry.path() << documents.error().message;
    for (const Json& document : *documents) {
      if (document["kind"] != kKind) continue;
      ++pipelines;
      const auto parsed = ParsePipeline(document);
      EXPECT_TRUE(parsed) << entry.path() << ": " << (parsed ? "" : parsed.error().front());
    }
  }
  EXPECT_GE(pipelines, 10);
}

}  // namespace
}  // namespace mpl::pipeline
