#include "collector/parse/exposition.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <functional>

#include "collector/parse/line.h"
#include "collector/parse/number.h"
#include "collector/parse/plain_point.h"

namespace mpl::parse {
namespace {

constexpr std::uint32_t kNone = ~0U;
// Every fourth line is a pod's, of which nothing is wanted.
constexpr std::string_view kOfPod = "pod_";
constexpr int kNanosecondsPerSecondExponent = 9;
// There are two buckets for each name at least: so many in one were chosen for it, to make us look
// through all of them for each line.
constexpr int kMostPassedBy = 256;

bool Has(const store::Reading& reading, int family) {
  const std::array has = {reading.has_cpu, reading.has_memory, reading.has_swap, reading.has_start};
  return has[static_cast<std::size_t>(family)];
}

std::uint8_t Bit(int family) {
  return static_cast<std::uint8_t>(1U << static_cast<unsigned>(family));
}

// "…} 12 1763724000123": the number of digits at the end, after a blank.
bool EndsInMillis(std::string_view line) {
  if (line.size() < kMillisDigits + 1) return false;
  const std::string_view tail = line.substr(line.size() - kMillisDigits);
  const char before = line[line.size() - kMillisDigits - 1];
  return tail.find_first_not_of("0123456789") == std::string_view::npos &&
         (before == ' ' || before == '\t');
}

std::size_t HashOf(std::string_view ns, std::string_view pod, std::string_view container) {
  const std::hash<std::string_view> hash;
  return hash(pod) ^ (hash(container) * 31) ^ (hash(ns) * 131);
}

std::size_t HashOf(const store::ContainerReading& value) {
  return HashOf(value.ns, value.pod, value.container);
}

// Newest start first, then newest sample.
bool Supersedes(const store::Reading& a, const store::Reading& b) {
  if (a.has_start != b.has_start) return a.has_start;
  if (a.has_start && a.start != b.start) return a.start > b.start;
  if (a.has_cpu != b.has_cpu) return a.has_cpu;
  return a.has_cpu && a.cpu_time > b.cpu_time;
}

}  // namespace

std::string_view Name(FaultKind kind) {
  constexpr std::array<std::string_view, kFaultKinds> kNames = {
      "syntax", "missing_label", "value", "timestamp", "duplicate", "unterminated", "limit"};
  return kNames[static_cast<std::size_t>(kind)];
}

void Exposition::Clear() {
  batch.node = {};
  batch.containers.clear();
  faults = {};
  scrape_error = false;
  samples = 0;
  unescaped.clear();
}

Exposition& ExpositionParser::Parse(std::string_view body, TimePoint default_time,
                                    std::span<const store::ContainerName> known) {
  out_.Clear();
  default_time_ = default_time;
  known_ = known;
  entries_.clear();
  if (indexed_ > 0) std::ranges::fill(buckets_, 0U);
  indexed_ = 0;
  if (!reached_.empty()) reached_.clear();
  expected_ = 0;
  family_name_ = {};
  passed_over_ = {};
  while (!body.empty()) {
    if (const std::size_t taken = ExpectedLine(body); taken > 0) {
      body.remove_prefix(taken);
      continue;
    }
    const void* newline = std::memchr(body.data(), '\n', body.size());
    const std::size_t length =
        newline == nullptr
            ? body.size()
            : static_cast<std::size_t>(static_cast<const char*>(newline) - body.data());
    if (newline == nullptr || !IsPassedOver(body)) {
      Line(body.substr(0, length), newline != nullptr);
    }
    body.remove_prefix(newline == nullptr ? length : length + 1);
  }
  Collect();
  return out_;
}

bool ExpositionParser::IsPassedOver(std::string_view line) const {
  return !passed_over_.empty() && line.starts_with(passed_over_);
}

std::size_t ExpositionParser::ExpectedLine(std::string_view text) {
  if (!ContinuesFamily(text)) return 0;
  const std::size_t labels_at = family_name_.size() + 1;
  text.remove_prefix(labels_at);
  const bool is_new = expected_ == entries_.size();
  if (is_new && !AddKnown(text)) return 0;
  if (const std::size_t taken = ExpectedSample(text); taken > 0) return labels_at + taken;
  if (is_new) entries_.pop_back();
  return 0;
}

std::size_t ExpositionParser::ExpectedSample(std::string_view text) {
  Entry& entry = entries_[expected_];
  const std::uint8_t bit = Bit(static_cast<int>(family_));
  if (entry.twin || (entry.families & bit) != 0 || !text.starts_with(entry.block)) return 0;
  const std::string_view rest = text.substr(entry.block.size());
  if (!rest.starts_with("} ")) return 0;
  const bool seconds = family_ == Family::kCpu || family_ == Family::kStart;
  const PlainPoint point =
      ReadPlainPoint(rest.substr(2), seconds ? kNanosecondsPerSecondExponent : 0);
  if (point.length == 0) return 0;
  const bool own_time = point.millis > 0 && family_ != Family::kStart;
  Store(entry.value.reading, family_, point.value,
        own_time ? TimePoint(std::chrono::milliseconds(point.millis)) : default_time_);
  entry.families |= bit;
  ++expected_;
  return entry.block.size() + 2 + point.length;
}

// Takes the next of the known names for an entry, if the labels are just these in a kubelet's
// order. Only while all entries have come so: then each is a new one.
bool ExpositionParser::AddKnown(std::string_view labels) {
  const std::size_t next = entries_.size();
  if (indexed_ > 0 || next >= known_.size() || next >= kMostContainers) return false;
  const store::ContainerName& name = known_[next];
  std::string_view left = labels;
  const auto take = [&left](std::string_view expected) {
    if (!left.starts_with(expected)) return false;
    left.remove_prefix(expected.size());
    return true;
  };
  const auto take_value = [&](std::string_view value, std::string_view& where) {
    where = left.substr(0, value.size());
    return take(value);
  };
  Entry& entry = entries_.emplace_back();
  store::ContainerReading& reading = entry.value;
  const bool as_known = take(R"(container=")") && take_value(name.container, reading.container) &&
                        take(R"(",namespace=")") && take_value(name.ns, reading.ns) &&
                        take(R"(",pod=")") && take_value(name.pod, reading.pod) && take("\"}");
  if (!as_known) {
    entries_.pop_back();
    return false;
  }
  entry.block = labels.substr(0, labels.size() - left.size() - 1);
  return true;
}

void ExpositionParser::Line(std::string_view line, bool terminated) {
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  while (!line.empty() && (line.front() == ' ' || line.front() == '\t')) line.remove_prefix(1);
  if (line.empty() || line.front() == '#') return;
  if (!terminated && !EndsInMillis(line)) return Count(FaultKind::kUnterminated);
  if (ContinuesFamily(line)) return ContainerLine(line, family_);
  const std::string_view name = SampleName(line);
  if (line.starts_with(kOfPod)) return PassOver(line, name);
  const bool of_container = name.starts_with("container_");
  if (name == "container_cpu_usage_seconds_total") return ContainerLine(line, Family::kCpu);
  if (name == "container_memory_working_set_bytes") return ContainerLine(line, Family::kMemory);
  if (name == "container_start_time_seconds") return ContainerLine(line, Family::kStart);
  if (name == "container_swap_usage_bytes") return ContainerLine(line, Family::kSwap);
  if (of_container) return PassOver(line, name);
  if (name == "node_cpu_usage_seconds_total") return NodeLine(line, Family::kCpu);
  if (name == "node_memory_working_set_bytes") return NodeLine(line, Family::kMemory);
  if (name == "node_swap_usage_bytes") return NodeLine(line, Family::kSwap);
  Sample sample;
  if (!SplitSample(line, sample)) return Count(FaultKind::kSyntax);
  if (name == "resource_scrape_error" || name == "scrape_error") {
    const Number number = ParseScaled(sample.value, 0);
    if (!number.ok) return Count(FaultKind::kValue);
    out_.scrape_error = out_.scrape_error || number.value != 0;
  }
}

// With what ends the name: without it longer names would begin so, too.
void ExpositionParser::PassOver(std::string_view line, std::string_view name) {
  if (line.size() > name.size()) passed_over_ = line.substr(0, name.size() + 1);
}

void ExpositionParser::NodeLine(std::string_view line, Family family) {
  Sample sample;
  if (!SplitSample(line, sample)) return Count(FaultKind::kSyntax);
  std::uint64_t number = 0;
  TimePoint time;
  if (!Understand(sample.value, sample.timestamp, family, number, time)) return;
  if (Has(out_.batch.node, static_cast<int>(family))) Count(FaultKind::kDuplicate);
  Store(out_.batch.node, family, number, time);
}

bool ExpositionParser::ContinuesFamily(std::string_view line) const {
  return !family_name_.empty() && line.size() > family_name_.size() &&
         line[family_name_.size()] == '{' && line.starts_with(family_name_);
}

void ExpositionParser::ContainerLine(std::string_view line, Family family) {
  if (family != family_ || family_name_.empty()) {
    expected_ = 0;
    family_ = family;
    family_name_ = SampleName(line);
  }
  Sample sample;
  if (!SplitSample(line, sample)) return Count(FaultKind::kSyntax);
  std::uint64_t number = 0;
  TimePoint time;
  if (!Understand(sample.value, sample.timestamp, family, number, time)) return;
  const std::uint32_t index = FindEntry(sample.labels, family);
  if (index == kNone) return;
  Store(entries_[index].value.reading, family, number, time);
}

bool ExpositionParser::Understand(std::string_view value, std::string_view timestamp, Family family,
                                  std::uint64_t& number, TimePoint& time) {
  const bool seconds = family == Family::kCpu || family == Family::kStart;
  const Number parsed = ParseScaled(value, seconds ? kNanosecondsPerSecondExponent : 0);
  if (!parsed.ok) {
    Count(parsed.fault == NumberFault::kSyntax ? FaultKind::kSyntax : FaultKind::kValue);
    return false;
  }
  number = parsed.value;
  time = default_time_;
  // Kubelets before 1.28 stamped start times with themselves: of no use, but no fault either.
  if (timestamp.empty() || family == Family::kStart) return true;
  const auto millis = ParseMillis(timestamp);
  if (!millis) {
    Count(FaultKind::kTimestamp);
    return false;
  }
  time = TimePoint(std::chrono::milliseconds(*millis));
  return true;
}

void ExpositionParser::Store(store::Reading& reading, Family family, std::uint64_t value,
                             TimePoint time) {
  ++out_.samples;
  switch (family) {
    case Family::kCpu:
      reading.has_cpu = true;
      reading.cpu_nanoseconds = value;
      reading.cpu_time = time;
      break;
    case Family::kMemory:
      reading.has_memory = true;
      reading.memory_bytes = value;
      reading.memory_time = time;
      break;
    case Family::kSwap:
      reading.has_swap = true;
      reading.swap_bytes = value;
      break;
    case Family::kStart:  // zero: the kubelet does not know
      reading.has_start = value != 0;
      reading.start = TimePoint(Duration(static_cast<std::int64_t>(value)));
      break;
  }
}

// Series come in the same order in every family, so mostly the next entry is the right one. Twins
// are only found through the first of their name: that one counts them.
std::uint32_t ExpositionParser::FindEntry(std::string_view block, Family family) {
  std::uint32_t index = expected_;
  // Behind a line's labels stands their brace.
  const bool known = index == entries_.size() && !block.empty() &&
                     AddKnown(std::string_view(block.data(), block.size() + 1));
  if (!known &&
      (index >= entries_.size() || entries_[index].twin || entries_[index].block != block)) {
    index = Lookup(block);
    if (index == kNone) return kNone;
  }
  if ((entries_[index].families & Bit(static_cast<int>(family))) != 0) index = Twin(index, family);
  if (index == kNone) return kNone;
  entries_[index].families |= Bit(static_cast<int>(family));
  expected_ = index + 1;
  return index;
}

bool ExpositionParser::Full() {
  if (entries_.size() < kMostContainers) return false;
  Count(FaultKind::kLimit);
  return true;
}

std::uint32_t ExpositionParser::Lookup(std::string_view block) {
  ContainerLabels labels;
  if (!ParseLabels(block, labels, out_.unescaped)) {
    Count(FaultKind::kSyntax);
    return kNone;
  }
  if (!labels.complete) {
    Count(FaultKind::kMissingLabel);
    return kNone;
  }
  if (entries_.size() + 1 > buckets_.size() / 2) {
    Rehash(std::max<std::size_t>(256, 4 * entries_.size()));
  }
  while (indexed_ < entries_.size()) Index(indexed_);
  const std::size_t bucket =
      HashOf(labels.ns, labels.pod, labels.container) & (buckets_.size() - 1);
  int passed_by = 0;
  for (std::uint32_t at = buckets_[bucket]; at != 0; at = entries_[at - 1].next_in_bucket) {
    if (++passed_by > kMostPassedBy) {
      Count(FaultKind::kLimit);
      return kNone;
    }
    const store::ContainerReading& value = entries_[at - 1].value;
    if (value.pod == labels.pod && value.container == labels.container && value.ns == labels.ns) {
      return at - 1;
    }
  }
  if (Full()) return kNone;
  Entry& entry = entries_.emplace_back();
  entry.value.ns = labels.ns;
  entry.value.pod = labels.pod;
  entry.value.container = labels.container;
  entry.block = block;
  Index(static_cast<std::uint32_t>(entries_.size() - 1));
  return static_cast<std::uint32_t>(entries_.size() - 1);
}

// The next entry that is not in the buckets yet.
void ExpositionParser::Index(std::uint32_t at) {
  indexed_ = at + 1;
  Entry& entry = entries_[at];
  if (entry.twin) return;
  std::uint32_t& head = buckets_[HashOf(entry.value) & (buckets_.size() - 1)];
  entry.next_in_bucket = head;
  head = at + 1;
}

// The next of the same name that this family has not filled yet. Never looks through all of them: a
// kubelet that repeats itself without end must not cost the square of its lines.
std::uint32_t ExpositionParser::Twin(std::uint32_t first, Family family) {
  std::uint32_t& reached = reached_[first][static_cast<std::size_t>(family)];
  const std::uint32_t last = reached == 0 ? first : reached - 1;
  if (entries_[last].next_twin == 0) {
    if (Full()) return kNone;
    Entry twin;
    twin.value = entries_[first].value;
    twin.value.reading = {};
    twin.block = entries_[first].block;
    twin.twin = true;
    entries_.push_back(twin);
    entries_[last].next_twin = static_cast<std::uint32_t>(entries_.size());
  }
  reached = entries_[last].next_twin;
  return reached - 1;
}

void ExpositionParser::Rehash(std::size_t at_least) {
  buckets_.assign(std::bit_ceil(at_least), 0U);
  indexed_ = 0;
}

void ExpositionParser::Collect() {
  out_.batch.containers.reserve(entries_.size());
  for (const Entry& entry : entries_) {
    if (entry.twin) continue;
    const Entry* best = &entry;
    for (std::uint32_t next = entry.next_twin; next != 0; next = entries_[next - 1].next_twin) {
      Count(FaultKind::kDuplicate);
      const Entry& twin = entries_[next - 1];
      if (Supersedes(twin.value.reading, best->value.reading)) best = &twin;
    }
    out_.batch.containers.push_back(best->value);
  }
}

}  // namespace mpl::parse
