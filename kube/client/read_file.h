// A small file, whole: configuration, a certificate, a token. Reading blocks, and is short.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "kube/base/error.h"
#include "kube/base/time.h"

namespace mpl::client {

// kUnreachable, naming the file and the reason; more than 4 MiB is refused, so that a path to
// something without an end costs no more. Never kNotFound: that means an object that is not there.
Result<std::string> ReadFile(const std::string& path);

// Says for next to nothing that a file is still the one that was read.
struct FileStamp {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t bytes = 0;
  TimePoint changed{};  // whatever of it, and by whichever means (ctime)
  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};
// Nothing: there is no such file, or it may change once more without another stamp, because its
// last change is as young as the file system's clock is coarse.
std::optional<FileStamp> StampOf(const std::string& path, TimePoint now);

}  // namespace mpl::client
