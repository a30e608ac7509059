#include "kube/objects/label_selector_parser.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace mpl::objects {
namespace {

constexpr std::string_view kSpaces = " \t\r\n";
constexpr std::string_view kSymbols = "=!(),<>";

std::unexpected<Error> Found(std::string_view found, std::string_view expected) {
  return Fail(ErrorKind::kBadRequest,
              "found '" + std::string(found) + "', expected: " + std::string(expected));
}

bool IsAlphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool IsNameText(std::string_view text) {
  if (text.empty() || !IsAlphanumeric(text.front()) || !IsAlphanumeric(text.back())) return false;
  return std::ranges::all_of(
      text, [](char c) { return IsAlphanumeric(c) || c == '-' || c == '_' || c == '.'; });
}

bool IsDnsLabel(std::string_view text) {
  if (text.empty() || text.front() == '-' || text.back() == '-') return false;
  return std::ranges::all_of(
      text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

bool IsDnsSubdomain(std::string_view text) {
  while (true) {
    const std::size_t dot = text.find('.');
    if (!IsDnsLabel(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

constexpr std::string_view kNameRule =
    "alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
    "character";

std::unexpected<Error> InvalidValue(std::string_view field, std::string_view value,
                                    const std::string& fault) {
  return Fail(ErrorKind::kBadRequest, "unable to parse requirement: " + std::string(field) +
                                          ": Invalid value: \"" + std::string(value) +
                                          "\": " + fault);
}

}  // namespace

std::optional<std::string> LabelKeyFault(std::string_view key) {
  const std::size_t slash = key.find('/');
  std::string_view name = key;
  if (slash != std::string_view::npos) {
    const std::string_view prefix = key.substr(0, slash);
    name = key.substr(slash + 1);
    if (prefix.empty()) return "prefix part must be non-empty";
    if (prefix.size() > 253) return "prefix part must be no more than 253 characters";
    if (!IsDnsSubdomain(prefix)) return "prefix part must be a lowercase RFC 1123 subdomain";
  }
  if (name.empty()) return "name part must be non-empty";
  if (name.size() > 63) return "name part must be no more than 63 characters";
  if (!IsNameText(name)) return "name part must consist of " + std::string(kNameRule);
  return std::nullopt;
}

std::optional<std::string> LabelValueFault(std::string_view value) {
  if (value.size() > 63) return "must be no more than 63 characters";
  if (value.empty() || IsNameText(value)) return std::nullopt;
  return "a valid label must be an empty string or consist of " + std::string(kNameRule);
}

Result<LabelSelector> LabelSelector::Parse(std::string_view text) {
  auto requirements = LabelSelectorParser(text).Parse();
  if (!requirements) return std::unexpected(requirements.error());
  LabelSelector selector;
  selector.requirements_ = std::move(*requirements);
  return selector;
}

LabelSelectorParser::Token LabelSelectorParser::Peek() const {
  const std::size_t start = text_.find_first_not_of(kSpaces, position_);
  if (start == std::string_view::npos) return {};
  const std::string_view rest = text_.substr(start);
  if (kSymbols.find(rest.front()) == std::string_view::npos) {
    const std::size_t end = rest.find_first_of(" \t\r\n=!(),<>");
    return {TokenKind::kWord, rest.substr(0, end)};
  }
  const bool pair = rest.starts_with("==") || rest.starts_with("!=");
  return {TokenKind::kSymbol, rest.substr(0, pair ? 2 : 1)};
}

LabelSelectorParser::Token LabelSelectorParser::Take() {
  const Token token = Peek();
  position_ = token.kind == TokenKind::kEnd
                  ? text_.size()
                  : static_cast<std::size_t>(token.text.data() - text_.data()) + token.text.size();
  return token;
}

bool LabelSelectorParser::TakeSymbol(std::string_view symbol) {
  const Token token = Peek();
  if (token.kind != TokenKind::kSymbol || token.text != symbol) return false;
  Take();
  return true;
}

bool LabelSelectorParser::AtTermEnd() const {
  const Token token = Peek();
  return token.kind == TokenKind::kEnd || token.text == ",";
}

Result<std::vector<LabelRequirement>> LabelSelectorParser::Parse() {
  std::vector<LabelRequirement> requirements;
  if (Peek().kind == TokenKind::kEnd) return requirements;
  if (const Token first = Peek(); first.kind == TokenKind::kSymbol && first.text != "!") {
    return Found(first.text, "!, identifier, or 'end of string'");
  }
  while (true) {
    auto requirement = ParseRequirement();
    if (!requirement) return std::unexpected(requirement.error());
    requirements.push_back(std::move(*requirement));
    const Token next = Take();
    if (next.kind == TokenKind::kEnd) return requirements;
    if (next.text != ",") return Found(next.text, "',' or 'end of string'");
    const Token after = Peek();
    if (after.kind == TokenKind::kWord || after.text == "!") continue;
    return Found(after.text, "identifier after ','");
  }
}

Result<LabelRequirement> LabelSelectorParser::ParseRequirement() {
  LabelRequirement requirement;
  const bool negated = TakeSymbol("!");
  const Token key = Take();
  if (key.kind != TokenKind::kWord) {
    auto found = Found(key.text, "identifier");
    return Within("unable to parse requirement", found.error());
  }
  requirement.key = key.text;
  if (const auto fault = LabelKeyFault(requirement.key)) {
    return InvalidValue("key", requirement.key, *fault);
  }
  if (negated || AtTermEnd()) {
    requirement.op = negated ? SelectorOperator::kDoesNotExist : SelectorOperator::kExists;
    return requirement;
  }
  auto complete = ParseComparison(std::move(requirement));
  if (!complete && !complete.error().message.starts_with("unable to parse requirement")) {
    return Within("unable to parse requirement", complete.error());
  }
  return complete;
}

Result<LabelRequirement> LabelSelectorParser::ParseComparison(LabelRequirement requirement) {
  const std::string_view op = Take().text;
  if (op == "in" || op == "notin") {
    requirement.op = op == "in" ? SelectorOperator::kIn : SelectorOperator::kNotIn;
    auto values = ParseSet();
    if (!values) return std::unexpected(values.error());
    requirement.values = std::move(*values);
    return Checked(std::move(requirement));
  }
  if (op == "=" || op == "==") {
    requirement.op = SelectorOperator::kIn;
  } else if (op == "!=") {
    requirement.op = SelectorOperator::kNotIn;
  } else if (op == ">") {
    requirement.op = SelectorOperator::kGreaterThan;
  } else if (op == "<") {
    requirement.op = SelectorOperator::kLessThan;
  } else {
    return Found(op, "in, notin, =, ==, !=, gt, lt");
  }
  auto value = ParseExactValue();
  if (!value) return std::unexpected(value.error());
  requirement.values = {std::move(*value)};
  return Checked(std::move(requirement));
}

// "(a,b)"; an empty place between or beside commas is the empty value, "()" has none.
Result<std::vector<std::string>> LabelSelectorParser::ParseSet() {
  const Token open = Take();
  if (open.text != "(") {
    return Fail(ErrorKind::kBadRequest, "found '" + std::string(open.text) + "' expected: '('");
  }
  std::vector<std::string> values;
  if (TakeSymbol(")")) return values;
  while (true) {
    const Token token = Peek();
    if (token.kind == TokenKind::kWord) {
      values.emplace_back(Take().text);
    } else if (token.text == "," || token.text == ")") {
      values.emplace_back();
    } else {
      return Found(token.text, "',', ')' or identifier");
    }
    const Token next = Take();
    if (next.text == ")") return values;
    if (next.text != ",") return Found(next.text, "',' or ')'");
  }
}

Result<std::string> LabelSelectorParser::ParseExactValue() {
  if (AtTermEnd()) return std::string();
  const Token token = Take();
  if (token.kind == TokenKind::kWord) return std::string(token.text);
  return Found(token.text, "identifier");
}

Result<LabelRequirement> LabelSelectorParser::Checked(LabelRequirement requirement) {
  if (requirement.values.empty()) {
    return Fail(ErrorKind::kBadRequest,
                "unable to parse requirement: values: Invalid value: []: for 'in', 'notin' "
                "operators, values set can't be empty");
  }
  const bool compares = requirement.op == SelectorOperator::kGreaterThan ||
                        requirement.op == SelectorOperator::kLessThan;
  if (compares) {
    const std::string_view text = requirement.values.front();
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), requirement.bound);
    if (error != std::errc() || end != text.data() + text.size()) {
      return InvalidValue("values[0]", text,
                          "for 'Gt', 'Lt' operators, the value must be an integer");
    }
  }
  std::ranges::sort(requirement.values);
  const auto repeated = std::ranges::unique(requirement.values);
  requirement.values.erase(repeated.begin(), repeated.end());
  for (std::size_t i = 0; i < requirement.values.size(); ++i) {
    if (const auto fault = LabelValueFault(requirement.values[i])) {
      return InvalidValue("values[" + std::to_string(i) + "][" + requirement.key + "]",
                          requirement.values[i], *fault);
    }
  }
  return requirement;
}

}  // namespace mpl::objects
