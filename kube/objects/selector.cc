#include "kube/objects/selector.h"

#include <algorithm>
#include <charconv>

namespace mpl::objects {
namespace {

std::optional<std::int64_t> ParseInteger(std::string_view text) {
  std::int64_t value = 0;
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string Quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

// Splits at commas that no backslash protects; the backslashes stay.
std::vector<std::string_view> SplitTerms(std::string_view text) {
  std::vector<std::string_view> terms;
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == ',') {
      terms.push_back(text.substr(start, i - start));
      start = i + 1;
    }
  }
  terms.push_back(text.substr(start));
  return terms;
}

Result<std::string> UnescapeFieldValue(std::string_view text) {
  std::string value;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '=') {
      return Fail(ErrorKind::kBadRequest,
                  "invalid field selector: unescaped character in value: '='");
    }
    if (c != '\\') {
      value += c;
      continue;
    }
    ++i;
    const bool known = i < text.size() && (text[i] == '\\' || text[i] == ',' || text[i] == '=');
    if (!known) {
      return Fail(ErrorKind::kBadRequest, "invalid field selector: invalid escape sequence: " +
                                              std::string(text.substr(i - 1, 2)));
    }
    value += text[i];
  }
  return value;
}

Result<FieldRequirement> ParseTerm(std::string_view term, std::string_view whole) {
  const std::size_t at = term.find_first_of("=!");
  const std::string_view rest = at == std::string_view::npos ? "" : term.substr(at);
  std::size_t width = 1;
  if (rest.starts_with("!=") || rest.starts_with("==")) width = 2;
  if (rest.empty() || (rest.front() == '!' && width == 1)) {
    return Fail(ErrorKind::kBadRequest, "invalid selector: '" + std::string(whole) +
                                            "'; can't understand '" + std::string(term) + "'");
  }
  auto value = UnescapeFieldValue(rest.substr(width));
  if (!value) return std::unexpected(value.error());
  const std::string_view field = term.substr(0, at);
  if (field != "metadata.name" && field != "metadata.namespace") {
    return Fail(ErrorKind::kBadRequest,
                Quoted(field) +
                    " is not a known field selector: only \"metadata.name\", "
                    "\"metadata.namespace\"");
  }
  return FieldRequirement{std::string(field), rest.front() != '!', std::move(*value)};
}

}  // namespace

bool LabelRequirement::Matches(const Labels& labels) const {
  const auto found = labels.find(key);
  const bool has = found != labels.end();
  switch (op) {
    case SelectorOperator::kExists:
      return has;
    case SelectorOperator::kDoesNotExist:
      return !has;
    case SelectorOperator::kIn:
      return has && std::ranges::binary_search(values, found->second);
    case SelectorOperator::kNotIn:
      return !has || !std::ranges::binary_search(values, found->second);
    case SelectorOperator::kGreaterThan:
    case SelectorOperator::kLessThan:
      break;
  }
  if (!has) return false;
  const auto number = ParseInteger(found->second);
  if (!number) return false;
  return op == SelectorOperator::kGreaterThan ? *number > bound : *number < bound;
}

bool LabelSelector::Matches(const Labels& labels) const {
  return std::ranges::all_of(requirements_, [&](const auto& r) { return r.Matches(labels); });
}

Result<FieldSelector> FieldSelector::Parse(std::string_view text) {
  FieldSelector selector;
  for (const std::string_view term : SplitTerms(text)) {
    if (term.empty()) continue;
    auto requirement = ParseTerm(term, text);
    if (!requirement) return std::unexpected(requirement.error());
    selector.requirements_.push_back(std::move(*requirement));
  }
  return selector;
}

bool FieldSelector::Matches(std::string_view name, std::string_view ns) const {
  return std::ranges::all_of(requirements_, [&](const FieldRequirement& requirement) {
    const std::string_view actual = requirement.field == "metadata.name" ? name : ns;
    return (actual == requirement.value) == requirement.equal;
  });
}

std::optional<std::string> FieldSelector::ExactMatch(std::string_view field) const {
  for (const FieldRequirement& requirement : requirements_) {
    if (requirement.field == field && requirement.equal) return requirement.value;
  }
  return std::nullopt;
}

}  // namespace mpl::objects
