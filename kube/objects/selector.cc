#include "kube/objects/selector.h"

#include <algorithm>

#include "kube/base/text.h"

namespace mpl::objects {
namespace {

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
      // Upstream prints the character's number.
      return Fail(ErrorKind::kBadRequest,
                  "invalid field selector: unescaped character in value: 61");
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
  const std::size_t equals = term.find('=');
  if (equals == std::string_view::npos) {
    return Fail(ErrorKind::kBadRequest, "invalid selector: '" + std::string(whole) +
                                            "'; can't understand '" + std::string(term) + "'");
  }
  const bool negated = equals > 0 && term[equals - 1] == '!';
  std::string_view text = term.substr(equals + 1);
  if (!negated && text.starts_with('=')) text.remove_prefix(1);
  auto value = UnescapeFieldValue(text);
  if (!value) return std::unexpected(value.error());
  const std::string_view field = term.substr(0, negated ? equals - 1 : equals);
  return FieldRequirement{std::string(field), !negated, std::move(*value)};
}

Result<void> CheckField(std::string_view field) {
  if (field == "metadata.name" || field == "metadata.namespace") return {};
  return Fail(ErrorKind::kBadRequest, Quote(field) +
                                          " is not a known field selector: only \"metadata.name\", "
                                          "\"metadata.namespace\"");
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
  // In the order in which upstream finds faults: all of the syntax first, term by sorted term.
  std::vector<std::string_view> terms = SplitTerms(text);
  std::ranges::sort(terms);
  for (const std::string_view term : terms) {
    if (term.empty()) continue;
    auto requirement = ParseTerm(term, text);
    if (!requirement) return std::unexpected(requirement.error());
    selector.requirements_.push_back(std::move(*requirement));
  }
  for (const FieldRequirement& requirement : selector.requirements_) {
    if (auto known = CheckField(requirement.field); !known) return std::unexpected(known.error());
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
