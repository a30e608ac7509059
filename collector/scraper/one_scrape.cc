// One scrape: from the request to what its answer means for the store, the board and the schedule.
#include <utility>

#include "collector/parse/summary.h"
#include "collector/scraper/scraper.h"
#include "kube/net/body_memory.h"
#include "kube/telemetry/log.h"

namespace mpl::scraper {
namespace {

using trust::MakeFault;
using trust::ScrapeFailure;

constexpr std::string_view kSummaryPath = "/stats/summary?only_cpu_and_memory=true";
// Of 110 pods it is 0.1 MiB.
constexpr std::size_t kSummaryLimitBytes = 8U << 20U;
constexpr int kEarlyRetries = 3;
constexpr Duration kRecentFailure = std::chrono::minutes(5);

}  // namespace

// One of the parallel scrapes; given back however the scrape ends.
class Scraper::Slot {
 public:
  Slot(Scraper& scraper, NodePtr node)
      : scraper_(scraper), node_(std::move(node)), doubtful_(node_->doubtful) {}
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;
  ~Slot() {
    Release();
    if (!finished_) {  // an exception: nobody else would plan the node again
      log::Failure("a scrape broke off", {{"node", node_->name()}});
      node_->in_flight = false;
      if (node_->current) scraper_.Plan(*node_, false);
    }
    Tell();
  }
  // The node has been planned anew, or is to be asked no more; from here on its next scrape may be
  // under way beside the end of this one.
  void Finish() {
    finished_ = true;
    node_->in_flight = false;
  }
  // Before the end, when all that is left is to wait.
  void GiveBack() {
    Release();
    Tell();
  }

 private:
  void Release() {
    if (std::exchange(given_back_, true)) return;
    --scraper_.running_;
    if (doubtful_) --scraper_.running_doubtful_;
  }
  void Tell() {
    scraper_.EndRound();
    scraper_.WakeForWork();
  }

  bool given_back_ = false;
  bool finished_ = false;
  Scraper& scraper_;
  NodePtr node_;
  bool doubtful_;
};

net::Task<void> Scraper::ScrapeNode(Scraper& scraper, NodePtr node) {
  Slot slot(scraper, node);
  const MonoTime began = net::SteadyNow();
  const TimePoint asked_at = net::SystemNow();
  const std::uint64_t tokens = scraper.tokens_;
  auto token = scraper.TokenNow();
  const bool asked = token.has_value();
  Scraped<http::Response> response = std::unexpected(asked ? trust::ScrapeFault() : token.error());
  if (asked) response = co_await node->link.Get(node->link.target().path, *std::move(token));
  // A new token is not to be blamed for the old one.
  const bool is_current = asked && tokens == scraper.tokens_;
  if (is_current && !response) scraper.NoteRefusal(*node, response.error());
  const Duration took = net::SteadyNow() - began;
  scraper.NoteConnections(*node);
  const MonoTime publish = scraper.schedule_.PublishAt(*node);
  if (response && node->successes > 0 && publish > net::SteadyNow()) {
    slot.GiveBack();
    co_await net::SleepUntil(publish);
  }
  if (scraper.tasks_.stopping() || !node->current) {
    slot.Finish();
    co_return;
  }
  Scraped<void> outcome;
  if (response) {
    outcome = scraper.Take(*node, *response, asked_at);
  } else {
    outcome = std::unexpected(response.error());
  }
  if (response) net::GiveBackBody(std::move(response->body));
  scraper.metrics_.Scraped(*node->series, took, outcome.has_value(), net::SystemNow());
  scraper.Finish(node, outcome);
  slot.Finish();
  if (!outcome || node->successes > 1) co_return;
  scraper.WakeForWork();  // the second look need not wait for the summary
  co_await scraper.FetchSummary(node);
}

void Scraper::NoteConnections(ScrapedNode& node) {
  const std::uint64_t handshakes = node.link.handshakes();
  if (handshakes == node.handshakes_counted) return;
  metrics_.Connected(handshakes - std::exchange(node.handshakes_counted, handshakes));
  node.judgement_shown = false;
}

// Who took our tokens is believed once. From then on it may be one that refuses them all.
void Scraper::NoteRefusal(ScrapedNode& node, const trust::ScrapeFault& fault) {
  if (fault.reason != ScrapeFailure::kUnauthorized || parts_.token == nullptr) return;
  const bool known = node.succeeded != MonoTime{};
  const bool again = std::exchange(node.refused, true);
  if (known && !again) {
    parts_.token->Revoked();
  } else {
    parts_.token->Invalidate();
  }
}

Scraped<std::string> Scraper::TokenNow() {
  if (parts_.token == nullptr) return std::string();
  auto token = parts_.token->Token(net::SteadyNow());
  if (token) return *std::move(token);
  // Not the kubelet's doing: its remedy would mislead.
  return std::unexpected(trust::ScrapeFault{
      ScrapeFailure::kUnauthorized,
      token.error().message +
          ". The collector must be allowed to create tokens of that ServiceAccount."});
}

Scraped<void> Scraper::Take(ScrapedNode& node, const http::Response& response, TimePoint asked_at) {
  std::span<const store::ContainerName> expected;
  if (node.table != nullptr) expected = parts_.store.Named(*node.table);
  parse::Exposition& exposition = parser_.Parse(response.body, asked_at, expected);
  metrics_.Parsed(exposition, response.body.size());
  if (exposition.samples == 0) {
    const std::string where = node.link.target().path + " on " + node.link.address();
    if (exposition.scrape_error) {
      return std::unexpected(MakeFault(ScrapeFailure::kStatsUnavailable,
                                       where + " answered resource_scrape_error 1 and no values"));
    }
    return std::unexpected(
        MakeFault(ScrapeFailure::kMalformed, where + " answered without one known sample (" +
                                                 std::to_string(response.body.size()) + " bytes)"));
  }
  // Whoever answers like this is a kubelet, not just the new owner of an address.
  if (auto fault = node.link.Believe()) return std::unexpected(*std::move(fault));
  store::Reading& own = exposition.batch.node;
  node.sample.reset();
  if (own.has_cpu) {
    node.sample = discovery::SampleSeen{own.cpu_time, net::SystemNow()};
    if (!schedule_.KnownToAll(node, own.cpu_time)) own = {};
  }
  if (node.table == nullptr) node.table = &parts_.store.TableOf(node.name());
  parts_.store.Commit(*node.table, exposition.batch, net::SteadyNow());
  return {};
}

// The kubelet's own rates, so that the first answer needs no second sample. Not every kubelet or
// role allows it, and nothing is lost then.
net::Task<void> Scraper::FetchSummary(NodePtr node) {
  std::string token;
  if (parts_.token != nullptr) token = parts_.token->Token(net::SteadyNow()).value_or("");
  const auto response = co_await node->link.Get(kSummaryPath, std::move(token), kSummaryLimitBytes);
  if (!response) {
    log::Debug("no summary for first answers",
               {{"node", node->name()}, {"message", response.error().message}});
    co_return;
  }
  const auto summary = parse::ParseSummary(response->body);
  if (!summary || !node->current) co_return;
  parts_.store.CommitSummaryRates(node->name(), summary->batch, net::SteadyNow());
}

void Scraper::Finish(const NodePtr& node, const Scraped<void>& outcome) {
  if (outcome) ++node->successes;
  Publish(*node, outcome);
  Plan(*node, outcome.has_value());
}

void Scraper::Plan(ScrapedNode& node, bool success) {
  const MonoTime now = net::SteadyNow();
  node.failures = success ? 0 : node.failures + 1;
  if (success) {
    node.succeeded = now;
    node.refused = false;
    node.failing_since = {};
    if (node.successes > 2) return schedule_.Succeeded(node, now, node.sample);
    return schedule_.Again(node, settings_.second_look * node.successes, now);
  }
  if (node.successes == 0 && node.early_failures < kEarlyRetries) {
    ++node.early_failures;
    return schedule_.Again(node, settings_.early_retry, now);
  }
  // A kubelet that was restarted should be back in the next turn, sooner if other replicas ask
  // sooner, for they may have got an answer; a node that has been away for long is asked ever more
  // rarely.
  if (node.failing_since == MonoTime{}) node.failing_since = now;
  if (now - node.failing_since < kRecentFailure) {
    if (node.sample) node.sample->told = net::SystemNow();
    return schedule_.Succeeded(node, now, node.sample);
  }
  schedule_.Failed(node, node.ready, now);
}

void Scraper::Publish(ScrapedNode& node, const Scraped<void>& outcome) {
  const TimePoint now = net::SystemNow();
  const NodeScrape& before = *node.shown;
  if (outcome && before.state == ScrapeState::kFailing) {
    failures_.Recovered(node.name(), now - before.since, net::SteadyNow());
  }
  if (!outcome && !before.FailsFor(outcome.error().reason)) {
    failures_.Failed(node.name(), node.ready, outcome.error(), net::SteadyNow());
  }
  parts_.board.Change(*node.shown, [&](NodeScrape& shown) {
    outcome ? shown.Succeed(now) : shown.Fail(outcome.error(), now);
    if (outcome) shown.reports_itself = node.sample.has_value();
    if (std::exchange(node.judgement_shown, true)) return;
    shown.address = node.link.address();
    if (const auto& verdict = node.link.verdict()) {
      shown.trust = Name(verdict->kind);
      shown.subject = verdict->subject;
      shown.issuer = verdict->issuer;
    }
  });
}

}  // namespace mpl::scraper
