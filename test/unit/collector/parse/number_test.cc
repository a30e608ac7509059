#include "collector/parse/number.h"

#include <gtest/gtest.h>

#include "collector/parse/plain_point.h"

namespace mpl::parse {
namespace {

struct Row {
  const char* text;
  int scale;
  std::uint64_t value;
};

class GoodNumber : public testing::TestWithParam<Row> {};

TEST_P(GoodNumber, IsExact) {
  const Number number = ParseScaled(GetParam().text, GetParam().scale);
  EXPECT_TRUE(number.ok) << GetParam().text;
  EXPECT_EQ(number.value, GetParam().value) << GetParam().text;
  // The short way gives the same or nothing.
  const std::string line = std::string(GetParam().text) + " 1763724000123\n";
  const PlainPoint point = ReadPlainPoint(line, GetParam().scale);
  if (point.length == 0) return;
  EXPECT_EQ(point.value, GetParam().value) << GetParam().text;
  EXPECT_EQ(point.millis, 1763724000123);
  EXPECT_EQ(point.length, line.size());
}

// Expected values worked out by hand: text × 10^scale, cut off.
INSTANTIATE_TEST_SUITE_P(
    Table, GoodNumber,
    testing::Values(Row{"0", 9, 0}, Row{"1", 9, 1000000000}, Row{"1.25", 9, 1250000000},
                    Row{"357.35491", 9, 357354910000}, Row{"0.000000001", 9, 1},
                    Row{"0.0000000019", 9, 1}, Row{"0.0000000009", 9, 0},
                    Row{"9007199.254740993", 9, 9007199254740993},  // 2^53 + 1: a double loses it
                    Row{"123456789.123456789", 9, 123456789123456789},
                    Row{"9223372036.854775807", 9, 9223372036854775807ULL},
                    Row{"1.675264e+07", 0, 16752640}, Row{"1.675264e7", 0, 16752640},
                    Row{"1.5E3", 0, 1500}, Row{"25e-1", 0, 2}, Row{"1e-400", 9, 0},
                    Row{"1e-30", 9, 0}, Row{"+7", 0, 7}, Row{".5", 9, 500000000}, Row{"5.", 0, 5},
                    Row{"007", 0, 7}, Row{"0.00000000000000000000000000000000000000001e41", 0, 1},
                    Row{"1.763724000123456e+09", 9, 1763724000123456000},
                    Row{"9223372036854775807", 0, 9223372036854775807ULL},
                    Row{"12345678901234567890123e-10", 0, 1234567890123}, Row{"0e999", 0, 0}));

TEST(Number, RefusesWhatIsOutOfRange) {
  for (const char* text :
       {"-1", "-0", "NaN", "nan", "+Inf", "-Inf", "Inf", "infinity", "9223372036854775808",
        "1.8446743709127774e+19", "1e19", "1e300", "99999999999999999999999"}) {
    const Number number = ParseScaled(text, 0);
    EXPECT_FALSE(number.ok) << text;
    EXPECT_EQ(number.fault, NumberFault::kRange) << text;
  }
}

TEST(Number, RefusesWhatIsNoNumber) {
  for (const char* text : {"", "-", "+", ".", "e5", "1e", "1e+", "1e+-5", "1.2.3", "1_000", "0x10",
                           "12abc", "--1", "1 "}) {
    const Number number = ParseScaled(text, 0);
    EXPECT_FALSE(number.ok) << text;
    EXPECT_EQ(number.fault, NumberFault::kSyntax) << text;
  }
}

TEST(Millis, AreBounded) {
  EXPECT_EQ(ParseMillis("1763724000123"), 1763724000123);
  EXPECT_EQ(ParseMillis("1"), 1);
  // The kubelet's zero time (year 1), as it has been seen on the wire.
  for (const char* text : {"-62135596800000", "0", "", "1.5", "1e3", "99999999999999", "x"}) {
    EXPECT_EQ(ParseMillis(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace mpl::parse
