// `status`: the conditions of pipelines in words, with what to do.
#pragma once

#include <string>

#include "kube/client/kube_client.h"

namespace mpl::app {

struct StatusReport {
  std::string text;
  bool all_ready = false;  // also false when there is no pipeline
};

// One paragraph for a MetricsPipeline.
std::string DescribePipeline(const objects::Json& pipeline);
// `name` empty: all.
net::Task<Result<StatusReport>> ReportStatus(client::KubeClient& client, std::string name);

}  // namespace mpl::app
