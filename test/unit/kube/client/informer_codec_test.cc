#include "kube/client/informer_codec.h"

#include <gmock/gmock.h>

namespace mpl::client {
namespace {

using machinery::Framing;
using machinery::WatchType;
using objects::JsonObject;
using objects::MetaObject;

const objects::Resource kConfigMapResource{"", "v1", "configmaps", "ConfigMap", true};

http::Response Page(const std::string& body) {
  http::Response response;
  response.headers.Set("Content-Type", "application/json");
  response.body = body;
  return response;
}

TEST(Codec, GivesItemsOfAListTheirKindAndDropsManagedFields) {
  std::vector<std::shared_ptr<const JsonObject>> items;
  const auto meta = Codec<JsonObject>::DecodePage(
      kConfigMapResource,
      Page(R"({"metadata":{"resourceVersion":"9","continue":"t"},"items":[)"
           R"({"metadata":{"name":"a","namespace":"n","managedFields":[{}]}}]})"),
      [&](auto item) { items.push_back(item); });
  ASSERT_TRUE(meta) << meta.error().message;
  EXPECT_EQ(meta->resource_version, "9");
  EXPECT_EQ(meta->continue_token, "t");
  ASSERT_EQ(items.size(), 1U);
  EXPECT_EQ(items[0]->json, objects::Json::parse(R"({"apiVersion":"v1","kind":"ConfigMap",)"
                                                 R"("metadata":{"name":"a","namespace":"n"}})"));
}

// A server that knows neither protobuf nor metadata-only answers whole objects.
TEST(Codec, TakesMetadataOutOfPlainJson) {
  std::vector<std::string> names;
  const auto meta = Codec<MetaObject>::DecodePage(
      kConfigMapResource, Page(R"({"metadata":{},"items":[{"metadata":{"name":"a"},"data":{}}]})"),
      [&](auto item) { names.push_back(item->meta.name); });
  ASSERT_TRUE(meta);
  EXPECT_THAT(names, testing::ElementsAre("a"));
}

TEST(Codec, RefusesWhatIsNoList) {
  for (const char* body : {"", "[]", "{}", R"({"items":[]})", R"({"metadata":{},"items":[3]})"}) {
    const auto page = Codec<JsonObject>::DecodePage(kConfigMapResource, Page(body), [](auto) {});
    ASSERT_FALSE(page) << body;
    EXPECT_EQ(page.error().kind, ErrorKind::kMalformed);
  }
}

TEST(Codec, ReadsJsonFrames) {
  const auto item = Codec<MetaObject>::DecodeFrame(
      Framing::kLines, R"({"type":"DELETED","object":{"metadata":{"name":"a"}}})");
  ASSERT_TRUE(item);
  EXPECT_EQ(item->type, WatchType::kDeleted);
  EXPECT_EQ(item->object->meta.name, "a");
}

TEST(Codec, KeepsTheErrorOfAnErrorEvent) {
  const auto item = Codec<JsonObject>::DecodeFrame(
      Framing::kLines,
      R"({"type":"ERROR","object":{"kind":"Status","reason":"Expired","code":410}})");
  ASSERT_TRUE(item);
  ASSERT_TRUE(item->error);
  EXPECT_EQ(item->error->kind, ErrorKind::kGone);
}

TEST(Codec, ReadsPodsAndNodesFromPlainJson) {
  const auto item = Codec<objects::PodObject>::DecodeFrame(
      Framing::kLines, R"({"type":"ADDED","object":{"metadata":{"name":"a","namespace":"n"},)"
                       R"("spec":{"nodeName":"node1"}}})");
  ASSERT_TRUE(item);
  EXPECT_EQ(item->object->node_name, "node1");
  std::vector<std::string> boots;
  const auto page = Codec<objects::NodeObject>::DecodePage(
      {"", "v1", "nodes", "Node", false},
      Page(R"({"metadata":{},"items":[{"status":{"nodeInfo":{"bootID":"b"}}}]})"),
      [&](auto node) { boots.push_back(node->boot_id); });
  ASSERT_TRUE(page);
  EXPECT_THAT(boots, testing::ElementsAre("b"));
}

TEST(Codec, RefusesBrokenFrames) {
  EXPECT_FALSE(Codec<MetaObject>::DecodeFrame(Framing::kLengthPrefix, "garbage"));
  EXPECT_FALSE(Codec<MetaObject>::DecodeFrame(Framing::kLines, "garbage"));
  EXPECT_FALSE(Codec<MetaObject>::DecodeFrame(
      Framing::kLines, R"({"type":"ADDED","object":{"metadata":{"name":5}}})"));
}

}  // namespace
}  // namespace mpl::client
