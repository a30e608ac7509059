#include "collector/discovery/schedule.h"

#include <algorithm>

#include "kube/base/digest.h"

namespace mpl::discovery {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t kBurst = 64;
constexpr Duration kBurstDistance = milliseconds(50);
constexpr Duration kWidestWindow = seconds(4);
constexpr Duration kLongestBackOff = seconds(60);
// Two scrapes closer than this would read the same samples.
constexpr Duration kShortestDistance = seconds(1);

// See the header: where a node is asked when its next sample is due.
constexpr std::size_t kFewNodes = 256;
constexpr Duration kShortestToFollow = seconds(10);
constexpr Duration kLongestToFollow = seconds(20);
constexpr Duration kSampleSlack = milliseconds(1500);
constexpr Duration kGrid = milliseconds(250);
constexpr Duration kSameClock = milliseconds(10);
// What samples are apart, by experience; what is outside says that one was missed or clocks differ.
constexpr Duration kShortestStep = seconds(5);
constexpr Duration kLongestStep = seconds(30);
constexpr int kLearnOneIn = 4;

// The same in every process, unlike std::hash: replicas scrape a node at the same place.
std::uint64_t StableHash(std::string_view text) {
  const std::string digest = Sha256(text);
  std::uint64_t hash = 0;
  for (std::size_t i = 0; i < sizeof hash; ++i) {
    hash = hash << 8U | static_cast<unsigned char>(digest[i]);
  }
  return hash;
}

}  // namespace

ScrapeSchedule::ScrapeSchedule(Duration resolution) : resolution_(resolution) {}

void ScrapeSchedule::SetWallClock(Duration ahead) {
  if (std::chrono::abs(ahead - wall_ahead_) >= kSameClock) wall_ahead_ = ahead;
}

Duration ScrapeSchedule::Window(Duration resolution) {
  return std::min<Duration>(kWidestWindow, resolution / 3);
}

Duration ScrapeSchedule::Offset(std::string_view node, Duration resolution) {
  const auto places =
      std::max<std::uint64_t>(1, static_cast<std::uint64_t>(Window(resolution) / kBurstDistance));
  return kBurstDistance * static_cast<std::int64_t>(StableHash(node) % places);
}

void ScrapeSchedule::Plan(const std::string& node, Entry& entry, MonoTime due) {
  Unplan(node, entry);
  entry.due = due;
  plan_.emplace(due, node);
}

void ScrapeSchedule::Unplan(std::string_view node, Entry& entry) {
  const auto [begin, end] = plan_.equal_range(entry.due);
  const auto found =
      std::find_if(begin, end, [&](const auto& planned) { return planned.second == node; });
  if (found != end) plan_.erase(found);
  entry.due = MonoTime::max();
}

MonoTime ScrapeSchedule::NextTurn(std::string_view node, MonoTime now) const {
  const Duration offset = Offset(node, resolution_);
  const Duration since = now.time_since_epoch() + wall_ahead_ + kShortestDistance - offset;
  return MonoTime((since / resolution_ + 1) * resolution_ + offset - wall_ahead_);
}

bool ScrapeSchedule::FollowsSamples() const {
  return nodes_.size() <= kFewNodes && resolution_ >= kShortestToFollow &&
         resolution_ <= kLongestToFollow;
}

void ScrapeSchedule::Learn(Entry& entry, TimePoint taken) {
  const Duration step = taken - entry.sample;
  if (entry.sample != TimePoint{} && step >= kShortestStep && step <= kLongestStep) {
    entry.sample_step += (step - entry.sample_step) / kLearnOneIn;
  }
  entry.sample = taken;
}

MonoTime ScrapeSchedule::OnCommonGrid(MonoTime time) const {
  const Duration wall = time.time_since_epoch() + wall_ahead_;
  return MonoTime((wall + kGrid - Duration(1)) / kGrid * kGrid - wall_ahead_);
}

MonoTime ScrapeSchedule::NextSample(const Entry& entry, MonoTime now,
                                    const SampleSeen& sample) const {
  const Duration age = sample.told - sample.taken;
  const MonoTime due = now + (entry.sample_step + kSampleSlack - age);
  return OnCommonGrid(std::clamp(due, now + resolution_ / 3, now + (resolution_ - kGrid)));
}

void ScrapeSchedule::SetResolution(Duration resolution, MonoTime now) {
  if (resolution == resolution_) return;
  resolution_ = resolution;
  for (auto& [node, entry] : nodes_) {
    if (entry.due != MonoTime::max()) Plan(node, entry, NextTurn(node, now));
  }
}

void ScrapeSchedule::Add(std::string_view node, MonoTime now) {
  const auto [entry, added] = nodes_.try_emplace(std::string(node));
  if (added) Plan(entry->first, entry->second, now);
}

void ScrapeSchedule::Remove(std::string_view node) {
  const auto found = nodes_.find(node);
  if (found == nodes_.end()) return;
  Unplan(node, found->second);
  nodes_.erase(found);
}

void ScrapeSchedule::Hurry(std::string_view node, MonoTime now) {
  const auto found = nodes_.find(node);
  if (found == nodes_.end()) return;
  found->second.failures = 0;
  if (found->second.due != MonoTime::max()) Plan(found->first, found->second, now);
}

std::vector<std::string> ScrapeSchedule::TakeDue(MonoTime now) {
  std::vector<std::string> due;
  if (now < burst_until_) return due;
  while (due.size() < kBurst && !plan_.empty() && plan_.begin()->first <= now) {
    due.push_back(std::move(plan_.begin()->second));
    plan_.erase(plan_.begin());
    nodes_.find(due.back())->second.due = MonoTime::max();
  }
  if (due.size() == kBurst) burst_until_ = now + kBurstDistance;
  return due;
}

MonoTime ScrapeSchedule::NextDue() const {
  if (plan_.empty()) return MonoTime::max();
  return std::max(plan_.begin()->first, burst_until_);
}

void ScrapeSchedule::Succeeded(std::string_view node, MonoTime now,
                               const std::optional<SampleSeen>& sample) {
  const auto found = nodes_.find(node);
  if (found == nodes_.end()) return;
  Entry& entry = found->second;
  entry.failures = 0;
  if (sample && sample->taken > entry.sample) Learn(entry, sample->taken);
  // A sample of the future, or older than kubelets keep one: their clock is not ours.
  const bool plausible = sample && sample->told >= sample->taken - kSampleSlack &&
                         sample->told - sample->taken <= 2 * kLongestStep;
  Plan(found->first, entry,
       plausible && FollowsSamples() ? NextSample(entry, now, *sample) : NextTurn(node, now));
}

void ScrapeSchedule::Failed(std::string_view node, bool ready, MonoTime now) {
  const auto found = nodes_.find(node);
  if (found == nodes_.end()) return;
  Entry& entry = found->second;
  ++entry.failures;
  const int step = std::min(10, entry.failures - (ready ? 1 : 0));
  const Duration wait = std::min(resolution_ * (1 << step), std::max(kLongestBackOff, resolution_));
  Plan(found->first, entry, NextTurn(node, now + (wait - resolution_)));
}

void ScrapeSchedule::Again(std::string_view node, Duration delay, MonoTime now) {
  const auto found = nodes_.find(node);
  if (found == nodes_.end()) return;
  found->second.failures = 0;
  Plan(found->first, found->second, now + delay);
}

}  // namespace mpl::discovery
