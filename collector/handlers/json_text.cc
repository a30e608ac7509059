#include "collector/handlers/json_text.h"

#include <array>
#include <charconv>
#include <cstring>

namespace mpl::handlers {
namespace {

constexpr std::uint64_t kEach = 0x0101010101010101;

// Not zero if a byte of `word` is zero; bytes above the first zero may be reported wrongly.
constexpr std::uint64_t HasZero(std::uint64_t word) {
  return (word - kEach) & ~word & (0x80 * kEach);
}

// IsPlain for eight characters at a time. '<' and '>' differ in one bit only.
bool ArePlain(std::uint64_t word) {
  const std::uint64_t control = (word - 0x20 * kEach) & ~word & (0x80 * kEach);
  return (control | HasZero(word ^ ('"' * kEach)) | HasZero(word ^ ('\\' * kEach)) |
          HasZero(word ^ ('&' * kEach)) | HasZero(word ^ (0x7f * kEach)) |
          HasZero((word & ~(0x02 * kEach)) ^ ('<' * kEach))) == 0;
}

bool IsPlain(char c) {
  return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\' && c != '<' && c != '>' &&
         c != '&' && c != 0x7f;
}

// How many characters at the beginning need no look of their own.
std::size_t PlainWords(std::string_view text) {
  std::size_t at = 0;
  for (std::uint64_t word = 0; at + sizeof word <= text.size(); at += sizeof word) {
    std::memcpy(&word, text.data() + at, sizeof word);
    if (!ArePlain(word)) break;
  }
  return at;
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
  for (std::size_t at = PlainWords(text); at < text.size(); ++at) {
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
