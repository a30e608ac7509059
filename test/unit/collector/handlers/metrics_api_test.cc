// Goldens are written by hand from the API's documentation (k8s.io/metrics types) and the recorded
// answers of metrics-server 0.9: shapes, texts, order.
#include "collector/handlers/metrics_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "kube/objects/protobuf_meta.h"

namespace mpl::handlers {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::StartsWith;

const TimePoint kNow = *ParseRfc3339("2026-11-21T10:00:30.9Z");
// The wall and the other clock move alike here.
MonoTime Steady(TimePoint time) { return MonoTime(time.time_since_epoch()); }
constexpr std::string_view kBase = "/apis/metrics.k8s.io/v1beta1";

class MetricsApiTest : public testing::Test {
 protected:
  MetricsApiTest() : metrics_(seconds(15)) {
    AddNode("node1", {{"zone", "a"}});
    AddNode("node2", {{"zone", "b"}});
    AddNode("node3", {});
    AddPod("shop", "web-0", {{"app", "web"}});
    AddPod("shop", "db", {{"app", "db"}}, "node2");
    AddPod("kube-system", "dns", {});
    AddPod("shop", "silent", {});
    Commit("node1", 0.25, 50ULL << 20U,
           {{"shop", "web-0", "nginx"}, {"shop", "web-0", "agent"}, {"kube-system", "dns", "dns"}});
    Commit("node2", 2, 1025, {{"shop", "db", "db"}, {"shop", "gone", "x"}});
  }

  void AddNode(const std::string& name, objects::Labels labels) {
    auto node = std::make_shared<objects::NodeObject>();
    node->meta.name = name;
    node->meta.labels = std::move(labels);
    nodes_.Put(node);
  }
  void AddPod(const std::string& ns, const std::string& name, objects::Labels labels,
              const std::string& node = "node1") {
    auto pod = std::make_shared<objects::PodObject>();
    pod->node_name = node;
    pod->meta.ns = ns;
    pod->meta.name = name;
    pod->meta.labels = std::move(labels);
    pods_.Put(pod);
  }

  struct Name {
    std::string_view ns, pod, container;
  };
  // Two samples, 10:00:10 and 10:00:25.042: everything on the node uses `cores` and `memory`.
  void Commit(std::string_view node, double cores, std::uint64_t memory,
              const std::vector<Name>& containers) {
    const TimePoint begin = *ParseRfc3339("2026-11-21T10:00:10Z");
    for (const Duration after : {Duration(0), Duration(milliseconds(15042))}) {
      store::NodeBatch batch;
      batch.node.has_cpu = batch.node.has_memory = true;
      batch.node.cpu_time = batch.node.memory_time = begin + after;
      batch.node.cpu_nanoseconds =
          static_cast<std::uint64_t>(cores * static_cast<double>(after.count()));
      batch.node.memory_bytes = memory;
      for (const Name& name : containers) {
        batch.containers.push_back({name.ns, name.pod, name.container, batch.node});
      }
      metrics_.Commit(node, batch, Steady(begin + after));
    }
  }

  http::Response Ask(const std::string& target, http::Request request = {}, TimePoint now = kNow) {
    request.target = target;
    const auto parsed = http::ParseTarget(target);
    EXPECT_TRUE(parsed.has_value());
    const auto info = http::MakeRequestInfo(request.method, *parsed);
    return MetricsApi({.nodes = &nodes_,
                       .pods = &pods_,
                       .metrics = &metrics_,
                       .steady_now = [now] { return Steady(now); },
                       .selected = selected_})
        .Answer(request, info, *parsed, now);
  }
  std::string Body(std::string_view path) {
    return Ask(std::string(kBase) + std::string(path)).body;
  }
  std::vector<std::string> Names(std::string_view path) {
    std::vector<std::string> names;
    const json list = json::parse(Body(path));
    for (const json& item : list.at("items")) {
      names.push_back(item["metadata"].value("namespace", "") + "/" +
                      item["metadata"]["name"].get<std::string>());
    }
    return names;
  }

  NodeObjects nodes_;
  PodObjects pods_;
  store::MetricStore metrics_;
  std::function<bool(const objects::ObjectMeta&)> selected_;
};

TEST_F(MetricsApiTest, GetsOneNode) {
  const auto response = Ask(std::string(kBase) + "/nodes/node1");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.Get("Content-Type"), "application/json");
  EXPECT_EQ(response.body,
            R"({"kind":"NodeMetrics","apiVersion":"metrics.k8s.io/v1beta1",)"
            R"("metadata":{"name":"node1","creationTimestamp":"2026-11-21T10:00:30Z",)"
            R"("labels":{"zone":"a"}},"timestamp":"2026-11-21T10:00:25Z","window":"15.042s",)"
            R"("usage":{"cpu":"250m","memory":"50Mi"}})"
            "\n");
}

TEST_F(MetricsApiTest, GetsOnePodWithItsContainersInOrder) {
  EXPECT_EQ(Body("/namespaces/shop/pods/web-0"),
            R"({"kind":"PodMetrics","apiVersion":"metrics.k8s.io/v1beta1",)"
            R"("metadata":{"name":"web-0","namespace":"shop",)"
            R"("creationTimestamp":"2026-11-21T10:00:30Z","labels":{"app":"web"}},)"
            R"("timestamp":"2026-11-21T10:00:25Z","window":"15.042s","containers":[)"
            R"({"name":"agent","usage":{"cpu":"250m","memory":"50Mi"}},)"
            R"({"name":"nginx","usage":{"cpu":"250m","memory":"50Mi"}}]})"
            "\n");
}

TEST_F(MetricsApiTest, ListsNodesByNameWithoutThoseThatHaveNoMetrics) {
  EXPECT_EQ(Body("/nodes"),
            R"({"kind":"NodeMetricsList","apiVersion":"metrics.k8s.io/v1beta1","metadata":{},)"
            R"("items":[{"metadata":{"name":"node1","creationTimestamp":"2026-11-21T10:00:30Z",)"
            R"("labels":{"zone":"a"}},"timestamp":"2026-11-21T10:00:25Z","window":"15.042s",)"
            R"("usage":{"cpu":"250m","memory":"50Mi"}},)"
            R"({"metadata":{"name":"node2","creationTimestamp":"2026-11-21T10:00:30Z",)"
            R"("labels":{"zone":"b"}},"timestamp":"2026-11-21T10:00:25Z","window":"15.042s",)"
            R"("usage":{"cpu":"2","memory":"1025"}}]})"
            "\n");
}

TEST_F(MetricsApiTest, ListsPodsByNamespaceAndName) {
  using testing::ElementsAre;
  EXPECT_THAT(Names("/pods"), ElementsAre("kube-system/dns", "shop/db", "shop/web-0"));
  EXPECT_THAT(Names("/namespaces/shop/pods"), ElementsAre("shop/db", "shop/web-0"));
  EXPECT_THAT(Names("/namespaces/shop/pods?limit=1&resourceVersion=0&timeoutSeconds=5"),
              ElementsAre("shop/db", "shop/web-0"));
}

TEST_F(MetricsApiTest, AnEmptyListIsAnArray) {
  EXPECT_EQ(Body("/namespaces/none/pods"),
            R"({"kind":"PodMetricsList","apiVersion":"metrics.k8s.io/v1beta1","metadata":{},)"
            R"("items":[]})"
            "\n");
}

TEST_F(MetricsApiTest, SelectsByLabelsAndFields) {
  using testing::ElementsAre;
  using testing::IsEmpty;
  EXPECT_THAT(Names("/pods?labelSelector=app%3Dweb"), ElementsAre("shop/web-0"));
  EXPECT_THAT(Names("/pods?labelSelector=app+in+(web,db)"), ElementsAre("shop/db", "shop/web-0"));
  EXPECT_THAT(Names("/pods?labelSelector=!app"), ElementsAre("kube-system/dns"));
  EXPECT_THAT(Names("/pods?fieldSelector=metadata.name%3Ddb"), ElementsAre("shop/db"));
  EXPECT_THAT(Names("/pods?fieldSelector=metadata.namespace!=shop"),
              ElementsAre("kube-system/dns"));
  EXPECT_THAT(Names("/nodes?labelSelector=zone%3Db"), ElementsAre("/node2"));
  EXPECT_THAT(Names("/nodes?fieldSelector=metadata.namespace%3Dx"), IsEmpty());
}

TEST_F(MetricsApiTest, ServesV1Alike) {
  EXPECT_EQ(json::parse(Ask("/apis/metrics.k8s.io/v1/nodes").body)["apiVersion"],
            "metrics.k8s.io/v1");
  EXPECT_EQ(json::parse(Ask("/apis/metrics.k8s.io/v1/nodes/node2").body)["apiVersion"],
            "metrics.k8s.io/v1");
}

TEST_F(MetricsApiTest, SwapStandsBesideMemoryWhereItWasRead) {
  store::NodeBatch batch;
  batch.node.has_cpu = batch.node.has_memory = batch.node.has_swap = true;
  batch.node.cpu_time = batch.node.memory_time = *ParseRfc3339("2026-11-21T10:00:30Z");
  batch.node.cpu_nanoseconds = 10'000'000'000;
  batch.node.memory_bytes = 1 << 20;
  batch.node.swap_bytes = 4096;
  metrics_.Commit("node1", batch, Steady(kNow));
  EXPECT_EQ(json::parse(Body("/nodes/node1"))["usage"]["swap"], "4Ki");
}

TEST_F(MetricsApiTest, ASelectedSubsetOfNodesHidesTheOthers) {
  selected_ = [](const objects::ObjectMeta& node) { return node.name != "node2"; };
  EXPECT_THAT(Names("/nodes"), testing::ElementsAre("/node1"));
  EXPECT_THAT(Body("/nodes/node2"), HasSubstr(R"(nodemetrics.metrics.k8s.io \"node2\" not found)"));
}

TEST_F(MetricsApiTest, StaleValuesAreAbsent) {
  const auto response = Ask(std::string(kBase) + "/nodes", {}, kNow + seconds(60));
  EXPECT_TRUE(json::parse(response.body)["items"].empty());
}

struct Missing {
  const char* path;
  const char* message;
  const char* group;
  const char* kind;
  const char* name;
};
class MissingTest : public MetricsApiTest, public testing::WithParamInterface<Missing> {};
TEST_P(MissingTest, IsAStatusThatSaysWhich) {
  const auto response = Ask(std::string(kBase) + GetParam().path);
  EXPECT_EQ(response.status, 404);
  const json status = json::parse(response.body);
  EXPECT_EQ(status["kind"], "Status");
  EXPECT_EQ(status["reason"], "NotFound");
  EXPECT_EQ(status["code"], 404);
  EXPECT_EQ(status["message"], GetParam().message);
  EXPECT_EQ(status["details"].value("group", ""), GetParam().group);
  EXPECT_EQ(status["details"]["kind"], GetParam().kind);
  EXPECT_EQ(status["details"]["name"], GetParam().name);
}
INSTANTIATE_TEST_SUITE_P(
    Table, MissingTest,
    testing::Values(
        Missing{"/nodes/nope", "node \"nope\" not found", "", "node", "nope"},
        Missing{"/nodes/node3", "nodemetrics.metrics.k8s.io \"node3\" not found", "metrics.k8s.io",
                "nodemetrics", "node3"},
        Missing{"/namespaces/shop/pods/nope", "pods \"nope\" not found", "", "pods", "nope"},
        // The store knows it, the informer does not: it is not there.
        Missing{"/namespaces/shop/pods/gone", "pods \"gone\" not found", "", "pods", "gone"},
        Missing{"/namespaces/shop/pods/silent",
                "podmetrics.metrics.k8s.io \"shop/silent\" not found", "metrics.k8s.io",
                "podmetrics", "shop/silent"}));

struct Refusal {
  const char* method;
  const char* path;
  int code;
  const char* message;
};
class RefusalTest : public MetricsApiTest, public testing::WithParamInterface<Refusal> {};
TEST_P(RefusalTest, SaysWhy) {
  http::Request request;
  request.method = GetParam().method;
  const auto response = Ask(std::string("/apis/metrics.k8s.io") + GetParam().path, request);
  EXPECT_EQ(response.status, GetParam().code);
  EXPECT_THAT(json::parse(response.body)["message"].get<std::string>(),
              HasSubstr(GetParam().message));
}
INSTANTIATE_TEST_SUITE_P(
    Table, RefusalTest,
    testing::Values(
        Refusal{"GET", "/v1beta1/cats", 404, "the server could not find the requested resource"},
        Refusal{"GET", "/v1beta1/pods/web-0", 404, "could not find the requested resource"},
        Refusal{"GET", "/v1beta1/nodes/node1/status", 404, "could not find the requested resource"},
        Refusal{"GET", "/v1beta1/namespaces/shop/nodes", 404,
                "could not find the requested resource"},
        Refusal{"GET", "/v2/nodes", 404, "could not find the requested resource"},
        Refusal{"POST", "/v1beta1/nodes", 405, "the server does not allow this method"},
        Refusal{"DELETE", "/v1/nodes/node1", 405, "the server does not allow this method"},
        Refusal{"GET", "/v1beta1/pods?watch=true", 405,
                "watch is not supported on resources of kind \"pods.metrics.k8s.io\""},
        Refusal{"GET", "/v1beta1/pods?fieldSelector=spec.nodeName%3Dx", 400,
                "\"spec.nodeName\" is not a known field selector: only \"metadata.name\", "
                "\"metadata.namespace\""},
        Refusal{"GET", "/v1beta1/pods?labelSelector=a+in", 400, ""},
        Refusal{"GET", "/v1beta1/pods?resourceVersionMatch=Exact", 422,
                "resourceVersionMatch is forbidden unless resourceVersion is provided"},
        Refusal{"GET", "/v1beta1/pods?sendInitialEvents=true", 422,
                "sendInitialEvents is forbidden for list"}));

TEST_F(MetricsApiTest, AnswersInTheRepresentationAskedFor) {
  const auto ask = [&](const char* accept, const char* path, const char* agent = "test") {
    http::Request request;
    request.headers = {{"Accept", accept}, {"User-Agent", agent}};
    return Ask(std::string(kBase) + path, request);
  };
  // kubectl top
  const auto top = ask("application/vnd.kubernetes.protobuf, */*", "/nodes/node1");
  EXPECT_EQ(top.headers.Get("Content-Type"), "application/vnd.kubernetes.protobuf");
  EXPECT_TRUE(top.body.starts_with(std::string_view("k8s\0", 4)));
  // kubectl get
  const auto get =
      ask("application/json;as=Table;v=v1;g=meta.k8s.io,application/json", "/namespaces/shop/pods");
  EXPECT_EQ(get.headers.Get("Content-Type"), "application/json");
  const json table = json::parse(get.body);
  EXPECT_EQ(table["kind"], "Table");
  EXPECT_EQ(table["rows"][1]["cells"], json({"web-0", "500m", "100Mi", "15.042s"}));
  // curl
  EXPECT_THAT(ask("*/*", "/nodes", "curl/7.88.1").body, StartsWith("{\n  \"kind\""));
  EXPECT_THAT(ask("application/yaml", "/nodes").body, StartsWith("apiVersion: metrics.k8s.io/"));

  const auto refused = ask("text/html", "/nodes");
  EXPECT_EQ(refused.status, 406);
  EXPECT_EQ(json::parse(refused.body)["reason"], "NotAcceptable");
  // Before it is looked for.
  EXPECT_EQ(ask("text/html", "/nodes/nope").status, 406);
  // After it was looked for.
  const char* const list = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io";
  EXPECT_EQ(ask(list, "/nodes/nope").status, 404);
  EXPECT_EQ(ask(list, "/nodes/node1").status, 406);
}

class LongListTest : public MetricsApiTest {
 protected:
  static constexpr int kPods = 3000;

  LongListTest() {
    store::NodeBatch batch;
    for (int i = 0; i < kPods; ++i) names_.push_back("pod-" + std::to_string(100000 + i));
    for (const std::string& name : names_) AddPod("big", name, {{"app", "a"}}, "node3");
    for (const int second : {10, 20}) {
      const TimePoint time = *ParseRfc3339("2026-11-21T10:00:00Z") + seconds(second);
      batch.containers.clear();
      for (const std::string& name : names_) {
        store::Reading reading;
        reading.has_cpu = reading.has_memory = true;
        reading.cpu_time = reading.memory_time = time;
        reading.cpu_nanoseconds = static_cast<std::uint64_t>(second) * 1000;
        batch.containers.push_back({"big", name, "c", reading});
      }
      metrics_.Commit("node3", batch, Steady(time));
    }
  }

  // All pieces, of which there must be several, none of them long.
  std::string Whole(const char* accept) {
    http::Request request;
    request.headers.Add("Accept", accept);
    const auto response = Ask(std::string(kBase) + "/namespaces/big/pods", request);
    EXPECT_TRUE(response.next_chunk);
    std::string whole, piece;
    int pieces = 0;
    for (bool more = response.next_chunk != nullptr; more;) {
      more = response.next_chunk(piece);
      EXPECT_LE(piece.size(), 256U << 10U);
      if (!piece.empty()) ++pieces;
      whole += std::exchange(piece, {});
    }
    EXPECT_GT(pieces, 1);
    return whole;
  }

  std::vector<std::string> names_;
};

TEST_F(LongListTest, ComesInPiecesThatAreOneDocument) {
  const json list = json::parse(Whole("application/json"));
  ASSERT_EQ(list["items"].size(), static_cast<std::size_t>(kPods));
  EXPECT_EQ(list["items"][0]["metadata"]["name"], "pod-100000");
  EXPECT_EQ(list["items"][kPods - 1]["metadata"]["name"], "pod-102999");
  EXPECT_EQ(list["items"][7]["containers"][0]["usage"]["cpu"], "1u");
}

TEST_F(LongListTest, TellsItsLengthInProtobufBeforeItIsWritten) {
  const std::string whole = Whole("application/vnd.kubernetes.protobuf");
  const auto envelope = objects::OpenProtobufEnvelope(whole);
  ASSERT_TRUE(envelope) << envelope.error().message;
  EXPECT_EQ(envelope->kind, "PodMetricsList");
  // The raw field reaches to the end of the answer.
  EXPECT_EQ(envelope->raw.data() + envelope->raw.size(), whole.data() + whole.size());
  std::vector<std::string> names;
  const auto meta =
      objects::ReadProtobufList(envelope->raw, [&](std::string_view item) -> Result<void> {
        const auto read = objects::ReadProtobufMeta(item);
        if (!read) return std::unexpected(read.error());
        names.push_back(read->name);
        return {};
      });
  ASSERT_TRUE(meta) << meta.error().message;
  EXPECT_EQ(names, names_);
}

// Each waits in memory for its length, as long as its client likes.
TEST_F(LongListTest, SixteenInProtobufAtATime) {
  const auto ask = [this](const char* accept) {
    http::Request request;
    request.headers.Add("Accept", accept);
    return Ask(std::string(kBase) + "/namespaces/big/pods", request);
  };
  const char* const kProtobuf = "application/vnd.kubernetes.protobuf";
  std::vector<http::Response> slow;
  for (int k = 0; k < 16; ++k) {
    slow.push_back(ask(kProtobuf));
    EXPECT_EQ(slow.back().status, 200);
  }
  const auto refused = ask(kProtobuf);
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.headers.Get("Retry-After"), "1");
  EXPECT_EQ(json::parse(refused.body)["reason"], "TooManyRequests");
  EXPECT_EQ(ask("application/json").status, 200);
  slow.pop_back();
  EXPECT_EQ(ask(kProtobuf).status, 200);
}

TEST_F(LongListTest, IndentedIsTheSameDocument) {
  EXPECT_EQ(json::parse(Whole("application/json;pretty=1")), json::parse(Whole("*/*")));
}

TEST_F(MetricsApiTest, TellsTheAgeOfWhatItServes) {
  std::vector<Duration> ages;
  const MetricsApi api({.nodes = &nodes_,
                        .pods = &pods_,
                        .metrics = &metrics_,
                        .steady_now = [] { return Steady(kNow); },
                        .selected = {},
                        .observe_ages =
                            [&](std::span<const Duration> of_some) {
                              ages.insert(ages.end(), of_some.begin(), of_some.end());
                            }});
  const auto target = *http::ParseTarget(std::string(kBase) + "/nodes");
  api.Answer({}, http::MakeRequestInfo("GET", target), target, kNow);
  EXPECT_THAT(ages, testing::ElementsAre(milliseconds(5858), milliseconds(5858)));
}

TEST(MetricsApi, DiscoveryNamesBothVersionsAndNeverWatch) {
  const http::Discovery discovery(MetricsApi::Groups());
  const auto ask = [&](const char* path) {
    http::Request request;
    request.target = path;
    return json::parse(discovery.Answer(request, *http::ParseTarget(path))->body);
  };
  const json list = ask("/apis/metrics.k8s.io/v1beta1");
  ASSERT_EQ(list["resources"].size(), 2U);
  EXPECT_EQ(list["resources"][0]["name"], "nodes");
  EXPECT_EQ(list["resources"][0]["kind"], "NodeMetrics");
  EXPECT_EQ(list["resources"][0]["namespaced"], false);
  EXPECT_EQ(list["resources"][1]["kind"], "PodMetrics");
  EXPECT_EQ(list["resources"][1]["namespaced"], true);
  EXPECT_EQ(list["resources"][1]["verbs"], json({"get", "list"}));
  EXPECT_EQ(ask("/apis/metrics.k8s.io")["preferredVersion"]["version"], "v1");
}

}  // namespace
}  // namespace mpl::handlers
