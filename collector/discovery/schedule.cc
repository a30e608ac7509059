#include "collector/discovery/schedule.h"

#include <algorithm>
#include <utility>

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

Crowd ScrapeSchedule::crowd() const {
  return nodes_.size() <= kFewNodes ? Crowd::kFew : Crowd::kMany;
}

bool ScrapeSchedule::FollowsSamples() const {
  return crowd() == Crowd::kFew && resolution_ >= kShortestToFollow &&
         resolution_ <= kLongestToFollow;
}

void ScrapeSchedule::Plan(Node& node, MonoTime due, bool shared) {
  Entry& entry = node.second;
  Unplan(entry);
  // Mostly the latest of all.
  entry.due = plan_.emplace_hint(plan_.end(), due, &node);
  entry.asked = due;
  entry.shared = shared;
}

void ScrapeSchedule::Unplan(Entry& entry) {
  if (entry.due) plan_.erase(*std::exchange(entry.due, std::nullopt));
}

void ScrapeSchedule::PlanTurn(Node& node, MonoTime after) {
  Plan(node, MonoAt(NextTurn(node.second.hash, resolution_, crowd(), WallAt(after))), true);
}

void ScrapeSchedule::SetResolution(Duration resolution, MonoTime now) {
  if (resolution == resolution_) return;
  resolution_ = resolution;
  for (Node& node : nodes_) {
    if (node.second.due) PlanTurn(node, now);
  }
}

void ScrapeSchedule::Add(std::string_view node, MonoTime now) {
  const auto [entry, added] = nodes_.try_emplace(std::string(node));
  if (!added) return;
  entry->second.hash = HashOf(node);
  Plan(*entry, now, false);
}

void ScrapeSchedule::Remove(std::string_view node) {
  const auto found = nodes_.find(node);
  if (found == nodes_.end()) return;
  Unplan(found->second);
  nodes_.erase(found);
}

void ScrapeSchedule::Hurry(std::string_view node, MonoTime now) {
  const auto found = nodes_.find(node);
  if (found == nodes_.end()) return;
  found->second.failures = 0;
  if (found->second.due) Plan(*found, now, false);
}

std::vector<std::string> ScrapeSchedule::TakeDue(MonoTime now) {
  std::vector<std::string> due;
  if (now < burst_until_) return due;
  while (due.size() < kBurst && !plan_.empty() && plan_.begin()->first <= now) {
    auto& [name, entry] = *plan_.begin()->second;
    due.push_back(name);
    Unplan(entry);
  }
  if (due.size() == kBurst) burst_until_ = now + kBurstDistance;
  return due;
}

MonoTime ScrapeSchedule::NextDue() const {
  if (plan_.empty()) return MonoTime::max();
  return std::max(plan_.begin()->first, burst_until_);
}

MonoTime ScrapeSchedule::PublishAt(std::string_view node) const {
  const auto found = nodes_.find(node);
  if (found == nodes_.end() || crowd() == Crowd::kMany || !found->second.shared) return MonoTime{};
  return found->second.asked + kUntilPublished;
}

bool ScrapeSchedule::IsFollowed(const Entry& entry) const {
  const Duration since = WallAt(entry.asked) - entry.sample;
  // One of the future: our clock was set back after it.
  return FollowsSamples() && since >= -kMostAhead && since <= kLongestStep;
}

bool ScrapeSchedule::KnownToAll(std::string_view node, TimePoint taken) const {
  const auto found = nodes_.find(node);
  if (found == nodes_.end() || !found->second.shared || !IsFollowed(found->second)) return true;
  return Settled(taken, WallAt(found->second.asked));
}

void ScrapeSchedule::Succeeded(std::string_view node, MonoTime now,
                               const std::optional<SampleSeen>& sample) {
  const auto found = nodes_.find(node);
  if (found == nodes_.end()) return;
  Entry& entry = found->second;
  entry.failures = 0;
  if (!sample) return PlanTurn(*found, now);
  if (!Plausible(*sample)) {
    entry.sample = {};
    return PlanTurn(*found, now);
  }
  if (Settled(sample->taken, WallAt(entry.asked))) entry.sample = sample->taken;
  if (!IsFollowed(entry)) return PlanTurn(*found, now);
  // By the moment at which all were to ask, not by when we got round to it, unless that took long.
  TimePoint due = NextLook(entry.hash, entry.sample, WallAt(entry.asked));
  if (due <= WallAt(now)) due = NextLook(entry.hash, entry.sample, WallAt(now));
  Plan(*found, MonoAt(due), true);
}

void ScrapeSchedule::Failed(std::string_view node, bool ready, MonoTime now) {
  const auto found = nodes_.find(node);
  if (found == nodes_.end()) return;
  Entry& entry = found->second;
  ++entry.failures;
  const int step = std::min(10, entry.failures - (ready ? 1 : 0));
  const Duration wait = std::min(resolution_ * (1 << step), std::max(kLongestBackOff, resolution_));
  PlanTurn(*found, now + (wait - resolution_));
}

void ScrapeSchedule::Again(std::string_view node, Duration delay, MonoTime now) {
  const auto found = nodes_.find(node);
  if (found == nodes_.end()) return;
  found->second.failures = 0;
  Plan(*found, now + delay, false);
}

}  // namespace mpl::discovery
