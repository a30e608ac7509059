// Exit codes of the commands that end by themselves.
#include "collector/app/app.h"

#include <gmock/gmock.h>

#include "test/support/output/output_to.h"

namespace mpl::app {
namespace {

// A script that keeps the output must not take half of it for all.
TEST(Main, FailsWhenItsOutputCannotBeWritten) {
  for (const char* argument : {"version", "--help"}) {
    const test::OutputTo full("/dev/full");
    testing::internal::CaptureStderr();
    EXPECT_EQ(Main({argument}), 1) << argument;
    EXPECT_THAT(testing::internal::GetCapturedStderr(), testing::HasSubstr("cannot be written"));
  }
  const test::OutputTo null("/dev/null");
  EXPECT_EQ(Main({"version"}), 0);
}

}  // namespace
}  // namespace mpl::app
