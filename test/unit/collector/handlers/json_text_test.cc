#include "collector/handlers/json_text.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace mpl::handlers {
namespace {

std::string Written(std::string_view text) {
  std::string out;
  AppendJsonString(out, text);
  return out;
}

// Go's encoding/json escapes these (encode.go, htmlSafeSet and appendString).
TEST(AppendJsonString, EscapesAsGoDoes) {
  EXPECT_EQ(Written(""), R"("")");
  EXPECT_EQ(Written("\"\\\n\r\t"), R"("\"\\\n\r\t")");
  EXPECT_EQ(Written("<a&b>"), R"("\u003ca\u0026b\u003e")");
  EXPECT_EQ(Written(std::string_view("\0\x1f", 2)), R"("\u0000\u001f")");
  EXPECT_EQ(Written("=;?!'\x7f"), "\"=;?!'\x7f\"");
}

// Every length that blocks of sixteen cut differently, and each character at each place of it: read
// back by another's reader, nothing else has changed.
TEST(AppendJsonString, FindsEachCharacterAtEachPlace) {
  for (std::size_t size = 1; size <= 40; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      for (int c = 0; c < 0x80; ++c) {
        std::string text(size, 'a');
        text[at] = static_cast<char>(c);
        const std::string written = Written(text);
        ASSERT_EQ(nlohmann::json::parse(written), text);
        ASSERT_EQ(written.find_first_of("<>&"), std::string::npos) << c << " at " << at;
      }
    }
  }
}

TEST(AppendJsonString, LeavesWhatIsBeyondAsciiAsItIs) {
  EXPECT_EQ(Written("größe: fünfundzwanzig"), "\"größe: fünfundzwanzig\"");
}

// As Go's encoding/json: one U+FFFD for each byte that belongs to no sequence of RFC 3629.
TEST(AppendJsonString, ReplacesWhatIsNotUtf8WhereverItStands) {
  EXPECT_EQ(Written("c\xff"), R"("c\ufffd")");
  EXPECT_EQ(Written("\xe2\x82"), R"("\ufffd\ufffd")");
  EXPECT_EQ(Written("\xed\xa0\x80€"), R"("\ufffd\ufffd\ufffd€")");
  for (std::size_t size = 1; size <= 40; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      std::string text(size, 'a');
      text[at] = '\xfe';
      const std::string read = nlohmann::json::parse(Written(text));
      ASSERT_EQ(read, text.substr(0, at) + "\xef\xbf\xbd" + text.substr(at + 1));
    }
  }
}

}  // namespace
}  // namespace mpl::handlers
