// metricspipeline-operator: see operator/app.
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "operator/app/commands.h"

int main(int argc, char** argv) {
  try {
    return mpl::app::RunCommand(std::vector<std::string>(argv + 1, argv + argc),
                                mpl::app::ProcessEnvironment);
  } catch (const std::exception& problem) {
    std::cerr << "unforeseen: " << problem.what() << "\n";
    return 1;
  }
}
