#include "operator/diagnosis/scraping.h"

#include "kube/objects/selector.h"
#include "operator/plan/names.h"
#include "operator/plan/plan.h"

namespace mpl::diagnosis {
namespace {

// Null when there is none.
const Json* ActiveOf(const std::vector<Json>& pipelines) {
  std::vector<plan::Rival> living;
  for (const Json& item : pipelines) {
    const auto meta = objects::ParseObjectMeta(item);
    if (!meta || meta->deletion_timestamp) continue;
    living.push_back({meta->name, meta->uid, meta->creation_timestamp});
  }
  for (const Json& item : pipelines) {
    pipeline::MetricsPipeline candidate;
    auto meta = objects::ParseObjectMeta(item);
    if (!meta || meta->deletion_timestamp) continue;
    candidate.meta = *std::move(meta);
    if (plan::IsActive(candidate, living)) return &item;
  }
  return nullptr;
}

}  // namespace

Scraping ReadScraping(const std::vector<Json>& pipelines, const std::string& operator_namespace) {
  Scraping scraping;
  const Json* active = ActiveOf(pipelines);
  if (active == nullptr) return scraping;
  Json object = *active;
  // Items of a list may come without these two.
  object["apiVersion"] = pipeline::kApiVersion;
  object["kind"] = pipeline::kKind;
  const auto parsed = pipeline::ParsePipeline(object);
  const pipeline::MetricsPipeline pipeline =
      parsed ? *parsed : pipeline::ParseForDeletion(object);  // for name and namespace
  const plan::Names names(pipeline.meta.name,
                          plan::CollectorNamespace(pipeline, operator_namespace));
  scraping.scraper = {names.ns, names.scraper};
  if (!parsed) return scraping;
  scraping.scrape = parsed->scrape;
  scraping.tls = parsed->tls;
  return scraping;
}

std::vector<NodeFacts> SelectNodes(std::vector<NodeFacts> nodes,
                                   const pipeline::ScrapeSpec& scrape) {
  const auto selector = objects::LabelSelector::Parse(scrape.node_selector);
  if (!selector) return nodes;
  std::erase_if(nodes, [&](const NodeFacts& node) { return !selector->Matches(node.labels); });
  return nodes;
}

std::optional<Finding> JudgeSelection(std::size_t all, std::size_t selected,
                                      const pipeline::ScrapeSpec& scrape) {
  const auto selector = objects::LabelSelector::Parse(scrape.node_selector);
  if (!selector) {
    return Fault(subject::kAddresses, "spec.scrape.nodeSelector: " + selector.error().message,
                 "collectors refuse their configuration", "correct the selector");
  }
  if (all == 0 || selected > 0) return std::nullopt;
  return Fault(subject::kAddresses,
               "none of " + Count(all, "node") + " matches spec.scrape.nodeSelector '" +
                   scrape.node_selector + "'",
               "no node and no pod has metrics",
               "correct the selector: kubectl get nodes --show-labels shows the labels");
}

}  // namespace mpl::diagnosis
