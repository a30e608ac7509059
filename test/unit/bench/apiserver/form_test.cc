#include "bench/apiserver/form.h"

#include <gtest/gtest.h>

#include "kube/machinery/watch_decoder.h"
#include "kube/objects/core_objects.h"
#include "kube/objects/protobuf_meta.h"
#include "test/unit/bench/apiserver/test_objects.h"

namespace mpl::bench {
namespace {

using objects::Json;

constexpr Form kJson{};
constexpr Form kProtobuf{.protobuf = true};
constexpr Form kJsonMetadata{.metadata = true};
constexpr Form kProtobufMetadata{.protobuf = true, .metadata = true};

// Accept headers as they were recorded: our collector and metrics-server 0.9 with client-go 0.36.
TEST(Form, ClientsGetWhatTheyLikeBest) {
  const auto form = [](std::string_view accept, Asked asked) {
    const auto chosen = ChooseForm(accept, asked);
    return chosen ? std::to_string(chosen->protobuf) + std::to_string(chosen->metadata) : "none";
  };
  EXPECT_EQ(form("", Asked::kObject), "00");
  EXPECT_EQ(form("application/json", Asked::kWatch), "00");
  EXPECT_EQ(form("application/vnd.kubernetes.protobuf,application/json", Asked::kWatch), "10");
  EXPECT_EQ(form("application/vnd.kubernetes.protobuf, */*", Asked::kWatch), "10");
  const std::string partial =
      "application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,"
      "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";
  EXPECT_EQ(form(partial, Asked::kWatch), "11");
  EXPECT_EQ(form("application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1", Asked::kList),
            "01");
  EXPECT_EQ(form("application/yaml", Asked::kObject), "none");
}

void ExpectSameMeta(const objects::ObjectMeta& a, const objects::ObjectMeta& b) {
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.ns, b.ns);
  EXPECT_EQ(a.uid, b.uid);
  EXPECT_EQ(a.resource_version, b.resource_version);
  EXPECT_EQ(a.creation_timestamp, b.creation_timestamp);
  EXPECT_EQ(a.deletion_timestamp, b.deletion_timestamp);
  EXPECT_EQ(a.labels, b.labels);
  EXPECT_FALSE(a.name.empty());
  EXPECT_FALSE(a.labels.empty());
  EXPECT_TRUE(a.creation_timestamp.has_value());
}

// By the decoders of the collector.
TEST(Form, APodInProtobufIsTheSameAsInJson) {
  Registry registry(kSmall, kKubeletPort, kSettings);
  PodRevision pod = *registry.current()->Pod(1, 1);
  pod.deleted_ms = 1'795'251'242'000;

  const Json in_json = Json::parse(WriteObject(kJson, pod));
  const auto json = objects::ReadJsonPod(in_json);
  const std::string body = WriteObject(kProtobuf, pod);
  const auto opened = objects::OpenProtobufEnvelope(body);
  ASSERT_TRUE(json && opened);
  EXPECT_EQ(opened->kind, "Pod");
  EXPECT_EQ(opened->api_version, "v1");
  const auto protobuf = objects::ReadProtobufPod(opened->raw);
  ASSERT_TRUE(protobuf.has_value());

  ExpectSameMeta(*objects::ParseObjectMeta(in_json), *objects::ReadProtobufMeta(opened->raw));
  EXPECT_EQ(protobuf->meta.resource_version, "1000");
  EXPECT_EQ(protobuf->node_name, "node-00001");
  EXPECT_EQ(json->node_name, protobuf->node_name);
  EXPECT_EQ(json->running, protobuf->running);
  EXPECT_EQ(protobuf->running.size(), 2U);
}

TEST(Form, ANodeInProtobufIsTheSameAsInJson) {
  Registry registry(kSmall, kKubeletPort, kSettings);
  const NodeRevision node = *registry.current()->Node(2);

  const auto json = objects::ReadJsonNode(Json::parse(WriteObject(kJson, node)));
  const std::string body = WriteObject(kProtobuf, node);
  const auto opened = objects::OpenProtobufEnvelope(body);
  ASSERT_TRUE(json && opened);
  const auto protobuf = objects::ReadProtobufNode(opened->raw);
  ASSERT_TRUE(protobuf.has_value());

  ExpectSameMeta(json->meta, protobuf->meta);
  EXPECT_TRUE(protobuf->ready);
  EXPECT_EQ(protobuf->kubelet_port, kKubeletPort);
  EXPECT_EQ(json->kubelet_port, protobuf->kubelet_port);
  EXPECT_EQ(json->boot_id, protobuf->boot_id);
  ASSERT_EQ(protobuf->addresses.size(), 2U);
  EXPECT_EQ(protobuf->addresses[0].address, "127.1.0.3");
  EXPECT_EQ(json->addresses[1].address, protobuf->addresses[1].address);
}

TEST(Form, MetadataAloneSaysThatItIsThat) {
  Registry registry(kSmall, kKubeletPort, kSettings);
  const Object pod = *registry.current()->Pod(0, 1);

  const Json json = Json::parse(WriteObject(kJsonMetadata, pod));
  EXPECT_EQ(json["kind"], "PartialObjectMetadata");
  EXPECT_FALSE(json.contains("spec"));
  const std::string body = WriteObject(kProtobufMetadata, pod);
  const auto opened = objects::OpenProtobufEnvelope(body);
  ASSERT_TRUE(opened.has_value());
  EXPECT_EQ(opened->kind, "PartialObjectMetadata");
  EXPECT_EQ(opened->api_version, "meta.k8s.io/v1");
  const auto meta = objects::ReadProtobufMeta(opened->raw);
  ASSERT_TRUE(meta.has_value());
  ExpectSameMeta(*objects::ParseObjectMeta(json), *meta);
}

TEST(Form, TheConfigMapSaysTheSameInBothForms) {
  const Object map = ConfigMapRevision{&kSettings, kFirstVersion};
  const Json json = Json::parse(WriteObject(kJson, map));
  EXPECT_EQ(json["data"]["client-ca-file"], "client CA\n");
  EXPECT_EQ(json["data"]["requestheader-allowed-names"], R"(["front-proxy-client"])");
  const std::string body = WriteObject(kProtobuf, map);
  const auto opened = objects::OpenProtobufEnvelope(body);
  ASSERT_TRUE(opened.has_value());
  EXPECT_EQ(opened->kind, "ConfigMap");
  EXPECT_EQ(objects::ReadProtobufMeta(opened->raw)->name, kSettingsName);
  for (const auto& [key, value] : json["data"].items()) {
    EXPECT_NE(opened->raw.find(value.get<std::string>()), std::string_view::npos) << key;
  }
}

// Bytes of kube-apiserver 1.36.3, as far as they do not depend on the object: four of length, the
// type in field 1, an object with its envelope in field 2, field 1.
TEST(Form, AProtobufFrameIsFramedAsKubeApiserverDoes) {
  Registry registry(kSmall, kKubeletPort, kSettings);
  std::string out;
  AppendEvent(kProtobuf, {EventType::kAdded, *registry.current()->Node(0)}, out);

  ASSERT_GT(out.size(), 16U);
  const auto byte = [&out](std::size_t at) { return static_cast<unsigned char>(out[at]); };
  EXPECT_EQ(std::size_t{byte(2)} * 256 + byte(3), out.size() - 4);
  EXPECT_EQ(out.substr(4, 7),
            "\x0a\x05"
            "ADDED");
  EXPECT_EQ(byte(11), 0x12);
  EXPECT_NE(out.find(std::string("k8s\0\x0a\x0a\x0a\x02v1\x12\x04Node", 16)), std::string::npos);
}

// Each kind of frame through the collector's splitter and decoders, a byte at a time.
TEST(Form, FramesAreReadBack) {
  Registry registry(kSmall, kKubeletPort, kSettings);
  const Object pod = *registry.current()->Pod(0, 0);
  for (const Form& form : {kJson, kProtobuf}) {
    std::string out;
    AppendEvent(form, {EventType::kModified, pod}, out);
    AppendBookmark(form, {Kind::kPod, 1234, true}, out);
    AppendErrorEvent(form, {ErrorKind::kGone, "too old"}, out);

    machinery::FrameSplitter frames(machinery::FramingOf(ContentType(form, Asked::kWatch)));
    std::vector<std::string> seen;
    for (const char byte : out) {
      frames.Feed(std::string_view(&byte, 1));
      const auto frame = frames.Next();
      ASSERT_TRUE(frame.has_value());
      if (*frame) seen.emplace_back(**frame);
    }

    ASSERT_EQ(seen.size(), 3U);
    if (form.protobuf) {
      EXPECT_EQ(objects::ReadProtobufWatchEvent(seen[0])->type, "MODIFIED");
      const auto mark = objects::ReadProtobufWatchEvent(seen[1]);
      const auto opened = objects::OpenProtobufEnvelope(mark->object);
      const auto meta = objects::ReadProtobufMeta(opened->raw);
      EXPECT_EQ(mark->type, "BOOKMARK");
      EXPECT_EQ(meta->resource_version, "1234");
      EXPECT_TRUE(objects::EndsInitialEvents(*meta));
      const auto error = objects::ReadProtobufWatchEvent(seen[2]);
      EXPECT_EQ(machinery::ErrorOfProtobufWatchEvent(error->object).kind, ErrorKind::kGone);
    } else {
      EXPECT_EQ(machinery::DecodeJsonWatchEvent(seen[0])->type, machinery::WatchType::kModified);
      const auto mark = machinery::DecodeJsonWatchEvent(seen[1]);
      EXPECT_TRUE(objects::EndsInitialEvents(*objects::ParseObjectMeta(mark->object)));
      const auto error = machinery::DecodeJsonWatchEvent(seen[2]);
      EXPECT_EQ(machinery::ErrorOfWatchEvent(error->object).kind, ErrorKind::kGone);
    }
  }
}

}  // namespace
}  // namespace mpl::bench
