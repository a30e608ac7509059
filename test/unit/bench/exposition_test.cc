#include "bench/workload/exposition.h"

#include <gmock/gmock.h>

#include "collector/parse/exposition.h"

namespace mpl::bench {
namespace {

constexpr ClusterShape kShape = {.nodes = 10, .pods = 12, .containers = 2};
constexpr std::int64_t kEpoch = 1'795'251'242'709;

struct Read {
  std::string body;
  parse::ExpositionParser parser;
  parse::Exposition found;

  Read(const NodeState& state, std::int64_t now_ms) {
    ExpositionWriter().Write(state, now_ms, body);
    found = parser.Parse(body, TimePoint{});
  }
  const store::Reading* Find(const std::string& pod, std::string_view container) const {
    for (const auto& one : found.batch.containers) {
      if (one.pod == pod && one.container == container) return &one.reading;
    }
    return nullptr;
  }
};

// The families of Kubernetes 1.36 in the order in which its registry gives them out: sorted by
// name.
TEST(Exposition, FamiliesComeSortedByName) {
  const std::string body = KubeletBody(1, kShape, 1);
  std::vector<std::string> names;
  for (std::size_t at = body.find("# TYPE "); at != std::string::npos;
       at = body.find("# TYPE ", at + 1)) {
    names.push_back(body.substr(at + 7, body.find(' ', at + 7) - at - 7));
  }
  EXPECT_THAT(names, testing::SizeIs(11));
  EXPECT_TRUE(std::ranges::is_sorted(names));
}

TEST(Exposition, EveryLineIsUnderstood) {
  const Read read(FreshNode(3, kShape, kEpoch), kEpoch + 60'000);
  EXPECT_EQ(read.found.batch.containers.size(), 24U);
  for (const std::uint64_t faults : read.found.faults) EXPECT_EQ(faults, 0U);
  for (const auto& one : read.found.batch.containers) {
    EXPECT_TRUE(one.reading.has_cpu && one.reading.has_memory && one.reading.has_start);
  }
}

// Rates are whole millicores whichever samples are taken, so that two servers can be compared.
TEST(Exposition, AnyTwoSamplesHaveTheSameRate) {
  const NodeState state = FreshNode(3, kShape, kEpoch);
  const std::string pod = PodName({3, 5, 0});
  const Read first(state, kEpoch + 61'234);
  const Read second(state, kEpoch + 147'771);

  const store::Reading* before = first.Find(pod, "app");
  const store::Reading* after = second.Find(pod, "app");
  ASSERT_TRUE(before != nullptr && after != nullptr);
  const std::uint64_t used = after->cpu_nanoseconds - before->cpu_nanoseconds;
  const auto window = static_cast<std::uint64_t>((after->cpu_time - before->cpu_time).count());

  EXPECT_EQ(used * 1000, window * static_cast<std::uint64_t>(CpuMillicores(3, 5, 0)));
  EXPECT_EQ(after->memory_bytes, static_cast<std::uint64_t>(MemoryBytes(3, 5, 0)));
}

TEST(Exposition, ARestartedContainerBeginsAtZeroWithItsFirstSample) {
  NodeState state = FreshNode(3, kShape, kEpoch);
  const std::int64_t restarted = kEpoch + 100'000;
  state.pods[5].started_ms = restarted;

  const Read early(state, restarted);
  const Read later(state, restarted + 10'000);

  EXPECT_EQ(early.Find(PodName({3, 5, 0}), "app"), nullptr);
  const store::Reading* reading = later.Find(PodName({3, 5, 0}), "app");
  ASSERT_NE(reading, nullptr);
  // At most ten seconds of at most a quarter of a core.
  EXPECT_LE(reading->cpu_nanoseconds, 2'500'000'000U);
  EXPECT_EQ(reading->start.time_since_epoch() / std::chrono::seconds(1), restarted / 1000);
}

TEST(Exposition, AnAbsentPodIsNotMentioned) {
  NodeState state = FreshNode(3, kShape, kEpoch);
  state.pods[5].present = false;
  const Read read(state, kEpoch + 60'000);
  EXPECT_THAT(read.body, testing::Not(testing::HasSubstr(PodName({3, 5, 0}))));
}

// Go's text encoder: 9 digits before the point would carry an exponent; memory always does.
TEST(Exposition, MemoryIsWrittenWithAnExponent) {
  EXPECT_THAT(
      KubeletBody(1, kShape, 1),
      testing::ContainsRegex("container_memory_working_set_bytes[{].*[}] [1-9]\\.[0-9]+e[+]07 "));
}

}  // namespace
}  // namespace mpl::bench
