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

char* WriteEscaped(char* at, char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  *at++ = '\\';
  switch (c) {
    case '"':
    case '\\':
      *at++ = c;
      return at;
    case '\n':
      *at++ = 'n';
      return at;
    case '\r':
      *at++ = 'r';
      return at;
    case '\t':
      *at++ = 't';
      return at;
    default:
      for (const char zero : {'u', '0', '0'}) *at++ = zero;
      *at++ = kHex[static_cast<unsigned char>(c) >> 4U];
      *at++ = kHex[static_cast<unsigned char>(c) & 0xfU];
      return at;
  }
}

}  // namespace

char* WriteJsonString(char* at, std::string_view text) {
  *at++ = '"';
  // Names and labels are short, and there is always room for a whole word more.
  std::size_t done = 0;
  for (std::uint64_t word = 0; done + sizeof word <= text.size(); done += sizeof word) {
    std::memcpy(&word, text.data() + done, sizeof word);
    if (!ArePlain(word)) break;
    std::memcpy(at, &word, sizeof word);
    at += sizeof word;
  }
  for (; done < text.size(); ++done) {
    if (IsPlain(text[done])) {
      *at++ = text[done];
    } else {
      at = WriteEscaped(at, text[done]);
    }
  }
  *at++ = '"';
  return at;
}

void AppendJsonString(std::string& out, std::string_view text) {
  const std::size_t before = out.size();
  out.resize_and_overwrite(before + JsonStringBytes(text.size()), [&](char* all, std::size_t) {
    return static_cast<std::size_t>(WriteJsonString(all + before, text) - all);
  });
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
