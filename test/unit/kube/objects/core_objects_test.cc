// The same Node and Pod in both forms. JSON as the API server writes it; protobuf built with
// protozero's writer from the field numbers of k8s.io/api core/v1/generated.proto.
#include "kube/objects/core_objects.h"

#include <gmock/gmock.h>

#include <protozero/pbf_writer.hpp>

namespace mpl::objects {
namespace {

using protozero::pbf_writer;
using testing::ElementsAre;
using testing::IsEmpty;

std::string Meta(const std::string& name) {
  std::string bytes;
  pbf_writer meta(bytes);
  if (!name.empty()) meta.add_string(1, name);
  meta.add_string(5, "u-1");
  meta.add_string(6, "42");
  for (const std::uint32_t map : {11U, 12U}) {
    pbf_writer entry(meta, map);
    entry.add_string(1, "key");
    entry.add_string(2, "value");
  }
  return bytes;
}

void AddPair(pbf_writer& parent, std::uint32_t field, const std::string& first,
             const std::string& second) {
  pbf_writer pair(parent, field);
  pair.add_string(1, first);
  pair.add_string(2, second);
}

std::string ProtobufNode() {
  std::string bytes;
  pbf_writer node(bytes);
  node.add_message(1, Meta("n1"));
  {
    pbf_writer spec(node, 2);
    spec.add_string(1, "10.0.0.0/24");
  }
  pbf_writer status(node, 3);
  AddPair(status, 4, "MemoryPressure", "True");
  AddPair(status, 4, "Ready", "True");
  AddPair(status, 5, "InternalIP", "10.0.0.1");
  AddPair(status, 5, "Hostname", "n1.example");
  AddPair(status, 5, "InternalDNS", "");
  {
    pbf_writer endpoints(status, 6);
    pbf_writer kubelet(endpoints, 1);
    kubelet.add_int32(1, 10255);
  }
  {
    pbf_writer info(status, 7);
    info.add_string(1, "machine");
    info.add_string(3, "boot-1");
  }
  pbf_writer image(status, 8);
  image.add_string(1, "registry.example/pause");
  return bytes;
}

constexpr const char* kJsonNode =
    R"({"metadata":{"name":"n1","uid":"u-1","resourceVersion":"42","labels":{"key":"value"},
        "annotations":{"key":"value"}},
        "spec":{"podCIDR":"10.0.0.0/24"},
        "status":{"conditions":[{"type":"MemoryPressure","status":"True"},
                                {"type":"Ready","status":"True"}],
                  "addresses":[{"type":"InternalIP","address":"10.0.0.1"},
                               {"type":"Hostname","address":"n1.example"},
                               {"type":"InternalDNS","address":""}],
                  "daemonEndpoints":{"kubeletEndpoint":{"Port":10255}},
                  "nodeInfo":{"machineID":"machine","bootID":"boot-1"},
                  "images":[{"names":["registry.example/pause"]}]}})";

TEST(CoreObjects, KeepTheSameOfANodeInBothForms) {
  const auto from_json = ReadJsonNode(Json::parse(kJsonNode));
  const auto from_protobuf = ReadProtobufNode(ProtobufNode());
  for (const auto& node : {from_json, from_protobuf}) {
    ASSERT_TRUE(node) << node.error().message;
    EXPECT_EQ(node->meta.name, "n1");
    EXPECT_EQ(node->meta.uid, "u-1");
    EXPECT_EQ(node->meta.labels.at("key"), "value");
    EXPECT_EQ(node->meta.annotations.at("key"), "value");
    EXPECT_THAT(node->addresses, ElementsAre(NodeAddress{"InternalIP", "10.0.0.1"},
                                             NodeAddress{"Hostname", "n1.example"}));
    EXPECT_EQ(node->kubelet_port, 10255);
    EXPECT_EQ(node->boot_id, "boot-1");
    EXPECT_TRUE(node->ready);
  }
}

TEST(CoreObjects, ANodeIsReadyOnlyWhenItsConditionIsTrue) {
  for (const char* status : {"False", "Unknown", "true"}) {
    std::string bytes;
    {
      pbf_writer node(bytes);
      pbf_writer parent(node, 3);
      AddPair(parent, 4, "Ready", status);
    }
    EXPECT_FALSE(ReadProtobufNode(bytes)->ready) << status;
  }
}

// ContainerStatus{1: name, 2: state{1: waiting, 2: running, 3: terminated}, 3: lastState}
void AddContainer(pbf_writer& status, std::uint32_t field, const std::string& name,
                  std::uint32_t state_field) {
  pbf_writer container(status, field);
  container.add_string(1, name);
  {
    pbf_writer state(container, 2);
    pbf_writer at(state, state_field);
    at.add_string(1, "");
  }
  pbf_writer last(container, 3);
  pbf_writer ran(last, 2);  // what ran before says nothing
  ran.add_string(1, "");
}

std::string ProtobufPod() {
  std::string bytes;
  pbf_writer pod(bytes);
  pod.add_message(1, Meta("web-0"));
  {
    pbf_writer spec(pod, 2);
    AddPair(spec, 2, "app", "image");
    spec.add_string(10, "n1");
  }
  pbf_writer status(pod, 3);
  status.add_string(1, "Running");
  AddContainer(status, 8, "app", 2);
  AddContainer(status, 8, "looping", 1);
  AddContainer(status, 8, "done", 3);
  AddContainer(status, 10, "init", 3);
  AddContainer(status, 10, "sidecar", 2);
  AddContainer(status, 13, "debugger", 2);  // ephemeral: nobody requests anything for it
  return bytes;
}

constexpr const char* kJsonPod =
    R"({"metadata":{"name":"web-0","uid":"u-1","resourceVersion":"42","labels":{"key":"value"},
        "annotations":{"key":"value"}},
        "spec":{"nodeName":"n1","containers":[{"name":"app"}]},
        "status":{"phase":"Running",
          "containerStatuses":[{"name":"app","state":{"running":{}}},
            {"name":"looping","state":{"waiting":{"reason":"CrashLoopBackOff"}},
             "lastState":{"running":{}}},
            {"name":"done","state":{"terminated":{"exitCode":0}}}],
          "initContainerStatuses":[{"name":"init","state":{"terminated":{"exitCode":0}}},
            {"name":"sidecar","state":{"running":{"startedAt":"2026-01-01T00:00:00Z"}}}],
          "ephemeralContainerStatuses":[{"name":"debugger","state":{"running":{}}}]}})";

TEST(CoreObjects, KeepTheSameOfAPodInBothForms) {
  const auto from_json = ReadJsonPod(Json::parse(kJsonPod));
  const auto from_protobuf = ReadProtobufPod(ProtobufPod());
  for (const auto& pod : {from_json, from_protobuf}) {
    ASSERT_TRUE(pod) << pod.error().message;
    EXPECT_EQ(pod->meta.name, "web-0");
    EXPECT_EQ(pod->meta.resource_version, "42");
    EXPECT_EQ(pod->meta.labels.at("key"), "value");
    EXPECT_FALSE(EndsInitialEvents(pod->meta));
    EXPECT_EQ(pod->node_name, "n1");
    EXPECT_THAT(pod->running, ElementsAre("app", "sidecar"));
  }
}

TEST(CoreObjects, ABookmarkOfPodsEndsTheInitialListInBothForms) {
  std::string bytes;
  {
    pbf_writer pod(bytes);
    pbf_writer meta(pod, 1);
    pbf_writer entry(meta, 12);
    entry.add_string(1, "k8s.io/initial-events-end");
    entry.add_string(2, "true");
  }
  EXPECT_TRUE(EndsInitialEvents(ReadProtobufPod(bytes)->meta));
  EXPECT_TRUE(EndsInitialEvents(
      ReadJsonPod(
          Json::parse(R"({"metadata":{"annotations":{"k8s.io/initial-events-end":"true"}}})"))
          ->meta));
}

TEST(CoreObjects, TolerateOddJson) {
  for (const char* text :
       {R"({"status":null})", R"({"status":{"addresses":5}})",
        R"({"status":{"addresses":[1,"a",{"address":3}]}})",
        R"({"status":{"containerStatuses":[7,{"state":{"running":null}}]}})",
        R"({"spec":[],"status":{"daemonEndpoints":{"kubeletEndpoint":{"Port":-1}}}})",
        R"({"status":{"daemonEndpoints":{"kubeletEndpoint":{"Port":70000}}}})"}) {
    const Json json = Json::parse(text);
    ASSERT_TRUE(ReadJsonNode(json)) << text;
    EXPECT_THAT(ReadJsonNode(json)->addresses, IsEmpty()) << text;
    EXPECT_EQ(ReadJsonNode(json)->kubelet_port, 0) << text;
    ASSERT_TRUE(ReadJsonPod(json)) << text;
    EXPECT_THAT(ReadJsonPod(json)->running, IsEmpty()) << text;
  }
  EXPECT_FALSE(ReadJsonNode(Json::parse("[]")));
  EXPECT_FALSE(ReadJsonPod(Json::parse(R"({"metadata":{"name":5}})")));
}

TEST(CoreObjects, RefuseBytesThatAreCutOffAnywhere) {
  // Whole fields may be missing at the end; a cut within one is a fault, and never more than that.
  const std::string node = ProtobufNode();
  const std::string pod = ProtobufPod();
  std::size_t refused = 0;
  for (std::size_t size = 0; size < node.size(); ++size) {
    refused += ReadProtobufNode(std::string_view(node).substr(0, size)) ? 0U : 1U;
  }
  EXPECT_GT(refused, node.size() - 10);
  refused = 0;
  for (std::size_t size = 0; size < pod.size(); ++size) {
    refused += ReadProtobufPod(std::string_view(pod).substr(0, size)) ? 0U : 1U;
  }
  EXPECT_GT(refused, pod.size() - 10);
}

}  // namespace
}  // namespace mpl::objects
