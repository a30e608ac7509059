// One node as the scraper knows it: the way to its kubelet, how it has done so far, and where what
// it says goes. Not thread-safe: lives on the scrape runtime.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "collector/discovery/schedule.h"
#include "collector/scraper/kubelet_link.h"
#include "collector/scraper/node_series.h"
#include "collector/scraper/scrape_board.h"
#include "collector/store/metric_store.h"
#include "kube/base/time.h"

namespace mpl::scraper {

// In the schedule as long as it is current.
struct ScrapedNode : discovery::ScheduledNode, std::enable_shared_from_this<ScrapedNode> {
  explicit ScrapedNode(KubeletLink to) : link(std::move(to)) {}

  KubeletLink link;
  bool current = true;  // no other one has taken its place
  bool ready = false;
  bool in_flight = false;
  int successes = 0;  // up to those that matter for the first looks
  int early_failures = 0;
  MonoTime made{};
  MonoTime asked{};          // last; zero: never
  int made_soon = 0;         // so many before it were there for less than a minute each
  MonoTime failing_since{};  // whatever the reason; zero: it is not
  int failures = 0;          // on end
  MonoTime succeeded{};      // last; zero: never
  bool refused = false;      // our token, since it answered last
  bool doubtful = false;     // being scraped in the lane of those that failed
  std::optional<discovery::SampleSeen> sample;  // of the node itself, in its last answer
  std::uint64_t handshakes_counted = 0;
  bool judgement_shown = false;  // who is at the other end of the connection
  // Good while current.
  NodeSeries* series = nullptr;
  NodeScrape* shown = nullptr;
  store::NodeTable* table = nullptr;  // null: it has told nothing yet

  const std::string& name() const { return link.target().node; }
  // A lost answer says nothing yet: behind all dead nodes, the node's values would end before its
  // next turn. One that never answered may be dead since long.
  bool IsDoubtful(Duration resolution, MonoTime now) const {
    return failures > 1 || (failures == 1 && now - succeeded > 2 * resolution);
  }

  // Asks the memory for what asking the kubelet touches, which was last touched a cycle ago. Of a
  // burst of nodes first every one's step 0, then 1, …: each follows what the one before brought.
  static constexpr int kFetchSteps = 1 + net::HttpClient::kFetchSteps;
  void Fetch(int step) const;
};

}  // namespace mpl::scraper
