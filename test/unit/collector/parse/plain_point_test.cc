#include "collector/parse/plain_point.h"

#include <gmock/gmock.h>

#include <string>

namespace mpl::parse {
namespace {

TEST(PlainPoint, TakesTheFormsThatKubeletsWrite) {
  for (const char* text : {"0 1763724000123\n", "357.35491 1763724000123\n", "2048\n",
                           "1.675264e+07 1763724000123\nnext", "1.763724000123456e+09\n"}) {
    EXPECT_EQ(ReadPlainPoint(text, 9).length, std::string_view(text).find('\n') + 1) << text;
  }
  EXPECT_EQ(ReadPlainPoint("2048\n", 0).millis, 0);
}

TEST(PlainPoint, LeavesEverythingElseToTheLongWay) {
  for (const char* text : {"",
                           "\n",
                           "1",
                           "1 ",
                           "1 1763724000123",
                           "1 1763724000123\r\n",
                           "1 176372400012\n",
                           "1 17637240001234\n",
                           "1  1763724000123\n",
                           "-1 1763724000123\n",
                           "+1 1763724000123\n",
                           "NaN 1763724000123\n",
                           "1e7 1763724000123\n",
                           "1e+7 1763724000123\n",
                           "1e+\n",
                           "1.2.3\n",
                           "1234567890123456789 1763724000123\n",
                           "1e+99\n",
                           "9.3e+18\n",
                           "1 9999999999999\n",
                           "1 0000000000000\n",
                           "1\t1763724000123\n",
                           ". 1763724000123\n"}) {
    EXPECT_EQ(ReadPlainPoint(text, 0).length, 0U) << text;
  }
}

// Hand sums: the text × 10^scale.
TEST(PlainPoint, ReadsEveryLengthOfDigitsOnBothSidesOfThePoint) {
  const std::string digits = "123456789012345678";
  for (std::size_t length = 1; length <= digits.size(); ++length) {
    for (std::size_t point = 0; point <= length; ++point) {
      const std::string text = digits.substr(0, point) + "." + digits.substr(point, length - point);
      const int power = 9 - static_cast<int>(length - point);
      std::string expected = digits.substr(0, length);
      if (power >= 0) {
        expected.append(static_cast<std::size_t>(power), '0');
      } else {
        expected.resize(static_cast<std::size_t>(std::max(0, static_cast<int>(length) + power)));
      }
      if (expected.size() > 18) continue;  // perhaps beyond 2^63
      const std::string line = text + " 1763724000123\n";
      const PlainPoint read = ReadPlainPoint(line, 9);
      EXPECT_EQ(read.value, expected.empty() ? 0 : std::stoull(expected)) << text;
      EXPECT_EQ(read.millis, 1763724000123) << text;
      EXPECT_EQ(read.length, line.size()) << text;
      // The same where more follows, which is not looked at.
      const PlainPoint within = ReadPlainPoint(line + std::string(64, '7'), 9);
      EXPECT_EQ(within.value, read.value) << text;
      EXPECT_EQ(within.length, read.length) << text;
    }
  }
}

TEST(PlainPoint, TakesNoCharacterButDigitsForDigits) {
  for (int c = 0; c < 256; ++c) {
    if (c >= '0' && c <= '9') continue;
    for (std::size_t at = 0; at < 13; ++at) {
      std::string time = "1763724000123";
      time[at] = static_cast<char>(c);
      EXPECT_EQ(ReadPlainPoint("1 " + time + "\n", 0).length, 0U) << c << " at " << at;
    }
    if (c == '.' || c == ' ' || c == '\n') continue;
    for (std::size_t at = 0; at < 17; ++at) {
      std::string value = "11111111111111111";
      value[at] = static_cast<char>(c);
      EXPECT_EQ(ReadPlainPoint(value + " 1763724000123\n", 0).length, 0U) << c << " at " << at;
    }
  }
}

}  // namespace
}  // namespace mpl::parse
