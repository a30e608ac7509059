#include "collector/parse/line.h"

namespace mpl::parse {
namespace {

bool IsBlank(char c) { return c == ' ' || c == '\t'; }

void SkipBlanks(std::string_view& text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
}

std::string_view TakeWord(std::string_view& text) {
  std::size_t end = 0;
  while (end < text.size() && !IsBlank(text[end])) ++end;
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end);
  SkipBlanks(text);
  return word;
}

// Up to the closing quote, which is not taken; npos without one.
std::size_t QuotedLength(std::string_view text, bool& escaped) {
  const std::size_t quote = text.find('"');
  const bool plain = text.substr(0, quote).find('\\') == std::string_view::npos;
  if (plain) return quote;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '"') return at;
    if (text[at] == '\\') {
      escaped = true;
      ++at;
    }
  }
  return std::string_view::npos;
}

// The position of '}' outside of quotes.
std::size_t LabelsEnd(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '}') return at;
    if (text[at] != '"') continue;
    bool escaped = false;
    const std::size_t length = QuotedLength(text.substr(at + 1), escaped);
    if (length == std::string_view::npos) return length;
    at += length + 1;
  }
  return std::string_view::npos;
}

std::string Unescape(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\\' || at + 1 == text.size()) {
      plain += text[at];
      continue;
    }
    ++at;
    if (text[at] == 'n') {
      plain += '\n';
    } else if (text[at] == '\\' || text[at] == '"') {
      plain += text[at];
    } else {  // not an escape of the format: both characters stay
      plain += '\\';
      plain += text[at];
    }
  }
  return plain;
}

std::string_view* Slot(std::string_view name, ContainerLabels& out) {
  if (name == "container") return &out.container;
  if (name == "namespace") return &out.ns;
  if (name == "pod") return &out.pod;
  return nullptr;
}

// What follows the labels: value and timestamp.
bool SplitValues(std::string_view text, Sample& sample) {
  SkipBlanks(text);
  sample.value = TakeWord(text);
  sample.timestamp = TakeWord(text);
  return !sample.value.empty() && text.empty();
}

}  // namespace

std::string_view SampleName(std::string_view line) {
  std::size_t end = 0;
  while (end < line.size() && line[end] != '{' && !IsBlank(line[end])) ++end;
  return line.substr(0, end);
}

bool SplitSample(std::string_view line, Sample& sample) {
  sample = {};
  sample.name = SampleName(line);
  if (sample.name.empty()) return false;
  line.remove_prefix(sample.name.size());
  SkipBlanks(line);
  if (!line.empty() && line.front() == '{') {
    line.remove_prefix(1);
    const std::size_t end = LabelsEnd(line);
    if (end == std::string_view::npos) return false;
    sample.labels = line.substr(0, end);
    line.remove_prefix(end + 1);
  }
  return SplitValues(line, sample);
}

bool ParseLabels(std::string_view labels, ContainerLabels& out,
                 std::deque<std::string>& unescaped) {
  out = {};
  SkipBlanks(labels);
  while (!labels.empty()) {
    std::size_t name_end = 0;
    while (name_end < labels.size() && labels[name_end] != '=' && !IsBlank(labels[name_end])) {
      ++name_end;
    }
    const std::string_view name = labels.substr(0, name_end);
    labels.remove_prefix(name_end);
    SkipBlanks(labels);
    if (name.empty() || labels.empty() || labels.front() != '=') return false;
    labels.remove_prefix(1);
    SkipBlanks(labels);
    if (labels.empty() || labels.front() != '"') return false;
    labels.remove_prefix(1);
    bool escaped = false;
    const std::size_t length = QuotedLength(labels, escaped);
    if (length == std::string_view::npos) return false;
    if (std::string_view* slot = Slot(name, out); slot != nullptr) {
      *slot = labels.substr(0, length);
      if (escaped) *slot = unescaped.emplace_back(Unescape(*slot));
    }
    labels.remove_prefix(length + 1);
    SkipBlanks(labels);
    if (labels.empty()) break;
    if (labels.front() != ',') return false;
    labels.remove_prefix(1);
    SkipBlanks(labels);
  }
  out.complete = !out.ns.empty() && !out.pod.empty() && !out.container.empty();
  return true;
}

}  // namespace mpl::parse
