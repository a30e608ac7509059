#include "collector/store/rate_tracker.h"

#include <algorithm>

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
  __extension__ using Wide = unsigned __int128;
  const auto span = static_cast<std::uint64_t>(window.count());
  return static_cast<std::uint64_t>(Wide{used_nanoseconds} * 1'000'000'000U / span);
}

}  // namespace

void RateTracker::Add(const Reading& reading, Duration resolution, MonoTime now) {
  if (reading.has_cpu) AddCpu(reading, resolution, now);
  if (reading.has_memory) AddMemory(reading);
}

// Swap carries memory's time.
void RateTracker::AddMemory(const Reading& reading) {
  if (reading.memory_time < memory_time_) return;
  memory_time_ = reading.memory_time;
  memory_bytes_ = reading.memory_bytes;
  swap_bytes_.reset();
  if (reading.has_swap) swap_bytes_ = reading.swap_bytes;
}

void RateTracker::AddCpu(const Reading& reading, Duration resolution, MonoTime now) {
  const MonoTime before = last_came_;
  if (!last_ || reading.cpu_time != last_->time) last_came_ = now;
  if (!last_) return Restart(reading, resolution, true);
  if (reading.cpu_time == last_->time) return;
  if (reading.cpu_time < last_->time) {
    if (AddOlder(reading)) memory_time_ = {};  // that of memory was set back, too
    return;
  }
  older_.reset();
  const bool other_start =
      reading.has_start && (start_ == TimePoint{} ? reading.start > last_->time  //
                                                  : reading.start != start_);
  const bool counter_fell = reading.cpu_nanoseconds < last_->cpu_nanoseconds;
  if (other_start || counter_fell) return Restart(reading, resolution, counter_fell);
  if (reading.has_start) start_ = reading.start;
  const Duration step = reading.cpu_time - last_->time;
  if (step > now - before + kOldestSample) return Restart(reading, resolution, false);
  if (step < kShortestWindow) return;
  const Duration fair = std::min<Duration>(resolution, kUsualStep) / 2;
  const bool share =
      previous_ && step < fair && reading.cpu_time - previous_->time <= 2 * resolution;
  if (!share) previous_ = last_;
  last_ = Point{reading.cpu_time, reading.cpu_nanoseconds};
  if (last_->time - previous_->time >= kBetterThanSummary) summary_.reset();
}

bool RateTracker::AddOlder(const Reading& reading) {
  const Point point{reading.cpu_time, reading.cpu_nanoseconds};
  const bool goes_on = older_ && point.time - older_->time >= kShortestWindow &&
                       point.cpu_nanoseconds >= older_->cpu_nanoseconds;
  if (!goes_on) {
    const bool moved =
        !older_ || point.time - older_->time >= kShortestWindow || point.time < older_->time;
    if (moved) older_ = std::make_unique<Point>(point);
    return false;
  }
  previous_ = *older_;
  last_ = point;
  if (reading.has_start) start_ = reading.start;
  older_.reset();
  summary_.reset();
  return true;
}

void RateTracker::Restart(const Reading& reading, Duration resolution, bool counter_fell) {
  const bool first = !last_;
  older_.reset();
  last_ = Point{reading.cpu_time, reading.cpu_nanoseconds};
  previous_.reset();
  if (!first) summary_.reset();
  const TimePoint start_before = start_;
  if (reading.has_start) start_ = reading.start;
  // Without a new start time a smaller counter says only that something began anew, not when; a new
  // start time with a counter that went on may be no restart at all.
  if (!reading.has_start || !counter_fell || (!first && reading.start == start_before)) return;
  const Duration age = reading.cpu_time - reading.start;
  if (age < kYoungest || age > kOldestInResolutions * resolution) return;
  if (Nanocores(reading.cpu_nanoseconds, age) > kMostNanocores) return;
  previous_ = Point{reading.start, 0};
}

void RateTracker::AddSummary(const SummaryReading& summary) {
  if (!summary.has_cpu || !summary.has_memory || previous_) return;
  summary_ = std::make_unique<Value>(
      Value{summary.time, kSummaryWindow,
            Usage{summary.cpu_nanocores, summary.memory_bytes, std::nullopt}});
}

std::optional<RateTracker::Value> RateTracker::Get() const {
  if (summary_ != nullptr) return *summary_;
  if (!previous_ || !memory_bytes_) return std::nullopt;
  if (last_->time - memory_time_ > kOldestSample) return std::nullopt;
  const Duration window = last_->time - previous_->time;
  return Value{last_->time, window,
               Usage{Nanocores(last_->cpu_nanoseconds - previous_->cpu_nanoseconds, window),
                     *memory_bytes_, swap_bytes_}};
}

}  // namespace mpl::store
