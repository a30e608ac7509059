// Field numbers: k8s.io/metrics pkg/apis/metrics/v1beta1/generated.proto, k8s.io/apimachinery
// pkg/apis/meta/v1, pkg/apis/meta/v1beta1, pkg/api/resource and pkg/runtime generated.proto.
// Expected values are written from them by hand, and were compared with what k8s.io/metrics v0.36.2
// makes of the same values.
#include "collector/handlers/protobuf_answer.h"

#include <map>
#include <protozero/pbf_reader.hpp>

#include "kube/objects/protobuf_meta.h"
#include "test/unit/collector/handlers/answer_fixture.h"

namespace mpl::handlers {
namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;
using std::string_view_literals::operator""sv;

constexpr const char* kProtobuf = "application/vnd.kubernetes.protobuf";

// Which fields are messages; all others are text or numbers.
struct Schema {
  std::map<std::uint32_t, const Schema*> messages;
};
const Schema kLeaf;  // Time, Duration, Quantity, map<string, string>, ListMeta
const Schema kMeta{{{8, &kLeaf}, {11, &kLeaf}}};
const Schema kUsage{{{2, &kLeaf}}};
const Schema kContainer{{{2, &kUsage}}};
const Schema kNode{{{1, &kMeta}, {2, &kLeaf}, {3, &kLeaf}, {4, &kUsage}}};
const Schema kPod{{{1, &kMeta}, {2, &kLeaf}, {3, &kLeaf}, {4, &kContainer}}};
const Schema kPartial{{{1, &kMeta}}};
const Schema kNodes{{{1, &kLeaf}, {2, &kNode}}};
const Schema kPods{{{1, &kLeaf}, {2, &kPod}}};

// 1{1:name 8{1:7}}, in the order of the wire.
std::string Show(pbf_reader reader, const Schema& schema) {
  std::string text;
  while (reader.next()) {
    if (!text.empty()) text += ' ';
    text += std::to_string(reader.tag());
    const auto message = schema.messages.find(reader.tag());
    if (reader.wire_type() == pbf_wire_type::varint) {
      text += ":" + std::to_string(reader.get_int64());
    } else if (message == schema.messages.end()) {
      text += ":" + reader.get_string();
    } else {
      text += "{" + Show(reader.get_message(), *message->second) + "}";
    }
  }
  return text;
}

struct Answer {
  std::string api_version, kind, shown;
};
Answer Open(const std::string& bytes, const Schema& schema) {
  const auto envelope = objects::OpenProtobufEnvelope(bytes);
  EXPECT_TRUE(envelope) << bytes;
  if (!envelope) return {};
  return {envelope->api_version, envelope->kind,
          Show(pbf_reader(envelope->raw.data(), envelope->raw.size()), schema)};
}

// 2026-11-21T10:00:30Z and 10:00:25Z are 1795255230 and 1795255225 seconds, 15.042 s are
// 15042000000 ns.
constexpr std::string_view kShownDb =
    "1{1:db 3:shop 8{1:1795255230}} 2{1:1795255225} 3{1:15042000000} "
    "4{1:agent 2{1:cpu 2{1:156741209n}} 2{1:memory 2{1:6150616Ki}}}";
constexpr std::string_view kShownWeb =
    "1{1:web-0 3:shop 8{1:1795255230} 11{1:app 2:web}} 2{1:1795255225} 3{1:15042000000} "
    "4{1:agent 2{1:cpu 2{1:156741209n}} 2{1:memory 2{1:6150616Ki}}} "
    "4{1:nginx 2{1:cpu 2{1:2m}} 2{1:memory 2{1:1025}}}";

TEST_F(AnswerTest, ProtobufOfOneNodeByteByByte) {
  std::string expected;
  for (const std::string_view part :
       {"k8s\0"sv, "\x0a\x25"sv, "\x0a\x16metrics.k8s.io/v1beta1"sv, "\x12\x0bNodeMetrics"sv,
        "\x12\x4e"sv,                          // raw: 17 + 8 + 8 + 12 + 18 + 15 = 78 bytes
        "\x0a\x0f"sv, "\x0a\x05node2"sv,       // metadata.name
        "\x42\x06\x08\xbe\xd7\x85\xd8\x06"sv,  // metadata.creationTimestamp
        "\x12\x06\x08\xb9\xd7\x85\xd8\x06"sv,  // timestamp
        "\x1a\x06\x08\x80\xe9\xca\x84\x38"sv,  // window
        "\x22\x0a\x0a\x03"sv, "cpu\x12\x03\x0a\x01"sv, "2"sv,  //
        "\x22\x10\x0a\x06memory\x12\x06\x0a\x04"sv, "1025"sv,  //
        "\x22\x0d\x0a\x04swap\x12\x05\x0a\x03"sv, "4Ki"sv}) {
    expected += part;
  }
  EXPECT_EQ(Single({.accept = kProtobuf}, Node2()), expected);
}

TEST_F(AnswerTest, ProtobufOfOnePod) {
  const Answer answer =
      Open(Single({.accept = kProtobuf, .kind = "PodMetrics", .version = "v1"}, Web()), kPod);
  EXPECT_EQ(answer.api_version, "metrics.k8s.io/v1");
  EXPECT_EQ(answer.kind, "PodMetrics");
  EXPECT_EQ(answer.shown, kShownWeb);
}

TEST_F(AnswerTest, ProtobufListsAreInOneEnvelope) {
  const Answer answer =
      Open(List({.accept = kProtobuf, .kind = "PodMetrics"}, {Db(), Web()}), kPods);
  EXPECT_EQ(answer.api_version, "metrics.k8s.io/v1beta1");
  EXPECT_EQ(answer.kind, "PodMetricsList");
  EXPECT_EQ(answer.shown, "2{" + std::string(kShownDb) + "} 2{" + std::string(kShownWeb) + "}");
}

TEST_F(AnswerTest, AnEmptyProtobufListIsAnEnvelope) {
  const Answer answer = Open(List({.accept = kProtobuf}, {}), kNodes);
  EXPECT_EQ(answer.kind, "NodeMetricsList");
  EXPECT_EQ(answer.shown, "");
}

TEST_F(AnswerTest, ProtobufMetadataLists) {
  const auto show = [this](const std::string& version, std::uint32_t items_field) {
    return Open(List({.accept = std::string(kProtobuf) +
                                ";as=PartialObjectMetadataList;g=meta.k8s.io;v=" + version},
                     {Node1(), Node2()}),
                Schema{{{items_field, &kPartial}}});
  };
  constexpr std::string_view kItems[] = {
      "{1{1:node1 8{1:1795255230} 11{1:kubernetes.io/os 2:linux} 11{1:zone 2:a}}}",
      "{1{1:node2 8{1:1795255230}}}"};
  const Answer v1 = show("v1", 2);
  EXPECT_EQ(v1.api_version, "meta.k8s.io/v1");
  EXPECT_EQ(v1.kind, "PartialObjectMetadataList");
  EXPECT_EQ(v1.shown, "2" + std::string(kItems[0]) + " 2" + std::string(kItems[1]));
  // In v1beta1 the items are field 1.
  const Answer v1beta1 = show("v1beta1", 1);
  EXPECT_EQ(v1beta1.api_version, "meta.k8s.io/v1beta1");
  EXPECT_EQ(v1beta1.shown, "1" + std::string(kItems[0]) + " 1" + std::string(kItems[1]));
}

TEST_F(AnswerTest, ProtobufMetadataOfOneObject) {
  const Answer answer =
      Open(Single({.accept = "application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;"
                             "g=meta.k8s.io;v=v1",
                   .kind = "PodMetrics"},
                  Web()),
           kPartial);
  EXPECT_EQ(answer.kind, "PartialObjectMetadata");
  EXPECT_EQ(answer.shown, "1{1:web-0 3:shop 8{1:1795255230} 11{1:app 2:web}}");
}

TEST_F(AnswerTest, WhatProtobufItemsHaveInCommonIsNotMixedUp) {
  const auto metas = Neighbours();
  std::vector<Item> items;
  for (const objects::ObjectMeta& meta : metas) items.push_back(PodWith(meta));
  const std::string bytes = List({.accept = kProtobuf, .kind = "PodMetrics"}, items);
  const auto envelope = objects::OpenProtobufEnvelope(bytes);
  ASSERT_TRUE(envelope);
  pbf_reader list(envelope->raw.data(), envelope->raw.size());
  for (const objects::ObjectMeta& expected : metas) {
    ASSERT_TRUE(list.next(2));
    const auto item = list.get_view();
    const auto meta = objects::ReadProtobufMeta({item.data(), item.size()});
    ASSERT_TRUE(meta);
    EXPECT_EQ(meta->Key(), expected.Key());
    EXPECT_EQ(meta->labels, expected.labels) << expected.name;
  }
  EXPECT_FALSE(list.next(2));
}

}  // namespace
}  // namespace mpl::handlers
