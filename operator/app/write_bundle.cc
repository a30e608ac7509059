#include <filesystem>
#include <fstream>

#include "operator/app/gather.h"

namespace mpl::app {

Result<void> WriteBundle(const Bundle& bundle, const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (fs::exists(path, error)) {
    return Fail(ErrorKind::kAlreadyExists, path + ": exists already; name another directory");
  }
  fs::create_directories(path, error);
  if (!error) fs::permissions(path, fs::perms::owner_all, error);
  if (error) return Fail(ErrorKind::kInternal, path + ": cannot be made: " + error.message());
  for (const auto& [name, content] : bundle) {
    const fs::path file = fs::path(path) / name;
    fs::create_directories(file.parent_path(), error);
    std::ofstream out(file, std::ios::binary);
    out << content;
    if (!out.flush()) return Fail(ErrorKind::kInternal, file.string() + ": cannot be written");
  }
  return {};
}

}  // namespace mpl::app
