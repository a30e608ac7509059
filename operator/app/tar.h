// Writes tar archives in POSIX ustar form (IEEE Std 1003.1, pax, "ustar Interchange Format"): a
// support bundle must leave a container that has no file system to write to.
#pragma once

#include <map>
#include <string>

#include "kube/base/error.h"
#include "kube/base/time.h"

namespace mpl::app {

// `files`: content by path ("a/b.txt"). Mode 0600, one time for all. kInvalid for a path of more
// than 100 bytes in its last part or 155 before it, and for a file of 8 GiB or more.
Result<std::string> ToTar(const std::map<std::string, std::string>& files, TimePoint time);

}  // namespace mpl::app
