#include "collector/handlers/json_text.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstdint>
#include <cstring>

#include "kube/base/text.h"

namespace mpl::handlers {
namespace {

// Sixteen characters at once, in a register of SSE2 or NEON: an extension that GCC and Clang share.
using Block = signed char __attribute__((vector_size(16)));

using Halves = std::uint64_t __attribute__((vector_size(16)));

// Of sixteen comparisons, each of which is -1 or 0.
bool AllHold(Block comparisons) {
  const auto halves = std::bit_cast<Halves>(comparisons);
  return (halves[0] & halves[1]) == ~std::uint64_t{0};
}

// Of one signed character, or of each of a block. What is not ASCII is negative.
template <class Characters>
auto NeedsNoEscape(Characters text) {
  return (text >= 0x20) & (text != '"') & (text != '&') & (text != '<') & (text != '>') &
         (text != '\\');
}

// Not in line: the constants alone are as much as the usual way.
[[gnu::cold, gnu::noinline]] bool ArePlainThough(Block unusual) {
  return AllHold(NeedsNoEscape(unusual));
}

// Names of Kubernetes are small letters, digits, '-' and '.': these ranges have nothing else to
// escape, and three comparisons do.
bool ArePlain(Block text) {
  return AllHold(((text > '&') & (text < '<')) | (text > '\\')) || ArePlainThough(text);
}

// Eight and four, for what is shorter.
using Half = std::uint64_t;
using Quarter = std::uint32_t;

// Each byte twice or four times: nothing is read back from memory that was written in parts, for
// which a processor waits.
bool ArePlain(Half text) { return ArePlain(std::bit_cast<Block>(Halves{text, text})); }
bool ArePlain(Quarter text) { return ArePlain(Half{text} << 32U | text); }

// Copies `text` part by part, where it has at least one and all of them are plain; the last part
// overlaps with the one before. Otherwise false, and of `text` is left what has not been copied.
template <class Part>
bool TakePlain(char*& at, std::string_view& text) {
  if (text.size() < sizeof(Part)) return false;
  const auto copy = [&](std::size_t from) {
    Part part;
    std::memcpy(&part, text.data() + from, sizeof part);
    if (!ArePlain(part)) return false;
    std::memcpy(at + from, &part, sizeof part);
    return true;
  };
  std::size_t done = 0;
  while (text.size() - done > sizeof(Part) && copy(done)) done += sizeof(Part);
  const bool whole = text.size() - done <= sizeof(Part) && copy(text.size() - sizeof(Part));
  if (whole) done = text.size();
  at += done;
  text.remove_prefix(done);
  return whole;
}

bool IsPlain(char c) { return NeedsNoEscape(static_cast<signed char>(c)) != 0; }

// One character that is not plain; `text` begins with it and loses it.
char* WriteEscaped(char* at, std::string_view& text) {
  const char c = text.front();
  if (static_cast<signed char>(c) < 0) {
    // Whoever wrote the name: an answer is JSON, and one bad byte must not spoil it.
    const std::size_t bytes = Utf8Bytes(text);
    const std::string_view shown = bytes == 0 ? "\\ufffd" : text.substr(0, bytes);
    text.remove_prefix(std::max<std::size_t>(bytes, 1));
    return std::ranges::copy(shown, at).out;
  }
  text.remove_prefix(1);
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

// The rest of a text, with the quote behind it.
[[gnu::noinline]] char* WriteRest(char* at, std::string_view text) {
  while (!text.empty()) {
    if (!IsPlain(text.front())) {
      at = WriteEscaped(at, text);
      continue;
    }
    *at++ = text.front();
    text.remove_prefix(1);
  }
  *at++ = '"';
  return at;
}

}  // namespace

char* WriteJsonString(char* at, std::string_view text) {
  *at++ = '"';
  if (!TakePlain<Block>(at, text) && !TakePlain<Half>(at, text) && !TakePlain<Quarter>(at, text)) {
    return WriteRest(at, text);
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
