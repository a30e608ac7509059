// A bundle as an archive (read by tar itself) and as a directory.
#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "operator/app/gather.h"
#include "operator/app/tar.h"

namespace mpl::app {
namespace {

namespace fs = std::filesystem;

class Bundles : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "bundle-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { fs::remove_all(folder_); }

  static std::string Read(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  fs::path folder_;
};

Bundle Some() {
  return {{"version.txt", "1"},
          {"empty", ""},
          {"a/" + std::string(90, 'd') + "/" + std::string(90, 'f'), std::string(512, 'x')},
          {"a/b.json", std::string(1300, 'y')}};
}

TEST_F(Bundles, AreArchivesThatTarUnpacks) {
  const auto archive = ToTar(Some(), *ParseRfc3339("2026-11-21T12:00:00Z"));
  ASSERT_TRUE(archive) << archive.error().message;
  std::ofstream(folder_ / "x.tar", std::ios::binary) << *archive;
  const std::string command =
      "tar -xf " + (folder_ / "x.tar").string() + " -C " + folder_.string() + " 2>&1";
  ASSERT_EQ(std::system(command.c_str()), 0);  // NOLINT(cert-env33-c)
  for (const auto& [path, content] : Some()) EXPECT_EQ(Read(folder_ / path), content) << path;
  const auto mode = fs::status(folder_ / "version.txt").permissions();
  EXPECT_EQ(mode & fs::perms::all, fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(Bundles, AreDirectoriesForTheirOwner) {
  const std::string path = (folder_ / "bundle").string();
  ASSERT_TRUE(WriteBundle(Some(), path));
  for (const auto& [name, content] : Some()) EXPECT_EQ(Read(fs::path(path) / name), content);
  EXPECT_EQ(fs::status(path).permissions() & fs::perms::all, fs::perms::owner_all);
  EXPECT_EQ(WriteBundle(Some(), path).error().kind, ErrorKind::kAlreadyExists);
}

TEST(Tar, RefusesPathsThatDoNotFit) {
  EXPECT_FALSE(ToTar({{std::string(101, 'a'), ""}}, TimePoint{}));
  EXPECT_FALSE(ToTar({{std::string(160, 'a') + "/" + std::string(90, 'b'), ""}}, TimePoint{}));
}

}  // namespace
}  // namespace mpl::app
