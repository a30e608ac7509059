#include "kube/objects/protobuf_meta.h"

#include <gmock/gmock.h>

#include <protozero/pbf_writer.hpp>

// The bytes are built with protozero's writer from the field numbers of
// k8s.io/apimachinery pkg/apis/meta/v1/generated.proto and pkg/runtime/generated.proto.

namespace mpl::objects {
namespace {

using protozero::pbf_writer;
using testing::ElementsAre;
using testing::Pair;

std::string Envelope(const std::string& api_version, const std::string& kind,
                     const std::string& raw) {
  std::string bytes("k8s\0", 4);
  pbf_writer unknown(bytes);
  {
    pbf_writer type(unknown, 1);
    type.add_string(1, api_version);
    type.add_string(2, kind);
  }
  unknown.add_bytes(2, raw);
  unknown.add_string(3, "");  // contentEncoding
  unknown.add_string(4, "");  // contentType
  return bytes;
}

std::string NamedMeta(const std::string& name) {
  std::string bytes;
  pbf_writer meta(bytes);
  meta.add_string(1, name);
  meta.add_string(2, "gen-");
  meta.add_string(3, "web");
  meta.add_string(4, "/self");
  meta.add_string(5, "u-1");
  meta.add_string(6, "42");
  meta.add_int64(7, 3);
  {
    pbf_writer time(meta, 8);
    time.add_int64(1, 86400);
    time.add_int32(2, 0);
  }
  for (const auto& [key, value] : {std::pair{"app", "x"}, std::pair{"tier", ""}}) {
    pbf_writer label(meta, 11);
    label.add_string(1, key);
    label.add_string(2, value);
  }
  {
    pbf_writer annotation(meta, 12);
    annotation.add_string(1, "note");
    annotation.add_string(2, "y");
  }
  meta.add_string(17, "managedFields are never looked into \xff\xff");
  return bytes;
}

std::string Object(const std::string& name) {
  std::string bytes;
  pbf_writer object(bytes);
  object.add_message(1, NamedMeta(name));
  return bytes;
}

TEST(ProtobufMeta, ReadsTheFieldsWeKeep) {
  const std::string raw = Object("a");
  const auto meta = ReadProtobufMeta(raw);

  ASSERT_TRUE(meta) << meta.error().message;
  EXPECT_EQ(meta->name, "a");
  EXPECT_EQ(meta->ns, "web");
  EXPECT_EQ(meta->uid, "u-1");
  EXPECT_EQ(meta->resource_version, "42");
  EXPECT_EQ(meta->generation, 3);
  EXPECT_EQ(meta->creation_timestamp, TimePoint(std::chrono::hours(24)));
  EXPECT_FALSE(meta->deletion_timestamp);
  EXPECT_THAT(meta->labels, ElementsAre(Pair("app", "x"), Pair("tier", "")));
  EXPECT_THAT(meta->annotations, ElementsAre(Pair("note", "y")));
}

TEST(ProtobufMeta, TakesAnEmptyCreationTimestampAsNone) {
  std::string bytes;
  pbf_writer object(bytes);
  {
    pbf_writer meta(object, 1);
    meta.add_message(8, std::string());
  }
  const auto meta = ReadProtobufMeta(bytes);
  ASSERT_TRUE(meta);
  EXPECT_FALSE(meta->creation_timestamp);
}

TEST(ProtobufMeta, LeavesOutATimeBeyondOurRange) {
  std::string bytes;
  pbf_writer object(bytes);
  {
    pbf_writer meta(object, 1);
    pbf_writer time(meta, 8);
    time.add_int64(1, INT64_MAX);
  }
  const auto meta = ReadProtobufMeta(bytes);
  ASSERT_TRUE(meta);
  EXPECT_FALSE(meta->creation_timestamp);
}

TEST(ProtobufMeta, OpensTheEnvelope) {
  const std::string body = Envelope("meta.k8s.io/v1", "PartialObjectMetadata", "raw bytes");
  const auto object = OpenProtobufEnvelope(body);

  ASSERT_TRUE(object);
  EXPECT_EQ(object->api_version, "meta.k8s.io/v1");
  EXPECT_EQ(object->kind, "PartialObjectMetadata");
  EXPECT_EQ(object->raw, "raw bytes");
  EXPECT_FALSE(OpenProtobufEnvelope("{}"));
  EXPECT_FALSE(OpenProtobufEnvelope(""));
}

TEST(ProtobufMeta, HandsOverAListItemByItem) {
  std::string raw;
  pbf_writer list(raw);
  {
    pbf_writer meta(list, 1);
    meta.add_string(2, "1000");
    meta.add_string(3, "next-page");
  }
  list.add_message(2, Object("a"));
  list.add_message(2, Object("b"));

  std::vector<std::string> names;
  const auto meta = ReadProtobufList(raw, [&](std::string_view item) -> Result<void> {
    names.push_back(ReadProtobufMeta(item)->name);
    return {};
  });

  ASSERT_TRUE(meta);
  EXPECT_EQ(meta->resource_version, "1000");
  EXPECT_EQ(meta->continue_token, "next-page");
  EXPECT_THAT(names, ElementsAre("a", "b"));
}

TEST(ProtobufMeta, AListEndsWithTheFirstBadItem) {
  std::string raw;
  pbf_writer list(raw);
  list.add_message(2, Object("a"));
  list.add_message(2, Object("b"));
  int items = 0;
  const auto meta = ReadProtobufList(raw, [&](std::string_view) -> Result<void> {
    ++items;
    return Fail(ErrorKind::kMalformed, "no");
  });
  ASSERT_FALSE(meta);
  EXPECT_EQ(meta.error().message, "no");
  EXPECT_EQ(items, 1);
}

TEST(ProtobufMeta, ReadsWatchEventsWithAndWithoutEnvelope) {
  const std::string object = Envelope("v1", "PartialObjectMetadata", Object("a"));
  std::string event;
  pbf_writer writer(event);
  writer.add_string(1, "ADDED");
  {
    pbf_writer extension(writer, 2);
    extension.add_bytes(1, object);
  }
  const std::string wrapped = Envelope("meta.k8s.io/v1", "WatchEvent", event);
  for (const std::string& frame : {event, wrapped}) {
    const auto read = ReadProtobufWatchEvent(frame);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->type, "ADDED");
    const auto opened = OpenProtobufEnvelope(read->object);
    ASSERT_TRUE(opened);
    EXPECT_EQ(ReadProtobufMeta(opened->raw)->name, "a");
  }
}

TEST(ProtobufMeta, SkipsFieldsOfAnUnexpectedWireType) {
  std::string bytes;
  pbf_writer object(bytes);
  {
    pbf_writer meta(object, 1);
    meta.add_int64(1, 5);
    meta.add_string(3, "web");
  }
  const auto meta = ReadProtobufMeta(bytes);
  ASSERT_TRUE(meta);
  EXPECT_EQ(meta->name, "");
  EXPECT_EQ(meta->ns, "web");
}

TEST(ProtobufMeta, RefusesEveryTruncation) {
  const std::string raw = Object("a");
  for (std::size_t size = 1; size < raw.size(); ++size) {
    const auto meta = ReadProtobufMeta(std::string_view(raw).substr(0, size));
    ASSERT_FALSE(meta) << size;
    EXPECT_EQ(meta.error().kind, ErrorKind::kMalformed);
  }
}

}  // namespace
}  // namespace mpl::objects
