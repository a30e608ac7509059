// JSON as text, written straight into the answer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mpl::handlers {

// "text" with what JSON must escape, and the three characters that Go's encoder escapes as well.
void AppendJsonString(std::string& out, std::string_view text);
void AppendNumber(std::string& out, std::uint64_t number);

// The members of one object: writes the commas.
class JsonObjectWriter {
 public:
  explicit JsonObjectWriter(std::string& out) : out_(out) { out_ += '{'; }
  // Then append the value.
  std::string& Key(std::string_view name);
  void Text(std::string_view name, std::string_view value) { AppendJsonString(Key(name), value); }
  void Number(std::string_view name, std::uint64_t value) { AppendNumber(Key(name), value); }
  void End() { out_ += '}'; }

 private:
  std::string& out_;
  bool first_ = true;
};

}  // namespace mpl::handlers
