// metricspipeline-operator: see operator/app.
#include <sys/stat.h>

#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "operator/app/commands.h"

int main(int argc, char** argv) {
  ::umask(077);  // support bundles are for their owner only, archives too
  try {
    return mpl::app::RunCommand(std::vector<std::string>(argv + 1, argv + argc),
                                mpl::app::ProcessEnvironment);
  } catch (const std::exception& problem) {
    std::cerr << "unforeseen: " << problem.what() << "\n";
    return 1;
  }
}
