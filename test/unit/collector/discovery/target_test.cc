#include "collector/discovery/target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mpl::discovery {
namespace {

using objects::Json;
using testing::ElementsAre;
using testing::IsEmpty;

// In the form of a v1 Node as the API server writes it.
objects::NodeObject Node(Json status, objects::Labels annotations = {}) {
  const Json metadata = {
      {"name", "node1"}, {"uid", "uid-1"}, {"annotations", std::move(annotations)}};
  return objects::ReadJsonNode({{"metadata", metadata}, {"status", std::move(status)}}).value();
}

Json Addresses(std::initializer_list<std::pair<const char*, const char*>> list) {
  Json addresses = Json::array();
  for (const auto& [type, address] : list) {
    addresses.push_back({{"type", type}, {"address", address}});
  }
  return {{"addresses", std::move(addresses)}};
}

TEST(Target, TakesEverythingFromTheNode) {
  const auto target =
      MakeTarget(Node({{"addresses",
                        {{{"type", "InternalIP"}, {"address", "10.0.0.1"}},
                         {{"type", "Hostname"}, {"address", "node1.example"}}}},
                       {"daemonEndpoints", {{"kubeletEndpoint", {{"Port", 10255}}}}},
                       {"nodeInfo", {{"bootID", "boot-1"}}},
                       {"conditions",
                        {{{"type", "MemoryPressure"}, {"status", "True"}},
                         {{"type", "Ready"}, {"status", "True"}}}}}),
                 {});
  EXPECT_EQ(target.node, "node1");
  EXPECT_EQ(target.uid, "uid-1");
  EXPECT_EQ(target.boot_id, "boot-1");
  EXPECT_EQ(target.port, 10255);
  EXPECT_TRUE(target.ready);
  EXPECT_EQ(target.path, "/metrics/resource");
  EXPECT_THAT(target.candidates, ElementsAre("10.0.0.1", "node1.example"));
  EXPECT_THAT(target.identities, ElementsAre("10.0.0.1", "node1.example", "node1"));
}

TEST(Target, OrdersAddressesByTypeThenAsTheNodeListsThem) {
  const auto node = Node(Addresses({{"Hostname", "h"},
                                    {"InternalIP", "10.0.0.1"},
                                    {"InternalDNS", "i.example"},
                                    {"InternalIP", "fd00::1"},
                                    {"ExternalIP", "1.2.3.4"}}));
  EXPECT_THAT(MakeTarget(node, {}).candidates, ElementsAre("10.0.0.1", "fd00::1", "1.2.3.4", "h"));
  config::ScrapeConfig config;
  config.address_types = {"Hostname", "InternalIP"};
  EXPECT_THAT(MakeTarget(node, config).candidates, ElementsAre("h", "10.0.0.1", "fd00::1"));
}

TEST(Target, AddressesOfOtherTypesAreIdentitiesOnly) {
  const auto target = MakeTarget(Node(Addresses({{"ExternalDNS", "x.example"}})), {});
  EXPECT_THAT(target.candidates, IsEmpty());
  EXPECT_THAT(target.identities, ElementsAre("x.example", "node1"));
}

TEST(Target, NamesAnAddressOnce) {
  const auto target = MakeTarget(
      Node(Addresses(
          {{"InternalIP", "10.0.0.1"}, {"ExternalIP", "10.0.0.1"}, {"Hostname", "node1"}})),
      {});
  EXPECT_THAT(target.candidates, ElementsAre("10.0.0.1", "node1"));
  EXPECT_THAT(target.identities, ElementsAre("10.0.0.1", "node1"));
}

// A kubelet writes its node's addresses; Kubernetes does not count them.
TEST(Target, BelievesSoManyAddressesOnly) {
  Json addresses = Json::array();
  for (int k = 0; k < 50'000; ++k) {
    addresses.push_back({{"type", "InternalIP"}, {"address", "fd00::" + std::to_string(k)}});
  }
  const auto target = MakeTarget(Node({{"addresses", std::move(addresses)}}), {});
  EXPECT_EQ(target.candidates.size(), 32U);
  EXPECT_EQ(target.candidates.back(), "fd00::31");
  EXPECT_EQ(target.identities.size(), 33U);
}

TEST(Target, PortZeroOrNoneIsTheKubeletsUsualOne) {
  EXPECT_EQ(MakeTarget(Node(Json::object()), {}).port, 10250);
  EXPECT_EQ(MakeTarget(Node({{"daemonEndpoints", {{"kubeletEndpoint", {{"Port", 0}}}}}}), {}).port,
            10250);
  config::ScrapeConfig config;
  config.port_source = config::PortSource::kFixed;
  config.port_number = 4194;
  EXPECT_EQ(
      MakeTarget(Node({{"daemonEndpoints", {{"kubeletEndpoint", {{"Port", 7}}}}}}), config).port,
      4194);
}

TEST(Target, AnAnnotationNamesAnotherPath) {
  const auto path = [](const char* text) {
    return MakeTarget(Node({}, {{"metrics.k8s.io/resource-metrics-path", text}}), {}).path;
  };
  EXPECT_EQ(path("/other"), "/other");
  EXPECT_EQ(path("no-slash"), "/metrics/resource");
}

TEST(Target, ToleratesOddNodes) {
  for (const Json& status :
       {Json(nullptr), Json("x"), Json{{"addresses", 5}}, Json{{"addresses", {1, "a"}}},
        Json{{"conditions", {{"type", "Ready"}}}}, Json{{"nodeInfo", Json::array()}}}) {
    const auto target = MakeTarget(Node(status), {});
    EXPECT_THAT(target.candidates, IsEmpty());
    EXPECT_FALSE(target.ready);
  }
}

TEST(Target, ASelectorChoosesByLabels) {
  config::ScrapeConfig config;
  objects::ObjectMeta meta;
  EXPECT_TRUE(Selected(meta, config));
  config.node_selector = *objects::LabelSelector::Parse("!edge");
  EXPECT_TRUE(Selected(meta, config));
  meta.labels["edge"] = "";
  EXPECT_FALSE(Selected(meta, config));
}

}  // namespace
}  // namespace mpl::discovery
