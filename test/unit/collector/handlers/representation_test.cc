// Expected texts are written by hand from the types' definitions (k8s.io/metrics pkg/apis/metrics,
// k8s.io/apimachinery pkg/apis/meta) and the recorded answers of metrics-server 0.9; all but the
// YAML were compared with what the serializers of k8s.io/apimachinery v0.36.2 make of the same
// values, and the YAML with what theirs means.
#include "collector/handlers/representation.h"

#include "test/unit/collector/handlers/answer_fixture.h"

namespace mpl::handlers {
namespace {

constexpr const char* kTable = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
constexpr const char* kPartialObject =
    "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io";
constexpr const char* kPartialList =
    "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io";

TEST_F(AnswerTest, CompactJsonIsOneLine) {
  EXPECT_EQ(Single({.version = "v1"}, Node2()),
            R"({"kind":"NodeMetrics","apiVersion":"metrics.k8s.io/v1",)"
            R"("metadata":{"name":"node2","creationTimestamp":"2026-11-21T10:00:30Z"},)"
            R"("timestamp":"2026-11-21T10:00:25Z","window":"15.042s",)"
            R"("usage":{"cpu":"2","memory":"1025","swap":"4Ki"}})"
            "\n");
  EXPECT_EQ(List({.kind = "PodMetrics"}, {Db()}),
            R"({"kind":"PodMetricsList","apiVersion":"metrics.k8s.io/v1beta1","metadata":{},)"
            R"("items":[{"metadata":{"name":"db","namespace":"shop",)"
            R"("creationTimestamp":"2026-11-21T10:00:30Z"},"timestamp":"2026-11-21T10:00:25Z",)"
            R"("window":"15.042s","containers":[{"name":"agent",)"
            R"("usage":{"cpu":"156741209n","memory":"6150616Ki"}}]}]})"
            "\n");
}

TEST_F(AnswerTest, IndentedJsonHasNoLineBreakAtItsEnd) {
  const std::string expected = R"({
  "kind": "NodeMetricsList",
  "apiVersion": "metrics.k8s.io/v1beta1",
  "metadata": {},
  "items": [
    {
      "metadata": {
        "name": "node1",
        "creationTimestamp": "2026-11-21T10:00:30Z",
        "labels": {
          "kubernetes.io/os": "linux",
          "zone": "a"
        }
      },
      "timestamp": "2026-11-21T10:00:25Z",
      "window": "15.042s",
      "usage": {
        "cpu": "250m",
        "memory": "50Mi"
      }
    },
    {
      "metadata": {
        "name": "node2",
        "creationTimestamp": "2026-11-21T10:00:30Z"
      },
      "timestamp": "2026-11-21T10:00:25Z",
      "window": "15.042s",
      "usage": {
        "cpu": "2",
        "memory": "1025",
        "swap": "4Ki"
      }
    }
  ]
})";
  EXPECT_EQ(List({.query = "pretty=true"}, {Node1(), Node2()}), expected);
  EXPECT_EQ(List({.accept = "application/json;pretty=1"}, {Node1(), Node2()}), expected);
  EXPECT_EQ(List({.query = "pretty=1"}, {}), R"({
  "kind": "NodeMetricsList",
  "apiVersion": "metrics.k8s.io/v1beta1",
  "metadata": {},
  "items": []
})");
}

TEST_F(AnswerTest, YamlHasSortedKeysAndItemsInBetween) {
  EXPECT_EQ(List({.accept = "application/yaml", .kind = "PodMetrics"}, {Web(), Db()}),
            R"(apiVersion: metrics.k8s.io/v1beta1
items:
- containers:
  - name: agent
    usage:
      cpu: "156741209n"
      memory: "6150616Ki"
  - name: nginx
    usage:
      cpu: "2m"
      memory: "1025"
  metadata:
    creationTimestamp: "2026-11-21T10:00:30Z"
    labels:
      app: web
    name: web-0
    namespace: shop
  timestamp: "2026-11-21T10:00:25Z"
  window: "15.042s"
- containers:
  - name: agent
    usage:
      cpu: "156741209n"
      memory: "6150616Ki"
  metadata:
    creationTimestamp: "2026-11-21T10:00:30Z"
    name: db
    namespace: shop
  timestamp: "2026-11-21T10:00:25Z"
  window: "15.042s"
kind: PodMetricsList
metadata: {}
)");
  EXPECT_EQ(List({.accept = "application/yaml"}, {}),
            "apiVersion: metrics.k8s.io/v1beta1\nitems: []\nkind: NodeMetricsList\nmetadata: {}\n");
}

TEST_F(AnswerTest, YamlOfOneObject) {
  EXPECT_EQ(Single({.accept = "application/yaml"}, Node2()), R"(apiVersion: metrics.k8s.io/v1beta1
kind: NodeMetrics
metadata:
  creationTimestamp: "2026-11-21T10:00:30Z"
  name: node2
timestamp: "2026-11-21T10:00:25Z"
usage:
  cpu: "2"
  memory: "1025"
  swap: "4Ki"
window: "15.042s"
)");
}

const std::string kColumns =
    R"("metadata":{},"columnDefinitions":[)"
    R"({"name":"Name","type":"string","format":"name","description":"Name of the resource",)"
    R"("priority":0},)"
    R"({"name":"cpu","type":"string","format":"quantity","description":"","priority":0},)"
    R"({"name":"memory","type":"string","format":"quantity","description":"","priority":0},)"
    R"({"name":"Window","type":"string","format":"duration","description":"","priority":0}])";

TEST_F(AnswerTest, ATableRowSumsUpThePodsContainers) {
  EXPECT_EQ(List({.accept = kTable, .kind = "PodMetrics"}, {Web(), Db()}),
            R"({"kind":"Table","apiVersion":"meta.k8s.io/v1",)" + kColumns +
                R"(,"rows":[{"cells":["web-0","158741209n","6298231809","15.042s"],)"
                R"("object":{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1",)"
                R"("metadata":{"name":"web-0","namespace":"shop",)"
                R"("creationTimestamp":"2026-11-21T10:00:30Z","labels":{"app":"web"}}}},)"
                R"({"cells":["db","156741209n","6150616Ki","15.042s"],)"
                R"("object":{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1",)"
                R"("metadata":{"name":"db","namespace":"shop",)"
                R"("creationTimestamp":"2026-11-21T10:00:30Z"}}}]})"
                "\n");
}

TEST_F(AnswerTest, ATableOfOneNode) {
  EXPECT_EQ(Single({.accept = "application/json;as=Table;v=v1beta1;g=meta.k8s.io"}, Node2()),
            R"({"kind":"Table","apiVersion":"meta.k8s.io/v1beta1",)" + kColumns +
                R"(,"rows":[{"cells":["node2","2","1025","15.042s"],)"
                R"("object":{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1beta1",)"
                R"("metadata":{"name":"node2","creationTimestamp":"2026-11-21T10:00:30Z"}}}]})"
                "\n");
}

TEST_F(AnswerTest, ATableIncludesWhatItIsAskedToInclude) {
  const auto object = [&](const char* query) {
    const std::string table = List({.accept = kTable, .query = query}, {Node2()});
    return table.substr(table.find("\"object\""));
  };
  EXPECT_EQ(object("includeObject=None"), "\"object\":null}]}\n");
  EXPECT_EQ(object("includeObject=Object"),
            R"("object":{"kind":"NodeMetrics","apiVersion":"metrics.k8s.io/v1beta1",)"
            R"("metadata":{"name":"node2","creationTimestamp":"2026-11-21T10:00:30Z"},)"
            R"("timestamp":"2026-11-21T10:00:25Z","window":"15.042s",)"
            R"("usage":{"cpu":"2","memory":"1025","swap":"4Ki"}}}]})"
            "\n");
  EXPECT_EQ(object("includeObject=Metadata"), object(""));
  EXPECT_EQ(List({.accept = kTable, .query = "includeObject=none"}, {}),
            "Unable to convert to Table as requested: includeObject: Invalid value: \"none\": must "
            "be 'Metadata', 'Object', 'None', or empty");
  // Not a Table: not looked at.
  EXPECT_EQ(List({.query = "includeObject=x"}, {}), List({}, {}));
}

TEST_F(AnswerTest, AnEmptyTableHasItsColumns) {
  EXPECT_EQ(List({.accept = kTable}, {}), R"({"kind":"Table","apiVersion":"meta.k8s.io/v1",)" +
                                              kColumns +
                                              R"(,"rows":[]})"
                                              "\n");
}

TEST_F(AnswerTest, ATableAsYaml) {
  EXPECT_EQ(List({.accept = "application/yaml;as=Table;v=v1;g=meta.k8s.io",
                  .query = "includeObject=None"},
                 {Node2()}),
            R"(apiVersion: meta.k8s.io/v1
columnDefinitions:
- description: "Name of the resource"
  format: name
  name: Name
  priority: 0
  type: string
- description: ""
  format: quantity
  name: cpu
  priority: 0
  type: string
- description: ""
  format: quantity
  name: memory
  priority: 0
  type: string
- description: ""
  format: duration
  name: Window
  priority: 0
  type: string
kind: Table
metadata: {}
rows:
- cells:
  - node2
  - "2"
  - "1025"
  - "15.042s"
  object: null
)");
}

TEST_F(AnswerTest, MetadataAloneWithoutTheValues) {
  EXPECT_EQ(Single({.accept = kPartialObject, .kind = "PodMetrics"}, Web()),
            R"({"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1",)"
            R"("metadata":{"name":"web-0","namespace":"shop",)"
            R"("creationTimestamp":"2026-11-21T10:00:30Z","labels":{"app":"web"}}})"
            "\n");
  EXPECT_EQ(
      List({.accept = "application/json;as=PartialObjectMetadataList;v=v1beta1;g=meta.k8s.io"},
           {Node2()}),
      R"({"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/v1beta1","metadata":{},)"
      R"("items":[{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1beta1",)"
      R"("metadata":{"name":"node2","creationTimestamp":"2026-11-21T10:00:30Z"}}]})"
      "\n");
  EXPECT_EQ(List({.accept = kPartialList}, {}),
            R"({"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/v1","metadata":{},)"
            R"("items":[]})"
            "\n");
}

TEST_F(AnswerTest, MetadataOfOneIsNotMetadataOfMany) {
  EXPECT_EQ(List({.accept = kPartialObject, .kind = "PodMetrics"}, {}),
            "you requested PartialObjectMetadata, but the requested object is a list "
            "(*metrics.PodMetricsList)");
  EXPECT_EQ(Single({.accept = kPartialList}, Node1()),
            "you requested PartialObjectMetadataList, but the requested object is not a list "
            "(*metrics.NodeMetrics)");
}

struct Case {
  const char* accept;
  const char* content_type;  // null: not acceptable
  Form form = Form::kMetrics;
};
class ChoiceTest : public testing::TestWithParam<Case> {};
TEST_P(ChoiceTest, PicksTheRepresentation) {
  const auto chosen = ChooseRepresentation({{"Accept", GetParam().accept}}, {});
  if (GetParam().content_type == nullptr) {
    ASSERT_FALSE(chosen);
    EXPECT_EQ(chosen.error().kind, ErrorKind::kNotAcceptable);
    EXPECT_EQ(chosen.error().message,
              "only the following media types are accepted: application/json, application/yaml, "
              "application/vnd.kubernetes.protobuf");
    return;
  }
  ASSERT_TRUE(chosen) << chosen.error().message;
  EXPECT_EQ(chosen->ContentType(), GetParam().content_type);
  EXPECT_EQ(chosen->form, GetParam().form);
}
constexpr const char* kJson = "application/json";
constexpr const char* kYaml = "application/yaml";
constexpr const char* kProtobufType = "application/vnd.kubernetes.protobuf";
INSTANTIATE_TEST_SUITE_P(
    Table, ChoiceTest,
    testing::Values(
        Case{"", kJson}, Case{"*/*", kJson}, Case{kYaml, kYaml},
        Case{"application/vnd.kubernetes.protobuf, */*", kProtobufType},              // kubectl top
        Case{"application/vnd.kubernetes.protobuf,application/json", kProtobufType},  // client-go
        Case{"application/json;as=Table;v=v1;g=meta.k8s.io,"
             "application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json",
             kJson, Form::kTable},  // kubectl get
        Case{"application/vnd.kubernetes.protobuf;as=Table;v=v1;g=meta.k8s.io,application/json",
             kJson},
        Case{"application/vnd.kubernetes.protobuf;as=Table;v=v1;g=meta.k8s.io", nullptr},
        Case{"application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
             kProtobufType, Form::kMetadataList},
        Case{"application/yaml;as=PartialObjectMetadata;v=v1beta1;g=meta.k8s.io", kYaml,
             Form::kMetadata},
        Case{"application/json;as=Table;v=v2;g=meta.k8s.io", nullptr},
        Case{"application/json;as=Secret;v=v1;g=meta.k8s.io", nullptr},
        Case{"application/json;q=0.2,application/yaml;q=0.8", kYaml},
        Case{"application/cbor", nullptr}, Case{"text/plain", nullptr}));

TEST_F(AnswerTest, WhatItemsHaveInCommonIsNotMixedUp) {
  const auto metas = Neighbours();
  std::vector<Item> items;
  for (const objects::ObjectMeta& meta : metas) items.push_back(PodWith(meta));
  const auto list = objects::Json::parse(List({.kind = "PodMetrics"}, items));
  ASSERT_EQ(list["items"].size(), metas.size());
  for (std::size_t k = 0; k < metas.size(); ++k) {
    const auto meta = objects::ParseObjectMeta(list["items"][k]);
    ASSERT_TRUE(meta);
    EXPECT_EQ(meta->Key(), metas[k].Key());
    EXPECT_EQ(meta->labels, metas[k].labels) << k;
  }
}

}  // namespace
}  // namespace mpl::handlers
