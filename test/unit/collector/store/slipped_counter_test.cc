// Readings of a running container that are no readings, and counters that fall though the container
// is the same one. The kubelet's cri_stats_provider.go (makeContainerStats) says CPU 0 at the
// present time and memory 0 where the runtime gave it neither. Sums by hand.
#include <gtest/gtest.h>

#include "test/unit/collector/store/story.h"

namespace mpl::store {
namespace {

constexpr double kLongAgo = -100'000;

// Of a container that started long ago.
void Say(Story& story, double time, double cpu, std::uint64_t memory = 2 * kMiB) {
  story.Answer(time, {{"pod1", "c1", Started(kLongAgo, Read(time, cpu, memory))}});
}
std::uint64_t CpuAt(const Story& story, double time) {
  const auto usage = story.Pod1(time);
  return usage == nullptr ? ~0ULL : usage->containers[0].usage.cpu_nanocores;
}

TEST(SlippedCounter, AContainerWithoutStatisticsForOnceGoesOnFromItsCounter) {
  Story story;
  Say(story, 0, 996.5);
  Say(story, 15, 1000);
  EXPECT_EQ(CpuAt(story, 15), 233'333'333U);  // 3.5 core-seconds in 15 s
  Say(story, 30, 0, 0);
  ASSERT_NE(story.Pod1(30), nullptr);
  EXPECT_EQ(story.Pod1(30)->timestamp, At(15));
  EXPECT_EQ(CpuAt(story, 30), 233'333'333U);
  EXPECT_EQ(story.Pod1(30)->containers[0].usage.memory_bytes, 2 * kMiB);
  Say(story, 45, 1007);
  ASSERT_NE(story.Pod1(45), nullptr);
  EXPECT_EQ(story.Pod1(45)->window, seconds(30));
  EXPECT_EQ(CpuAt(story, 45), 233'333'333U);  // 7 core-seconds in 30 s
}

TEST(SlippedCounter, HoweverOftenItHasNone) {
  Story story;
  Say(story, 15, 1000);
  for (double time = 30; time < 210; time += 15) {
    Say(story, time, 0, 0);
    EXPECT_EQ(story.Pod1(time), nullptr);
  }
  Say(story, 210, 1019.5);
  EXPECT_EQ(CpuAt(story, 210), kCore / 10);  // 19.5 core-seconds in 195 s
}

TEST(SlippedCounter, WhatHadAValueFallsSilentWithoutStatistics) {
  Story story;
  Say(story, 0, 985);
  for (double time = 15; time < 300; time += 15) Say(story, time, time == 15 ? 1000 : 0, 0);
  // As a kubelet that repeats itself: renewed for two minutes, alive for three resolutions more.
  EXPECT_NE(story.Pod1(180), nullptr);
  EXPECT_EQ(story.Pod1(181), nullptr);
}

TEST(SlippedCounter, NothingIsCountedFromAFirstReadingWithoutStatistics) {
  Story story;
  Say(story, 15, 0, 0);
  EXPECT_EQ(story.Pod1(15), nullptr);
  Say(story, 30, 1007);
  EXPECT_EQ(story.Pod1(30), nullptr);
  Say(story, 45, 1014);
  EXPECT_EQ(CpuAt(story, 45), 466'666'666U);  // 7 core-seconds in 15 s
}

TEST(SlippedCounter, NorShownFromASummaryWithoutStatistics) {
  Story story;
  Say(story, 15, 1000);
  SummaryBatch summary;
  summary.containers.push_back({"ns1", "pod1", "c1", {At(15), 0, 0, true, true}});
  story.store.CommitSummaryRates("node1", summary, Mono(16));
  EXPECT_EQ(story.Pod1(16), nullptr);
}

TEST(SlippedCounter, AFreshContainerWithoutStatisticsIsNotCalledIdle) {
  Story story;
  story.Answer(20, {{"pod1", "c1", Started(10, Read(20, 0, 0))}});
  EXPECT_EQ(story.Pod1(20), nullptr);
  story.Answer(35, {{"pod1", "c1", Started(10, Read(35, 5))}});
  EXPECT_EQ(CpuAt(story, 35), kCore / 5);  // 5 core-seconds in the 25 s of its life
}

TEST(SlippedCounter, ANewStartCountsAfterAReadingWithoutStatistics) {
  Story story;
  Say(story, 15, 1000);
  story.Answer(30, {{"pod1", "c1", Started(25, Read(30, 0, 0))}});
  story.Answer(45, {{"pod1", "c1", Started(25, Read(45, 4))}});
  ASSERT_NE(story.Pod1(45), nullptr);
  EXPECT_EQ(story.Pod1(45)->window, seconds(20));
  EXPECT_EQ(CpuAt(story, 45), kCore / 5);  // 4 core-seconds in 20 s
}

TEST(SlippedCounter, IsKnownWithoutAStartTimeToo) {
  Story story;
  story.Answer(15, {{"pod1", "c1", Read(15, 1000)}});
  story.Answer(30, {{"pod1", "c1", Read(30, 0, 0)}});
  story.Answer(45, {{"pod1", "c1", Read(45, 1007)}});
  EXPECT_EQ(CpuAt(story, 45), 233'333'333U);
}

TEST(SlippedCounter, ACounterThatFellForOnceUnderTheSameStartGoesOn) {
  Story story;
  Say(story, 0, 985);
  Say(story, 15, 1000);
  Say(story, 30, 5, 3 * kMiB);
  EXPECT_EQ(CpuAt(story, 30), kCore);                                            // that of 15
  story.Answer(31, {{"pod1", "c1", Started(kLongAgo, Read(30, 5, 3 * kMiB))}});  // repeated
  EXPECT_EQ(story.Pod1(31)->timestamp, At(15));
  Say(story, 45, 1007);
  EXPECT_EQ(story.Pod1(45)->window, seconds(30));
  EXPECT_EQ(CpuAt(story, 45), 233'333'333U);
}

TEST(SlippedCounter, ACounterThatGoesOnFromWhereItFellCounts) {
  Story story;
  Say(story, 0, 985);
  Say(story, 15, 1000);
  Say(story, 30, 5);
  Say(story, 45, 35);
  EXPECT_EQ(story.Pod1(45)->timestamp, At(45));
  EXPECT_EQ(story.Pod1(45)->window, seconds(15));
  EXPECT_EQ(CpuAt(story, 45), 2 * kCore);  // 30 core-seconds in 15 s
  Say(story, 60, 50);
  EXPECT_EQ(CpuAt(story, 60), kCore);
}

TEST(SlippedCounter, NothingGoesOnFromZero) {
  Story story;
  Say(story, 0, 985);
  Say(story, 15, 1000);
  Say(story, 30, 0);
  Say(story, 45, 0);
  EXPECT_EQ(story.Pod1(45)->timestamp, At(15));
  Say(story, 60, 1009);
  EXPECT_EQ(story.Pod1(60)->window, seconds(45));
  EXPECT_EQ(CpuAt(story, 60), kCore / 5);  // 9 core-seconds in 45 s
}

// The documented rule where nothing says which container it is.
TEST(SlippedCounter, AFallWithoutAStartTimeIsARestart) {
  Story story;
  story.Answer(15, {{"pod1", "c1", Read(15, 1000)}});
  story.Answer(30, {{"pod1", "c1", Read(30, 5)}});
  EXPECT_EQ(story.Pod1(30), nullptr);
  story.Answer(45, {{"pod1", "c1", Read(45, 20)}});
  EXPECT_EQ(CpuAt(story, 45), kCore);  // 15 core-seconds in 15 s
}

}  // namespace
}  // namespace mpl::store
