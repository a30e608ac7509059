#include "kube/http/url.h"

#include <algorithm>
#include <optional>

#include "kube/base/text.h"

namespace mpl::http {
namespace {

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Of four bytes on the wire each takes a hundred here, before anybody knows who asks. Go's net/url
// stops at 10,000 parameters; no client of ours has ten, and no path of Kubernetes twelve segments.
constexpr std::ptrdiff_t kMostParameters = 1'000;
constexpr std::ptrdiff_t kMostSegments = 100;

enum class Plus { kStays, kIsSpace };

// Nothing on a bad escape.
std::optional<std::string> StrictDecode(std::string_view text, Plus plus) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus == Plus::kIsSpace) {
      decoded += ' ';
    } else if (text[i] != '%') {
      decoded += text[i];
    } else {
      if (i + 2 >= text.size()) return std::nullopt;
      const int first = HexValue(text[i + 1]);
      const int second = HexValue(text[i + 2]);
      if (first < 0 || second < 0) return std::nullopt;
      decoded += static_cast<char>(first * 16 + second);
      i += 2;
    }
  }
  return decoded;
}

std::unexpected<Error> BadEscape(std::string_view where, std::string_view text) {
  return Fail(ErrorKind::kBadRequest,
              std::string(where) + " \"" + std::string(text) + "\" has an invalid % escape");
}

}  // namespace

Result<Query> Query::Parse(std::string_view text) {
  if (std::ranges::count(text, '&') >= kMostParameters) {
    return Fail(ErrorKind::kBadRequest,
                "the query has more than " + std::to_string(kMostParameters) + " parameters");
  }
  Query query;
  for (const std::string_view piece : Split(text, '&')) {
    if (piece.empty()) continue;
    if (piece.find(';') != std::string_view::npos) {
      return Fail(ErrorKind::kBadRequest, "query parameter \"" + std::string(piece) +
                                              "\": ';' separates nothing, use '&' or %3B");
    }
    const std::size_t equals = piece.find('=');
    const std::string_view raw_name = piece.substr(0, equals);
    const std::string_view raw_value =
        equals == std::string_view::npos ? std::string_view() : piece.substr(equals + 1);
    auto name = StrictDecode(raw_name, Plus::kIsSpace);
    auto value = StrictDecode(raw_value, Plus::kIsSpace);
    if (!name || !value) return BadEscape("query parameter", piece);
    query.parameters_.emplace_back(std::move(*name), std::move(*value));
  }
  return query;
}

std::string_view Query::Get(std::string_view name) const {
  for (const auto& [key, value] : parameters_) {
    if (key == name) return value;
  }
  return {};
}

bool Query::Has(std::string_view name) const {
  return std::ranges::any_of(parameters_, [&](const auto& entry) { return entry.first == name; });
}

std::vector<std::string_view> Query::GetAll(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const auto& [key, value] : parameters_) {
    if (key == name) values.emplace_back(value);
  }
  return values;
}

bool Query::Flag(std::string_view name) const {
  if (!Has(name)) return false;
  const std::string_view value = Get(name);
  return value != "0" && !EqualsIgnoreCase(value, "false");
}

Result<Target> ParseTarget(std::string_view target) {
  if (target.empty() || target.front() != '/') {
    return Fail(ErrorKind::kBadRequest, "the request target must be a path that begins with '/'");
  }
  const std::size_t question = target.find('?');
  const std::string_view raw_path = target.substr(0, question);
  if (std::ranges::count(raw_path, '/') > kMostSegments) {
    return Fail(ErrorKind::kBadRequest,
                "the path has more than " + std::to_string(kMostSegments) + " segments");
  }
  Target parsed;
  auto path = StrictDecode(raw_path, Plus::kStays);
  if (!path) return BadEscape("path", raw_path);
  parsed.path = std::move(*path);
  if (question != std::string_view::npos) {
    auto query = Query::Parse(target.substr(question + 1));
    if (!query) return std::unexpected(query.error());
    parsed.query = std::move(*query);
  }
  const std::size_t first = raw_path.find_first_not_of('/');
  if (first == std::string_view::npos) return parsed;
  const std::size_t last = raw_path.find_last_not_of('/');
  for (const std::string_view segment : Split(raw_path.substr(first, last - first + 1), '/')) {
    parsed.segments.push_back(*StrictDecode(segment, Plus::kStays));
  }
  return parsed;
}

}  // namespace mpl::http
