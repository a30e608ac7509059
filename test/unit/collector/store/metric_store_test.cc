#include "collector/store/metric_store.h"

#include <gtest/gtest.h>

#include <algorithm>

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

// A pod of a StatefulSet moved from "old" to "new"; the kubelet of "old" still reports its stuck
// container (kubernetes issue 134518).
TEST(MetricStore, OnlyTheKubeletOfThePodsNodeSpeaksForIt) {
  Story story;
  story.Answer(10, {{"pod1", "c1", Started(0, Read(10, 100))}}, "old");
  story.Answer(20, {{"pod1", "c1", Started(0, Read(20, 110))}}, "old");
  EXPECT_EQ(story.Pod1(20, {}, "old")->containers[0].usage.cpu_nanocores, kCore);
  EXPECT_EQ(story.Pod1(20, {}, "new"), nullptr);
  // No start time: which of the two is newer does not show.
  story.Answer(25, {{"pod1", "c1", Read(25, 5)}}, "new");
  story.Answer(35, {{"pod1", "c1", Read(35, 10)}}, "new");
  story.Answer(36, {{"pod1", "c1", Started(0, Read(36, 126))}}, "old");
  EXPECT_EQ(story.Pod1(36, {}, "new")->containers[0].usage.cpu_nanocores, kCore / 2);
  EXPECT_EQ(story.Pod1(36, {}, "new")->timestamp, At(35));
}

TEST(MetricStore, APodThatIsGoneLeavesNothingToItsNamesake) {
  Story story;
  story.Answer(10, {{"pod1", "c1", Started(0, Read(10, 100))}});
  story.Answer(20, {{"pod1", "c1", Started(0, Read(20, 110))}});
  story.store.ForgetPod("node1", "ns1", "pod1");
  EXPECT_EQ(story.Pod1(20), nullptr);
  EXPECT_EQ(story.store.counts().pods, 0U);
  story.store.ForgetPod("node1", "ns1", "pod1");  // twice is as good as once
  story.store.ForgetPod("other", "ns1", "pod1");
  story.Answer(30, {{"pod1", "c1", Started(25, Read(30, 1))}});
  // 1 core-second in 5 s.
  EXPECT_EQ(story.Pod1(30)->containers[0].usage.cpu_nanocores, kCore / 5);
}

TEST(MetricStore, APodIsWholeOnlyWithEveryContainerThatRuns) {
  Story story;
  story.Answer(10, {{"pod1", "c1", Read(10, 10)}});
  story.Answer(25, {{"pod1", "c1", Read(25, 25)}});
  // The kubelet has not noticed the sidecar yet, its status says that it runs.
  EXPECT_EQ(story.Pod1(25, {"c1", "sidecar"}), nullptr);
  EXPECT_NE(story.Pod1(25, {"c1"}), nullptr);
  story.Answer(40, {{"pod1", "c1", Read(40, 40)}, {"pod1", "sidecar", Started(30, Read(40, 1))}});
  ASSERT_NE(story.Pod1(40, {"c1", "sidecar"}), nullptr);
  EXPECT_EQ(story.Pod1(40, {"c1", "sidecar"})->containers.size(), 2U);
}

TEST(MetricStore, ARunningContainerThatAnAnswerLacksLeavesTheLastWholeValue) {
  Story story;
  const std::vector<std::string> both = {"c1", "c2"};
  for (const double time : {10, 25}) {
    story.Answer(time, {{"pod1", "c1", Read(time, time)}, {"pod1", "c2", Read(time, time)}});
  }
  story.Answer(40, {{"pod1", "c1", Read(40, 40)}});
  EXPECT_EQ(story.Pod1(40, both)->timestamp, At(25));
  EXPECT_EQ(story.Pod1(40, both)->containers.size(), 2U);
  story.Answer(55, {{"pod1", "c1", Read(55, 55)}});
  EXPECT_EQ(story.Pod1(70, both)->timestamp, At(25));
  EXPECT_EQ(story.Pod1(70.5, both), nullptr);  // three resolutions after 25
  story.Answer(71, {{"pod1", "c1", Read(71, 71)}, {"pod1", "c2", Read(71, 71)}});
  EXPECT_EQ(story.Pod1(71, both)->timestamp, At(71));
}

TEST(MetricStore, AContainerThatHasEndedIsNotWaitedFor) {
  Story story;
  for (const double time : {10, 25}) {
    story.Answer(time, {{"pod1", "c1", Read(time, time)}, {"pod1", "c2", Read(time, time)}});
  }
  story.Answer(40, {{"pod1", "c1", Read(40, 40)}});
  EXPECT_EQ(story.Pod1(40, {"c1"})->timestamp, At(40));
  // It runs again: what was before it ended must not come back after what readers have seen.
  EXPECT_EQ(story.Pod1(41, {"c1", "c2"}), nullptr);
}

TEST(MetricStore, AClockThatIsSetBackCostsTwoSamplesNotAnHour) {
  Story story;
  story.NodeAnswer(10, Read(3610, 10));
  story.NodeAnswer(25, Read(3625, 25));
  // Set right: an hour back.
  story.NodeAnswer(40, Read(40, 40));
  story.NodeAnswer(55, Read(55, 70));
  // Time does not go back under a reader: the last value lives for three resolutions from 40, when
  // nothing newer was known.
  story.NodeAnswer(70, Read(70, 85));
  EXPECT_EQ(story.Node1(84)->timestamp, At(3625));
  EXPECT_FALSE(story.Node1(85.5).has_value());
  story.NodeAnswer(86, Read(85, 100, 9 * kMiB));
  EXPECT_EQ(story.Node1(86)->timestamp, At(85));
  EXPECT_EQ(story.Node1(86)->window, seconds(15));
  EXPECT_EQ(story.Node1(86)->usage, (Usage{kCore, 9 * kMiB, std::nullopt}));
}

TEST(MetricStore, AClockThatIsSetForwardInventsNoIdleHour) {
  Story story;
  story.NodeAnswer(10, Read(10, 10));
  story.NodeAnswer(25, Read(25, 25));
  story.NodeAnswer(40, Read(3640, 40));
  EXPECT_EQ(story.Node1(40)->timestamp, At(25));
  story.NodeAnswer(55, Read(3655, 55));
  EXPECT_EQ(story.Node1(55)->window, seconds(15));
  EXPECT_EQ(story.Node1(55)->usage.cpu_nanocores, kCore);
}

TEST(MetricStore, ALongerResolutionCutsNoLifeShort) {
  Story story;
  story.NodeAnswer(10, Read(10, 10));
  story.NodeAnswer(25, Read(25, 25));
  story.store.SetResolution(seconds(300));  // the next answer may be five minutes away
  EXPECT_TRUE(story.Node1(320).has_value());
  EXPECT_FALSE(story.Node1(926).has_value());  // 25 s + 3 * 300 s
}

TEST(MetricStore, AShorterResolutionCutsNoLifeShortBeforeTheNextAnswer) {
  Story story(seconds(300));
  story.NodeAnswer(10, Read(10, 10));
  story.NodeAnswer(310, Read(310, 310));
  story.store.SetResolution(seconds(5));
  EXPECT_TRUE(story.Node1(600).has_value());
  story.NodeAnswer(601, Read(601, 601));
  EXPECT_FALSE(story.Node1(616.5).has_value());
}

TEST(MetricStore, SamplesCloseToEachOtherShareAWindow) {
  Story story;
  story.NodeAnswer(0, Read(0, 0));
  story.NodeAnswer(15, Read(15, 15));
  story.NodeAnswer(20, Read(20, 30));
  // 30 core-seconds in 20 s: a burst of 5 s does not stand for the next 15.
  EXPECT_EQ(story.Node1(20)->window, seconds(20));
  EXPECT_EQ(story.Node1(20)->usage.cpu_nanocores, 3 * kCore / 2);
  story.NodeAnswer(35, Read(35, 45));
  EXPECT_EQ(story.Node1(35)->window, seconds(15));
}

TEST(MetricStore, AWindowDoesNotGrowForEver) {
  Story story;
  for (double time = 0; time <= 300; time += 3) story.NodeAnswer(time, Read(time, time));
  EXPECT_LE(story.Node1(300)->window, seconds(30));
}

TEST(MetricStore, AtAShortResolutionEveryStepIsAWindow) {
  Story story(seconds(5));
  for (double time = 0; time <= 10; time += 5) story.NodeAnswer(time, Read(time, time));
  EXPECT_EQ(story.Node1(10)->window, seconds(5));
}

TEST(MetricStore, AMemorySizeThatDoesNotMoveOnIsNotServedForEver) {
  Story story;
  story.NodeAnswer(0, Read(0, 0));
  Reading cpu_only;
  for (double time = 15; time <= 300; time += 15) {
    cpu_only = Read(time, time);
    cpu_only.has_memory = false;
    story.NodeAnswer(time, cpu_only);
  }
  // The last value with a size less than two minutes older than its CPU sample was that of 120.
  EXPECT_TRUE(story.Node1(165).has_value());
  EXPECT_FALSE(story.Node1(166).has_value());
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
  story.store.Commit("node1", first, Mono(11));
  SummaryBatch summary;
  summary.node = {At(9), kCore / 4, kMiB, true, true};
  summary.containers.push_back({"ns1", "pod1", "c1", {At(9), kCore / 8, kMiB, true, true}});
  summary.containers.push_back({"ns1", "other", "c1", {At(9), kCore / 8, kMiB, true, true}});

  story.store.CommitSummaryRates("node1", summary, Mono(11.5));

  EXPECT_EQ(story.Node1(12)->usage.cpu_nanocores, kCore / 4);
  EXPECT_EQ(story.Node1(12)->timestamp, At(9));
  EXPECT_EQ(story.Pod1(12)->containers[0].usage.cpu_nanocores, kCore / 8);
  PodUsage other;
  EXPECT_FALSE(story.store.GetPod({"node1", "ns1", "other"}, Mono(12), other));
  story.NodeAnswer(21, Read(20, 20));
  EXPECT_EQ(story.Node1(21)->usage.cpu_nanocores, kCore);
  story.store.CommitSummaryRates("node1", summary, Mono(22));
  EXPECT_EQ(story.Node1(22)->usage.cpu_nanocores, kCore);
}

// Right after our start, looks follow each other quickly.
TEST(MetricStore, ARateOfAMomentDoesNotReplaceTheKubeletsOwn) {
  Story story;
  story.NodeAnswer(10, Read(10, 10));
  SummaryBatch summary;
  summary.node = {At(9), kCore / 4, kMiB, true, true};
  story.store.CommitSummaryRates("node1", summary, Mono(10));
  story.NodeAnswer(12, Read(12, 14));  // 2 cores for 2 s
  EXPECT_EQ(story.Node1(12)->usage.cpu_nanocores, kCore / 4);
  story.NodeAnswer(16, Read(16, 14));
  EXPECT_EQ(story.Node1(16)->window, seconds(6));
  EXPECT_EQ(story.Node1(16)->usage.cpu_nanocores, 4 * kCore / 6);
}

// A kubelet that measures when it is asked, at a resolution of 5 s: no two samples are 5 s apart.
TEST(MetricStore, AnOldRateOfTheKubeletDoesNotOutliveShortOnesOfOurs) {
  Story story(seconds(5));
  story.NodeAnswer(10, Read(10, 10));
  SummaryBatch summary;
  summary.node = {At(9), kCore / 4, kMiB, true, true};
  story.store.CommitSummaryRates("node1", summary, Mono(10));
  for (const double time : {14.98, 19.96}) {
    story.NodeAnswer(time, Read(time, time));
    EXPECT_EQ(story.Node1(time)->timestamp, At(9));
  }
  story.NodeAnswer(24.94, Read(24.94, 24.94));
  EXPECT_EQ(story.Node1(24.94)->timestamp, At(24.94));
  EXPECT_EQ(story.Node1(24.94)->usage.cpu_nanocores, kCore);
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

// 4 nodes × 7 pods, of which each uses as many millicores as its number says.
TEST(MetricStore, ManyPodsAtOnceAreWhatEachIsAlone) {
  Story story;
  std::vector<std::string> names;
  for (int pod = 0; pod < 7; ++pod) names.push_back("pod" + std::to_string(pod));
  const std::vector<std::string> nodes = {"node0", "node1", "node2", "node3"};
  for (const double time : {10.0, 20.0}) {
    for (std::size_t node = 0; node < nodes.size(); ++node) {
      std::vector<Story::Pod> pods;
      for (std::size_t pod = 0; pod < names.size(); ++pod) {
        const auto millicores = static_cast<double>(10 * node + pod);
        pods.push_back({names[pod], "c", Read(time, time * millicores / 1000)});
      }
      story.Answer(time + 1, pods, nodes[node]);
    }
  }
  std::vector<PodQuestion> questions;
  for (const std::string& name : names) {
    for (const std::string& node : nodes) questions.push_back({node, "ns1", name});
  }
  questions[5].node = "nobody";
  questions[9].name = "nothing";
  questions[13].ns = "elsewhere";
  const std::vector<std::string> more = {"c", "d"};
  questions[17].running = more;
  const std::vector<std::size_t> absent = {5, 9, 13, 17};
  std::vector<PodUsage> usages(questions.size());

  const MetricStore::Found found = story.store.GetPods(questions, Mono(22), usages);

  for (std::size_t k = 0; k < questions.size(); ++k) {
    EXPECT_EQ(found[k], std::ranges::count(absent, k) == 0) << k;
    if (!found[k]) continue;
    ASSERT_EQ(usages[k].containers.size(), 1U);
    const std::size_t millicores = 10 * (k % nodes.size()) + k / nodes.size();
    EXPECT_EQ(usages[k].containers[0].usage.cpu_nanocores, millicores * 1'000'000) << k;
  }
  EXPECT_TRUE(story.store.GetPods({}, Mono(22), {}).none());
}

}  // namespace
}  // namespace mpl::store
