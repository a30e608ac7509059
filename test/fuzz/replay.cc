// Feeds a harness every file of the folders named on the command line, once: a fault that was found
// stays found with any compiler.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "test/fuzz/fuzz.h"

// An exception that gets here is a fault of the harness: it ends the process.
// NOLINTNEXTLINE(bugprone-exception-escape)
int main(int count, char** arguments) {
  std::size_t replayed = 0;
  for (int i = 1; i < count; ++i) {
    for (const auto& entry : std::filesystem::directory_iterator(arguments[i])) {
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string text{std::istreambuf_iterator<char>(file), {}};
      const std::vector<char> exact(text.begin(), text.end());  // no NUL behind it
      std::printf("%s\n", entry.path().filename().c_str());
      std::fflush(stdout);
      mpl::fuzz::Check({exact.data(), exact.size()});
      ++replayed;
    }
  }
  std::printf("%zu inputs\n", replayed);
  return replayed == 0 ? 1 : 0;
}
