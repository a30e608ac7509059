#include "kube/base/time.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <string>

namespace mpl {
namespace {

using namespace std::chrono_literals;

TimePoint At(int year, unsigned month, unsigned day, Duration clock = 0ns) {
  return std::chrono::sys_days(std::chrono::year(year) / std::chrono::month(month) /
                               std::chrono::day(day)) +
         clock;
}

TEST(FormatRfc3339, CutsPartsOfASecondOff) {
  EXPECT_EQ(FormatRfc3339(At(2026, 8, 1, 12h)), "2026-08-01T12:00:00Z");
  EXPECT_EQ(FormatRfc3339(At(2026, 8, 1, 12h + 999999999ns)), "2026-08-01T12:00:00Z");
  EXPECT_EQ(FormatRfc3339(TimePoint{}), "1970-01-01T00:00:00Z");
  // Before 1970, too, the second that had begun.
  EXPECT_EQ(FormatRfc3339(TimePoint{-1ns}), "1969-12-31T23:59:59Z");
}

// -2^63 and 2^63 - 1 nanoseconds: `date -u -d @-9223372037`, `date -u -d @9223372036`.
TEST(FormatRfc3339, WritesAllThatNanosecondsReach) {
  EXPECT_EQ(FormatRfc3339(TimePoint::min()), "1677-09-21T00:12:43Z");
  EXPECT_EQ(FormatRfc3339(TimePoint::max()), "2262-04-11T23:47:16Z");
}

// Within a minute, to the next one and back, and at both ends of what there is.
TEST(Rfc3339Writer, WritesEachTimeWhateverTheOneBeforeWas) {
  Rfc3339Writer writer;
  const auto write = [&](TimePoint time) {
    std::array<char, kRfc3339Bytes> text{};
    return std::string(text.data(), writer.Write(text.data(), time));
  };
  EXPECT_EQ(write(TimePoint{} + 1s), "1970-01-01T00:00:01Z");
  EXPECT_EQ(write(At(2026, 8, 1, 11h + 59min + 59s + 999999999ns)), "2026-08-01T11:59:59Z");
  EXPECT_EQ(write(At(2026, 8, 1, 12h)), "2026-08-01T12:00:00Z");
  EXPECT_EQ(write(At(2026, 8, 1, 12h + 7s)), "2026-08-01T12:00:07Z");
  EXPECT_EQ(write(At(2026, 8, 1, 11h + 59min + 40s)), "2026-08-01T11:59:40Z");
  EXPECT_EQ(write(TimePoint{-1ns}), "1969-12-31T23:59:59Z");
  EXPECT_EQ(write(TimePoint::min()), "1677-09-21T00:12:43Z");
  EXPECT_EQ(write(TimePoint::max()), "2262-04-11T23:47:16Z");
}

TEST(FormatRfc3339Micro, AlwaysWritesSixDigits) {
  EXPECT_EQ(FormatRfc3339Micro(At(2026, 8, 1, 12h)), "2026-08-01T12:00:00.000000Z");
  EXPECT_EQ(FormatRfc3339Micro(At(2026, 8, 1, 12h + 1234999ns)), "2026-08-01T12:00:00.001234Z");
  EXPECT_EQ(FormatRfc3339Micro(TimePoint{-1ns}), "1969-12-31T23:59:59.999999Z");
}

struct TimeRow {
  std::string text;
  std::optional<TimePoint> time;
};

class ParseRfc3339Table : public ::testing::TestWithParam<TimeRow> {};

TEST_P(ParseRfc3339Table, Agrees) { EXPECT_EQ(ParseRfc3339(GetParam().text), GetParam().time); }

// RFC 3339 section 5.6 (grammar) and 5.8 (examples).
INSTANTIATE_TEST_SUITE_P(
    Good, ParseRfc3339Table,
    ::testing::Values(
        TimeRow{"1985-04-12T23:20:50.52Z", At(1985, 4, 12, 23h + 20min + 50s + 520ms)},
        TimeRow{"1996-12-19T16:39:57-08:00", At(1996, 12, 20, 0h + 39min + 57s)},
        TimeRow{"1937-01-01T12:00:27.87+00:20", At(1937, 1, 1, 11h + 40min + 27s + 870ms)},
        TimeRow{"2026-08-01T12:00:00Z", At(2026, 8, 1, 12h)},
        TimeRow{"2026-08-01t12:00:00z", At(2026, 8, 1, 12h)},
        TimeRow{"2026-08-01T12:00:00.123456789Z", At(2026, 8, 1, 12h + 123456789ns)},
        TimeRow{"2024-02-29T00:00:00+23:59", At(2024, 2, 28, 1min)},
        TimeRow{"1678-01-01T00:00:00Z", At(1678, 1, 1)},
        TimeRow{"2262-01-01T00:30:00+01:00", At(2261, 12, 31, 23h + 30min)}));

INSTANTIATE_TEST_SUITE_P(
    Bad, ParseRfc3339Table,
    ::testing::Values(TimeRow{"", {}}, TimeRow{"2026-08-01", {}},
                      TimeRow{"1678-01-01T00:00:00+01:00", {}},  // 1677 in UTC
                      TimeRow{"2261-12-31T23:59:59-00:01", {}}, TimeRow{"2026-08-01T12:00:00", {}},
                      TimeRow{"2026-08-01 12:00:00Z", {}}, TimeRow{"2026-8-1T12:00:00Z", {}},
                      TimeRow{"2026-02-29T12:00:00Z", {}}, TimeRow{"2026-13-01T12:00:00Z", {}},
                      TimeRow{"2026-08-01T24:00:00Z", {}}, TimeRow{"2026-08-01T12:60:00Z", {}},
                      TimeRow{"2026-08-01T12:00:61Z", {}}, TimeRow{"2026-08-01T12:00:00.Z", {}},
                      TimeRow{"2026-08-01T12:00:00+0100", {}},
                      TimeRow{"2026-08-01T12:00:00+24:00", {}},
                      TimeRow{"2026-08-01T12:00:00Zx", {}}, TimeRow{"+026-08-01T12:00:00Z", {}},
                      TimeRow{"2026--1-01T12:00:00Z", {}}, TimeRow{"0001-01-01T00:00:00Z", {}},
                      TimeRow{"9999-12-31T23:59:59Z", {}}));

struct DurationRow {
  std::string text;
  Duration duration;
};

class FormatGoDurationTable : public ::testing::TestWithParam<DurationRow> {};

TEST_P(FormatGoDurationTable, Agrees) {
  EXPECT_EQ(FormatGoDuration(GetParam().duration), GetParam().text);
}

// The documented form of Go's time.Duration.String: "72h3m0.5s"; leading zero units omitted, below
// a second the smaller unit.
INSTANTIATE_TEST_SUITE_P(
    All, FormatGoDurationTable,
    ::testing::Values(
        DurationRow{"0s", 0ns}, DurationRow{"1ns", 1ns}, DurationRow{"1.1µs", 1100ns},
        DurationRow{"1.5µs", 1500ns}, DurationRow{"2.2ms", 2200us}, DurationRow{"3.3s", 3300ms},
        DurationRow{"15.042s", 15042ms}, DurationRow{"1m0s", 60s}, DurationRow{"4m5s", 4min + 5s},
        DurationRow{"4m5.001s", 4min + 5001ms}, DurationRow{"5h6m7.001s", 5h + 6min + 7001ms},
        DurationRow{"1h0m0s", 1h}, DurationRow{"72h3m0.5s", 72h + 3min + 500ms},
        DurationRow{"8m0.000000001s", 8min + 1ns}, DurationRow{"-1m30s", -90s},
        DurationRow{"2562047h47m16.854775807s", Duration(std::numeric_limits<std::int64_t>::max())},
        DurationRow{"-2562047h47m16.854775808s",
                    Duration(std::numeric_limits<std::int64_t>::min())}));

class ParseGoDurationTable : public ::testing::TestWithParam<DurationRow> {};

TEST_P(ParseGoDurationTable, Agrees) {
  EXPECT_EQ(ParseGoDuration(GetParam().text), GetParam().duration);
}

// What the documentation of Go's time.ParseDuration allows, with the cases at the edges that its
// arithmetic decides (long fractions in double precision, the most negative value).
INSTANTIATE_TEST_SUITE_P(
    All, ParseGoDurationTable,
    ::testing::Values(
        DurationRow{"0", 0s}, DurationRow{"-0", 0s}, DurationRow{"+0", 0s}, DurationRow{"5s", 5s},
        DurationRow{"15.5s", 15500ms}, DurationRow{"-5s", -5s}, DurationRow{"+5s", 5s},
        DurationRow{"5.s", 5s}, DurationRow{".5s", 500ms}, DurationRow{"1.0040s", 1004ms},
        DurationRow{"10ns", 10ns}, DurationRow{"11us", 11us}, DurationRow{"12µs", 12us},
        DurationRow{"12μs", 12us}, DurationRow{"1.5µs", 1500ns}, DurationRow{"13ms", 13ms},
        DurationRow{"15m", 15min}, DurationRow{"16h", 16h}, DurationRow{"1m0s", 1min},
        DurationRow{"3h30m", 3h + 30min}, DurationRow{"10.5s4m", 4min + 10500ms},
        DurationRow{"-2m3.4s", -(2min + 3400ms)},
        DurationRow{"1h2m3s4ms5us6ns", 1h + 2min + 3s + 4ms + 5us + 6ns},
        DurationRow{"0.3333333333333333333h", 20min}, DurationRow{"0.100000000000000000000h", 6min},
        DurationRow{"9007199254740993ns", 9007199254740993ns},
        DurationRow{"9223372036854775807ns", Duration(std::numeric_limits<std::int64_t>::max())},
        DurationRow{"9223372036854775.807us", Duration(std::numeric_limits<std::int64_t>::max())},
        DurationRow{"-9223372036854775808ns", Duration(std::numeric_limits<std::int64_t>::min())}));

class ParseGoDurationRefusal : public ::testing::TestWithParam<std::string> {};

TEST_P(ParseGoDurationRefusal, GivesNothing) { EXPECT_FALSE(ParseGoDuration(GetParam())); }

INSTANTIATE_TEST_SUITE_P(All, ParseGoDurationRefusal,
                         ::testing::Values("", "3", "-", "+", "s", ".", "-.", ".s", "+.s", "1d",
                                           "1w", "5 s", " 5s", "5s ", "--5s", "5s-3s", "1e3s",
                                           "0x5s", "infs", "nans", "\x85\x85", "3000000h",
                                           "9223372036854775808ns", "9223372036854775.808us",
                                           "9223372036854ms775us808ns", "-9223372036854775809ns",
                                           "99999999999999999999999s"));

TEST(ParseGoDuration, ReadsWhatFormatWrites) {
  for (const Duration d : {Duration(1), Duration(1'000'001), Duration(3'599'999'999'999),
                           Duration(-86'400'000'000'001), Duration(std::int64_t{1} << 62)}) {
    EXPECT_EQ(ParseGoDuration(FormatGoDuration(d)), d) << FormatGoDuration(d);
  }
}

}  // namespace
}  // namespace mpl
