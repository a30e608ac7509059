#include "collector/app/status.h"

#include "collector/trust/kubelet_trust.h"
#include "kube/base/version.h"

namespace mpl::app {
namespace {

using scraper::NodeScrape;
using scraper::ScrapeState;

void Count(const NodeScrape& scrape, handlers::StatusDocument& status) {
  if (scrape.state == ScrapeState::kHealthy) ++status.nodes_healthy;
  if (scrape.fault) {
    status.failing.push_back({scrape.node, std::string(trust::Name(scrape.fault->reason)),
                              scrape.fault->message, scrape.since,
                              trust::ConcernsTrust(scrape.fault->reason)});
  }
  if (scrape.trust == trust::Name(trust::VerdictKind::kVerified)) ++status.tls.verified;
  if (scrape.trust == trust::Name(trust::VerdictKind::kInsecure)) ++status.tls.insecure;
  if (scrape.trust == trust::Name(trust::VerdictKind::kPinMatched)) {
    ++status.tls.pinned;
    status.pins.push_back({scrape.node, scrape.subject, scrape.issuer});
  }
}

}  // namespace

handlers::StatusDocument MakeStatus(const Shared& shared, const std::string& replica,
                                    TimePoint started_at) {
  const auto live = shared.config.Get();
  handlers::StatusDocument status;
  status.config_hash = live->hash;
  status.last_config_error = live->last_error;
  status.pins_error = *shared.pin_trouble.Get();
  status.version = kVersion;
  status.replica = replica;
  status.started_at = started_at;
  const auto scrapes = shared.board.List();
  status.nodes_total = scrapes.size();
  for (const NodeScrape& scrape : scrapes) Count(scrape, status);
  status.store = shared.store.counts();
  return status;
}

}  // namespace mpl::app
