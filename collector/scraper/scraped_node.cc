#include "collector/scraper/scraped_node.h"

#include "kube/base/prefetch.h"

namespace mpl::scraper {

void ScrapedNode::Fetch(int step) const {
  if (step == 0) return Prefetch(this, sizeof(*this));
  link.Fetch(step - 1);
  if (step > 1) return;
  Prefetch(series, sizeof(*series));
  Prefetch(shown, sizeof(*shown));
  if (table != nullptr) store::MetricStore::Fetch(*table);
}

}  // namespace mpl::scraper
