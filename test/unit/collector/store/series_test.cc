// What happens to the table of a node when answers name other containers, or in another order.
#include <gmock/gmock.h>

#include "test/unit/collector/store/story.h"

namespace mpl::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> Named(Story& story) {
  std::vector<std::string> names;
  for (const ContainerName& name : story.store.Named("node1")) {
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

TEST(Series, NamesLongerThanAnyOfKubernetesAreLeftOut) {
  Story story;
  const std::string endless(70'000, 'x');
  for (const double time : {10, 25}) {
    story.Answer(time, {{endless, "c1", Read(time, time)}, Busy("pod1", "c1", time)});
  }
  EXPECT_EQ(story.store.counts().pods, 1U);
  EXPECT_NE(story.Pod1(25), nullptr);
}

}  // namespace
}  // namespace mpl::store
