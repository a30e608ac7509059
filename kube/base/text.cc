#include "kube/base/text.h"

#include <algorithm>
#include <charconv>

namespace mpl {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = Lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool IsUnreserved(char c) {
  return (c >= '0' && c <= '9') || (Lower(c) >= 'a' && Lower(c) <= 'z') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

// The code point of a valid sequence.
unsigned CodePoint(std::string_view sequence) {
  const auto lead = static_cast<unsigned char>(sequence.front());
  unsigned point = sequence.size() == 1 ? lead : lead & (0xffU >> (sequence.size() + 1));
  for (const char c : sequence.substr(1))
    point = point << 6U | (static_cast<unsigned char>(c) & 63U);
  return point;
}

// Controls (of both sets: U+009B begins a terminal's commands as ESC [ does), line and paragraph
// ends, and what turns the direction of writing or cannot be seen: a reader would see another text.
bool Misleads(unsigned point) {
  const auto within = [point](unsigned first, unsigned last) {
    return first <= point && point <= last;
  };
  return point < 0x20 || within(0x7f, 0x9f) || within(0x200b, 0x200f) || within(0x2028, 0x202e) ||
         within(0x2060, 0x206f) || point == 0xfeff;
}

void AppendHexEscape(std::string& out, char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += "\\x";
  out += kHex[static_cast<unsigned char>(c) >> 4U];
  out += kHex[static_cast<unsigned char>(c) & 0xfU];
}

}  // namespace

std::size_t Utf8Bytes(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  std::size_t length = 0;
  if (lead >= 0xc2 && lead < 0xe0) length = 2;
  if (lead >= 0xe0 && lead < 0xf0) length = 3;
  if (lead >= 0xf0 && lead < 0xf5) length = 4;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t at = 1; at < length; ++at) {
    if ((byte(at) & 0xc0U) != 0x80) return 0;
  }
  // Forms that are longer than need be, surrogates, and what lies beyond U+10FFFF.
  const unsigned second = byte(1);
  const bool refused = (lead == 0xe0 && second < 0xa0) || (lead == 0xed && second >= 0xa0) ||
                       (lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second >= 0x90);
  return refused ? 0 : length;
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = Utf8Bytes(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

bool IsPlainLine(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = Utf8Bytes(text);
    if (length == 0 || Misleads(CodePoint(text.substr(0, length)))) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string_view Trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> pieces;
  for (;;) {
    const auto end = text.find(separator);
    pieces.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return pieces;
    text.remove_prefix(end + 1);
  }
}

std::string Join(const std::vector<std::string>& pieces, std::string_view separator) {
  std::string joined;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (i > 0) joined += separator;
    joined += pieces[i];
  }
  return joined;
}

std::string ToLower(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), Lower);
  return lower;
}

bool EqualsIgnoreCase(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return Lower(x) == Lower(y); });
}

std::string PercentDecode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && HexValue(text[i + 1]) >= 0 &&
        HexValue(text[i + 2]) >= 0) {
      decoded += static_cast<char>(HexValue(text[i + 1]) * 16 + HexValue(text[i + 2]));
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

std::string PercentEncode(std::string_view text) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    if (IsUnreserved(c)) {
      encoded += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      encoded += {'%', kHex[byte >> 4U], kHex[byte & 15U]};
    }
  }
  return encoded;
}

std::string Shortened(std::string_view text, std::size_t limit) {
  std::size_t size = std::min(text.size(), limit);
  const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U; };
  while (size < text.size() && size > 0 && continues(text[size])) --size;
  return std::string(text.substr(0, size));
}

std::optional<std::int64_t> ParseInteger(std::string_view text) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string Quote(std::string_view text) {
  constexpr std::string_view kNamed = "\a\b\f\n\r\t\v\\\"";
  constexpr std::string_view kNames = "abfnrtv\\\"";
  std::string quoted = "\"";
  while (!text.empty()) {
    const std::size_t sequence = Utf8Bytes(text);
    const std::size_t length = std::max<std::size_t>(sequence, 1);
    const char c = text.front();
    if (const std::size_t named = kNamed.find(c); named != std::string_view::npos) {
      quoted += '\\';
      quoted += kNames[named];
    } else if (sequence == 0 || (sequence == 1 && Misleads(CodePoint(text.substr(0, 1))))) {
      AppendHexEscape(quoted, c);
    } else if (const unsigned point = CodePoint(text.substr(0, length)); Misleads(point)) {
      constexpr std::string_view kHex = "0123456789abcdef";
      quoted += {'\\',
                 'u',
                 kHex[point >> 12U],
                 kHex[point >> 8U & 15U],
                 kHex[point >> 4U & 15U],
                 kHex[point & 15U]};
    } else {
      quoted += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
  return quoted + "\"";
}

std::string ShellWord(std::string_view text) {
  const auto is_safe = [](char c) {
    return IsUnreserved(c) ? c != '~' : std::string_view("%+,/:=@").contains(c);
  };
  const auto is_printable = [](char c) { return c >= ' ' && c <= '~'; };
  if (!text.empty() && std::ranges::all_of(text, is_safe)) return std::string(text);
  const bool printable = std::ranges::all_of(text, is_printable);
  std::string word = printable ? "'" : "$'";
  for (const char c : text) {
    if (printable && c == '\'') {
      word += R"('"'"')";
    } else if (printable || (is_printable(c) && c != '\'' && c != '\\')) {
      word += c;
    } else {
      AppendHexEscape(word, c);
    }
  }
  return word + "'";
}

}  // namespace mpl
