#include "collector/parse/exposition.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace mpl::parse {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const TimePoint kScrape = TimePoint(seconds(1'763'724'030));
TimePoint Millis(std::int64_t millis) { return TimePoint(milliseconds(millis)); }

// In the shape and order of a 1.36 kubelet: families by name, series by label.
constexpr std::string_view kBody =
    R"(# HELP container_cpu_usage_seconds_total [STABLE] Cumulative cpu time consumed by the container in core-seconds
# TYPE container_cpu_usage_seconds_total counter
container_cpu_usage_seconds_total{container="app",namespace="shop",pod="web-0"} 4.710169 1763724025108
container_cpu_usage_seconds_total{container="dns",namespace="kube-system",pod="coredns-5"} 10.000000001 1763724020000
# HELP container_memory_working_set_bytes [STABLE] Current working set of the container in bytes
# TYPE container_memory_working_set_bytes gauge
container_memory_working_set_bytes{container="app",namespace="shop",pod="web-0"} 1.4585856e+07 1763724025109
container_memory_working_set_bytes{container="dns",namespace="kube-system",pod="coredns-5"} 2048 1763724020000
# TYPE container_start_time_seconds gauge
container_start_time_seconds{container="app",namespace="shop",pod="web-0"} 1.7637239e+09
container_start_time_seconds{container="dns",namespace="kube-system",pod="coredns-5"} 1.7637e+09
container_swap_limit_bytes{container="app",namespace="shop",pod="web-0"} 7 1763724025109
container_swap_usage_bytes{container="app",namespace="shop",pod="web-0"} 4096 1763724025109
node_cpu_usage_seconds_total 357.35491 1763724018000
node_memory_working_set_bytes 1.616273408e+09 1763724018000
node_swap_usage_bytes 0 1763724018000
pod_cpu_usage_seconds_total{namespace="shop",pod="web-0"} 4.8 1763724025000
pod_memory_working_set_bytes{namespace="shop",pod="web-0"} 1.5e+07 1763724025000
# TYPE resource_scrape_error gauge
resource_scrape_error 0
)";

// Good until the next call.
Exposition Parse(std::string_view body) {
  static ExpositionParser parser;
  return parser.Parse(body, kScrape);
}

std::uint64_t AllFaults(const Exposition& out) {
  std::uint64_t sum = 0;
  for (const std::uint64_t count : out.faults) sum += count;
  return sum;
}

TEST(Exposition, ReadsAKubeletsBody) {
  const Exposition out = Parse(kBody);

  EXPECT_EQ(AllFaults(out), 0U);
  EXPECT_FALSE(out.scrape_error);
  EXPECT_EQ(out.samples, 10U);
  EXPECT_EQ(out.batch.node.cpu_nanoseconds, 357354910000U);
  EXPECT_EQ(out.batch.node.cpu_time, Millis(1763724018000));
  EXPECT_EQ(out.batch.node.memory_bytes, 1616273408U);
  EXPECT_TRUE(out.batch.node.has_swap);
  ASSERT_EQ(out.batch.containers.size(), 2U);
  const auto& app = out.batch.containers[0];
  EXPECT_EQ(app.ns, "shop");
  EXPECT_EQ(app.pod, "web-0");
  EXPECT_EQ(app.container, "app");
  EXPECT_EQ(app.reading.cpu_nanoseconds, 4710169000U);
  EXPECT_EQ(app.reading.cpu_time, Millis(1763724025108));  // its own, not memory's
  EXPECT_EQ(app.reading.memory_time, Millis(1763724025109));
  EXPECT_EQ(app.reading.memory_bytes, 14585856U);
  EXPECT_EQ(app.reading.swap_bytes, 4096U);
  EXPECT_EQ(app.reading.start, TimePoint(seconds(1763723900)));
  const auto& dns = out.batch.containers[1];
  EXPECT_EQ(dns.reading.cpu_nanoseconds, 10000000001U);
  EXPECT_FALSE(dns.reading.has_swap);
}

// Every way to cut the body: what is read must be true, for anything may happen to a connection.
TEST(Exposition, NoPrefixYieldsAWrongValue) {
  std::map<std::string, store::Reading, std::less<>> truth;
  const Exposition whole = Parse(kBody);
  for (const auto& entry : whole.batch.containers) {
    truth[std::string(entry.container)] = entry.reading;
  }
  const auto check = [](const store::Reading& got, const store::Reading& want) {
    if (got.has_cpu) {
      EXPECT_EQ(got.cpu_nanoseconds, want.cpu_nanoseconds);
      EXPECT_EQ(got.cpu_time, want.cpu_time);
    }
    if (got.has_memory) {
      EXPECT_EQ(got.memory_bytes, want.memory_bytes);
      EXPECT_EQ(got.memory_time, want.memory_time);
    }
    if (got.has_start) {
      EXPECT_EQ(got.start, want.start);
    }
    if (got.has_swap) {
      EXPECT_EQ(got.swap_bytes, want.swap_bytes);
    }
  };
  for (std::size_t size = 0; size <= kBody.size(); ++size) {
    SCOPED_TRACE(size);
    const std::string prefix(kBody.substr(0, size));  // its end is the end of memory
    const Exposition out = Parse(prefix);
    check(out.batch.node, whole.batch.node);
    for (const auto& entry : out.batch.containers) {
      const auto found = truth.find(entry.container);
      ASSERT_NE(found, truth.end()) << entry.container;
      check(entry.reading, found->second);
    }
    if (HasFailure()) return;
  }
}

TEST(Exposition, NoSuffixCrashes) {
  for (std::size_t start = 0; start <= kBody.size(); ++start) {
    const std::string suffix(kBody.substr(start));
    EXPECT_LE(Parse(suffix).batch.containers.size(), 2U);
  }
}

TEST(Exposition, ReadsLabelsInAnyOrderWithBlanksEscapesAndStrangers) {
  const Exposition out = Parse(
      "container_cpu_usage_seconds_total{ pod = \"p\\\"1\\\\\" , "
      "xcontainer=\"no\",namespace=\"n}s\","
      "image=\"a,b\\n\", container=\"c\\q\" ,} 1 1763724000000\n"
      "container_memory_working_set_bytes "
      "{container=\"c\\q\",namespace=\"n}s\",pod=\"p\\\"1\\\\\"}\t5\n");
  EXPECT_EQ(AllFaults(out), 0U);
  ASSERT_EQ(out.batch.containers.size(), 1U);
  EXPECT_EQ(out.batch.containers[0].ns, "n}s");
  EXPECT_EQ(out.batch.containers[0].pod, "p\"1\\");
  EXPECT_EQ(out.batch.containers[0].container, "c\\q");
  EXPECT_EQ(out.batch.containers[0].reading.memory_bytes, 5U);
  EXPECT_EQ(out.batch.containers[0].reading.memory_time, kScrape);
}

// Lines are compared with what the family before leads one to expect: other orders, a longer or
// shorter label block, one that begins alike, must all be read for what they are.
TEST(Exposition, ASeriesThatIsNotTheExpectedOneIsReadForWhatItIs) {
  const Exposition out = Parse(
      "container_cpu_usage_seconds_total{container=\"a\",namespace=\"n\",pod=\"p}\"} 1 "
      "1763724000000\n"
      "container_cpu_usage_seconds_total{container=\"b\",namespace=\"n\",pod=\"p}\"} 2 "
      "1763724000000\n"
      "container_memory_working_set_bytes{container=\"b\",namespace=\"n\",pod=\"p}\"} 20 "
      "1763724000000\n"
      "container_memory_working_set_bytes{container=\"a\",namespace=\"n\",pod=\"p}\",x=\"1\"} 10\n"
      "container_start_time_seconds{container=\"a\",namespace=\"n\",pod=\"p}\"}7\n"
      "container_start_time_seconds{container=\"b\",namespace=\"n\",pod=\"p}} 8\n");
  ASSERT_EQ(out.batch.containers.size(), 2U);
  const auto& a = out.batch.containers[0].reading;
  const auto& b = out.batch.containers[1].reading;
  EXPECT_EQ(a.cpu_nanoseconds, 1'000'000'000U);
  EXPECT_EQ(b.cpu_nanoseconds, 2'000'000'000U);
  EXPECT_EQ(a.memory_bytes, 10U);
  EXPECT_EQ(b.memory_bytes, 20U);
  EXPECT_EQ(a.start, TimePoint(std::chrono::seconds(7)));
  EXPECT_FALSE(b.has_start);
  EXPECT_EQ(out.Faults(FaultKind::kSyntax), 1U);  // the quote that never closes
}

TEST(Exposition, TakesCarriageReturnsAndAMissingLastNewline) {
  const Exposition out = Parse(
      "# c\r\nnode_cpu_usage_seconds_total 1.5 1763724000000\r\n"
      "node_memory_working_set_bytes 7 1763724000000");
  EXPECT_EQ(AllFaults(out), 0U);
  EXPECT_EQ(out.batch.node.cpu_nanoseconds, 1500000000U);
  EXPECT_EQ(out.batch.node.memory_bytes, 7U);
}

TEST(Exposition, DoubtsALastLineThatMayBeCut) {
  const Exposition out = Parse("node_memory_working_set_bytes 7");
  EXPECT_FALSE(out.batch.node.has_memory);
  EXPECT_EQ(out.Faults(FaultKind::kUnterminated), 1U);
}

// What a kubelet gone mad, or somebody in its place, may cost us.
TEST(Exposition, TakesAtMostTwentyThousandContainers) {
  std::string body;
  for (int i = 0; i < 20'003; ++i) {
    body += "container_memory_working_set_bytes{container=\"c\",namespace=\"n\",pod=\"p" +
            std::to_string(i) + "\"} 1 1763724000000\n";
  }
  const Exposition out = Parse(body + body);
  EXPECT_EQ(out.batch.containers.size(), 20'000U);
  EXPECT_GT(out.Faults(FaultKind::kLimit), 2U);
}

// Names whose hashes end alike lie in one bucket, however many buckets there are: with 20,000 of
// them each line would be compared with them all.
TEST(Exposition, TakesAtMostAFewHundredNamesThatWereChosenForOneBucket) {
  std::string body;
  for (int i = 0, chosen = 0; chosen < 300; ++i) {
    const std::string pod = "p" + std::to_string(i);
    if ((std::hash<std::string_view>{}(pod) & 0xfff) != 0) continue;
    ++chosen;
    body += "container_memory_working_set_bytes{container=\"c\",namespace=\"n\",pod=\"" + pod +
            "\"} 1 1763724000000\n";
  }
  ExpositionParser parser;  // one that is new has fewer buckets than 4,096 for them
  const Exposition out = parser.Parse(body, kScrape);
  EXPECT_EQ(out.batch.containers.size(), 257U);  // the last one passed 256 others by
  EXPECT_EQ(out.Faults(FaultKind::kLimit), 43U);
}

TEST(Exposition, TheSameLineAHundredThousandTimesIsDoneInNoTime) {
  const std::string line =
      "container_memory_working_set_bytes{container=\"c\",namespace=\"n\",pod=\"p\"} 1 "
      "1763724000000\n";
  std::string body;
  for (int i = 0; i < 100'000; ++i) body += line;
  const Exposition out = Parse(body);
  ASSERT_EQ(out.batch.containers.size(), 1U);
  EXPECT_EQ(out.Faults(FaultKind::kDuplicate) + out.Faults(FaultKind::kLimit), 99'999U);
}

TEST(Exposition, KnowsFamiliesByTheirExactName) {
  const Exposition out = Parse(
      "container_cpu_usage_seconds_total_x{container=\"c\",namespace=\"n\",pod=\"p\"} 1\n"
      "xcontainer_cpu_usage_seconds_total{container=\"c\",namespace=\"n\",pod=\"p\"} 1\n"
      "node_cpu_usage_seconds 1\nnode_cpu_usage_seconds_total2 1\n");
  EXPECT_TRUE(out.batch.containers.empty());
  EXPECT_FALSE(out.batch.node.has_cpu);
  EXPECT_EQ(out.samples, 0U);
}

// What is passed over is so by its name, whichever way that ends.
TEST(Exposition, AFamilyThatIsNotWantedHidesNoneWhoseNameGoesOn) {
  const Exposition out = Parse(R"(container_
container_ 1
container_ 2
container_cpu{} 1
container_cpu{} 2
container_cpu_usage_seconds_total{container="a",namespace="n",pod="p"} 3 1763724025108
container_memory_working_set_bytes_max{container="a",namespace="n",pod="p"} 7
container_memory_working_set_bytes_max{container="a",namespace="n",pod="p"} 8
container_memory_working_set_bytes{container="a",namespace="n",pod="p"} 9 1763724025108
)");

  EXPECT_EQ(AllFaults(out), 0U);
  EXPECT_EQ(out.samples, 2U);
  ASSERT_EQ(out.batch.containers.size(), 1U);
  EXPECT_EQ(out.batch.containers[0].reading.cpu_nanoseconds, 3'000'000'000U);
  EXPECT_EQ(out.batch.containers[0].reading.memory_bytes, 9U);
}

TEST(Exposition, ABadLineCostsNothingButItself) {
  const Exposition out = Parse(
      "container_cpu_usage_seconds_total{container=\"c\",namespace=\"n\",pod=\"p\"} 1 "
      "1763724000000\n"
      "container_memory_working_set_bytes{container=\"c\",namespace=\"n\",pod=\"p\"} 9 "
      "17637240000xx\n"
      "container_memory_working_set_bytes{container=\"c\",namespace=\"n\",pod=\"p\"} 9 "
      "-62135596800000\n"
      "container_memory_working_set_bytes{container=\"c\",namespace=\"n\"} 9\n"
      "container_memory_working_set_bytes{container=\"c\",namespace=\"n\",pod=\"p} 9\n"
      "container_memory_working_set_bytes{container=\"c\" namespace=\"n\",pod=\"p\"} 9\n"
      "container_memory_working_set_bytes{container=\"c\",namespace=\"n\",pod=\"p\"} x\n"
      "container_memory_working_set_bytes{container=\"c\",namespace=\"n\",pod=\"p\"} 1 2 3\n"
      "container_memory_working_set_bytes\n"
      "container_memory_working_set_bytes 9\n"
      "node_memory_working_set_bytes NaN 1763724000000\n"
      "node_memory_working_set_bytes -5 1763724000000\n"
      "node_swap_usage_bytes 1.8446743709127774e+19 1763724000000\n"
      "{} 5\nnonsense\n"
      "container_memory_working_set_bytes{container=\"c\",namespace=\"n\",pod=\"p\"} 8 "
      "1763724000000\n");
  ASSERT_EQ(out.batch.containers.size(), 1U);
  EXPECT_EQ(out.batch.containers[0].reading.memory_bytes, 8U);
  EXPECT_FALSE(out.batch.node.has_memory);
  EXPECT_FALSE(out.batch.node.has_swap);
  EXPECT_EQ(out.Faults(FaultKind::kTimestamp), 2U);
  EXPECT_EQ(out.Faults(FaultKind::kMissingLabel), 2U);
  EXPECT_EQ(out.Faults(FaultKind::kValue), 3U);
  // Unclosed quote, missing comma, "x", three words, no value, "{} 5", "nonsense".
  EXPECT_EQ(out.Faults(FaultKind::kSyntax), 7U);
}

TEST(Exposition, OfAContainerThatIsThereTwiceTheNewestStartWins) {
  const std::string labels = "{container=\"c\",namespace=\"n\",pod=\"p\"} ";
  const Exposition out =
      Parse("container_cpu_usage_seconds_total" + labels + "500 1763724000000\n" +
            "container_cpu_usage_seconds_total{container=\"d\",namespace=\"n\",pod=\"p\"} 7 "
            "1763724000000\n" +
            "container_cpu_usage_seconds_total" + labels + "3 1763724000500\n" +
            "container_memory_working_set_bytes" + labels + "111 1763724000000\n" +
            "container_memory_working_set_bytes{container=\"d\",namespace=\"n\",pod=\"p\"} 9 "
            "1763724000000\n" +
            "container_memory_working_set_bytes" + labels + "222 1763724000500\n" +
            "container_start_time_seconds" + labels + "1763000000\n" +
            "container_start_time_seconds" + labels + "1763723990\n");
  ASSERT_EQ(out.batch.containers.size(), 2U);
  EXPECT_EQ(out.batch.containers[0].reading.cpu_nanoseconds, 3000000000U);
  EXPECT_EQ(out.batch.containers[0].reading.memory_bytes, 222U);
  EXPECT_EQ(out.batch.containers[1].reading.cpu_nanoseconds, 7000000000U);
  EXPECT_EQ(out.batch.containers[1].reading.memory_bytes, 9U);
  EXPECT_EQ(out.Faults(FaultKind::kDuplicate), 1U);
}

// Which line belongs to which twin is told by their order within a family, wherever else lines
// stand.
TEST(Exposition, TheKthLineOfEachFamilyBelongsTogether) {
  const std::string c = "{container=\"c\",namespace=\"n\",pod=\"p\"} ";
  const std::string d = "{container=\"d\",namespace=\"n\",pod=\"p\"} ";
  const std::string body = "container_cpu_usage_seconds_total" + c + "1 1763724000000\n" +
                           "container_cpu_usage_seconds_total" + d + "2 1763724000000\n" +
                           "container_cpu_usage_seconds_total" + c + "3 1763724000500\n" +
                           "container_memory_working_set_bytes" + d + "20 1763724000000\n" +
                           "container_memory_working_set_bytes" + c + "10 1763724000000\n" +
                           "container_memory_working_set_bytes" + c + "30 1763724000500\n" +
                           "container_start_time_seconds" + c + "0\n" +  // unknown, but a line
                           "container_start_time_seconds" + c + "1763723990\n";
  const Exposition out = Parse(body);  // names are views into the body
  ASSERT_EQ(out.batch.containers.size(), 2U);
  EXPECT_EQ(out.batch.containers[0].container, "c");
  EXPECT_EQ(out.batch.containers[0].reading.cpu_nanoseconds, 3000000000U);
  EXPECT_EQ(out.batch.containers[0].reading.memory_bytes, 30U);
  EXPECT_EQ(out.batch.containers[1].reading.memory_bytes, 20U);
}

// With a search among the twins at each line these would be 2 × 10^10 steps: minutes.
TEST(Exposition, ManyTwinsCostNoMoreThanOthers) {
  const std::string line =
      "container_cpu_usage_seconds_total{container=\"c\",namespace=\"n\",pod=\"p\"} 1\n";
  std::string body;
  for (int i = 0; i < 200'000; ++i) body += line;
  const Exposition out = Parse(body);
  EXPECT_EQ(out.batch.containers.size(), 1U);
  EXPECT_EQ(out.Faults(FaultKind::kDuplicate) + out.Faults(FaultKind::kLimit), 199'999U);
}

TEST(Exposition, OfTwinsWithoutStartTheNewestSampleWins) {
  const std::string labels = "{container=\"c\",namespace=\"n\",pod=\"p\"} ";
  const Exposition out = Parse("container_cpu_usage_seconds_total" + labels + "5 1763724009000\n" +
                               "container_cpu_usage_seconds_total" + labels + "3 1763724000500\n");
  ASSERT_EQ(out.batch.containers.size(), 1U);
  EXPECT_EQ(out.batch.containers[0].reading.cpu_nanoseconds, 5000000000U);
}

TEST(Exposition, NotesAKubeletThatHasNoStatistics) {
  EXPECT_TRUE(Parse("resource_scrape_error 1\n").scrape_error);
  EXPECT_TRUE(Parse("scrape_error 1\nresource_scrape_error 0\n").scrape_error);
}

TEST(Exposition, ASTartTimeMayCarryATimestampOrBeUnknown) {
  const Exposition out = Parse(
      "container_start_time_seconds{container=\"c\",namespace=\"n\",pod=\"p\"} 1763723990 "
      "1763723990000\n"
      "container_start_time_seconds{container=\"d\",namespace=\"n\",pod=\"p\"} 0\n"
      "container_start_time_seconds{container=\"e\",namespace=\"n\",pod=\"p\"} -62135596800\n");
  ASSERT_EQ(out.batch.containers.size(), 2U);
  EXPECT_TRUE(out.batch.containers[0].reading.has_start);
  EXPECT_FALSE(out.batch.containers[1].reading.has_start);
  EXPECT_EQ(out.Faults(FaultKind::kValue), 1U);
}

std::vector<store::ContainerName> NamesOf(const Exposition& out) {
  std::vector<store::ContainerName> names;
  for (const auto& reading : out.batch.containers) {
    names.push_back({reading.ns, reading.pod, reading.container});
  }
  return names;
}

// What is known of the node makes no difference, whether it is right, old, or in another order.
TEST(Exposition, AGuessChangesNothing) {
  ExpositionParser parser;
  const Exposition plain = Parse(kBody);
  const auto names = NamesOf(plain);
  const std::vector<std::vector<store::ContainerName>> guesses = {
      names,
      {names[1], names[0]},
      {names[0]},
      {{"shop", "web-0", "app"}, {"shop", "gone", "app"}, names[1]},
      {{"shop", "web-0", "ap"}, names[1]}};
  for (const auto& guess : guesses) {
    const Exposition& out = parser.Parse(kBody, kScrape, guess);
    EXPECT_EQ(AllFaults(out), 0U);
    EXPECT_EQ(out.samples, plain.samples);
    ASSERT_EQ(out.batch.containers.size(), 2U);
    for (std::size_t i = 0; i < 2; ++i) {
      const auto& [ns, pod, container, reading] = out.batch.containers[i];
      EXPECT_EQ(pod, names[i].pod);
      EXPECT_EQ(container, names[i].container);
      EXPECT_EQ(reading.cpu_nanoseconds, plain.batch.containers[i].reading.cpu_nanoseconds);
      EXPECT_EQ(reading.cpu_time, plain.batch.containers[i].reading.cpu_time);
      EXPECT_EQ(reading.memory_bytes, plain.batch.containers[i].reading.memory_bytes);
      EXPECT_EQ(reading.start, plain.batch.containers[i].reading.start);
    }
  }
}

// The labels are the expected ones, but the number behind them is none.
TEST(Exposition, AGuessedContainerWithoutAValueIsNone) {
  ExpositionParser parser;
  const std::string cpu = "container_cpu_usage_seconds_total";
  const std::string body = cpu + "{container=\"a\",namespace=\"n\"} 1\n" + cpu +
                           "{container=\"b\",namespace=\"n\",pod=\"p\"} 2 now\n" + cpu +
                           "{container=\"a\",namespace=\"n\",pod=\"p\"} 3 1763724025109\n";
  const std::vector<store::ContainerName> guess = {{"n", "p", "b"}, {"n", "p", "a"}};
  const Exposition& out = parser.Parse(body, kScrape, guess);
  ASSERT_EQ(out.batch.containers.size(), 1U);
  EXPECT_EQ(out.batch.containers[0].container, "a");
  EXPECT_EQ(out.Faults(FaultKind::kMissingLabel), 1U);
  EXPECT_EQ(out.Faults(FaultKind::kTimestamp), 1U);
}

TEST(Exposition, OneParserReadsManyBodies) {
  ExpositionParser parser;
  std::string body;
  for (int i = 0; i < 1000; ++i) {
    const std::string labels =
        "{container=\"c\",namespace=\"n\",pod=\"p" + std::to_string(i) + "\"} " + std::to_string(i);
    body += "container_cpu_usage_seconds_total" + labels + "\n";
  }
  for (int i = 999; i >= 0; --i) {  // against the order that is expected
    const std::string labels =
        "{container=\"c\",namespace=\"n\",pod=\"p" + std::to_string(i) + "\"} " + std::to_string(i);
    body += "container_memory_working_set_bytes" + labels + "\n";
  }
  for (int round = 0; round < 3; ++round) {
    const Exposition small = parser.Parse(kBody, kScrape);
    EXPECT_EQ(small.batch.containers.size(), 2U);
    const Exposition large = parser.Parse(body, kScrape);
    ASSERT_EQ(large.batch.containers.size(), 1000U);
    for (std::size_t i = 0; i < 1000; ++i) {
      EXPECT_EQ(large.batch.containers[i].reading.memory_bytes, i);
      EXPECT_EQ(large.batch.containers[i].reading.cpu_nanoseconds, i * 1000000000U);
    }
  }
}

}  // namespace
}  // namespace mpl::parse
