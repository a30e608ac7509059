#include "collector/app/data_check.h"

#include <vector>

#include "collector/trust/failure.h"

namespace mpl::app {
namespace {

using scraper::NodeScrape;
using scraper::ScrapeState;

constexpr Duration kPatience = std::chrono::seconds(3);  // with those of which nothing is known yet
// At half a processor 5,000 first contacts take 10 s.
constexpr Duration kLongestPatience = std::chrono::seconds(30);
constexpr std::size_t kMostNamed = 5;

std::string ReasonOf(const NodeScrape& node) {
  if (node.fault) return std::string(trust::Name(node.fault->reason));
  if (node.state == ScrapeState::kPending) return "no answer yet";
  return node.reports_itself ? "waits for a second sample" : "tells nothing of itself";
}

bool IsWorthWaiting(const NodeScrape& node, const DataState& state) {
  if (!node.ready || node.state == ScrapeState::kFailing) return false;
  const bool sure = node.state == ScrapeState::kHealthy && node.reports_itself;
  return state.since_first_value < kLongestPatience && (sure || state.since_last_gain < kPatience);
}

std::string Describe(const std::vector<const NodeScrape*>& missing, std::size_t total) {
  std::string text = std::to_string(missing.size()) + " of " + std::to_string(total) +
                     (total == 1 ? " node has" : " nodes have") + " no value yet: ";
  for (std::size_t i = 0; i < missing.size() && i < kMostNamed; ++i) {
    text += (i == 0 ? "" : ", ") + missing[i]->node + " (" + ReasonOf(*missing[i]) + ")";
  }
  if (missing.size() > kMostNamed) {
    text += " and " + std::to_string(missing.size() - kMostNamed) + " more";
  }
  return text;
}

}  // namespace

Result<void> CheckData(const DataState& state) {
  if (state.nodes_wanted == 0) return {};
  if (state.nodes.empty()) return Fail(ErrorKind::kUnavailable, "scraping has not begun");
  std::vector<const NodeScrape*> missing;
  bool worth_waiting = false;
  for (const NodeScrape& node : state.nodes) {
    if (state.has_value(node.node)) continue;
    missing.push_back(&node);
    worth_waiting = worth_waiting || IsWorthWaiting(node, state);
  }
  if (state.any_value && !worth_waiting) return {};
  return Fail(ErrorKind::kUnavailable, Describe(missing, state.nodes.size()));
}

}  // namespace mpl::app
