#include "collector/app/data_check.h"

#include <gmock/gmock.h>

#include <set>
#include <vector>

namespace mpl::app {
namespace {

using scraper::NodeScrape;
using scraper::ScrapeState;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

NodeScrape Node(const std::string& name, ScrapeState state) {
  NodeScrape node;
  node.node = name;
  node.ready = true;
  node.state = state;
  node.reports_itself = state == ScrapeState::kHealthy;
  if (state == ScrapeState::kFailing) {
    node.fault =
        trust::ScrapeFault{trust::ScrapeFailure::kUnreachable, "connect to 10.0.0.1: refused."};
  }
  return node;
}

// "" when ready.
std::string WhyNot(const std::vector<NodeScrape>& nodes, const std::set<std::string>& with_value,
                   Duration since_last_gain = {}, Duration since_first_value = {}) {
  DataState state;
  state.nodes_wanted = nodes.size();
  state.nodes = nodes;
  state.has_value = [&](const std::string& node) { return with_value.contains(node); };
  state.any_value = !with_value.empty();
  state.since_last_gain = since_last_gain;
  state.since_first_value = std::max(since_first_value, since_last_gain);
  const auto checked = CheckData(state);
  return checked ? "" : checked.error().message;
}

TEST(DataCheck, AClusterWithoutNodesIsReady) { EXPECT_TRUE(CheckData({})); }

TEST(DataCheck, SaysThatScrapingHasNotBegun) {
  DataState state;
  state.nodes_wanted = 2;
  EXPECT_THAT(CheckData(state).error().message, HasSubstr("not begun"));
}

TEST(DataCheck, IsReadyWhenEveryNodeHasAValue) {
  EXPECT_EQ(
      WhyNot({Node("a", ScrapeState::kHealthy), Node("b", ScrapeState::kHealthy)}, {"a", "b"}), "");
}

TEST(DataCheck, NamesNodesAndReasonsButNoAddresses) {
  const std::string why =
      WhyNot({Node("a", ScrapeState::kFailing), Node("b", ScrapeState::kPending),
              Node("c", ScrapeState::kHealthy)},
             {});
  EXPECT_EQ(why,
            "3 of 3 nodes have no value yet: a (Unreachable), b (no answer yet), "
            "c (waits for a second sample)");
  EXPECT_THAT(why, Not(HasSubstr("10.0.0.1")));
}

TEST(DataCheck, WaitsAMomentForCompleteAnswers) {
  const std::vector nodes = {Node("a", ScrapeState::kHealthy), Node("b", ScrapeState::kPending)};
  EXPECT_THAT(WhyNot(nodes, {"a"}, seconds(2)), HasSubstr("b (no answer yet)"));
  EXPECT_EQ(WhyNot(nodes, {"a"}, seconds(3)), "");
}

// 5,000 first contacts take a while: an answer with half of the nodes is worse than a later one.
TEST(DataCheck, WaitsWhileMoreAndMoreNodesGetValues) {
  const std::vector nodes = {Node("a", ScrapeState::kHealthy), Node("b", ScrapeState::kPending)};
  EXPECT_THAT(WhyNot(nodes, {"a"}, seconds(1), seconds(29)), HasSubstr("b (no answer yet)"));
  EXPECT_EQ(WhyNot(nodes, {"a"}, seconds(1), seconds(30)), "") << "not for ever";
}

// A kubelet that renews its sample every 10 to 20 s, where its own rates may not be read.
TEST(DataCheck, WaitsForASecondSampleThatWillCome) {
  const std::vector nodes = {Node("a", ScrapeState::kHealthy), Node("b", ScrapeState::kHealthy)};
  EXPECT_THAT(WhyNot(nodes, {"a"}, seconds(29)), HasSubstr("b (waits for a second sample)"));
  EXPECT_EQ(WhyNot(nodes, {"a"}, seconds(30)), "") << "not for ever";
}

// A virtual kubelet may know pods only.
TEST(DataCheck, DoesNotWaitForANodeThatTellsNothingOfItself) {
  std::vector nodes = {Node("a", ScrapeState::kHealthy), Node("b", ScrapeState::kHealthy)};
  nodes[1].reports_itself = false;
  EXPECT_THAT(WhyNot(nodes, {"a"}, seconds(2)), HasSubstr("b (tells nothing of itself)"));
  EXPECT_EQ(WhyNot(nodes, {"a"}, seconds(3)), "");
}

TEST(DataCheck, DoesNotWaitForNodesThatFailOrThatKubernetesCallsNotReady) {
  EXPECT_EQ(WhyNot({Node("a", ScrapeState::kHealthy), Node("b", ScrapeState::kFailing)}, {"a"}),
            "");
  NodeScrape down = Node("b", ScrapeState::kPending);
  down.ready = false;
  EXPECT_EQ(WhyNot({Node("a", ScrapeState::kHealthy), down}, {"a"}), "");
}

TEST(DataCheck, StaysUnreadyWithoutAnyValue) {
  EXPECT_THAT(WhyNot({Node("a", ScrapeState::kFailing)}, {}, seconds(100)),
              HasSubstr("1 of 1 node has no value yet: a (Unreachable)"));
}

TEST(DataCheck, NamesFiveNodesAndCountsTheRest) {
  std::vector<NodeScrape> nodes;
  for (int i = 0; i < 8; ++i) {
    nodes.push_back(Node("n" + std::to_string(i), ScrapeState::kPending));
  }
  const std::string why = WhyNot(nodes, {});
  EXPECT_THAT(why, HasSubstr("n4 (no answer yet) and 3 more"));
  EXPECT_THAT(why, Not(HasSubstr("n5")));
}

}  // namespace
}  // namespace mpl::app
