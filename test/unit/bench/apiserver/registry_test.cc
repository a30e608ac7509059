#include "bench/apiserver/registry.h"

#include <gtest/gtest.h>

#include "bench/kubelets/fleet.h"
#include "test/unit/bench/apiserver/test_objects.h"

namespace mpl::bench {
namespace {

std::vector<const Event*> EventsAfter(const Registry& registry, std::uint64_t version) {
  std::vector<const Event*> events;
  while (const Event* event = registry.After(version)) {
    events.push_back(event);
    version = VersionOf(event->object);
  }
  return events;
}

TEST(Registry, AReplacedPodIsMarkedAndDeletedAndAnotherOneComes) {
  Registry registry(kSmall, kKubeletPort, kSettings);
  registry.ReplacePods(1, 5000);

  const auto events = EventsAfter(registry, kFirstVersion);

  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[0]->type, EventType::kModified);
  EXPECT_GT(std::get<PodRevision>(events[0]->object).deleted_ms, 5000);
  EXPECT_EQ(events[1]->type, EventType::kDeleted);
  EXPECT_EQ(NameOf(events[1]->object), "deployment-000-6f7c9d8b5-00000-00");
  EXPECT_EQ(events[2]->type, EventType::kAdded);
  EXPECT_EQ(NameOf(events[2]->object), "deployment-000-6f7c9d8b5-00000-01");
  EXPECT_EQ(VersionOf(events[2]->object), registry.version());
  EXPECT_EQ(registry.current()->Pod(0, 0)->version, kFirstVersion + 3);
  EXPECT_EQ(registry.current()->Pod(1, 0)->version, kFirstVersion);
  EXPECT_FALSE(registry.current()->Pod("deployment-000-6f7c9d8b5-00000-00").has_value());
  EXPECT_TRUE(registry.current()->Pod("deployment-000-6f7c9d8b5-00000-01").has_value());
}

TEST(Registry, ChangesTheSamePodsAsTheKubelets) {
  Registry registry(kSmall, kKubeletPort, kSettings);
  Fleet fleet(kSmall, 0);
  registry.ReplacePods(4, 5000);
  registry.RestartPods(3, 6000);
  registry.SetPresent({0, 2}, 1, false, 7000);
  registry.SetPresent({0, 1}, 1, true, 8000);
  fleet.ReplacePods(4, 5000);
  fleet.RestartPods(3, 6000);
  fleet.SetPresent({0, 2}, 1, false, 7000);
  fleet.SetPresent({0, 1}, 1, true, 8000);

  for (int node = 0; node < kSmall.nodes; ++node) {
    for (int slot = 0; slot < kSmall.pods; ++slot) {
      const auto pod = registry.current()->Pod(node, slot);
      const PodState& other = fleet.node(node).pods[static_cast<std::size_t>(slot)];
      ASSERT_EQ(pod.has_value(), other.present);
      EXPECT_EQ(pod ? pod->state.generation : other.generation, other.generation);
    }
  }
}

TEST(Registry, NodesLeaveComeBackAndGetHeartbeats) {
  Registry registry(kSmall, kKubeletPort, kSettings);
  registry.SetNodes({1, 5}, false);
  EXPECT_FALSE(registry.current()->Node(1).has_value());
  EXPECT_TRUE(registry.current()->Pod(1, 0).has_value());
  registry.TouchNodes({0, 3}, 9000);
  registry.SetNodes({2, 1}, true);

  const auto events = EventsAfter(registry, kFirstVersion);

  ASSERT_EQ(events.size(), 4U);
  EXPECT_EQ(events[0]->type, EventType::kDeleted);
  EXPECT_EQ(events[2]->type, EventType::kModified);
  EXPECT_EQ(NameOf(events[2]->object), "node-00000");
  EXPECT_EQ(events[3]->type, EventType::kAdded);
  EXPECT_EQ(NameOf(events[3]->object), "node-00002");
  EXPECT_EQ(registry.current()->Node(0)->heartbeat_ms, 9000);
}

TEST(Registry, RememberedStatesAreFoundAndTheOldestForgotten) {
  Registry registry(kSmall, kKubeletPort, kSettings);
  registry.Remember(registry.current());
  registry.TouchNodes({0, 1}, 1);
  ASSERT_NE(registry.Find(kFirstVersion), nullptr);
  EXPECT_EQ(registry.Find(kFirstVersion)->version, kFirstVersion);
  for (int i = 0; i < 8; ++i) {
    registry.Remember(registry.current());
    registry.TouchNodes({0, 1}, i);
  }
  EXPECT_EQ(registry.Find(kFirstVersion), nullptr);
}

TEST(Registry, OldEventsAreForgottenAndItSaysSo) {
  Registry registry(kSmall, kKubeletPort, kSettings);
  EXPECT_EQ(registry.oldest(), kFirstVersion);
  for (int i = 0; i < 40'000; ++i) registry.TouchNodes({0, 3}, i);
  EXPECT_EQ(registry.version(), kFirstVersion + 120'000);
  EXPECT_EQ(registry.oldest(), kFirstVersion + 20'000);
  EXPECT_EQ(registry.After(kFirstVersion), nullptr);
  const Event* first = registry.After(registry.oldest());
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(VersionOf(first->object), registry.oldest() + 1);
}

}  // namespace
}  // namespace mpl::bench
