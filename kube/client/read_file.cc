#include "kube/client/read_file.h"

#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

namespace mpl::client {

Result<std::string> ReadFile(const std::string& path) {
  constexpr std::size_t kLimit = 4U << 20U;
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return Fail(ErrorKind::kUnreachable, path + ": " + std::strerror(errno));
  std::string content;
  std::array<char, 4096> piece{};
  while (file && content.size() <= kLimit) {
    file.read(piece.data(), piece.size());
    content.append(piece.data(), static_cast<std::size_t>(file.gcount()));
  }
  if (file.bad()) return Fail(ErrorKind::kUnreachable, path + ": cannot be read");
  if (content.size() > kLimit) return Fail(ErrorKind::kUnreachable, path + ": larger than 4 MiB");
  return content;
}

std::optional<FileStamp> StampOf(const std::string& path, TimePoint now) {
  // The coarsest are FAT's two seconds.
  constexpr Duration kSettled = std::chrono::seconds(3);
  struct stat file{};
  if (stat(path.c_str(), &file) != 0) return std::nullopt;
  const FileStamp stamp{.device = file.st_dev,
                        .inode = file.st_ino,
                        .bytes = file.st_size,
                        .changed = TimePoint(std::chrono::seconds(file.st_ctim.tv_sec) +
                                             std::chrono::nanoseconds(file.st_ctim.tv_nsec))};
  if (now - stamp.changed < kSettled) return std::nullopt;
  return stamp;
}

}  // namespace mpl::client
