#include "collector/scraper/scraper.h"

#include <algorithm>

namespace mpl::scraper {
namespace {

using discovery::ScrapeTarget;
using trust::ScrapeFailure;

constexpr std::size_t kLeastConcurrency = 256;
constexpr std::size_t kNodesPerScrape = 4;
constexpr std::size_t kDoubtfulOneIn = 4;                    // of the parallel scrapes
constexpr Duration kPause = std::chrono::milliseconds(200);  // between two rounds
// So few are still being scraped: half of a burst.
constexpr std::size_t kFew = 32;
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
    for (const auto& [name, node] : nodes) Reconnect(name);
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
    node->asked = before->asked;
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
  if (node->made_soon > kMadeSoon) {
    // In its turn, which does not move away with each change.
    schedule_.Again(*node, std::max(Duration(0), node->asked + settings_.resolution - now), now);
  }
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
    node->asked = net::SteadyNow();
    node->doubtful = doubtful;
    ++running_;
    if (doubtful) ++running_doubtful_;
    tasks_.Spawn("scrape", ScrapeNode(*this, node));
  }
}

void Scraper::EndRound() {
  const MonoTime now = net::SteadyNow();
  const bool ended =
      running_ == 0 && waiting_.empty() && doubtful_.empty() && schedule_.NextDue() - now > kPause;
  if (!ended || round_began_ == MonoTime{}) return;
  metrics_.RoundEnded(now - std::exchange(round_began_, MonoTime{}));
}

}  // namespace mpl::scraper
