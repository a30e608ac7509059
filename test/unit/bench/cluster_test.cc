#include "bench/workload/cluster.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "bench/workload/objects.h"
#include "nlohmann/json.hpp"

namespace mpl::bench {
namespace {

// Counted by hand from 127.1.0.1: 255 addresses further is 127.1.1.0.
TEST(Cluster, AddressesOfNodesAreConsecutive) {
  EXPECT_EQ(NodeAddress(0), "127.1.0.1");
  EXPECT_EQ(NodeAddress(254), "127.1.0.255");
  EXPECT_EQ(NodeAddress(255), "127.1.1.0");
  EXPECT_EQ(NodeOfAddress(0x7F010100), 255);
  EXPECT_EQ(NodeOfAddress(0x7F000001), std::nullopt);  // 127.0.0.1
}

// 1,000 nodes × 30 pods: two blocks of 500 nodes, ten namespaces each, three slots per namespace;
// less what slot 0 gives to the two small ones.
TEST(Cluster, NamespacesHaveTheSizesThatListsAreMeasuredWith) {
  std::map<std::string, int> sizes;
  for (int node = 0; node < 1000; ++node) {
    for (int slot = 0; slot < 30; ++slot) ++sizes[NamespaceOf(node, slot)];
  }

  EXPECT_EQ(sizes.size(), 22U);
  EXPECT_EQ(sizes["small-010"], 10);
  EXPECT_EQ(sizes["small-300"], 300);
  EXPECT_EQ(sizes["team-00-1"], 1500);
  EXPECT_EQ(sizes["team-00-0"], 1500 - 310);
}

TEST(Cluster, NoTwoPodsShareAName) {
  std::set<std::string> names;
  for (int node = 0; node < 50; ++node) {
    for (int slot = 0; slot < 30; ++slot) {
      names.insert(PodName({node, slot, 0}));
      names.insert(PodName({node, slot, 1}));
    }
  }
  EXPECT_EQ(names.size(), 3000U);
}

TEST(Cluster, ASampleIsAtMostTenSecondsOldAndStaysUntilTheNext) {
  constexpr std::int64_t kNow = 1'795'251'242'709;
  const std::int64_t sample = SampleTimeMs(3, 4, 1, kNow);
  EXPECT_LE(sample, kNow);
  EXPECT_GT(sample, kNow - 10'000);
  EXPECT_EQ(SampleTimeMs(3, 4, 1, sample + 9'999), sample);
  EXPECT_EQ(SampleTimeMs(3, 4, 1, sample + 10'000), sample + 10'000);
}

TEST(Cluster, ObjectsNameTheSameThings) {
  const NodeState state = FreshNode(7, {.nodes = 8, .pods = 3, .containers = 2}, 1'795'251'242'709);

  const auto node = nlohmann::json::parse(NodeObject({.node = 7, .kubelet_port = 20250}));
  const auto pod = nlohmann::json::parse(PodObject(PodRevisionOf(state, 2)));

  EXPECT_EQ(node["status"]["addresses"][0]["address"], "127.1.0.8");
  EXPECT_EQ(node["status"]["daemonEndpoints"]["kubeletEndpoint"]["Port"], 20250);
  EXPECT_EQ(pod["spec"]["nodeName"], node["metadata"]["name"]);
  EXPECT_EQ(pod["metadata"]["name"], PodName({7, 2, 0}));
  EXPECT_EQ(pod["status"]["containerStatuses"].size(), 2U);
}

}  // namespace
}  // namespace mpl::bench
