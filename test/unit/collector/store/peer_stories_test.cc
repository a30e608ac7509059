// The cases that metrics-server documents for its storage (8 for nodes, 14 for pods), with its
// numbers. Where ours answers differently on purpose the test's name says so.
#include <gtest/gtest.h>

#include "test/unit/collector/store/story.h"

namespace mpl::store {
namespace {

TEST(PeerNodeStory, TwoBatchesGiveAValue) {
  Story story;
  story.NodeAnswer(10, Read(10, 10));
  EXPECT_FALSE(story.Node1(10).has_value());
  story.NodeAnswer(20, Read(20, 20, 3 * kMiB));
  const auto usage = story.Node1(20);
  ASSERT_TRUE(usage.has_value());
  EXPECT_EQ(usage->timestamp, At(20));
  EXPECT_EQ(usage->window, seconds(10));
  EXPECT_EQ(usage->usage.cpu_nanocores, kCore);
  EXPECT_EQ(usage->usage.memory_bytes, 3 * kMiB);
}

TEST(PeerNodeStory, AnEmptyThirdBatchKeepsTheValueForThreeResolutionsUnlikeThePeer) {
  Story story;
  story.NodeAnswer(10, Read(10, 10));
  story.NodeAnswer(20, Read(20, 20));
  story.Answer(30, {});
  EXPECT_TRUE(story.Node1(65).has_value());
  EXPECT_FALSE(story.Node1(66).has_value());
}

TEST(PeerNodeStory, ARepeatedPointIsNotReady) {
  Story story;
  story.NodeAnswer(10, Read(10, 10));
  story.NodeAnswer(20, Read(10, 10));
  EXPECT_FALSE(story.Node1(20).has_value());
}

TEST(PeerNodeStory, PointsAreCounted) {
  Story story;
  story.NodeAnswer(10, Read(10, 10));
  EXPECT_EQ(story.store.counts().node_values, 0U);
  story.NodeAnswer(20, Read(20, 20));
  EXPECT_EQ(story.store.counts().node_values, 1U);
}

TEST(PeerNodeStory, ARestartIsSkipped) {
  Story story;
  story.NodeAnswer(10, Started(0, Read(10, 10)));
  story.NodeAnswer(20, Started(15, Read(20, 4)));
  const auto usage = story.Node1(20);
  // The peer has nothing here; a start five seconds ago is enough for us: 4 core-seconds in 5 s.
  ASSERT_TRUE(usage.has_value());
  EXPECT_EQ(usage->usage.cpu_nanocores, 8 * kCore / 10);
}

TEST(PeerNodeStory, ADecreasedCounterGivesNothing) {
  Story story;
  story.NodeAnswer(10, Read(10, 10));
  story.NodeAnswer(20, Read(20, 4));
  EXPECT_FALSE(story.Node1(20).has_value());
}

TEST(PeerNodeStory, AnOlderPointChangesNothing) {
  Story story;
  story.NodeAnswer(20, Read(20, 20));
  story.NodeAnswer(21, Read(10, 10));
  EXPECT_FALSE(story.Node1(21).has_value());
}

TEST(PeerNodeStory, APointBetweenIsIgnoredAndTheNewerStaysUnlikeThePeer) {
  Story story;
  story.NodeAnswer(10, Read(10, 10));
  story.NodeAnswer(20, Read(20, 20));
  story.NodeAnswer(21, Read(15, 22.5));
  const auto usage = story.Node1(21);
  ASSERT_TRUE(usage.has_value());
  EXPECT_EQ(usage->timestamp, At(20));  // the peer goes back in time here
  EXPECT_EQ(usage->usage.cpu_nanocores, kCore);
}

TEST(PeerNodeStory, ZeroStartTimeWorks) {
  Story story;
  story.NodeAnswer(10, Read(10, 1));
  story.NodeAnswer(20, Read(20, 2));
  EXPECT_EQ(story.Node1(20)->usage.cpu_nanocores, kCore / 10);
}

TEST(PeerPodStory, TwoBatchesGiveAValue) {
  Story story;
  story.Answer(120, {{"pod1", "c1", Read(120, 10)}});
  EXPECT_EQ(story.Pod1(120), nullptr);
  story.Answer(125, {{"pod1", "c1", Read(125, 15, 5 * kMiB)}});
  const auto usage = story.Pod1(125);
  ASSERT_NE(usage, nullptr);
  const PodUsage expected{At(125), seconds(5), {{"c1", {kCore, 5 * kMiB, std::nullopt}}}};
  EXPECT_EQ(*usage, expected);
}

TEST(PeerPodStory, AnUnknownPodHasNothing) {
  const Story story;
  EXPECT_EQ(story.Pod1(0), nullptr);
}

TEST(PeerPodStory, AnEmptyThirdBatchKeepsTheValueForThreeResolutionsUnlikeThePeer) {
  Story story;
  story.Answer(120, {{"pod1", "c1", Read(120, 10)}});
  story.Answer(125, {{"pod1", "c1", Read(125, 15)}});
  story.Answer(140, {});
  EXPECT_NE(story.Pod1(170), nullptr);
  EXPECT_EQ(story.Pod1(170.1), nullptr);
  story.Answer(171, {});
  EXPECT_EQ(story.store.counts().pods, 0U);
}

TEST(PeerPodStory, TheEarliestContainerGivesTheTime) {
  Story story;
  story.Answer(121, {{"pod1", "c1", Read(120, 10)}, {"pod1", "c2", Read(121, 10)}});
  story.Answer(128, {{"pod1", "c1", Read(125, 15)}, {"pod1", "c2", Read(128, 17)}});
  const auto usage = story.Pod1(128);
  ASSERT_NE(usage, nullptr);
  EXPECT_EQ(usage->timestamp, At(125));
  EXPECT_EQ(usage->window, seconds(5));
  ASSERT_EQ(usage->containers.size(), 2U);
}

TEST(PeerPodStory, ARepeatedPointIsNotReady) {
  Story story;
  story.Answer(120, {{"pod1", "c1", Read(120, 10)}});
  story.Answer(135, {{"pod1", "c1", Read(120, 10)}});
  EXPECT_EQ(story.Pod1(135), nullptr);
}

TEST(PeerPodStory, PointsAreCounted) {
  Story story;
  story.Answer(120, {{"pod1", "c1", Read(120, 10)}, {"pod1", "c2", Read(120, 10)}});
  EXPECT_EQ(story.store.counts().containers, 2U);
  EXPECT_EQ(story.store.counts().container_values, 0U);
  story.Answer(125, {{"pod1", "c1", Read(125, 15)}, {"pod1", "c2", Read(125, 15)}});
  EXPECT_EQ(story.store.counts().container_values, 2U);
}

TEST(PeerPodStory, ARestartTenSecondsAgoNeedsNoSecondSample) {
  Story story;
  story.Answer(10, {{"pod1", "c1", Started(0, Read(10, 10))}});
  story.Answer(25, {{"pod1", "c1", Started(15, Read(25, 5))}});
  const auto usage = story.Pod1(25);
  ASSERT_NE(usage, nullptr);
  EXPECT_EQ(usage->window, seconds(10));
  EXPECT_EQ(usage->containers[0].usage.cpu_nanocores, kCore / 2);
}

TEST(PeerPodStory, ADecreasedCounterHidesThePodWholeUnlikeThePeer) {
  Story story;
  story.Answer(10, {{"pod1", "c1", Read(10, 10)}});
  story.Answer(20, {{"pod1", "c1", Read(20, 5)}});
  EXPECT_EQ(story.Pod1(20), nullptr);  // the peer: a pod with no containers
}

TEST(PeerPodStory, AnOlderPointChangesNothing) {
  Story story;
  story.Answer(20, {{"pod1", "c1", Read(20, 20)}});
  story.Answer(21, {{"pod1", "c1", Read(10, 10)}});
  EXPECT_EQ(story.Pod1(21), nullptr);
}

TEST(PeerPodStory, APointBetweenIsIgnoredAndTheNewerStaysUnlikeThePeer) {
  Story story;
  story.Answer(10, {{"pod1", "c1", Read(10, 10)}});
  story.Answer(20, {{"pod1", "c1", Read(20, 60)}});
  story.Answer(21, {{"pod1", "c1", Read(15, 35)}});
  EXPECT_EQ(story.Pod1(21)->timestamp, At(20));
  EXPECT_EQ(story.Pod1(21)->containers[0].usage.cpu_nanocores, 5 * kCore);
}

TEST(PeerPodStory, ALongRunningContainerNeedsTwoSamples) {
  Story story;
  story.Answer(1000, {{"pod1", "c1", Started(0, Read(1000, 10))}});
  EXPECT_EQ(story.Pod1(1000), nullptr);
  story.Answer(1010, {{"pod1", "c1", Started(0, Read(1010, 20))}});
  EXPECT_EQ(story.Pod1(1010)->containers[0].usage.cpu_nanocores, kCore);
}

TEST(PeerPodStory, AContainerStartedTenSecondsAgoNeedsOne) {
  Story story;
  story.Answer(20, {{"pod1", "c1", Started(10, Read(20, 10))}});
  const auto usage = story.Pod1(20);
  ASSERT_NE(usage, nullptr);
  EXPECT_EQ(usage->window, seconds(10));
  EXPECT_EQ(usage->containers[0].usage.cpu_nanocores, kCore);
}

TEST(PeerPodStory, AStartAfterTheSampleGivesNothing) {
  Story story;
  story.Answer(20, {{"pod1", "c1", Started(30, Read(20, 10))}});
  EXPECT_EQ(story.Pod1(20), nullptr);
}

TEST(PeerPodStory, ZeroStartTimeWorks) {
  Story story;
  story.Answer(20, {{"pod1", "c1", Read(20, 10)}});
  story.Answer(30, {{"pod1", "c1", Read(30, 20)}});
  EXPECT_EQ(story.Pod1(30)->containers[0].usage.cpu_nanocores, kCore);
}

TEST(PeerPodStory, AContainerAddedLaterKeepsTheLastWholeValueUnlikeThePeer) {
  Story story;
  story.Answer(10, {{"pod1", "c1", Read(10, 10)}});
  story.Answer(20, {{"pod1", "c1", Read(20, 20)}});
  story.Answer(35, {{"pod1", "c1", Read(35, 35)}, {"pod1", "c2", Read(35, 1)}});
  const auto waiting = story.Pod1(35);
  ASSERT_NE(waiting, nullptr);
  EXPECT_EQ(waiting->timestamp, At(20));
  EXPECT_EQ(waiting->containers.size(), 1U);
  story.Answer(50, {{"pod1", "c1", Read(50, 50)}, {"pod1", "c2", Read(50, 2)}});
  EXPECT_EQ(story.Pod1(50)->containers.size(), 2U);
  EXPECT_EQ(story.Pod1(50)->timestamp, At(50));
}

}  // namespace
}  // namespace mpl::store
