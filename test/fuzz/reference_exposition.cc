#include "test/fuzz/reference_exposition.h"

#include <algorithm>
#include <tuple>

#include "kube/base/text.h"
#include "test/fuzz/decimal.h"

namespace mpl::fuzz {
namespace {

bool IsNameStart(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsNamePart(char c) { return IsNameStart(c) || (c >= '0' && c <= '9'); }

void SkipBlanks(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
}

bool Take(std::string_view& text, char wanted) {
  if (!text.starts_with(wanted)) return false;
  text.remove_prefix(1);
  return true;
}

std::string TakeName(std::string_view& text) {
  if (text.empty() || !IsNameStart(text[0])) return {};
  std::string name(text.begin(), std::ranges::find_if_not(text, IsNamePart));
  text.remove_prefix(name.size());
  return name;
}

std::optional<std::string> TakeQuoted(std::string_view& text) {
  if (!Take(text, '"')) return std::nullopt;
  std::string value;
  while (!text.empty() && text[0] != '"') {
    char c = text[0];
    text.remove_prefix(1);
    if (c == '\\') {
      if (text.empty() || std::string_view("\\\"n").find(text[0]) == std::string_view::npos)
        return std::nullopt;
      c = text[0] == 'n' ? '\n' : text[0];
      text.remove_prefix(1);
    }
    value += c;
  }
  if (!Take(text, '"')) return std::nullopt;
  return value;
}

bool TakeLabels(std::string_view& text, std::map<std::string, std::string>& labels) {
  if (!Take(text, '{')) return true;
  SkipBlanks(text);
  while (!Take(text, '}')) {
    const std::string name = TakeName(text);
    SkipBlanks(text);
    if (name.empty() || labels.contains(name) || !Take(text, '=')) return false;
    SkipBlanks(text);
    auto value = TakeQuoted(text);
    if (!value) return false;
    labels.emplace(name, *std::move(value));
    SkipBlanks(text);
    if (!Take(text, ',') && !text.starts_with('}')) return false;
    SkipBlanks(text);
  }
  return true;
}

std::string TakeWord(std::string_view& text) {
  const std::string word(text.substr(0, text.find_first_of(" \t")));
  text.remove_prefix(word.size());
  SkipBlanks(text);
  return word;
}

bool IsNumber(std::string_view text) {
  const std::string word =
      ToLower(text.substr(text.starts_with('+') || text.starts_with('-') ? 1 : 0));
  if (word == "nan" || word == "inf") return true;
  if (!TakeDecimal(text)) return false;
  if (text.empty()) return true;
  if (text[0] != 'e' && text[0] != 'E') return false;
  text.remove_prefix(1);
  return TakeExponent(text, 300) && text.empty();
}

bool IsInteger(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// Nothing for what no counter or gauge of ours may be.
std::optional<std::uint64_t> ValueOf(std::string_view text, int scale) {
  const auto decimal = TakeDecimal(text);
  if (!decimal || decimal->negative) return std::nullopt;
  Decimal scaled = *decimal;
  scaled.exponent += scale;
  if (!text.empty()) {
    text.remove_prefix(1);
    scaled.exponent += TakeExponent(text, 300).value();
  }
  return ToInteger(scaled, Rounding::kCutOff);
}

std::optional<TimePoint> TimeOf(std::string text) {
  text.erase(0, std::min(text.find_first_not_of('0'), text.size()));
  if (text.empty() || text.starts_with('-') || text.size() > 15) return std::nullopt;
  const std::int64_t millis = std::stoll(text);
  if (millis == 0 || millis > 9'000'000'000'000) return std::nullopt;
  return TimePoint(std::chrono::milliseconds(millis));
}

struct Sample {
  std::uint64_t value = 0;
  TimePoint time{};
};

// Of one container or node: what each family says, in order.
struct Series {
  std::vector<Sample> cpu, memory, swap, start;
  std::vector<Sample>* Family(std::string_view name) {
    if (name.ends_with("_cpu_usage_seconds_total")) return &cpu;
    if (name.ends_with("_memory_working_set_bytes")) return &memory;
    if (name.ends_with("_swap_usage_bytes")) return &swap;
    return name == "container_start_time_seconds" ? &start : nullptr;
  }
};

store::Reading ReadingOf(const Series& series, std::size_t k) {
  store::Reading reading;
  reading.has_cpu = k < series.cpu.size();
  if (reading.has_cpu) {
    reading.cpu_nanoseconds = series.cpu[k].value;
    reading.cpu_time = series.cpu[k].time;
  }
  reading.has_memory = k < series.memory.size();
  if (reading.has_memory) {
    reading.memory_bytes = series.memory[k].value;
    reading.memory_time = series.memory[k].time;
  }
  reading.has_swap = k < series.swap.size();
  if (reading.has_swap) reading.swap_bytes = series.swap[k].value;
  reading.has_start = k < series.start.size() && series.start[k].value != 0;
  if (reading.has_start) {
    reading.start = TimePoint(Duration(static_cast<std::int64_t>(series.start[k].value)));
  }
  return reading;
}

// The newest start wins, then the newest sample, then the first.
std::tuple<bool, TimePoint, bool, TimePoint> Rank(const store::Reading& reading) {
  return {reading.has_start, reading.start, reading.has_cpu, reading.cpu_time};
}

bool IsWanted(std::string_view name) {
  return name == "node_cpu_usage_seconds_total" || name == "node_memory_working_set_bytes" ||
         name == "node_swap_usage_bytes" || name == "container_cpu_usage_seconds_total" ||
         name == "container_memory_working_set_bytes" || name == "container_swap_usage_bytes" ||
         name == "container_start_time_seconds";
}

// Nothing when a wanted line is refused.
std::optional<Sample> SampleOf(const ReferenceLine& line, TimePoint default_time) {
  const bool start = line.name == "container_start_time_seconds";
  const auto value = ValueOf(line.value, start || line.name.ends_with("_seconds_total") ? 9 : 0);
  if (!value) return std::nullopt;
  if (start || line.timestamp.empty()) return Sample{*value, default_time};
  const auto time = TimeOf(line.timestamp);
  if (!time) return std::nullopt;
  return Sample{*value, *time};
}

std::string LabelOf(const ReferenceLine& line, const char* name) {
  const auto found = line.labels.find(name);
  return found == line.labels.end() ? std::string() : found->second;
}

}  // namespace

std::optional<ReferenceLine> ReadReferenceLine(std::string_view line) {
  ReferenceLine read;
  SkipBlanks(line);
  read.name = TakeName(line);
  const bool ended = !line.empty() && std::string_view(" \t{").find(line[0]) != line.npos;
  SkipBlanks(line);
  if (read.name.empty() || !ended || !TakeLabels(line, read.labels)) return std::nullopt;
  SkipBlanks(line);
  read.value = TakeWord(line);
  read.timestamp = TakeWord(line);
  const bool fine =
      IsNumber(read.value) && line.empty() && (read.timestamp.empty() || IsInteger(read.timestamp));
  return fine ? std::optional(std::move(read)) : std::nullopt;
}

ReferenceExposition ReadReferenceExposition(std::string_view body, TimePoint default_time) {
  ReferenceExposition out;
  Series node;
  using Name = std::tuple<std::string, std::string, std::string>;
  std::vector<std::pair<Name, Series>> containers;
  for (const std::string_view text : Split(body, '\n')) {
    const auto line = ReadReferenceLine(text);
    if (!line) continue;
    if (line->name == "resource_scrape_error" || line->name == "scrape_error") {
      const auto value = ValueOf(line->value, 0);
      out.refused += value ? 0 : 1;
      out.scrape_error = out.scrape_error || value.value_or(0) != 0;
    }
    if (!IsWanted(line->name)) continue;
    const auto sample = SampleOf(*line, default_time);
    const bool of_node = line->name.starts_with("node_");
    const Name name(LabelOf(*line, "namespace"), LabelOf(*line, "pod"),
                    LabelOf(*line, "container"));
    const bool named =
        !std::get<0>(name).empty() && !std::get<1>(name).empty() && !std::get<2>(name).empty();
    if (!sample || (!of_node && !named)) {
      ++out.refused;
      continue;
    }
    ++out.samples;
    if (of_node) {
      node.Family(line->name)->push_back(*sample);
      continue;
    }
    auto found = std::ranges::find(containers, name, &std::pair<Name, Series>::first);
    if (found == containers.end()) found = containers.insert(found, {name, {}});
    found->second.Family(line->name)->push_back(*sample);
  }
  // A node's series that is there twice: the last counts.
  for (auto* family : {&node.cpu, &node.memory, &node.swap}) {
    if (family->empty()) continue;
    out.duplicates += family->size() - 1;
    *family = {family->back()};
  }
  out.node = ReadingOf(node, 0);
  for (auto& [name, series] : containers) {
    store::ContainerReading best;
    const std::size_t twins = std::max(
        {series.cpu.size(), series.memory.size(), series.swap.size(), series.start.size()});
    best.reading = ReadingOf(series, 0);
    for (std::size_t k = 1; k < twins; ++k) {
      const store::Reading twin = ReadingOf(series, k);
      if (Rank(twin) > Rank(best.reading)) best.reading = twin;
    }
    out.duplicates += twins - 1;
    best.ns = out.names.emplace_back(std::get<0>(name));
    best.pod = out.names.emplace_back(std::get<1>(name));
    best.container = out.names.emplace_back(std::get<2>(name));
    out.containers.push_back(best);
  }
  return out;
}

}  // namespace mpl::fuzz
