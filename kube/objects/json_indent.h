// Compact JSON in the form that people read.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mpl::objects {

// Two blanks per level, "key": value, {} and [] where they are empty, no line break at the end: as
// Go's json.MarshalIndent(v, "", "  ") writes it. One object per text.
class JsonIndenter {
 public:
  // Takes the next part of one valid JSON text, which may be cut anywhere. Blanks outside of
  // strings are left out.
  void Append(std::string& out, std::string_view text);

 private:
  void NewLine(std::string& out) const;
  // Takes what stands outside of strings.
  void Structure(std::string& out, char c);
  // Takes the part of a string that `text` begins with, and returns its length.
  std::size_t InString(std::string& out, std::string_view text);

  std::size_t depth_ = 0;
  bool just_opened_ = false;  // the last character was '{' or '['
  bool in_string_ = false;
  bool escaped_ = false;  // within a string, after a backslash
};

std::string IndentJson(std::string_view json);

}  // namespace mpl::objects
