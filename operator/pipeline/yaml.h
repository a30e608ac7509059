// YAML under the names by which the operator knows it.
#pragma once

#include "kube/objects/yaml.h"

namespace mpl::pipeline {

using objects::ParseYaml;
using objects::ToYaml;

}  // namespace mpl::pipeline
