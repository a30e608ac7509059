// What the active pipeline wants of kubelets: which of them are asked, and how.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "operator/diagnosis/cluster.h"
#include "operator/diagnosis/finding.h"
#include "operator/pipeline/pipeline.h"

namespace mpl::diagnosis {

struct Scraping {
  pipeline::ScrapeSpec scrape;  // the defaults without a pipeline, or where its spec is refused
  pipeline::TlsSpec tls;
  // The ServiceAccount whose token kubelets are shown, in the collector's namespace; empty without
  // a pipeline.
  objects::NamespacedName scraper;
};
// Of the pipeline that the controller takes for the active one, among `pipelines` (JSON).
Scraping ReadScraping(const std::vector<Json>& pipelines, const std::string& operator_namespace);

// Those that spec.scrape.nodeSelector matches.
std::vector<NodeFacts> SelectNodes(std::vector<NodeFacts> nodes,
                                   const pipeline::ScrapeSpec& scrape);
// A fault when it matches none of `all` nodes, or cannot be read.
std::optional<Finding> JudgeSelection(std::size_t all, std::size_t selected,
                                      const pipeline::ScrapeSpec& scrape);

}  // namespace mpl::diagnosis
