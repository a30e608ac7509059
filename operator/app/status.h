// `status`: the whole chain of a pipeline, from the object to the nodes, and its conditions in
// words.
#pragma once

#include <string>
#include <vector>

#include "operator/app/one_shot.h"
#include "operator/diagnosis/chain.h"

namespace mpl::app {

struct StatusOptions {
  std::string name;  // of a pipeline; empty: all
  std::string ns;    // of the operator
};

struct PipelineStatus {
  std::string name;
  objects::Json pipeline;
  std::vector<diagnosis::Link> chain;
};

struct StatusReport {
  std::vector<PipelineStatus> pipelines;
  bool all_ready = false;  // every one is Ready and no link is broken; false when there is none
};

// The conditions of a MetricsPipeline, one a line, with what to do.
std::string DescribePipeline(const objects::Json& pipeline);
std::string Describe(const StatusReport& report);
objects::Json ToJson(const StatusReport& report);

net::Task<Result<StatusReport>> ReportStatus(Session session, StatusOptions options);
// What the chain of one pipeline is judged by.
net::Task<diagnosis::ChainFacts> ReadChain(Session session, objects::Json pipeline,
                                           std::string operator_namespace);

}  // namespace mpl::app
