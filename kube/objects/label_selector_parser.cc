#include "kube/objects/label_selector_parser.h"

#include <algorithm>

#include "kube/base/text.h"
#include "kube/objects/names.h"

namespace mpl::objects {
namespace {

constexpr std::string_view kSpaces = " \t\r\n";
constexpr std::string_view kSymbols = "=!(),<>";

std::unexpected<Error> Found(std::string_view found, std::string_view expected) {
  return Fail(ErrorKind::kBadRequest,
              "found '" + std::string(found) + "', expected: " + std::string(expected));
}

std::string InvalidValue(const std::string& field, std::string_view value, std::string_view fault) {
  return field + ": Invalid value: " + Quote(value) + ": " + std::string(fault);
}

// One fault as it is, several in brackets, as Go's aggregated errors print.
std::string Aggregate(const std::vector<std::string>& faults) {
  return faults.size() == 1 ? faults.front() : "[" + Join(faults, ", ") + "]";
}

}  // namespace

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
    if (!requirement) return Within("unable to parse requirement", requirement.error());
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
  if (key.kind != TokenKind::kWord) return Found(key.text, "identifier");
  requirement.key = key.text;
  if (const std::string fault = LabelKeyFault(requirement.key); !fault.empty()) {
    // The field has no path there, and upstream prints what Go prints then.
    return Fail(ErrorKind::kBadRequest, InvalidValue("<nil>", requirement.key, fault));
  }
  if (negated || AtTermEnd()) {
    requirement.op = negated ? SelectorOperator::kDoesNotExist : SelectorOperator::kExists;
    return requirement;
  }
  return ParseComparison(std::move(requirement));
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

// "(a,b)"; an empty place between or beside commas is the empty value, and so is "()".
Result<std::vector<std::string>> LabelSelectorParser::ParseSet() {
  const Token open = Take();
  if (open.text != "(") {
    return Fail(ErrorKind::kBadRequest, "found '" + std::string(open.text) + "' expected: '('");
  }
  std::vector<std::string> values;
  while (true) {
    const Token token = Peek();
    if (token.kind == TokenKind::kWord) {
      values.emplace_back(Take().text);
    } else if (token.text == "," || token.text == ")") {
      values.emplace_back();
    } else {
      return Found(token.text, values.empty() ? "',', ')' or identifier" : "',', or identifier");
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
  std::vector<std::string> faults;
  const bool compares = requirement.op == SelectorOperator::kGreaterThan ||
                        requirement.op == SelectorOperator::kLessThan;
  if (compares) {
    const auto bound = ParseInteger(requirement.values.front());
    if (!bound) {
      faults.push_back(InvalidValue("values[0]", requirement.values.front(),
                                    "for 'Gt', 'Lt' operators, the value must be an integer"));
    }
    requirement.bound = bound.value_or(0);
  }
  std::ranges::sort(requirement.values);
  const auto repeated = std::ranges::unique(requirement.values);
  requirement.values.erase(repeated.begin(), repeated.end());
  for (std::size_t i = 0; i < requirement.values.size(); ++i) {
    const std::string& value = requirement.values[i];
    const std::string fault = LabelValueFault(value);
    if (fault.empty()) continue;
    const std::string field = "values[" + std::to_string(i) + "][" + requirement.key + "]";
    faults.push_back(InvalidValue(field, value, fault));
  }
  if (!faults.empty()) return Fail(ErrorKind::kBadRequest, Aggregate(faults));
  return requirement;
}

}  // namespace mpl::objects
