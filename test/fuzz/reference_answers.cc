#include "test/fuzz/reference_answers.h"

#include <charconv>
#include <map>

namespace mpl::fuzz {
namespace {

// Up to the line's end, which is taken as well; nothing when there is none.
std::optional<std::string_view> TakeLine(std::string_view& bytes) {
  const std::size_t end = bytes.find("\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = bytes.substr(0, end);
  bytes.remove_prefix(end + 2);
  return line;
}

std::optional<std::size_t> Number(std::string_view text, int base) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool TakeBytes(std::string_view& bytes, std::size_t size, std::string& body) {
  if (size > bytes.size()) return false;
  body.append(bytes.substr(0, size));
  bytes.remove_prefix(size);
  return true;
}

bool TakeChunks(std::string_view& bytes, std::string& body) {
  for (;;) {
    const auto line = TakeLine(bytes);
    const auto size = line ? Number(*line, 16) : std::nullopt;
    if (!size || !TakeBytes(bytes, *size, body)) return false;
    if (const auto end = TakeLine(bytes); !end || !end->empty()) return false;
    if (*size == 0) return true;
  }
}

// Status line and fields, with the empty line after them.
bool TakeHead(std::string_view& bytes, ReferenceAnswer& answer,
              std::map<std::string, std::string>& fields) {
  const auto first = TakeLine(bytes);
  if (!first || !first->starts_with("HTTP/1.1 ") || first->size() < 14 || (*first)[12] != ' ')
    return false;
  const auto status = Number(first->substr(9, 3), 10);
  if (!status) return false;
  answer.status = static_cast<int>(*status);
  for (;;) {
    const auto line = TakeLine(bytes);
    if (!line) return false;
    if (line->empty()) return true;
    const std::size_t colon = line->find(": ");
    if (colon == std::string_view::npos) return false;
    if (!fields.emplace(line->substr(0, colon), line->substr(colon + 2)).second) return false;
  }
}

}  // namespace

std::optional<std::vector<ReferenceAnswer>> ReadReferenceAnswers(
    std::string_view bytes, const std::vector<std::string>& methods) {
  std::vector<ReferenceAnswer> answers;
  while (!bytes.empty()) {
    ReferenceAnswer answer;
    std::map<std::string, std::string> fields;
    if (!TakeHead(bytes, answer, fields)) return std::nullopt;
    if (answer.status == 100) continue;
    answer.closes = fields["Connection"] == "close";
    const bool to_head = answers.size() < methods.size() && methods[answers.size()] == "HEAD";
    const auto length = Number(fields["Content-Length"], 10);
    bool whole = true;
    if (to_head || answer.status == 204 || answer.status == 304) {
      whole = true;
    } else if (fields["Transfer-Encoding"] == "chunked") {
      whole = !length && TakeChunks(bytes, answer.body);
    } else if (length) {
      whole = TakeBytes(bytes, *length, answer.body);
    } else {
      whole = answer.closes && TakeBytes(bytes, bytes.size(), answer.body);
    }
    if (!whole) return std::nullopt;
    answers.push_back(std::move(answer));
  }
  return answers;
}

}  // namespace mpl::fuzz
