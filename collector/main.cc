// metricspipeline-collector: scrapes kubelets, serves metrics.k8s.io. All of it is in
// collector/app.
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "collector/app/app.h"

// jemalloc's settings, which it looks for under this name (jemalloc(3), TUNING). What a burst of
// scrapes has freed is kept for the next one instead of being given back after 10 s and taken anew
// after 15; a large list's memory is given back within a minute.
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "dirty_decay_ms:60000,muzzy_decay_ms:0";
}

int main(int argc, char** argv) {
  try {
    return mpl::app::Main(std::vector<std::string>(argv + 1, argv + argc));
  } catch (const std::exception& error) {
    std::cerr << "metricspipeline-collector: " << error.what() << '\n';
    return 1;
  }
}
