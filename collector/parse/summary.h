// Reads a kubelet's /stats/summary?only_cpu_and_memory=true: asked once per node, for first answers
// before two samples are there (kubelet API stats/v1alpha1).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "collector/store/batch.h"
#include "kube/base/error.h"

namespace mpl::parse {

struct Summary {
  store::SummaryBatch batch;  // names point into `names`
  std::shared_ptr<const void> names;
};

// kMalformed when it is not the JSON of a Summary; entries without usageNanoCores, workingSetBytes
// or time are left out.
Result<Summary> ParseSummary(std::string_view body);

}  // namespace mpl::parse
