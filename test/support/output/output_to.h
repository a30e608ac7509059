// Lets a test choose where std::cout goes.
#pragma once

#include <fstream>
#include <streambuf>
#include <string>

namespace mpl::test {

// While it lives, std::cout is that file. /dev/full (full(4)) fails every write with ENOSPC, be it
// when the buffer is full or in the end.
class OutputTo {
 public:
  explicit OutputTo(const std::string& path);
  ~OutputTo();
  OutputTo(const OutputTo&) = delete;
  OutputTo& operator=(const OutputTo&) = delete;

 private:
  std::ofstream file_;
  std::streambuf* before_;
};

}  // namespace mpl::test
