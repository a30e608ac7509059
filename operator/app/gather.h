// `gather`: everything that helps to understand a broken pipeline, and nothing that opens a door.
//
// Reads only. What could not be read is named in errors.txt; the rest of the bundle stands.
#pragma once

#include <map>
#include <string>

#include "operator/app/one_shot.h"

namespace mpl::app {

struct GatherOptions {
  std::string ns;        // of the operator
  int log_lines = 5000;  // of each container
  std::size_t log_bytes = 4U << 20U;
};

// Content by path, such as "namespaces/metricspipeline-system/pods.json". Already without secrets:
// see operator/diagnosis/redact.h.
using Bundle = std::map<std::string, std::string>;
net::Task<Result<Bundle>> Gather(Session session, GatherOptions options);

// Writes into a new directory, for its owner only. Blocking. kAlreadyExists when `path` exists.
Result<void> WriteBundle(const Bundle& bundle, const std::string& path);

}  // namespace mpl::app
