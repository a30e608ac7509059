#include "bench/kubelets/fleet.h"

#include <gtest/gtest.h>

namespace mpl::bench {
namespace {

constexpr ClusterShape kSmall = {.nodes = 3, .pods = 2, .containers = 1};

TEST(Fleet, ReplacementsAreSpreadOverTheNodes) {
  Fleet fleet(kSmall, 1000);

  const auto replaced = fleet.ReplacePods(4, 5000);

  ASSERT_EQ(replaced.size(), 4U);
  EXPECT_EQ(replaced[0].gone.node, 0);
  EXPECT_EQ(replaced[1].gone.node, 1);
  EXPECT_EQ(replaced[2].gone.node, 2);
  EXPECT_EQ(replaced[3].gone.node, 0);
  EXPECT_EQ(replaced[3].gone.slot, 1);
  EXPECT_EQ(replaced[0].born.generation, 1);
  EXPECT_EQ(fleet.node(0).pods[0].started_ms, 5000);
}

TEST(Fleet, ARestartKeepsTheName) {
  Fleet fleet(kSmall, 1000);
  const auto restarted = fleet.RestartPods(1, 5000);
  ASSERT_EQ(restarted.size(), 1U);
  EXPECT_EQ(restarted[0].generation, 0);
  EXPECT_EQ(fleet.node(0).pods[0].generation, 0);
  EXPECT_EQ(fleet.node(0).pods[0].started_ms, 5000);
}

TEST(Fleet, FaultsBeyondTheLastNodeAreIgnored) {
  Fleet fleet(kSmall, 1000);
  fleet.SetFault({.from = 2, .count = 100}, {FaultKind::kDead, {}});
  EXPECT_EQ(fleet.fault(1).kind, FaultKind::kNone);
  EXPECT_EQ(fleet.fault(2).kind, FaultKind::kDead);
}

TEST(Fleet, APodThatComesBackIsAnotherOne) {
  Fleet fleet(kSmall, 1000);
  fleet.SetPresent({.from = 1, .count = 1}, 0, false, 2000);
  EXPECT_FALSE(fleet.node(1).pods[0].present);
  fleet.SetPresent({.from = 1, .count = 1}, 0, true, 3000);
  EXPECT_TRUE(fleet.node(1).pods[0].present);
  EXPECT_EQ(fleet.node(1).pods[0].generation, 1);
}

}  // namespace
}  // namespace mpl::bench
