#include "kube/base/text.h"

#include <gmock/gmock.h>

namespace mpl {
namespace {

using ::testing::ElementsAre;

TEST(Trim, TakesBlanksOffBothEnds) {
  EXPECT_EQ(Trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(Trim("a"), "a");
  EXPECT_EQ(Trim(" \n"), "");
  EXPECT_EQ(Trim(""), "");
}

TEST(Split, KeepsEmptyPieces) {
  EXPECT_THAT(Split("a,,b", ','), ElementsAre("a", "", "b"));
  EXPECT_THAT(Split("", ','), ElementsAre(""));
  EXPECT_THAT(Split(",", ','), ElementsAre("", ""));
  EXPECT_THAT(Split("a", ','), ElementsAre("a"));
}

TEST(Join, IsTheOppositeOfSplit) {
  EXPECT_EQ(Join({}, ", "), "");
  EXPECT_EQ(Join({"a"}, ", "), "a");
  EXPECT_EQ(Join({"a", "b"}, ", "), "a, b");
  EXPECT_EQ(Join({"", "a", ""}, ","), ",a,");
}

TEST(ToLower, ChangesAsciiOnly) { EXPECT_EQ(ToLower("AZaz09-Ä"), "azaz09-Ä"); }

TEST(EqualsIgnoreCase, ComparesAsciiOnly) {
  EXPECT_TRUE(EqualsIgnoreCase("Content-Type", "content-tYPE"));
  EXPECT_FALSE(EqualsIgnoreCase("a", "ab"));
  EXPECT_FALSE(EqualsIgnoreCase("Ä", "ä"));
  EXPECT_FALSE(EqualsIgnoreCase("[", "{"));  // 0x20 apart, but no letters
}

TEST(Shortened, CutsBetweenCharacters) {
  EXPECT_EQ(Shortened("abc", 3), "abc");
  EXPECT_EQ(Shortened("abc", 2), "ab");
  EXPECT_EQ(Shortened("aé", 2), "a");
  EXPECT_EQ(Shortened("é", 1), "");
  EXPECT_EQ(Shortened("", 0), "");
}

// Rows: RFC 3629 section 3 and 10, Unicode 15 table 3-7.
TEST(IsUtf8, KnowsWellFormedSequences) {
  for (const char* text :
       {"", "a", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
        "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "a\xe2\x82\xac!"}) {
    EXPECT_TRUE(IsUtf8(text)) << PercentEncode(text);
  }
  for (const char* text :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x41", "\xe0\x9f\xbf", "\xed\xa0\x80",
        "\xe2\x82", "\xe2\x82\x41", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
        "\xff", "a\xfe"}) {
    EXPECT_FALSE(IsUtf8(text)) << PercentEncode(text);
  }
}

TEST(PercentDecode, LeavesBadEscapes) {
  EXPECT_EQ(PercentDecode("a%2Fb%2f"), "a/b/");
  EXPECT_EQ(PercentDecode("%"), "%");
  EXPECT_EQ(PercentDecode("%2"), "%2");
  EXPECT_EQ(PercentDecode("%zz%41"), "%zzA");
  EXPECT_EQ(PercentDecode("%00"), std::string(1, '\0'));
  EXPECT_EQ(PercentDecode("%ff"), "\xff");
  EXPECT_EQ(PercentDecode("%%41"), "%A");
}

TEST(PercentEncode, KeepsUnreservedCharactersOnly) {
  // RFC 3986 section 2.3.
  EXPECT_EQ(PercentEncode("AZaz09-._~"), "AZaz09-._~");
  EXPECT_EQ(PercentEncode("a b/c?d=e&f%"), "a%20b%2Fc%3Fd%3De%26f%25");
  EXPECT_EQ(PercentEncode("\xff"), "%FF");
}

TEST(PercentEncode, ComesBackThroughDecode) {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  EXPECT_EQ(PercentDecode(PercentEncode(all)), all);
}

TEST(ParseInteger, TakesWhatGoTakes) {
  // As strconv.ParseInt(text, 10, 64), tried with Go 1.26.
  EXPECT_EQ(ParseInteger("0"), 0);
  EXPECT_EQ(ParseInteger("+7"), 7);
  EXPECT_EQ(ParseInteger("-7"), -7);
  EXPECT_EQ(ParseInteger("007"), 7);
  EXPECT_EQ(ParseInteger("9223372036854775807"), INT64_MAX);
  EXPECT_EQ(ParseInteger("-9223372036854775808"), INT64_MIN);
  for (const char* bad : {"", "+", "-", "+-7", "-+7", "--7", " 7", "7 ", "0x7", "1_000", "7.0",
                          "9223372036854775808", "-9223372036854775809"}) {
    EXPECT_EQ(ParseInteger(bad), std::nullopt) << bad;
  }
}

TEST(Quote, WritesOneLineOfCleanText) {
  // As fmt.Sprintf("%q", text), tried with Go 1.26.
  EXPECT_EQ(Quote("web-0"), R"("web-0")");
  EXPECT_EQ(Quote(R"(a"b\c)"), R"("a\"b\\c")");
  EXPECT_EQ(Quote("a\nb\tc\r"), R"("a\nb\tc\r")");
  EXPECT_EQ(Quote(std::string("\0\x1b\x7f", 3)), R"("\x00\x1b\x7f")");
  EXPECT_EQ(Quote("gr\u00fcn \u20ac \U0001f600"), "\"gr\u00fcn \u20ac \U0001f600\"");
  EXPECT_EQ(Quote("a\u009b\u2028\u202e\ufeff"), R"("a\u009b\u2028\u202e\ufeff")");
  EXPECT_EQ(Quote("\xff\xc3"), R"("\xff\xc3")");
  EXPECT_EQ(Quote("\xed\xa0\x80\xc0\x80"), R"("\xed\xa0\x80\xc0\x80")");
  EXPECT_EQ(Quote(""), R"("")");
}

TEST(IsPlainLine, TakesWhatShowsAsItIs) {
  for (const char* text : {"", "node-1", "gr\u00fcn \u20ac \U0001f600", "a b"}) {
    EXPECT_TRUE(IsPlainLine(text)) << text;
  }
  // Controls, a terminal's command, ends of lines, and a text that reads backwards.
  for (const char* text : {"a\n", "\x1b[2J", "\u009b2J", "\u0085", "a\u2028b", "a\u202eb", "\u2066",
                           "\ufeff", "\x7f", "\xff"}) {
    EXPECT_FALSE(IsPlainLine(text)) << Quote(text);
  }
}

TEST(ShellWord, IsReadBackAsOneWord) {
  // As shlex.quote(text) of Python 3.11.
  EXPECT_EQ(ShellWord("kube-system/metrics-server"), "kube-system/metrics-server");
  EXPECT_EQ(ShellWord("--kubeconfig=/home/me/.kube/config"), "--kubeconfig=/home/me/.kube/config");
  EXPECT_EQ(ShellWord("100%"), "100%");
  EXPECT_EQ(ShellWord(""), "''");
  EXPECT_EQ(ShellWord("a b"), "'a b'");
  EXPECT_EQ(ShellWord("$(reboot)"), "'$(reboot)'");
  EXPECT_EQ(ShellWord("it's"), R"('it'"'"'s')");
  for (const char* text : {"~", "a;b", "*", "`id`", "\"x\"", "a\\b", "#", "a&b", "x!", "{a,b}"}) {
    EXPECT_EQ(ShellWord(text), "'" + std::string(text) + "'");
  }
}

TEST(ShellWord, StaysOnOneLineOfAscii) {
  // Read back by bash 5.2 (printf %s WORD | od -c) as what was given.
  EXPECT_EQ(ShellWord("a\nb"), R"($'a\x0ab')");
  EXPECT_EQ(ShellWord("gr\u00fcn"), R"($'gr\xc3\xbcn')");
  EXPECT_EQ(ShellWord("it's\t\\"), R"($'it\x27s\x09\x5c')");
  EXPECT_EQ(ShellWord("a\u2028b\u0085"), R"($'a\xe2\x80\xa8b\xc2\x85')");
}

}  // namespace
}  // namespace mpl
