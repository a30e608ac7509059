// Label and field selectors: written out again in their plainest form they read back as the same.
#include "kube/objects/names.h"
#include "kube/objects/selector.h"

#include <algorithm>
#include <span>
#include <tuple>
#include <vector>

#include "test/fuzz/fuzz.h"

namespace mpl::fuzz {
namespace {

using objects::FieldSelector;
using objects::LabelRequirement;
using objects::LabelSelector;
using objects::SelectorOperator;

std::string Canonical(const LabelRequirement& requirement) {
  switch (requirement.op) {
    case SelectorOperator::kExists:
      return requirement.key;
    case SelectorOperator::kDoesNotExist:
      return "!" + requirement.key;
    case SelectorOperator::kGreaterThan:
      return requirement.key + ">" + requirement.values.front();
    case SelectorOperator::kLessThan:
      return requirement.key + "<" + requirement.values.front();
    case SelectorOperator::kIn:
    case SelectorOperator::kNotIn:
      break;
  }
  const bool in = requirement.op == SelectorOperator::kIn;
  // "()" would be no value at all.
  if (requirement.values == std::vector<std::string>{""})
    return requirement.key + (in ? "=" : "!=");
  std::string text = requirement.key + (in ? " in (" : " notin (");
  for (const std::string& value : requirement.values) text += value + ",";
  text.back() = ')';
  return text;
}

void CheckLabels(std::string_view input) {
  const auto selector = LabelSelector::Parse(input);
  if (!selector)
    return Require(!selector.error().message.empty(), "a refused label selector has a reason");
  std::string canonical;
  for (const LabelRequirement& requirement : selector->requirements()) {
    canonical += (canonical.empty() ? "" : ",") + Canonical(requirement);
    Require(objects::LabelKeyFault(requirement.key).empty(), "a key is a label key");
    Require(
        std::ranges::none_of(requirement.values,
                             [](const auto& v) { return !objects::LabelValueFault(v).empty(); }),
        "a value is a label value");
  }
  const auto again = LabelSelector::Parse(canonical);
  Require(again && again->requirements() == selector->requirements(),
          "a label selector reads back");
}

std::string Escaped(std::string_view value) {
  std::string text;
  for (const char c : value) {
    if (c == '\\' || c == ',' || c == '=') text += '\\';
    text += c;
  }
  return text;
}

// Terms are read in the order of their texts, in which "==" comes before "=x"; written out again,
// all have "=".
std::vector<objects::FieldRequirement> InOneOrder(std::span<const objects::FieldRequirement> all) {
  std::vector<objects::FieldRequirement> sorted(all.begin(), all.end());
  std::ranges::sort(sorted, {}, [](const objects::FieldRequirement& requirement) {
    return std::tie(requirement.field, requirement.equal, requirement.value);
  });
  return sorted;
}

void CheckFields(std::string_view input) {
  const auto selector = FieldSelector::Parse(input);
  if (!selector)
    return Require(!selector.error().message.empty(), "a refused field selector has a reason");
  std::string canonical;
  std::string name, ns;
  for (const objects::FieldRequirement& requirement : selector->requirements()) {
    canonical += (canonical.empty() ? "" : ",") + requirement.field +
                 (requirement.equal ? "=" : "!=") + Escaped(requirement.value);
    if (requirement.equal) (requirement.field == "metadata.name" ? name : ns) = requirement.value;
  }
  const auto again = FieldSelector::Parse(canonical);
  Require(again && InOneOrder(again->requirements()) == InOneOrder(selector->requirements()),
          "a field selector reads back");
  if (!selector->Matches(name, ns)) return;
  Require(selector->ExactMatch("metadata.name").value_or(name) == name,
          "what matches has the exact name");
}

}  // namespace

void Check(std::string_view input) {
  CheckLabels(input);
  CheckFields(input);
}

}  // namespace mpl::fuzz
