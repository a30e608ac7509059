#include "test/support/output/output_to.h"

#include <iostream>

namespace mpl::test {

OutputTo::OutputTo(const std::string& path)
    : file_(path), before_(std::cout.rdbuf(file_.rdbuf())) {}

OutputTo::~OutputTo() {
  std::cout.rdbuf(before_);
  std::cout.clear();
}

}  // namespace mpl::test
