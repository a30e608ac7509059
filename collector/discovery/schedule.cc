#include "collector/discovery/schedule.h"

#include <algorithm>
#include <utility>

#include "kube/base/prefetch.h"

namespace mpl::discovery {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t kBurst = 64;
constexpr Duration kLongestBackOff = seconds(60);

// See the header: where a node is asked when its next sample is due, and answers are held back.
constexpr std::size_t kFewNodes = 256;
constexpr Duration kShortestToFollow = seconds(12);
constexpr Duration kLongestToFollow = seconds(20);
constexpr Duration kUntilPublished = milliseconds(200);
constexpr Duration kSameClock = milliseconds(1);
// Samples of a node are no farther apart; unless they are taken when it is asked.
constexpr Duration kLongestStep = seconds(30);
// A sample of the future, or older than kubelets keep one: their clock is not ours.
constexpr Duration kMostAhead = milliseconds(1500);
constexpr Duration kOldestToFollow = seconds(60);

constexpr int kMuchFaster = 100'000;  // than a turn: its window in 40 µs

bool Plausible(const SampleSeen& sample) {
  const Duration age = sample.told - sample.taken;
  return age >= -kMostAhead && age <= kOldestToFollow;
}

}  // namespace

ScrapeSchedule::ScrapeSchedule(Duration resolution) : resolution_(resolution) {}

void ScrapeSchedule::SetWallClock(Duration ahead) {
  if (std::chrono::abs(ahead - wall_ahead_) >= kSameClock) wall_ahead_ = ahead;
}

TimePoint ScrapeSchedule::WallAt(MonoTime time) const {
  return TimePoint(time.time_since_epoch() + wall_ahead_);
}

MonoTime ScrapeSchedule::MonoAt(TimePoint time) const {
  return MonoTime(time.time_since_epoch() - wall_ahead_);
}

Crowd ScrapeSchedule::crowd() const { return size_ <= kFewNodes ? Crowd::kFew : Crowd::kMany; }

bool ScrapeSchedule::FollowsSamples() const {
  return crowd() == Crowd::kFew && resolution_ >= kShortestToFollow &&
         resolution_ <= kLongestToFollow;
}

void ScrapeSchedule::Plan(ScheduledNode& node, MonoTime due, bool shared) {
  Unplan(node);
  plan_[due].push_back(&node);
  node.due_ = due;
  node.asked_ = due;
  node.shared_ = shared;
}

void ScrapeSchedule::Unplan(ScheduledNode& node) {
  if (!node.due_) return;
  const auto moment = plan_.find(*std::exchange(node.due_, std::nullopt));
  std::erase(moment->second, &node);
  if (moment->second.empty()) plan_.erase(moment);
}

void ScrapeSchedule::PlanTurn(ScheduledNode& node, MonoTime after) {
  Plan(node, MonoAt(NextTurn(node.hash_, resolution_, crowd(), WallAt(after))), true);
}

void ScrapeSchedule::SetResolution(Duration resolution, MonoTime now) {
  if (resolution == resolution_) return;
  resolution_ = resolution;
  for (const auto& [due, nodes] : std::exchange(plan_, {})) {
    for (ScheduledNode* const node : nodes) {
      node->due_.reset();
      PlanTurn(*node, now);
    }
  }
}

void ScrapeSchedule::Add(ScheduledNode& node, std::string_view name, MonoTime now) {
  if (std::exchange(node.known_, true)) return;
  ++size_;
  node.hash_ = HashOf(name);
  // Nodes that come together are asked in the order of their turns: what is made for them then lies
  // together in the memory, and is needed together in every cycle.
  const MonoTime together = std::chrono::floor<seconds>(now) - seconds(1);
  Plan(node, together + Place(node.hash_, resolution_, crowd()) / kMuchFaster, false);
  node.asked_ = now;
}

void ScrapeSchedule::Remove(ScheduledNode& node) {
  if (!node.known_) return;
  --size_;
  Unplan(node);
  node = {};
}

void ScrapeSchedule::Hurry(ScheduledNode& node, MonoTime now) {
  node.failures_ = 0;
  if (node.due_) Plan(node, now, false);
}

std::vector<ScheduledNode*> ScrapeSchedule::TakeDue(MonoTime now) {
  std::vector<ScheduledNode*> due;
  if (now < burst_until_) return due;
  while (due.size() < kBurst && !plan_.empty() && plan_.begin()->first <= now) {
    auto& nodes = plan_.begin()->second;
    const auto end =
        nodes.begin() + static_cast<std::ptrdiff_t>(std::min(nodes.size(), kBurst - due.size()));
    due.insert(due.end(), nodes.begin(), end);
    nodes.erase(nodes.begin(), end);
    if (nodes.empty()) plan_.erase(plan_.begin());
  }
  // Last touched a cycle ago.
  for (const ScheduledNode* const node : due) Prefetch(node, sizeof(ScheduledNode));
  for (ScheduledNode* const node : due) node->due_.reset();
  if (due.size() == kBurst) burst_until_ = now + kBurstDistance;
  return due;
}

MonoTime ScrapeSchedule::NextDue() const {
  if (plan_.empty()) return MonoTime::max();
  return std::max(plan_.begin()->first, burst_until_);
}

MonoTime ScrapeSchedule::PublishAt(const ScheduledNode& node) const {
  if (!node.known_ || crowd() == Crowd::kMany || !node.shared_) return MonoTime{};
  return node.asked_ + kUntilPublished;
}

bool ScrapeSchedule::IsFollowed(const ScheduledNode& node) const {
  const Duration since = WallAt(node.asked_) - node.sample_;
  // One of the future: our clock was set back after it.
  return FollowsSamples() && since >= -kMostAhead && since <= kLongestStep;
}

bool ScrapeSchedule::KnownToAll(const ScheduledNode& node, TimePoint taken) const {
  if (!node.known_ || !node.shared_ || !IsFollowed(node)) return true;
  return Settled(taken, WallAt(node.asked_));
}

void ScrapeSchedule::Succeeded(ScheduledNode& node, MonoTime now,
                               const std::optional<SampleSeen>& sample) {
  if (!node.known_) return;
  node.failures_ = 0;
  if (!sample) return PlanTurn(node, now);
  if (!Plausible(*sample)) {
    node.sample_ = {};
    return PlanTurn(node, now);
  }
  if (Settled(sample->taken, WallAt(node.asked_))) node.sample_ = sample->taken;
  if (!IsFollowed(node)) return PlanTurn(node, now);
  // By the moment at which all were to ask, not by when we got round to it, unless that took long.
  TimePoint due = NextLook(node.hash_, node.sample_, WallAt(node.asked_));
  if (due <= WallAt(now)) due = NextLook(node.hash_, node.sample_, WallAt(now));
  Plan(node, MonoAt(due), true);
}

void ScrapeSchedule::Failed(ScheduledNode& node, bool ready, MonoTime now) {
  if (!node.known_) return;
  ++node.failures_;
  const int step = std::min(10, node.failures_ - (ready ? 1 : 0));
  const Duration wait = std::min(resolution_ * (1 << step), std::max(kLongestBackOff, resolution_));
  PlanTurn(node, now + (wait - resolution_));
}

void ScrapeSchedule::Again(ScheduledNode& node, Duration delay, MonoTime now) {
  if (!node.known_) return;
  node.failures_ = 0;
  Plan(node, now + delay, false);
}

}  // namespace mpl::discovery
