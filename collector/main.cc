// metricspipeline-collector: scrapes kubelets, serves metrics.k8s.io. All of it is in
// collector/app.
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "collector/app/app.h"

int main(int argc, char** argv) {
  try {
    return mpl::app::Main(std::vector<std::string>(argv + 1, argv + argc));
  } catch (const std::exception& error) {
    std::cerr << "metricspipeline-collector: " << error.what() << '\n';
    return 1;
  }
}
