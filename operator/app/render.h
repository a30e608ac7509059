// Prints what the operator would apply for a MetricsPipeline, without a cluster.
#pragma once

#include <string>

#include "kube/base/error.h"

namespace mpl::app {

struct RenderInput {
  std::string yaml;   // documents; the one MetricsPipeline among them counts
  std::string ns;     // of the operator
  std::string image;  // of collectors whose spec names none
};

// All children in the order of application, the registrations last, as a YAML stream. Keys and
// certificates are made at run time and only named here. kInvalid lists every fault of the object.
Result<std::string> Render(const RenderInput& input);

}  // namespace mpl::app
