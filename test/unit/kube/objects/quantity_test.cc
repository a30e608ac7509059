#include "kube/objects/quantity.h"

#include <gtest/gtest.h>

#include <limits>

namespace mpl::objects {
namespace {

// Expected texts: the rules and examples of the metrics API's quantities as noted from
// k8s.io/apimachinery (zeros stripped by threes; binary suffix only for whole factors of 1024).
TEST(Quantity, WritesCpuInDecimalSi) {
  EXPECT_EQ(FormatNanocores(0), "0");
  EXPECT_EQ(FormatNanocores(1), "1n");
  EXPECT_EQ(FormatNanocores(156741209), "156741209n");
  EXPECT_EQ(FormatNanocores(1500), "1500n");
  EXPECT_EQ(FormatNanocores(123000), "123u");
  EXPECT_EQ(FormatNanocores(1000000), "1m");
  EXPECT_EQ(FormatNanocores(250000000), "250m");
  EXPECT_EQ(FormatNanocores(2000000000), "2");
  EXPECT_EQ(FormatNanocores(10000000000), "10");
  EXPECT_EQ(FormatNanocores(1500000000), "1500m");
  EXPECT_EQ(FormatNanocores(1000000000000), "1k");
  EXPECT_EQ(FormatNanocores(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615n");
}

TEST(Quantity, WritesMemoryInBinarySi) {
  EXPECT_EQ(FormatBytes(0), "0");
  EXPECT_EQ(FormatBytes(500), "500");
  EXPECT_EQ(FormatBytes(1000), "1k");
  EXPECT_EQ(FormatBytes(1023), "1023");
  EXPECT_EQ(FormatBytes(1024), "1Ki");
  EXPECT_EQ(FormatBytes(1025), "1025");
  EXPECT_EQ(FormatBytes(1000000), "1000000");
  EXPECT_EQ(FormatBytes(6150616ULL * 1024), "6150616Ki");
  EXPECT_EQ(FormatBytes(50ULL << 20U), "50Mi");
  EXPECT_EQ(FormatBytes(1ULL << 30U), "1Gi");
  EXPECT_EQ(FormatBytes(3ULL << 29U), "1536Mi");
  EXPECT_EQ(FormatBytes(1616273409), "1616273409");
  EXPECT_EQ(FormatBytes(1ULL << 60U), "1Ei");
}

TEST(Quantity, ReadsEveryForm) {
  EXPECT_EQ(ParseNanocores("0"), 0);
  EXPECT_EQ(ParseNanocores("156741209n"), 156741209);
  EXPECT_EQ(ParseNanocores("123u"), 123000);
  EXPECT_EQ(ParseNanocores("250m"), 250000000);
  EXPECT_EQ(ParseNanocores("0.5"), 500000000);
  EXPECT_EQ(ParseNanocores(".5"), 500000000);
  EXPECT_EQ(ParseNanocores("2."), 2000000000);
  EXPECT_EQ(ParseNanocores("1e-3"), 1000000);
  EXPECT_EQ(ParseNanocores("-1"), -1000000000);
  EXPECT_EQ(ParseBytes("50Mi"), 50 << 20);
  EXPECT_EQ(ParseBytes("0.5Ki"), 512);
  EXPECT_EQ(ParseBytes("1e3"), 1000);
  EXPECT_EQ(ParseBytes("12E3"), 12000);
  EXPECT_EQ(ParseBytes("3E"), 3000000000000000000);
  EXPECT_EQ(ParseBytes("128974848"), 128974848);
  EXPECT_EQ(ParseBytes("129M"), 129000000);
}

TEST(Quantity, RoundsFinerAmountsUp) {
  EXPECT_EQ(ParseNanocores("0.0000000001"), 1);
  EXPECT_EQ(ParseBytes("100m"), 1);
  EXPECT_EQ(ParseBytes("1.5"), 2);
}

// Digits that do not change the value are no reason to refuse it; expected values by hand.
TEST(Quantity, TakesMoreDigitsThanFitIntoTheValue) {
  EXPECT_EQ(ParseBytes("1.00000000000000000000"), 1);
  EXPECT_EQ(ParseBytes("10000000000000000000000n"), 10'000'000'000'000);
  EXPECT_EQ(ParseNanocores("0.12345678901234567890123"), 123'456'790);
  EXPECT_EQ(ParseBytes("1.23456789012345678901E"), 1'234'567'890'123'456'790);
  EXPECT_EQ(ParseBytes("1.000000000000000Ei"), 1LL << 60);
  EXPECT_EQ(ParseBytes("922337203685477580.8"), 922'337'203'685'477'581);
  EXPECT_EQ(ParseBytes("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(ParseBytes("9223372036854775807.1"), std::nullopt);
  EXPECT_EQ(ParseBytes("922337203685477580.8e1"), std::nullopt);
}

TEST(Quantity, RefusesOtherText) {
  for (const char* text : {"", "m", "-", ".", "1.2.3", "1Kib", "1 m", "1e", "1ee3", "1e+-3", "0x10",
                           "NaN", "9223372036854775808", "10Ei", "1e40"}) {
    EXPECT_EQ(ParseBytes(text), std::nullopt) << text;
  }
}

TEST(Quantity, ReadsBackWhatItWrites) {
  for (const std::int64_t value : {0L, 1L, 999L, 1000L, 1024L, 123456789L, 1L << 40, 5000000000L}) {
    const auto number = static_cast<std::uint64_t>(value);
    EXPECT_EQ(ParseNanocores(FormatNanocores(number)), value);
    EXPECT_EQ(ParseBytes(FormatBytes(number)), value);
  }
}

}  // namespace
}  // namespace mpl::objects
