#include "collector/scraper/scrape_board.h"

#include <algorithm>

namespace mpl::scraper {

std::string_view Name(ScrapeState state) {
  switch (state) {
    case ScrapeState::kPending:
      return "Pending";
    case ScrapeState::kHealthy:
      return "Healthy";
    case ScrapeState::kFailing:
      break;
  }
  return "Failing";
}

void NodeScrape::Succeed(TimePoint now) {
  if (state != ScrapeState::kHealthy) since = now;
  state = ScrapeState::kHealthy;
  fault.reset();
  last_success = now;
}

void NodeScrape::Fail(const trust::ScrapeFault& why, TimePoint now) {
  if (!FailsFor(why.reason)) since = now;
  state = ScrapeState::kFailing;
  fault = why;
}

NodeScrape& ScrapeBoard::Line(const std::string& node) {
  const std::lock_guard lock(mutex_);
  NodeScrape& line = nodes_[node];
  line.node = node;
  return line;
}

void ScrapeBoard::Remove(const std::string& node) {
  const std::lock_guard lock(mutex_);
  nodes_.erase(node);
}

std::optional<NodeScrape> ScrapeBoard::Get(const std::string& node) const {
  const std::lock_guard lock(mutex_);
  const auto found = nodes_.find(node);
  if (found == nodes_.end()) return std::nullopt;
  return found->second;
}

std::vector<NodeScrape> ScrapeBoard::List() const {
  std::vector<NodeScrape> all;
  {
    const std::lock_guard lock(mutex_);
    all.reserve(nodes_.size());
    for (const auto& [node, scrape] : nodes_) all.push_back(scrape);
  }
  std::ranges::sort(all, {}, &NodeScrape::node);
  return all;
}

ScrapeCounts ScrapeBoard::Count() const {
  const std::lock_guard lock(mutex_);
  ScrapeCounts counts;
  for (const auto& [node, scrape] : nodes_) {
    if (scrape.state == ScrapeState::kPending) ++counts.pending;
    if (scrape.state == ScrapeState::kHealthy) ++counts.healthy;
    if (scrape.state == ScrapeState::kFailing) ++counts.failing;
    if (scrape.trust == "Pinned") ++counts.pinned;
    if (scrape.fault) ++counts.by_reason[scrape.fault->reason];
  }
  return counts;
}

}  // namespace mpl::scraper
