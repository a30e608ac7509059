#include "collector/store/metric_store.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "test/unit/collector/store/story.h"

namespace mpl::store {
namespace {

TEST(MetricStore, TheWindowIsTheDistanceOfTheSamplesNotOfTheScrapes) {
  Story story;
  story.Answer(100, {{"pod1", "c1", Read(92.250, 1)}});
  story.Answer(115, {{"pod1", "c1", Read(112.267, 3.0017)}});
  const auto usage = story.Pod1(115);
  EXPECT_EQ(usage->timestamp, At(112.267));
  EXPECT_EQ(usage->window, milliseconds(20017));
  // 2.0017 core-seconds in 20.017 s, by hand: exactly 0.1 cores.
  EXPECT_EQ(usage->containers[0].usage.cpu_nanocores, kCore / 10);
}

TEST(MetricStore, CpuKeepsItsOwnTimeWhenMemoryIsNewer) {
  Story story;
  Reading first = Read(10, 10);
  first.memory_time = At(13);
  Reading second = Read(20, 20, 7 * kMiB);
  second.memory_time = At(27);
  story.Answer(14, {{"pod1", "c1", first}});
  story.Answer(28, {{"pod1", "c1", second}});
  EXPECT_EQ(story.Pod1(28)->window, seconds(10));
  EXPECT_EQ(story.Pod1(28)->containers[0].usage.memory_bytes, 7 * kMiB);
}

TEST(MetricStore, MemoryMovesWhileCpuRepeats) {
  Story story;
  story.NodeAnswer(10, Read(10, 10));
  story.NodeAnswer(20, Read(20, 20));
  Reading repeat = Read(20, 20, 9 * kMiB);
  repeat.memory_time = At(25);
  story.NodeAnswer(26, repeat);
  EXPECT_EQ(story.Node1(26)->usage.memory_bytes, 9 * kMiB);
  EXPECT_EQ(story.Node1(26)->timestamp, At(20));
}

TEST(MetricStore, ZeroIsAValue) {
  Story story;
  story.Answer(10, {{"pod1", "c1", Read(10, 0, 0)}});
  story.Answer(20, {{"pod1", "c1", Read(20, 0, 0)}});
  const auto usage = story.Pod1(20);
  ASSERT_NE(usage, nullptr);
  EXPECT_EQ(usage->containers[0].usage, (Usage{0, 0, std::nullopt}));
}

TEST(MetricStore, AGapGivesARateOverTheLongerWindow) {
  Story story;
  story.NodeAnswer(10, Read(10, 10));
  story.NodeAnswer(25, Read(25, 25));
  // Two scrapes fail; the value of before stays, then the next one spans the gap.
  EXPECT_EQ(story.Node1(60)->timestamp, At(25));
  story.NodeAnswer(70, Read(70, 70));
  EXPECT_EQ(story.Node1(70)->window, seconds(45));
  EXPECT_EQ(story.Node1(70)->usage.cpu_nanocores, kCore);
}

TEST(MetricStore, ALongGapHidesButTheNextAnswerBringsTheValueBackAtOnce) {
  Story story;
  story.NodeAnswer(10, Read(10, 10));
  story.NodeAnswer(25, Read(25, 25));
  EXPECT_FALSE(story.Node1(71).has_value());
  story.NodeAnswer(100, Read(100, 100));
  EXPECT_EQ(story.Node1(100)->window, seconds(75));
}

TEST(MetricStore, ARestartedContainerKeepsThePodsLastWholeValueUntilItHasItsOwn) {
  Story story;
  story.Answer(10, {{"pod1", "c1", Started(0, Read(10, 10))}});
  story.Answer(25, {{"pod1", "c1", Started(0, Read(25, 25))}});
  story.Answer(40, {{"pod1", "c1", Started(39, Read(40, 0.5))}});  // too young to speak
  EXPECT_EQ(story.Pod1(40)->timestamp, At(25));
  story.Answer(55, {{"pod1", "c1", Started(39, Read(55, 2))}});
  EXPECT_EQ(story.Pod1(55)->window, seconds(15));
  EXPECT_EQ(story.Pod1(55)->containers[0].usage.cpu_nanocores, kCore / 10);
}

TEST(MetricStore, TheWaitForANewContainerEndsAfterThreeResolutions) {
  Story story;
  story.Answer(10, {{"pod1", "c1", Read(10, 10)}});
  story.Answer(25, {{"pod1", "c1", Read(25, 25)}});
  Reading only_start;
  only_start.has_start = true;
  for (const double time : {40, 55, 70, 71}) {
    story.Answer(time, {{"pod1", "c1", Read(time, time)}, {"pod1", "c2", only_start}});
  }
  EXPECT_NE(story.Pod1(70), nullptr);
  EXPECT_EQ(story.Pod1(70.5), nullptr);
}

TEST(MetricStore, AVanishedContainerDoesNotHoldThePodBack) {
  Story story;
  story.Answer(10, {{"pod1", "init", Read(10, 1)}, {"pod1", "c1", Read(10, 10)}});
  story.Answer(20, {{"pod1", "init", Read(20, 2)}, {"pod1", "c1", Read(20, 20)}});
  story.Answer(30, {{"pod1", "c1", Read(30, 30)}});
  ASSERT_EQ(story.Pod1(30)->containers.size(), 1U);
  EXPECT_EQ(story.Pod1(30)->containers[0].name, "c1");
}

TEST(MetricStore, AContainerIsNeverShownWithoutMemory) {
  Story story;
  Reading first = Read(10, 10);
  Reading second = Read(20, 20);
  first.has_memory = second.has_memory = false;
  story.Answer(10, {{"pod1", "c1", first}});
  story.Answer(20, {{"pod1", "c1", second}});
  EXPECT_EQ(story.Pod1(20), nullptr);
}

TEST(MetricStore, AStartTimeThatMovesWhileTheCounterGoesOnInventsNothing) {
  Story story;
  story.Answer(1000, {{"pod1", "c1", Started(0, Read(1000, 5000))}});
  story.Answer(1015, {{"pod1", "c1", Started(1010, Read(1015, 5075))}});
  EXPECT_EQ(story.Pod1(1015), nullptr);
  story.Answer(1030, {{"pod1", "c1", Started(1010, Read(1030, 5150))}});
  EXPECT_EQ(story.Pod1(1030)->containers[0].usage.cpu_nanocores, 5 * kCore);
}

TEST(MetricStore, ACounterTooLargeForAFreshContainerInventsNothing) {
  Story story;
  story.Answer(20, {{"pod1", "c1", Started(10, Read(20, 1e6))}});
  EXPECT_EQ(story.Pod1(20), nullptr);
}

TEST(MetricStore, FreshContainersSpeakFromTwoSecondsToThreeResolutions) {
  const auto speaks = [](double age) {
    Story story;
    story.Answer(100, {{"pod1", "c1", Started(100 - age, Read(100, 1))}});
    return story.Pod1(100) != nullptr;
  };
  EXPECT_FALSE(speaks(1.9));
  EXPECT_TRUE(speaks(2));
  EXPECT_TRUE(speaks(9));   // the peer waits for 10 s
  EXPECT_TRUE(speaks(45));  // the peer stops at one resolution
  EXPECT_FALSE(speaks(45.1));
}

TEST(MetricStore, SamplesLessThanASecondApartCountAsOne) {
  Story story;
  story.NodeAnswer(10, Read(10, 10));
  story.NodeAnswer(10.5, Read(10.5, 12));
  EXPECT_FALSE(story.Node1(11).has_value());
  story.NodeAnswer(11, Read(11, 12));
  EXPECT_EQ(story.Node1(11)->window, seconds(1));
  EXPECT_EQ(story.Node1(11)->usage.cpu_nanocores, 2 * kCore);
}

TEST(MetricStore, APodsTimeNeverGoesBack) {
  Story story;
  story.Answer(10, {{"pod1", "c1", Read(10, 10)}});
  story.Answer(20, {{"pod1", "c1", Read(20, 20)}});
  story.Answer(21, {{"pod1", "c1", Read(20, 20)}, {"pod1", "c2", Started(9, Read(18, 1))}});
  EXPECT_EQ(story.Pod1(21)->timestamp, At(20));
}

TEST(MetricStore, APodOnTwoKubeletsBelongsToTheNewerContainer) {
  Story story;
  story.Answer(10, {{"pod1", "c1", Started(0, Read(10, 100))}}, "old");
  story.Answer(20, {{"pod1", "c1", Started(0, Read(20, 110))}}, "old");
  story.Answer(25, {{"pod1", "c1", Started(15, Read(25, 5))}}, "new");
  EXPECT_EQ(story.Pod1(25)->containers[0].usage.cpu_nanocores, kCore / 2);
  // The old kubelet goes on talking and is not believed.
  story.Answer(35, {{"pod1", "c1", Started(0, Read(35, 125))}}, "old");
  EXPECT_EQ(story.Pod1(35)->timestamp, At(25));
  // The new node's word ends: then the old one's is better than none.
  story.store.Forget("new");
  story.Answer(45, {{"pod1", "c1", Started(0, Read(45, 135))}}, "old");
  EXPECT_EQ(story.Pod1(45)->timestamp, At(45));
}

TEST(MetricStore, AFrozenKubeletFallsSilent) {
  Story story;
  story.NodeAnswer(10, Read(10, 10));
  for (double time = 20; time < 300; time += 15) story.NodeAnswer(time, Read(20, 20));
  // Last renewed at 140 (two minutes after the sample first came), alive for 45 s more.
  EXPECT_FALSE(story.Node1(186).has_value());
  story.NodeAnswer(300, Read(299, 299));
  EXPECT_TRUE(story.Node1(300).has_value());
}

TEST(MetricStore, ForgetRemovesTheNodeAndItsPods) {
  Story story;
  story.Answer(10, {{"pod1", "c1", Read(10, 10)}});
  story.Answer(20, {{"pod1", "c1", Read(20, 20)}});
  story.store.Forget("node1");
  EXPECT_EQ(story.Pod1(20), nullptr);
  const auto counts = story.store.counts();
  EXPECT_EQ(counts.nodes + counts.pods + counts.containers + counts.container_values, 0U);
}

TEST(MetricStore, SummaryRatesServeUntilTheFirstRealOne) {
  Story story;
  NodeBatch first;
  first.node = Read(10, 10);
  first.containers.push_back({"ns1", "pod1", "c1", Read(10, 10)});
  story.store.Commit("node1", first, At(11));
  SummaryBatch summary;
  summary.node = {At(9), kCore / 4, kMiB, true, true};
  summary.containers.push_back({"ns1", "pod1", "c1", {At(9), kCore / 8, kMiB, true, true}});
  summary.containers.push_back({"ns1", "other", "c1", {At(9), kCore / 8, kMiB, true, true}});

  story.store.CommitSummaryRates("node1", summary, At(11.5));

  EXPECT_EQ(story.Node1(12)->usage.cpu_nanocores, kCore / 4);
  EXPECT_EQ(story.Node1(12)->timestamp, At(9));
  EXPECT_EQ(story.Pod1(12)->containers[0].usage.cpu_nanocores, kCore / 8);
  EXPECT_EQ(story.store.GetPod("ns1", "other", At(12)), nullptr);
  story.NodeAnswer(21, Read(20, 20));
  EXPECT_EQ(story.Node1(21)->usage.cpu_nanocores, kCore);
  story.store.CommitSummaryRates("node1", summary, At(22));
  EXPECT_EQ(story.Node1(22)->usage.cpu_nanocores, kCore);
}

TEST(MetricStore, SwapIsServedOnlyWhereItWasRead) {
  Story story;
  Reading first = Read(10, 10);
  Reading second = Read(20, 20);
  second.has_swap = true;
  second.swap_bytes = 4096;
  story.Answer(10, {{"pod1", "c1", first}});
  story.Answer(20, {{"pod1", "c1", second}});
  EXPECT_EQ(story.Pod1(20)->containers[0].usage.swap_bytes, 4096U);
  story.Answer(30, {{"pod1", "c1", Read(30, 30)}});
  EXPECT_EQ(story.Pod1(30)->containers[0].usage.swap_bytes, std::nullopt);
}

TEST(MetricStore, ReadersSeeWholeValuesWhileAWriterCommits) {
  Story story;
  std::atomic<bool> done = false;
  std::thread writer([&] {
    for (int i = 0; i < 2000; ++i) {
      const double time = 10 + i;
      story.Answer(time,
                   {{"pod1", "c1", Read(time, time, 1)}, {"pod1", "c2", Read(time, time, 1)}});
    }
    done = true;
  });
  TimePoint last{};
  while (!done) {
    const auto usage = story.Pod1(2009);
    if (usage == nullptr) continue;
    ASSERT_EQ(usage->containers.size(), 2U);
    ASSERT_GE(usage->timestamp, last);
    ASSERT_EQ(usage->containers[0].usage.cpu_nanocores, kCore);
    last = usage->timestamp;
  }
  writer.join();
}

}  // namespace
}  // namespace mpl::store
