#include "collector/store/rate_tracker.h"

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

std::uint64_t Nanocores(std::uint64_t used_nanoseconds, Duration window) {
  __extension__ using Wide = unsigned __int128;
  const auto span = static_cast<std::uint64_t>(window.count());
  return static_cast<std::uint64_t>(Wide{used_nanoseconds} * 1'000'000'000U / span);
}

}  // namespace

void RateTracker::Add(const Reading& reading, Duration resolution) {
  if (reading.has_cpu) AddCpu(reading, resolution);
  // Swap carries memory's time.
  if (reading.has_memory && reading.memory_time >= memory_time_) {
    memory_time_ = reading.memory_time;
    memory_bytes_ = reading.memory_bytes;
    swap_bytes_.reset();
    if (reading.has_swap) swap_bytes_ = reading.swap_bytes;
  }
}

void RateTracker::AddCpu(const Reading& reading, Duration resolution) {
  if (!last_) return Restart(reading, resolution, true);
  if (reading.cpu_time <= last_->time) return;
  const bool other_start =
      reading.has_start && (start_ == TimePoint{} ? reading.start > last_->time  //
                                                  : reading.start != start_);
  const bool counter_fell = reading.cpu_nanoseconds < last_->cpu_nanoseconds;
  if (other_start || counter_fell) return Restart(reading, resolution, counter_fell);
  if (reading.has_start) start_ = reading.start;
  if (reading.cpu_time - last_->time < kShortestWindow) return;
  previous_ = last_;
  summary_.reset();
  last_ = Point{reading.cpu_time, reading.cpu_nanoseconds};
}

void RateTracker::Restart(const Reading& reading, Duration resolution, bool counter_fell) {
  const bool first = !last_;
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
  if (!previous_ || !memory_bytes_) {
    return summary_ == nullptr ? std::nullopt : std::optional(*summary_);
  }
  const Duration window = last_->time - previous_->time;
  return Value{last_->time, window,
               Usage{Nanocores(last_->cpu_nanoseconds - previous_->cpu_nanoseconds, window),
                     *memory_bytes_, swap_bytes_}};
}

}  // namespace mpl::store
