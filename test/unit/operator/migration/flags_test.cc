#include "operator/migration/flags.h"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "operator/migration/flag_table.h"
#include "test/support/paths/paths.h"

namespace mpl::migration {
namespace {

using testing::SizeIs;

struct Recorded {
  std::string name;
  bool takes_value = false;
  bool collects = false;  // more of them, when it is given again
};

std::vector<Recorded> RecordedFlags() {
  std::ifstream file(test::SourcePath("test/unit/operator/migration/metrics_server_flags.txt"));
  std::vector<Recorded> flags;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.starts_with('#')) continue;
    std::istringstream words(line);
    Recorded flag;
    std::string value;
    words >> flag.name >> value;
    flag.takes_value = !value.empty();
    flag.collects = value == "values";
    flags.push_back(std::move(flag));
  }
  return flags;
}

TEST(FlagTable, HasEveryFlagOfTheRecordedHelp) {
  const std::vector<Recorded> recorded = RecordedFlags();
  ASSERT_GT(recorded.size(), 100U);
  for (const Recorded& flag : recorded) {
    const FlagRow* row = FindFlag(flag.name);
    ASSERT_NE(row, nullptr) << flag.name;
    EXPECT_EQ(row->is_switch, !flag.takes_value) << flag.name;
    EXPECT_EQ(Collects(flag.name), flag.collects) << flag.name;
    EXPECT_EQ(row->treatment == Treatment::kTranslated, row->note.empty()) << flag.name;
  }
}

TEST(FlagTable, HasNoFlagThatIsNotThere) {
  for (const char* name : {"", "kubelet", "metric-resolutions", "insecure-port"}) {
    EXPECT_EQ(FindFlag(name), nullptr) << name;
  }
}

// The forms of github.com/spf13/pflag: "--flag", "--flag=x", "--flag x" (not for switches), "-f x",
// "-f=x", "-fx"; "--" ends the flags.
TEST(ReadFlags, ReadsEveryFormOfAFlag) {
  const auto flags =
      ReadFlags({"--kubelet-port=10255", "--kubelet-port", "10256", "--kubelet-insecure-tls",
                 "--kubelet-insecure-tls=false", "-l", "a=b", "-v=4", "-v2", "--", "--word"});
  ASSERT_THAT(flags, SizeIs(8));
  EXPECT_EQ(flags[0].value, "10255");
  EXPECT_EQ(flags[1].value, "10256");
  EXPECT_EQ(flags[1].written, "--kubelet-port 10256");
  EXPECT_EQ(flags[2].value, "true");
  EXPECT_EQ(flags[3].value, "false");
  EXPECT_EQ(flags[4].name, "node-selector") << "StringVarP(…, \"node-selector\", \"l\", …)";
  EXPECT_EQ(flags[4].value, "a=b");
  EXPECT_EQ(flags[5].value, "4");
  EXPECT_EQ(flags[6].value, "2");
  EXPECT_FALSE(flags[7].is_flag);
}

TEST(ReadFlags, ASwitchTakesNoWord) {
  const auto flags = ReadFlags({"--kubelet-insecure-tls", "word", "--unknown", "word"});
  ASSERT_THAT(flags, SizeIs(3));
  EXPECT_EQ(flags[0].value, "true");
  EXPECT_FALSE(flags[1].is_flag);
  EXPECT_EQ(flags[2].value, "word");
}

}  // namespace
}  // namespace mpl::migration
