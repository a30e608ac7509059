// JSON as text, written straight into the answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace mpl::handlers {

// "text" with what JSON must escape, and the three characters that Go's encoder escapes as well;
// bytes that are not UTF-8 become U+FFFD, as with it.
void AppendJsonString(std::string& out, std::string_view text);
// The same into memory with room for JsonStringBytes(text.size()); gives the end of what was
// written.
char* WriteJsonString(char* at, std::string_view text);
constexpr std::size_t JsonStringBytes(std::size_t size) { return 6 * size + 2; }
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
