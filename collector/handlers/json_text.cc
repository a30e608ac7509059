#include "collector/handlers/json_text.h"

#include <array>
#include <charconv>

namespace mpl::handlers {
namespace {

bool IsPlain(char c) {
  return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\' && c != '<' && c != '>' &&
         c != '&' && c != 0x7f;
}

void AppendEscaped(std::string& out, char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      out += kHex[static_cast<unsigned char>(c) >> 4U];
      out += kHex[static_cast<unsigned char>(c) & 0xfU];
  }
}

}  // namespace

void AppendJsonString(std::string& out, std::string_view text) {
  out += '"';
  std::size_t plain = 0;  // from here on nothing has been written yet
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (IsPlain(text[at])) continue;
    out += text.substr(plain, at - plain);
    AppendEscaped(out, text[at]);
    plain = at + 1;
  }
  out += text.substr(plain);
  out += '"';
}

void AppendNumber(std::string& out, std::uint64_t number) {
  std::array<char, 20> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  out.append(digits.data(), end);
}

std::string& JsonObjectWriter::Key(std::string_view name) {
  if (!first_) out_ += ',';
  first_ = false;
  AppendJsonString(out_, name);
  out_ += ':';
  return out_;
}

}  // namespace mpl::handlers
