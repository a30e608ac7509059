#include "collector/store/rate_tracker.h"

#include <algorithm>
#include <limits>

namespace mpl::store {
namespace {

using std::chrono::seconds;

constexpr Duration kShortestWindow = seconds(1);
constexpr Duration kYoungest = seconds(2);
constexpr int kOldestInResolutions = 3;
// A mean above this since a container's start is no usage: the start time has moved (a control
// group's directory gets a new time when something is made in it), the counter has not.
constexpr std::uint64_t kMostNanocores = 1024ULL * 1'000'000'000ULL;
// The kubelet does not say over which span it took the rate of /stats/summary. Its samples are 10 s
// to 20 s apart: the mean.
constexpr Duration kSummaryWindow = seconds(15);
// Our first rate may span two seconds; the kubelet's own is the better one until then.
constexpr Duration kBetterThanSummary = seconds(5);
// The distance of two samples of the kubelet; half of it, or of the resolution, is a fair window.
constexpr Duration kUsualStep = seconds(15);
// k8s.io/kubernetes pkg/kubelet: statsCacheDuration, the age at which samples are dropped there.
constexpr Duration kOldestSample = std::chrono::minutes(2);

std::uint64_t Nanocores(std::uint64_t used_nanoseconds, Duration window) {
  constexpr std::uint64_t kPerSecond = 1'000'000'000;
  const auto span = static_cast<std::uint64_t>(window.count());
  // Mostly it fits into 64 bits, which are divided at a third of the cost.
  if (used_nanoseconds <= ~std::uint64_t{0} / kPerSecond) {
    return used_nanoseconds * kPerSecond / span;
  }
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>(Wide{used_nanoseconds} * kPerSecond / span);
}

// Another start has the same once in four thousand million times, and its counter falls even then.
std::uint32_t MarkOf(TimePoint start) {
  const auto count = static_cast<std::uint64_t>(start.time_since_epoch().count());
  return std::max<std::uint32_t>(1, static_cast<std::uint32_t>(count ^ (count >> 32U)));
}

std::uint32_t SecondOf(TimePoint time) {
  const auto second = std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
  return static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(second, 1, std::numeric_limits<std::uint32_t>::max()));
}

}  // namespace

RateTracker::Value RateTracker::Basis::Work() const {
  const Duration window = last.time - previous.time;
  Usage usage;
  usage.cpu_nanocores = Nanocores(last.cpu_nanoseconds - previous.cpu_nanoseconds, window);
  usage.memory_bytes = memory_bytes;
  if (swap_bytes != kUnknown) usage.swap_bytes = swap_bytes;
  return {last.time, window, usage};
}

bool RateTracker::IsVoid(const Reading& reading) const {
  const bool zero = reading.has_cpu && reading.has_memory && reading.cpu_nanoseconds == 0 &&
                    reading.memory_bytes == 0;
  return zero && (reading.has_start || last_.cpu_nanoseconds > 0);
}

void RateTracker::Add(const Reading& reading, Duration resolution, MonoTime now) {
  if (IsVoid(reading)) return;
  if (reading.has_cpu) AddCpu(reading, resolution, now);
  if (reading.has_memory) AddMemory(reading);
}

template <class Part>
void RateTracker::Drop(std::optional<Part> Rare::* part) {
  if (rare_ == nullptr) return;
  ((*rare_).*part).reset();
  if (!rare_->summary && !rare_->older && !rare_->fallen) rare_.reset();
}

// Swap carries memory's time.
void RateTracker::AddMemory(const Reading& reading) {
  const std::uint32_t second = SecondOf(reading.memory_time);
  if (second < memory_second_) return;
  memory_second_ = second;
  memory_bytes_ = reading.memory_bytes;
  swap_bytes_ = reading.has_swap ? reading.swap_bytes : kUnknown;
}

void RateTracker::AddCpu(const Reading& reading, Duration resolution, MonoTime now) {
  const Tick before = last_came_;
  if (!last_.known() || reading.cpu_time != last_.time) last_came_ = TickOf(now);
  if (!last_.known()) return Restart(reading, resolution, true);
  if (reading.cpu_time == last_.time) return;
  if (reading.cpu_time < last_.time) {
    // The clock was set back: that of memory was, too.
    if (AddAside(&Rare::older, reading)) memory_second_ = 0;
    return;
  }
  Drop(&Rare::older);
  const bool same_start = reading.has_start && start_mark_ == MarkOf(reading.start);
  const bool other_start =
      reading.has_start && (start_mark_ == 0 ? reading.start > last_.time : !same_start);
  const bool counter_fell = reading.cpu_nanoseconds < last_.cpu_nanoseconds;
  if (other_start || (counter_fell && !same_start)) {
    return Restart(reading, resolution, counter_fell);
  }
  if (reading.has_start) start_mark_ = MarkOf(reading.start);
  const Duration step = reading.cpu_time - last_.time;
  if (step > Between(before, TickFrom(now)) + kOldestSample) {
    return Restart(reading, resolution, false);
  }
  if (step < kShortestWindow) return;
  if (counter_fell) {
    // Nothing goes on from 0: whatever comes after it would be a leap.
    const bool taken = reading.cpu_nanoseconds > 0 && AddAside(&Rare::fallen, reading);
    if (!taken) last_came_ = before;
    return;
  }
  Drop(&Rare::fallen);
  const Duration fair = std::min<Duration>(resolution, kUsualStep) / 2;
  const bool share =
      previous_.known() && step < fair && reading.cpu_time - previous_.time <= 2 * resolution;
  if (!share) previous_ = last_;
  last_ = Point{reading.cpu_time, reading.cpu_nanoseconds};
  DropOldSummary();
}

bool RateTracker::AddAside(std::optional<Point> Rare::* aside, const Reading& reading) {
  const Point point{reading.cpu_time, reading.cpu_nanoseconds};
  const std::optional<Point> before = rare_ == nullptr ? std::nullopt : (*rare_).*aside;
  const bool goes_on = before && point.time - before->time >= kShortestWindow &&
                       point.cpu_nanoseconds >= before->cpu_nanoseconds;
  if (!goes_on) {
    const bool moved =
        !before || point.time - before->time >= kShortestWindow || point.time < before->time;
    if (rare_ == nullptr) rare_ = std::make_unique<Rare>();
    if (moved) (*rare_).*aside = point;
    return false;
  }
  previous_ = *before;
  last_ = point;
  if (reading.has_start) start_mark_ = MarkOf(reading.start);
  rare_.reset();
  return true;
}

// At a resolution of 5 s, ours may span a little less for ever.
void RateTracker::DropOldSummary() {
  if (rare_ == nullptr || !rare_->summary) return;
  const bool is_better = last_.time - previous_.time >= kBetterThanSummary;
  const bool is_old = last_.time - rare_->summary->time > kSummaryWindow;
  if (is_better || is_old) Drop(&Rare::summary);
}

void RateTracker::Restart(const Reading& reading, Duration resolution, bool counter_fell) {
  const bool first = !last_.known();
  Drop(&Rare::older);
  Drop(&Rare::fallen);
  last_ = Point{reading.cpu_time, reading.cpu_nanoseconds};
  previous_ = {};
  if (!first) Drop(&Rare::summary);
  if (reading.has_start) start_mark_ = MarkOf(reading.start);
  // Without a new start time a smaller counter says only that something began anew, not when; a new
  // start time with a counter that went on may be no restart at all.
  if (!reading.has_start || !counter_fell) return;
  const Duration age = reading.cpu_time - reading.start;
  if (age < kYoungest || age > kOldestInResolutions * resolution) return;
  if (Nanocores(reading.cpu_nanoseconds, age) > kMostNanocores) return;
  previous_ = Point{reading.start, 0};
}

void RateTracker::AddSummary(const SummaryReading& summary) {
  if (!summary.has_cpu || !summary.has_memory || previous_.known()) return;
  // The kubelet has nothing then, as in IsVoid.
  if (summary.cpu_nanocores == 0 && summary.memory_bytes == 0) return;
  if (rare_ == nullptr) rare_ = std::make_unique<Rare>();
  rare_->summary = Summary{summary.time, summary.cpu_nanocores, summary.memory_bytes};
}

bool RateTracker::MemoryIsOld() const {
  return last_.time.time_since_epoch() - std::chrono::seconds(memory_second_) > kOldestSample;
}

RateTracker::Basis RateTracker::basis() const {
  if (rare_ != nullptr && rare_->summary) {
    const Summary& summary = *rare_->summary;
    constexpr auto kSpan = static_cast<std::uint64_t>(kSummaryWindow / std::chrono::seconds(1));
    const std::uint64_t nanocores = std::min(summary.cpu_nanocores, kUnknown / kSpan);
    return {.last = {summary.time, nanocores * kSpan},
            .previous = {summary.time - kSummaryWindow, 0},
            .memory_bytes = summary.memory_bytes};
  }
  if (!previous_.known() || memory_bytes_ == kUnknown || MemoryIsOld()) return {};
  return {last_, previous_, memory_bytes_, swap_bytes_};
}

std::optional<RateTracker::Value> RateTracker::Get() const {
  const Basis now = basis();
  return now.complete() ? std::optional(now.Work()) : std::nullopt;
}

}  // namespace mpl::store
