// The grammar of label selectors: text to requirements. Used by LabelSelector::Parse only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kube/base/error.h"
#include "kube/objects/selector.h"

namespace mpl::objects {

// One pass over the text; texts of errors as k8s.io/apimachinery pkg/labels/selector.go forms them.
class LabelSelectorParser {
 public:
  explicit LabelSelectorParser(std::string_view text) : text_(text) {}
  Result<std::vector<LabelRequirement>> Parse();

 private:
  enum class TokenKind { kEnd, kWord, kSymbol };
  struct Token {
    TokenKind kind = TokenKind::kEnd;
    std::string_view text;
  };

  Token Peek() const;
  Token Take();
  bool TakeSymbol(std::string_view symbol);
  bool AtTermEnd() const;

  Result<LabelRequirement> ParseRequirement();
  Result<LabelRequirement> ParseComparison(LabelRequirement requirement);
  Result<std::vector<std::string>> ParseSet();
  Result<std::string> ParseExactValue();
  static Result<LabelRequirement> Checked(LabelRequirement requirement);

  std::string_view text_;
  std::size_t position_ = 0;
};

}  // namespace mpl::objects
