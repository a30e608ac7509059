// libFuzzer's door: https://llvm.org/docs/LibFuzzer.html
#include <cstdint>

#include "test/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mpl::fuzz::Check({reinterpret_cast<const char*>(data), size});
  return 0;
}
