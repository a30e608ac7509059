#include "collector/scraper/scrape_board.h"

#include <gtest/gtest.h>

namespace mpl::scraper {
namespace {

using trust::MakeFault;
using trust::ScrapeFailure;

constexpr TimePoint At(int seconds) { return TimePoint(std::chrono::seconds(seconds)); }

TEST(NodeScrape, SinceIsWhenTheStateBeganOrItsReasonBecameAnother) {
  NodeScrape scrape;
  scrape.Fail(MakeFault(ScrapeFailure::kTimeout, "slow"), At(1));
  scrape.Fail(MakeFault(ScrapeFailure::kTimeout, "slow again"), At(2));
  EXPECT_EQ(scrape.since, At(1));
  EXPECT_EQ(scrape.fault->message.substr(0, 11), "slow again.");
  EXPECT_TRUE(scrape.FailsFor(ScrapeFailure::kTimeout));

  scrape.Fail(MakeFault(ScrapeFailure::kUnauthorized, "no"), At(3));
  EXPECT_EQ(scrape.since, At(3));
  EXPECT_EQ(scrape.last_success, TimePoint{});

  scrape.Succeed(At(4));
  scrape.Succeed(At(5));
  EXPECT_EQ(scrape.state, ScrapeState::kHealthy);
  EXPECT_EQ(scrape.since, At(4));
  EXPECT_EQ(scrape.last_success, At(5));
  EXPECT_FALSE(scrape.fault);
}

TEST(ScrapeBoard, ALineStaysWhereItIsUntilItIsRemoved) {
  ScrapeBoard board;
  NodeScrape& line = board.Line("node1");
  board.Change(line, [](NodeScrape& scrape) { scrape.Succeed(At(4)); });
  for (int i = 2; i < 1'000; ++i) board.Line("node" + std::to_string(i));

  EXPECT_EQ(&board.Line("node1"), &line);
  EXPECT_EQ(board.Get("node1")->last_success, At(4));
  EXPECT_EQ(board.Count().healthy, 1U);
  EXPECT_EQ(board.Count().pending, 998U);

  board.Remove("node1");
  EXPECT_FALSE(board.Get("node1"));
  EXPECT_EQ(board.Line("node1").last_success, TimePoint{});
}

}  // namespace
}  // namespace mpl::scraper
