// Whether there is enough to be served, and if not, which nodes are missing and why. Pure.
//
// Complete answers are worth a moment of waiting, one dead node is not worth a closed API: ready
// when every node that is ready and answers has a value, or when some have one and for 3 s no other
// got any. A node that has told of itself once will do so again, after 20 s at most on kubelets as
// they are: it is waited for, until 30 s after the first value. A replica that serves before that
// answers with a hole where the one that it replaces had none.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "collector/scraper/scrape_board.h"
#include "kube/base/error.h"
#include "kube/base/time.h"

namespace mpl::app {

struct DataState {
  std::size_t nodes_wanted = 0;  // that exist and are selected
  std::span<const scraper::NodeScrape> nodes;
  std::function<bool(const std::string& node)> has_value;
  bool any_value = false;        // of a node or a container
  Duration since_first_value{};  // with any_value
  Duration since_last_gain{};    // likewise: since fewer nodes had one
};

// kUnavailable names up to five nodes. Fit for anyone who may ask: no addresses, no certificates.
Result<void> CheckData(const DataState& state);

}  // namespace mpl::app
