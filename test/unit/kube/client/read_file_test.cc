#include "kube/client/read_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace mpl::client {
namespace {

using testing::HasSubstr;

class ReadFileTest : public testing::Test {
 protected:
  void SetUp() override { Write("first"); }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  void Write(const std::string& text) {
    std::filesystem::create_directories(folder_);
    std::ofstream(path_) << text;
  }
  // What the file's own clock says, later.
  TimePoint After(Duration age) const {
    struct stat file{};
    EXPECT_EQ(stat(path_.c_str(), &file), 0);
    return TimePoint(std::chrono::seconds(file.st_ctim.tv_sec) +
                     std::chrono::nanoseconds(file.st_ctim.tv_nsec) + age);
  }

  const std::string folder_ = testing::TempDir() + "read_file_" +
                              testing::UnitTest::GetInstance()->current_test_info()->name();
  const std::string path_ = folder_ + "/file";
};

TEST_F(ReadFileTest, GivesAllOfItOrNamesTheFile) {
  EXPECT_EQ(ReadFile(path_).value(), "first");
  const auto missing = ReadFile(folder_ + "/other");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::kUnreachable);
  EXPECT_EQ(missing.error().message, folder_ + "/other: No such file or directory");
}

TEST_F(ReadFileTest, StopsWhereAPathHasNoEnd) {
  const auto endless = ReadFile("/dev/zero");
  ASSERT_FALSE(endless);
  EXPECT_EQ(endless.error().message, "/dev/zero: larger than 4 MiB");
}

TEST_F(ReadFileTest, AStampStaysUntilTheFileChanges) {
  const auto before = StampOf(path_, After(std::chrono::seconds(3)));
  ASSERT_TRUE(before);
  EXPECT_EQ(StampOf(path_, After(std::chrono::minutes(5))), before);
  // As a ConfigMap is renewed: another file under the same name, of the same size.
  const std::string next = folder_ + "/next";
  std::ofstream(next) << "other";
  std::filesystem::rename(next, path_);
  const auto after = StampOf(path_, After(std::chrono::seconds(3)));
  ASSERT_TRUE(after);
  EXPECT_NE(after, before);
}

TEST_F(ReadFileTest, WhatHasJustChangedOrIsNotThereHasNoStamp) {
  EXPECT_FALSE(StampOf(path_, After(std::chrono::milliseconds(2'900))));
  EXPECT_FALSE(StampOf(path_, After(-std::chrono::hours(1))));  // our clock was set back
  EXPECT_FALSE(StampOf(folder_ + "/other", After(std::chrono::hours(1))));
}

}  // namespace
}  // namespace mpl::client
