#include "kube/telemetry/log.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "kube/telemetry/line.h"

namespace mpl::log {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::MatchesRegex;

class Log : public testing::Test {
 protected:
  Log() {
    CaptureForTest([this](std::string_view line) { lines_.emplace_back(line); });
  }
  ~Log() override {
    CaptureForTest({});
    Configure(Level::kInfo, Format::kText);
  }
  std::vector<std::string> lines_;
};

TEST(LogLine, QuotesOnlyWhatWouldBreakTheLine) {
  EXPECT_EQ(QuoteValue("node1"), "node1");
  EXPECT_EQ(QuoteValue("10.0.0.1:10250"), "10.0.0.1:10250");
  EXPECT_EQ(QuoteValue(""), R"("")");
  EXPECT_EQ(QuoteValue("no route"), R"("no route")");
  EXPECT_EQ(QuoteValue("a=b"), R"("a=b")");
  EXPECT_EQ(QuoteValue("say \"x\""), R"("say \"x\"")");
  EXPECT_EQ(QuoteValue("two\nlines\r\t"), R"("two\nlines\r\t")");
  EXPECT_EQ(QuoteValue(std::string_view("a\x1b[31m", 6)), R"("a\x1b[31m")");
}

TEST(LogLine, CutsTheTimeToMilliseconds) {
  // 2026-11-21T12:00:00Z is 1795262400 (date -u -d 2026-11-21T12:00:00Z +%s).
  const TimePoint time{std::chrono::nanoseconds(1795262400'123'999'999)};
  EXPECT_EQ(FormatMillis(time), "2026-11-21T12:00:00.123Z");
}

TEST_F(Log, WritesTimeLevelEventAndFields) {
  Configure(Level::kInfo, Format::kText);

  Warning("kubelet refused", {{"node", "n1"}, {"tries", 3}, {"last", true}, {"why", "bad name"}});

  ASSERT_EQ(lines_.size(), 1U);
  EXPECT_THAT(lines_[0], MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{3}Z "
                                      "WARN kubelet refused node=n1 tries=3 last=true "
                                      "why=\"bad name\""));
}

TEST_F(Log, KeepsQuietBelowItsLevel) {
  Configure(Level::kWarning, Format::kText);

  Debug("d");
  Info("i");
  Warning("w");
  Failure("e");

  EXPECT_THAT(lines_, ElementsAre(HasSubstr("WARN w"), HasSubstr("ERROR e")));
}

TEST_F(Log, WritesJsonThatParsesWhateverTheValueIs) {
  Configure(Level::kDebug, Format::kJson);

  Info("started \"x\"", {{"address", "0.0.0.0"}, {"bytes", std::string("\xff\n\"")}});

  ASSERT_EQ(lines_.size(), 1U);
  const auto line = nlohmann::json::parse(lines_[0]);
  EXPECT_EQ(line.at("level"), "info");
  EXPECT_EQ(line.at("event"), "started \"x\"");
  EXPECT_EQ(line.at("address"), "0.0.0.0");
  EXPECT_EQ(line.at("bytes"), "\xEF\xBF\xBD\n\"");  // U+FFFD for the byte that is not UTF-8
  EXPECT_THAT(line.at("time").get<std::string>(), HasSubstr("T"));
}

TEST(LogOptions, TakeWordsInAnyCaseAndNameTheChoiceOtherwise) {
  EXPECT_EQ(ParseLevel("Debug"), Level::kDebug);
  EXPECT_EQ(ParseLevel("WARN"), Level::kWarning);
  EXPECT_EQ(ParseFormat("JSON"), Format::kJson);

  const auto level = ParseLevel("loud");
  ASSERT_FALSE(level);
  EXPECT_EQ(level.error().kind, ErrorKind::kInvalid);
  EXPECT_THAT(level.error().message, HasSubstr("debug, info, warning or error"));
  EXPECT_FALSE(ParseFormat(""));
}

}  // namespace
}  // namespace mpl::log
