// YAML in and out, for documents that people read and write: the CR that `render` takes, the
// manifests that it prints, kubeconfigs, and the collector's configuration document.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kube/base/error.h"
#include "kube/objects/meta.h"

namespace mpl::objects {

// Every document of a stream; empty ones are left out. Plain scalars get the types of YAML 1.2's
// core schema (true, null, 12, 1.5; all else text). kMalformed with line and column; also for text
// that is not UTF-8, and for documents of more than 100,000 values (aliases written out) or 100
// levels.
Result<std::vector<Json>> ParseYaml(std::string_view text);

// UTF-8 without NUL: whether yaml-cpp may be given it at all.
bool IsYamlText(std::string_view text);

// Block style, keys sorted, "\n" at the end; strings are quoted whenever a reader could take them
// for something else. The same value always gives the same bytes.
std::string ToYaml(const Json& value);

}  // namespace mpl::objects
