// Exit codes that no API server is needed for; those of the others are in
// test/integration/operator.
#include "operator/app/commands.h"

#include <gmock/gmock.h>

#include "test/support/output/output_to.h"
#include "test/support/paths/paths.h"

namespace mpl::app {
namespace {

int ExitCode(const std::vector<std::string>& arguments, const std::string& output) {
  const test::OutputTo redirected(output);
  return RunCommand(arguments, [](const std::string&) { return ""; });
}

// docs/commands.md: exit code 1 when the output cannot be written.
TEST(RunCommand, FailsWhenItsOutputCannotBeWritten) {
  const std::string sample = test::SourcePath("samples/minimal.yaml");
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"crds"}, {"version"}, {"--help"}, {"render", "-f", sample}}) {
    EXPECT_EQ(ExitCode(arguments, "/dev/null"), 0) << arguments.front();
    testing::internal::CaptureStderr();
    EXPECT_EQ(ExitCode(arguments, "/dev/full"), 1) << arguments.front();
    EXPECT_THAT(testing::internal::GetCapturedStderr(), testing::HasSubstr("cannot be written"));
  }
}

}  // namespace
}  // namespace mpl::app
