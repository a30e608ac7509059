// Exit codes that no API server is needed for; those of the others are in
// test/integration/operator.
#include "operator/app/commands.h"

#include <gmock/gmock.h>

#include <fstream>
#include <iostream>

#include "test/support/paths/paths.h"

namespace mpl::app {
namespace {

// While it lives, standard output is that file.
class OutputTo {
 public:
  explicit OutputTo(const std::string& path)
      : file_(path), before_(std::cout.rdbuf(file_.rdbuf())) {}
  ~OutputTo() {
    std::cout.rdbuf(before_);
    std::cout.clear();
  }
  OutputTo(const OutputTo&) = delete;
  OutputTo& operator=(const OutputTo&) = delete;

 private:
  std::ofstream file_;
  std::streambuf* before_;
};

int ExitCode(const std::vector<std::string>& arguments, const std::string& output) {
  const OutputTo redirected(output);
  return RunCommand(arguments, [](const std::string&) { return ""; });
}

// docs/commands.md: exit code 1 when the output cannot be written. Every write to /dev/full fails
// with ENOSPC (full(4)), be it when the buffer is full or in the end.
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
