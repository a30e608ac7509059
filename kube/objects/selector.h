// Label and field selectors as they stand in a query: "app in (a,b),!legacy", "metadata.name=x".
// Grammar, matching and validation: k8s.io/apimachinery pkg/labels and pkg/fields.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kube/base/error.h"
#include "kube/objects/meta.h"

namespace mpl::objects {

enum class SelectorOperator { kIn, kNotIn, kExists, kDoesNotExist, kGreaterThan, kLessThan };

// "=" and "==" are kIn of one value, "!=" is kNotIn of one.
struct LabelRequirement {
  std::string key;
  SelectorOperator op = SelectorOperator::kExists;
  std::vector<std::string> values;  // sorted, each once
  std::int64_t bound = 0;           // of > and <

  bool Matches(const Labels& labels) const;
  friend bool operator==(const LabelRequirement&, const LabelRequirement&) = default;
};

// All requirements must hold; none of them: everything matches.
class LabelSelector {
 public:
  // kBadRequest says what was found and what was expected.
  static Result<LabelSelector> Parse(std::string_view text);
  bool Matches(const Labels& labels) const;
  bool empty() const { return requirements_.empty(); }
  const std::vector<LabelRequirement>& requirements() const { return requirements_; }

 private:
  std::vector<LabelRequirement> requirements_;
};

struct FieldRequirement {
  std::string field;
  bool equal = true;  // false: "!="
  std::string value;
  friend bool operator==(const FieldRequirement&, const FieldRequirement&) = default;
};

// Over metadata.name and metadata.namespace: what an API without a storage of its own can offer.
class FieldSelector {
 public:
  // Terms "f=v", "f==v", "f!=v" joined by ','; in values "\\", "\," and "\=" stand for themselves.
  // kBadRequest for bad syntax and for any other field.
  static Result<FieldSelector> Parse(std::string_view text);
  bool Matches(std::string_view name, std::string_view ns) const;
  // The one value that `field` must have, when there is such a term.
  std::optional<std::string> ExactMatch(std::string_view field) const;
  bool empty() const { return requirements_.empty(); }
  const std::vector<FieldRequirement>& requirements() const { return requirements_; }

 private:
  std::vector<FieldRequirement> requirements_;
};

}  // namespace mpl::objects
