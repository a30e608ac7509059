// A clock that a test can set: libfaketime reads it from a file. The steady clock goes on as it is,
// as it does when a real computer's time is set.
#pragma once

#include <fstream>
#include <string>

#include "test/integration/operator/fixture.h"

namespace mpl::test {

// libfaketime and a sanitizer's runtime cannot be loaded together.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kClocksCanBeSet = false;
#else
inline constexpr bool kClocksCanBeSet = true;
#endif

class Clock {
 public:
  explicit Clock(const std::string& name, const std::string& offset = "+0")
      : path_(testing::TempDir() + "clock-" + name) {
    Set(offset);
  }
  void Set(const std::string& offset) const { std::ofstream(path_) << offset << "\n"; }
  Around Environment() const {
    return {
        .url = {},
        .environment = {"LD_PRELOAD=" + std::string(kFakeTime), "FAKETIME_TIMESTAMP_FILE=" + path_,
                        "FAKETIME_NO_CACHE=1", "FAKETIME_DONT_FAKE_MONOTONIC=1"}};
  }
  static constexpr const char* kFakeTime = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";

 private:
  std::string path_;
};

}  // namespace mpl::test
