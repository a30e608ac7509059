#include "collector/scraper/scraper.h"

#include <algorithm>

#include "collector/parse/summary.h"
#include "kube/net/body_memory.h"
#include "kube/telemetry/log.h"

namespace mpl::scraper {
namespace {

using discovery::ScrapeTarget;
using trust::MakeFault;
using trust::ScrapeFailure;

constexpr std::size_t kLeastConcurrency = 256;
constexpr std::size_t kNodesPerScrape = 4;
constexpr std::size_t kDoubtfulOneIn = 4;                    // of the parallel scrapes
constexpr Duration kPause = std::chrono::milliseconds(200);  // between two rounds
// So few are still being scraped: half of a burst.
constexpr std::size_t kFew = 32;
constexpr std::string_view kSummaryPath = "/stats/summary?only_cpu_and_memory=true";
// Of 110 pods it is 0.1 MiB.
constexpr std::size_t kSummaryLimitBytes = 8U << 20U;
constexpr int kEarlyRetries = 3;
constexpr Duration kRecentFailure = std::chrono::minutes(5);
constexpr Duration kStopGrace = std::chrono::seconds(1);
constexpr Duration kLongestNap = std::chrono::hours(1);
// A node whose addresses change is asked at once; so many times in a row. A kubelet writes them
// itself, and must not be able to have itself asked all the time.
constexpr int kMadeSoon = 5;
constexpr Duration kSoon = std::chrono::minutes(1);

ScrapeTarget WithoutReadiness(ScrapeTarget target) {
  target.ready = false;
  return target;
}

bool SamePolicy(const LinkPolicy& a, const LinkPolicy& b) {
  const auto same_root = [](const x509::Certificate& one, const x509::Certificate& other) {
    return one.sha256() == other.sha256();
  };
  const auto key_of = [](const LinkPolicy& policy) {
    const auto& pair = policy.client_certificate;
    return pair ? pair->private_key + pair->certificate_chain : std::string();
  };
  return a.rules.mode == b.rules.mode && a.timeout == b.timeout && a.gzip == b.gzip &&
         a.body_limit_bytes == b.body_limit_bytes && key_of(a) == key_of(b) &&
         std::ranges::equal(a.rules.roots, b.rules.roots, same_root);
}

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

Scraper::Scraper(const net::Executor& executor, ScraperParts parts, ScraperSettings settings)
    : executor_(executor),
      parts_(parts),
      settings_(std::move(settings)),
      links_(std::make_shared<const LinkContext>(settings_.link)),
      metrics_(parts_.registry, parts_.board),
      schedule_(settings_.resolution),
      wake_(executor),
      tasks_(executor) {
  parts_.store.SetResolution(settings_.resolution);
}

Scraper::~Scraper() = default;

std::size_t Scraper::MaxConcurrency() const {
  if (settings_.max_concurrency > 0) return static_cast<std::size_t>(settings_.max_concurrency);
  return std::max(kLeastConcurrency, nodes_.size() / kNodesPerScrape);
}

void Scraper::Configure(ScraperSettings settings) {
  const bool same_links = SamePolicy(settings_.link, settings.link);
  const bool same_resolution = settings_.resolution == settings.resolution;
  settings_ = std::move(settings);
  if (!same_resolution) {
    parts_.store.SetResolution(settings_.resolution);
    schedule_.SetResolution(settings_.resolution, net::SteadyNow());
  }
  if (!same_links) {
    links_ = std::make_shared<const LinkContext>(settings_.link);
    const auto nodes = nodes_;
    for (const auto& [name, node] : nodes) Restart(node, node->link.target());
  }
  wake_.Notify();
}

// A new object in the old one's place: what is still under way for the old one comes to
// nothing.
void Scraper::Restart(const NodePtr& before, ScrapeTarget target) {
  const std::string name = target.node;
  const bool ready = target.ready;
  const MonoTime now = net::SteadyNow();
  const auto node =
      std::make_shared<ScrapedNode>(KubeletLink(executor_, std::move(target), links_, parts_.pins));
  node->made = now;
  if (before) {
    node->made_soon = now - before->made < kSoon ? before->made_soon + 1 : 0;
    before->current = false;
    schedule_.Remove(*before);
    node->successes = before->successes;
    node->failures = before->failures;
    node->succeeded = before->succeeded;
    node->refused = before->refused;
    node->table = before->table;
  }
  node->ready = ready;
  node->series = &metrics_.SeriesOf(name);
  node->shown = &parts_.board.Line(name);
  parts_.board.Change(*node->shown, [ready](NodeScrape& shown) {
    shown.ready = ready;
    if (shown.since == TimePoint{}) shown.since = net::SystemNow();
  });
  nodes_[name] = node;
  schedule_.Add(*node, name, now);
  if (node->made_soon > kMadeSoon) schedule_.Again(*node, settings_.resolution, now);
  wake_.Notify();
}

void Scraper::Upsert(const ScrapeTarget& target) {
  const auto found = nodes_.find(target.node);
  if (found == nodes_.end()) {
    Restart(nullptr, target);
    return;
  }
  ScrapedNode& node = *found->second;
  if (node.link.target().uid != target.uid) {
    // Another machine under its name: what it has counted has nothing to do with the old one's.
    Remove(target.node);
    Restart(nullptr, target);
    return;
  }
  const bool came_back = target.ready && !node.ready;
  node.ready = target.ready;
  if (node.shown->ready != target.ready) {
    parts_.board.Change(*node.shown, [&](NodeScrape& shown) { shown.ready = target.ready; });
  }
  if (WithoutReadiness(node.link.target()) == WithoutReadiness(target)) {
    if (came_back && node.shown->state == ScrapeState::kFailing) Reconnect(target.node);
    return;
  }
  const NodePtr before = found->second;
  Restart(before, target);
}

void Scraper::Upsert(const std::vector<ScrapeTarget>& targets) {
  const auto turn = [this](const ScrapeTarget& target) {
    return discovery::Place(discovery::HashOf(target.node), settings_.resolution,
                            discovery::Crowd::kMany);
  };
  std::vector<std::pair<Duration, const ScrapeTarget*>> in_turn;
  in_turn.reserve(targets.size());
  for (const ScrapeTarget& target : targets) in_turn.emplace_back(turn(target), &target);
  std::ranges::stable_sort(in_turn, {}, [](const auto& one) { return one.first; });
  for (const auto& [when, target] : in_turn) Upsert(*target);
}

void Scraper::Remove(const std::string& node) {
  const auto found = nodes_.find(node);
  if (found == nodes_.end()) return;
  found->second->current = false;
  schedule_.Remove(*found->second);
  nodes_.erase(found);
  parts_.store.Forget(node);
  parts_.board.Remove(node);
  metrics_.Forget(node);
}

void Scraper::Reconnect(const std::string& node) {
  const auto found = nodes_.find(node);
  if (found == nodes_.end()) return;
  const NodePtr before = found->second;
  ScrapeTarget target = before->link.target();
  target.ready = before->ready;
  Restart(before, std::move(target));
}

void Scraper::TokenRenewed() {
  ++tokens_;
  for (const auto& [name, node] : nodes_) {
    const auto& fault = node->shown->fault;
    if (node->in_flight || !fault || fault->reason != ScrapeFailure::kUnauthorized) continue;
    schedule_.Hurry(*node, net::SteadyNow());
  }
  wake_.Notify();
}

net::Task<void> Scraper::Run() {
  for (;;) {
    const MonoTime now = net::SteadyNow();
    schedule_.SetWallClock(net::SystemNow().time_since_epoch() - now.time_since_epoch());
    TakeDue(now);
    StartWaiting();
    const bool free = running_ < MaxConcurrency();
    const MonoTime next =
        free ? std::min(schedule_.NextDue(), now + kLongestNap) : now + kLongestNap;
    if (next <= net::SteadyNow()) continue;
    asleep_until_ = next;
    const bool woken = co_await wake_.Wait(next);
    if (!woken && net::SteadyNow() < next) break;  // cancelled
  }
  co_await tasks_.Stop(kStopGrace);
}

// All that a burst will touch was touched a cycle ago, and has to come from the memory.
void Scraper::TakeDue(MonoTime now) {
  const auto burst = schedule_.TakeDue(now);
  const auto for_each = [&burst](auto with) {
    for (discovery::ScheduledNode* const due : burst) with(static_cast<ScrapedNode&>(*due));
  };
  for (int step = 0; step < ScrapedNode::kFetchSteps; ++step) {
    for_each([step](const ScrapedNode& node) { node.Fetch(step); });
  }
  for_each([&](ScrapedNode& node) {
    const bool doubtful = node.IsDoubtful(settings_.resolution, now);
    (doubtful ? doubtful_ : waiting_).push_back(node.shared_from_this());
  });
}

// Most scrapes that end change nothing for Run(), and it need not look then.
void Scraper::WakeForWork() {
  if (waiting_.empty() && running_ <= kFew) schedule_.EndBurst();
  const bool waiting = !waiting_.empty() || !doubtful_.empty();
  if (waiting || schedule_.NextDue() < asleep_until_) wake_.Notify();
}

void Scraper::StartWaiting() {
  StartFrom(waiting_, false, MaxConcurrency());
  StartFrom(doubtful_, true, std::max<std::size_t>(1, MaxConcurrency() / kDoubtfulOneIn));
}

void Scraper::StartFrom(std::deque<NodePtr>& waiting, bool doubtful, std::size_t limit) {
  const std::size_t& running = doubtful ? running_doubtful_ : running_;
  while (!waiting.empty() && running < limit && running_ < MaxConcurrency()) {
    const NodePtr node = std::move(waiting.front());
    waiting.pop_front();
    if (!node->current || node->in_flight) continue;
    if (running_ == 0 && round_began_ == MonoTime{}) round_began_ = net::SteadyNow();
    node->in_flight = true;
    node->doubtful = doubtful;
    ++running_;
    if (doubtful) ++running_doubtful_;
    tasks_.Spawn("scrape " + node->name(), ScrapeNode(*this, node));
  }
}

void Scraper::EndRound() {
  const MonoTime now = net::SteadyNow();
  const bool ended =
      running_ == 0 && waiting_.empty() && doubtful_.empty() && schedule_.NextDue() - now > kPause;
  if (!ended || round_began_ == MonoTime{}) return;
  metrics_.RoundEnded(now - std::exchange(round_began_, MonoTime{}));
}

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
  const std::string where = node.link.target().path + " on " + node.link.address();
  if (exposition.samples == 0 && exposition.scrape_error) {
    return std::unexpected(MakeFault(ScrapeFailure::kStatsUnavailable,
                                     where + " answered resource_scrape_error 1 and no values"));
  }
  if (exposition.samples == 0) {
    return std::unexpected(
        MakeFault(ScrapeFailure::kMalformed, where + " answered without one known sample (" +
                                                 std::to_string(response.body.size()) + " bytes)"));
  }
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
  const auto response =
      co_await node->link.Get(std::string(kSummaryPath), std::move(token), kSummaryLimitBytes);
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
