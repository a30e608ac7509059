#include "bench/workload/pod_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace mpl::bench {
namespace {

std::string KeyOf(const PodPosition& at) {
  return NamespaceOf(at.node, at.slot) + "/" + PodName({.node = at.node, .slot = at.slot});
}

std::vector<std::string> AllKeys(const ClusterShape& shape) {
  const PodOrder order(shape);
  std::vector<std::string> keys;
  for (auto at = order.AtOrAfter({}); at;
       at = order.AtOrAfter({at->space, at->slot, at->node + 1})) {
    keys.push_back(KeyOf(*at));
  }
  return keys;
}

TEST(PodOrder, EveryPodOnceAndSortedByItsKey) {
  // Less than a block, less than the small namespaces, several blocks; few and many slots.
  for (const ClusterShape shape : {ClusterShape{.nodes = 4, .pods = 1}, ClusterShape{200, 12, 1},
                                   ClusterShape{1300, 23, 1}, ClusterShape{501, 110, 1}}) {
    const auto keys = AllKeys(shape);

    EXPECT_EQ(keys.size(), static_cast<std::size_t>(shape.nodes * shape.pods));
    EXPECT_TRUE(std::ranges::is_sorted(keys));
    EXPECT_EQ(std::set<std::string>(keys.begin(), keys.end()).size(), keys.size());
  }
}

TEST(PodOrder, NamespacesAreFoundByName) {
  const PodOrder order({.nodes = 600, .pods = 30});
  const auto space = order.SpaceOf("team-01-3");
  ASSERT_TRUE(space.has_value());
  const auto first = order.AtOrAfter({.space = *space});
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(KeyOf(*first), "team-01-3/deployment-003-6f7c9d8b5-00500-00");
  EXPECT_FALSE(order.SpaceOf("team-02-0").has_value());
  EXPECT_FALSE(order.SpaceOf("").has_value());
}

// A continue token may name any place.
TEST(PodOrder, APlaceThatNoPodCanHaveLeadsToTheNextOne) {
  const PodOrder order({.nodes = 600, .pods = 30});
  const auto space = order.SpaceOf("team-01-3");
  ASSERT_TRUE(space.has_value());
  const auto at = order.AtOrAfter({*space, 4, 599});
  ASSERT_TRUE(at.has_value());
  EXPECT_EQ(KeyOf(*at), "team-01-3/deployment-013-6f7c9d8b5-00500-00");
}

TEST(Names, AreReadBackAndOthersAreRefused) {
  const PodKey key{.node = 17, .slot = 3, .generation = 2};
  const auto read = ParsePodName(PodName(key));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->node, 17);
  EXPECT_EQ(read->slot, 3);
  EXPECT_EQ(read->generation, 2);
  EXPECT_FALSE(ParsePodName("deployment-0x3-6f7c9d8b5-00017-02").has_value());
  EXPECT_FALSE(ParsePodName("web").has_value());
  EXPECT_EQ(ParseNodeName(NodeName(4321)), 4321);
  EXPECT_FALSE(ParseNodeName("node-0001x").has_value());
}

}  // namespace
}  // namespace mpl::bench
