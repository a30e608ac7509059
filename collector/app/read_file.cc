#include "collector/app/read_file.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

namespace mpl::app {

Result<std::string> ReadFile(const std::string& path) {
  constexpr std::size_t kLimit = 4U << 20U;
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return Fail(errno == ENOENT ? ErrorKind::kNotFound : ErrorKind::kInternal,
                path + ": " + std::strerror(errno));
  }
  std::string content;
  std::array<char, 4096> piece{};
  while (file && content.size() <= kLimit) {
    file.read(piece.data(), piece.size());
    content.append(piece.data(), static_cast<std::size_t>(file.gcount()));
  }
  if (file.bad()) return Fail(ErrorKind::kInternal, path + ": cannot be read");
  if (content.size() > kLimit) return Fail(ErrorKind::kInternal, path + ": larger than 4 MiB");
  return content;
}

}  // namespace mpl::app
