// What happens to the table of a node when answers name other containers, or in another order.
#include <gmock/gmock.h>

#include <array>

#include "test/unit/collector/store/story.h"

namespace mpl::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> Named(Story& story) {
  std::vector<std::string> names;
  for (const ContainerName& name : story.store.Named(story.store.TableOf("node1"))) {
    names.push_back(std::string(name.ns) + "/" + std::string(name.pod) + "/" +
                    std::string(name.container));
  }
  return names;
}

// One core of each, at `time`.
Story::Pod Busy(const char* pod, const char* container, double time) {
  return {pod, container, Read(time, time)};
}

TEST(Series, APodThatComesLeavesTheOthersAlone) {
  Story story;
  for (const double time : {10, 25}) story.Answer(time, {Busy("pod1", "c1", time)});
  for (const double time : {40, 55}) {
    story.Answer(time, {Busy("a", "c1", time), Busy("pod1", "c1", time), Busy("z", "c1", time)});
    ASSERT_NE(story.Pod1(time), nullptr);
    EXPECT_EQ(story.Pod1(time)->timestamp, At(time));
    EXPECT_EQ(story.Pod1(time)->window, seconds(15));
    EXPECT_EQ(story.Pod1(time)->containers[0].usage.cpu_nanocores, kCore);
  }
  EXPECT_EQ(story.store.counts().pods, 3U);
  EXPECT_EQ(story.store.counts().container_values, 3U);
}

// Kubernetes has DNS labels. Of such a name in an answer no client could read the rest.
TEST(Series, WhatIsNoNameIsLeftOut) {
  Story story;
  for (const double time : {10, 25}) {
    story.Answer(time, {Busy("pod1", "c1", time), Busy("pod1", "c\xff", time),
                        Busy("pod1", "a b", time), Busy("p\n", "c1", time)});
  }
  EXPECT_EQ(story.store.counts().pods, 1U);
  const auto usage = story.Pod1(25);
  ASSERT_NE(usage, nullptr);
  ASSERT_EQ(usage->containers.size(), 1U);
  EXPECT_EQ(usage->containers[0].name, "c1");
}

TEST(Series, AnotherOrderIsNoChange) {
  Story story;
  story.Answer(10, {Busy("pod1", "c1", 10), Busy("pod1", "c2", 10), Busy("other", "c1", 10)});
  story.Answer(25, {Busy("other", "c1", 25), Busy("pod1", "c2", 25), Busy("pod1", "c1", 25)});
  const auto usage = story.Pod1(25);
  ASSERT_NE(usage, nullptr);
  ASSERT_EQ(usage->containers.size(), 2U);
  EXPECT_EQ(usage->containers[0].name, "c1");
  EXPECT_EQ(usage->containers[1].name, "c2");
  EXPECT_EQ(usage->containers[1].usage.cpu_nanocores, kCore);
}

TEST(Series, AContainerThatWasAwayForOneAnswerGoesOnWithItsRate) {
  Story story;
  for (const double time : {10, 25}) {
    story.Answer(time, {Busy("pod1", "c1", time), Busy("pod1", "c2", time)});
  }
  story.Answer(40, {Busy("pod1", "c1", 40)});
  story.Answer(55, {Busy("pod1", "c1", 55), Busy("pod1", "c2", 55)});
  const auto usage = story.Pod1(55);
  ASSERT_EQ(usage->containers.size(), 2U);
  EXPECT_EQ(usage->timestamp, At(55));
  EXPECT_EQ(usage->containers[1].usage.cpu_nanocores, kCore);  // over the 30 s since 25
}

TEST(Series, WhatIsAwayForThreeResolutionsIsForgotten) {
  Story story;
  for (const double time : {10, 25}) {
    story.Answer(time, {Busy("pod1", "c1", time), Busy("gone", "c1", time)});
  }
  story.Answer(40, {Busy("pod1", "c1", 40)});
  EXPECT_EQ(story.store.counts().pods, 2U);
  EXPECT_NE(story.Pod1(40), nullptr);
  for (const double time : {55, 70, 71}) story.Answer(time, {Busy("pod1", "c1", time)});
  EXPECT_EQ(story.store.counts().pods, 1U);
  EXPECT_EQ(story.store.counts().containers, 1U);
}

TEST(Series, ForgettingAPodLeavesTheOthersServed) {
  Story story;
  for (const double time : {10, 25}) {
    story.Answer(time, {Busy("a", "c1", time), Busy("pod1", "c1", time), Busy("z", "c1", time)});
  }
  story.store.ForgetPod("node1", "ns1", "a");
  ASSERT_NE(story.Pod1(25), nullptr);
  EXPECT_EQ(story.Pod1(25)->timestamp, At(25));
  story.Answer(40, {Busy("pod1", "c1", 40), Busy("z", "c1", 40)});
  EXPECT_EQ(story.Pod1(40)->window, seconds(15));
}

TEST(Series, NamesAreThoseOfTheLastAnswerInItsOrder) {
  Story story;
  EXPECT_THAT(Named(story), IsEmpty());
  story.Answer(10, {Busy("b", "c1", 10), Busy("a", "c1", 10), Busy("b", "c2", 10)});
  EXPECT_THAT(Named(story), ElementsAre("ns1/b/c1", "ns1/a/c1", "ns1/b/c2"));
  story.Answer(25, {Busy("b", "c2", 25)});
  EXPECT_THAT(Named(story), ElementsAre("ns1/b/c2"));
  story.store.Forget("node1");
  EXPECT_THAT(Named(story), IsEmpty());
}

// They stand otherwise in an answer: nothing is guessed then.
TEST(Series, NamesThatNeedAnEscapeAreNotNamed) {
  for (const char* odd : {"a\"b", "a\\b", "a\nb"}) {
    Story story;
    story.Answer(10, {Busy(odd, "c1", 10), Busy("pod1", "c1", 10)});
    story.Answer(25, {Busy(odd, "c1", 25), Busy("pod1", "c1", 25)});
    EXPECT_THAT(Named(story), IsEmpty());
    EXPECT_NE(story.Pod1(25), nullptr);
  }
}

// Kubernetes' validation: DNS labels (63) for namespaces and containers, a subdomain (253) for
// pods.
TEST(Series, NamesLongerThanAnyOfKubernetesAreLeftOut) {
  const auto served = [](std::size_t ns, std::size_t pod, std::size_t container) {
    const std::array names = {std::string(ns, 'x'), std::string(pod, 'x'),
                              std::string(container, 'x')};
    MetricStore store(seconds(15));
    for (const double time : {10, 25}) {
      NodeBatch batch;
      batch.containers = {{names[0], names[1], names[2], Read(time, time)},
                          {"ns1", "pod1", "c1", Read(time, time)}};
      store.Commit("node1", batch, Mono(time));
    }
    return store.counts().container_values == 2;
  };
  EXPECT_TRUE(served(63, 253, 63));
  EXPECT_FALSE(served(64, 253, 63));
  EXPECT_FALSE(served(63, 254, 63));
  EXPECT_FALSE(served(63, 253, 64));
  EXPECT_FALSE(served(1, 70'000, 1));
}

// "a0", "a1", …
std::vector<std::string> Numbered(const std::string& prefix, std::size_t count) {
  std::vector<std::string> names(count);
  for (std::size_t k = 0; k < count; ++k) names[k] = prefix + std::to_string(k);
  return names;
}

std::vector<Story::Pod> OfPod1(const std::vector<std::string>& containers, double time) {
  std::vector<Story::Pod> pods;
  pods.reserve(containers.size());
  for (const std::string& name : containers) pods.push_back(Busy("pod1", name.c_str(), time));
  return pods;
}

// Pods of two containers each.
class Crowd {
 public:
  Crowd(const std::string& prefix, std::size_t count) : names_(Numbered(prefix, count)) {}
  std::vector<Story::Pod> At(double time) const {
    std::vector<Story::Pod> pods;
    pods.reserve(2 * names_.size());
    for (const std::string& name : names_) {
      pods.push_back(Busy(name.c_str(), "c1", time));
      pods.push_back(Busy(name.c_str(), "c2", time));
    }
    return pods;
  }

 private:
  std::vector<std::string> names_;
};

// 2,500 containers each second: within the 45 s that absent ones are kept, all ten answers.
TEST(Series, ANodeThatNamesOthersInEachAnswerHasTwiceAsManyRowsAtMost) {
  Story story;
  for (int answer = 0; answer < 10; ++answer) {
    const double time = 10 + answer;
    story.Answer(time, Crowd("p" + std::to_string(answer) + "-", 1'250).At(time));
    EXPECT_LE(story.store.counts().containers, 5'000U);
    EXPECT_LE(story.store.counts().pods, 2'500U);
  }
  EXPECT_EQ(story.store.counts().containers, 5'000U);
}

TEST(Series, OtherContainersOfOnePodInEachAnswerAreBoundedToo) {
  Story story;
  for (int answer = 0; answer < 10; ++answer) {
    const double time = 10 + answer;
    const auto names = Numbered("c" + std::to_string(answer) + "-", 2'500);
    story.Answer(time, OfPod1(names, time));
    EXPECT_LE(story.store.counts().containers, 5'000U);
  }
}

// A kubelet that has just started names nothing, then some, then all.
TEST(Series, ANodeThatIsSilentAboutAllItsPodsKeepsTheirRates) {
  Story story;
  const Crowd pods("p", 1'000);
  for (const double time : {10, 25}) story.Answer(time, pods.At(time));
  story.Answer(30, {});
  story.Answer(31, Crowd("p", 10).At(31));
  EXPECT_EQ(story.store.counts().containers, 2'000U);
  story.Answer(40, pods.At(40));
  EXPECT_EQ(story.store.counts().container_values, 2'000U);
}

TEST(Series, OfTooManyAbsentPodsThoseSeenLastAreKept) {
  Story story;
  const Crowd old("old", 800);
  const Crowd late("late", 800);
  for (const double time : {10, 15}) story.Answer(time, old.At(time));
  for (const double time : {20, 25}) story.Answer(time, late.At(time));
  story.Answer(30, {});
  EXPECT_EQ(story.store.counts().containers, 2'000U);  // 1,600 of `late`, 400 of `old`
  story.Answer(35, late.At(35));
  EXPECT_EQ(story.store.counts().container_values, 2'000U);
  EXPECT_EQ(story.store.counts().containers, 2'000U);
}

// Otherwise it would be served without what has gone. 3 + 999 x 2 are one too many.
TEST(Series, APodIsForgottenAsAWhole) {
  const Crowd others("z", 999);
  Story story;
  for (const double time : {10, 25}) {
    std::vector<Story::Pod> pods = others.At(time);
    for (const char* name : {"c1", "c2", "c3"}) pods.push_back(Busy("a", name, time));
    story.Answer(time, pods);
  }
  story.Answer(30, {});
  EXPECT_EQ(story.store.counts().containers, 1'999U);
  EXPECT_EQ(story.store.counts().pods, 999U);
}

// Who knows that all of them run is served what they used until now.
TEST(Series, APodWhoseAbsentContainersAreTooManyIsKeptAsItWas) {
  const auto names = Numbered("c", 2'100);
  Story story;
  for (const double time : {10, 25}) story.Answer(time, OfPod1(names, time));
  story.Answer(30, {Busy("pod1", "c0", 30)});
  EXPECT_EQ(story.store.counts().containers, 1U);
  const auto usage = story.Pod1(30, names);
  ASSERT_NE(usage, nullptr);
  EXPECT_EQ(usage->timestamp, At(25));
  EXPECT_EQ(usage->containers.size(), 2'100U);
}

// The rows of a table move when a pod comes before others, and all tables look alike.
TEST(Series, ABookmarkIsBelievedAsLongAsItIsTrue) {
  Story story;
  const Bookmark bookmark;
  const auto answer = [&](std::string_view node, double time, std::vector<std::string_view> names) {
    std::vector<Story::Pod> pods;
    for (const std::string_view name : names) {
      pods.push_back({name, "c", Read(time, name == "pod1" ? time / 2 : time)});
    }
    story.Answer(time + 1, pods, node);
  };
  const auto cores = [&](std::string_view node, double time) -> std::optional<double> {
    PodUsage usage;
    const PodQuestion pod{.node = node, .ns = "ns1", .name = "pod1", .bookmark = &bookmark};
    if (!story.store.GetPod(pod, Mono(time), usage)) return std::nullopt;
    return static_cast<double>(usage.containers[0].usage.cpu_nanocores) / 1e9;
  };
  for (const double time : {10, 20}) {
    answer("node1", time, {"pod1"});
    answer("node2", time, {"other"});
  }
  EXPECT_EQ(cores("node1", 22), 0.5);
  const std::uint64_t first = bookmark.Get();
  EXPECT_NE(first, 0U);
  EXPECT_EQ(cores("node1", 22), 0.5);
  EXPECT_EQ(bookmark.Get(), first);
  EXPECT_EQ(cores("node2", 22), std::nullopt);

  answer("node1", 30, {"a", "pod1"});
  answer("node1", 40, {"a", "pod1"});
  EXPECT_EQ(cores("node1", 42), 0.5);
  EXPECT_NE(bookmark.Get(), first);

  story.store.ForgetPod("node1", "ns1", "pod1");
  EXPECT_EQ(cores("node1", 42), std::nullopt);
  story.store.Forget("node1");
  EXPECT_EQ(cores("node1", 42), std::nullopt);
  const Bookmark copy(bookmark);
  EXPECT_EQ(copy.Get(), 0U);
}

}  // namespace
}  // namespace mpl::store
