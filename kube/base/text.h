// Small questions about text that the standard library leaves open. ASCII only, as all protocol
// text here is, where nothing else is said.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mpl {

std::string_view Trim(std::string_view text);
// "a,,b" on ',' gives "a", "", "b"; empty text gives one empty piece.
std::vector<std::string_view> Split(std::string_view text, char separator);
std::string Join(const std::vector<std::string>& pieces, std::string_view separator);
std::string ToLower(std::string_view text);
bool EqualsIgnoreCase(std::string_view a, std::string_view b);

// Of the UTF-8 sequence that `text`, which is not empty, begins with; 0: it begins with none.
std::size_t Utf8Bytes(std::string_view text);
// RFC 3629: no overlong forms, no surrogates, nothing beyond U+10FFFF.
bool IsUtf8(std::string_view text);
// UTF-8 that shows as it is: no controls, no other ends of lines, nothing that is invisible or
// turns the direction of writing.
bool IsPlainLine(std::string_view text);

// At most `limit` bytes, cut between characters: else it would not be UTF-8 any more.
std::string Shortened(std::string_view text, std::size_t limit);

// "%2F" → "/"; bad escapes stay as they are, as in Go's lenient header decoding.
std::string PercentDecode(std::string_view text);
// Everything but RFC 3986 unreserved characters becomes %XX: safe in a path segment or query value.
std::string PercentEncode(std::string_view text);

// A whole number as Go's strconv.ParseInt(text, 10, 64) takes it: one sign, digits, no blanks.
std::optional<std::int64_t> ParseInteger(std::string_view text);

// In double quotes, as Go's %q: messages stay one line of clean UTF-8 whatever a client sent.
std::string Quote(std::string_view text);

// One word of a command that somebody pastes into bash or zsh: as it is when it is made of letters,
// digits and %+,-./:=@_, else in single quotes; with bytes outside of printable ASCII as $'\xc3',
// so that it stays on one line.
std::string ShellWord(std::string_view text);

}  // namespace mpl
