// The CustomResourceDefinition that this program was built with.
#pragma once

#include <string_view>

namespace mpl::app {

// YAML; made from crds/ at build time.
extern const std::string_view kCrdYaml;

}  // namespace mpl::app
