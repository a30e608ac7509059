// The collector's configuration document and the two ConfigMaps.
#include "kube/base/digest.h"
#include "operator/pipeline/yaml.h"
#include "operator/plan/children.h"

namespace mpl::plan {

std::string CollectorDocument(const pipeline::MetricsPipeline& pipeline, const Names& names,
                              const std::string& ca_bundle_pem) {
  const pipeline::ScrapeSpec& scrape = pipeline.scrape;
  Json port = {{"source", Name(scrape.port_source)}};
  if (scrape.port_number) port["number"] = *scrape.port_number;
  Json kubelet = {{"mode", Name(pipeline.tls.kubelet_mode)}};
  if (!ca_bundle_pem.empty()) kubelet["caBundle"] = ca_bundle_pem;
  Json scrape_section = {{"resolution", FormatGoDuration(scrape.resolution)},
                         {"timeout", FormatGoDuration(scrape.timeout)},
                         {"addressTypes", scrape.address_types},
                         {"port", std::move(port)},
                         {"maxConcurrency", scrape.max_concurrency}};
  if (!scrape.node_selector.empty()) scrape_section["nodeSelector"] = scrape.node_selector;
  const Json document = {
      {"apiVersion", "config.metricspipeline.dev/v1alpha1"},
      {"kind", "CollectorConfiguration"},
      {"scrape", std::move(scrape_section)},
      {"tls", {{"kubelet", std::move(kubelet)}}},
      {"pins", {{"configMap", names.ns + "/" + names.pins}}},
      {"scrapeIdentity", {{"serviceAccount", names.scraper}, {"namespace", names.ns}}},
      {"logging",
       {{"level", pipeline.collector.log_level}, {"format", pipeline.collector.log_format}}}};
  return pipeline::ToYaml(document);
}

std::string ConfigHash(const std::string& document) { return Sha256Hex(document).substr(0, 16); }

Intent ConfigurationMap(const ChildContext& context, const std::string& document) {
  Json object = context.Object(ConfigMaps(), context.names.config);
  object["data"] = {{"collector.yaml", document}};
  return {&ConfigMaps(), std::move(object)};
}

Intent PinsMap(const ChildContext& context) {
  return {&ConfigMaps(), context.Object(ConfigMaps(), context.names.pins)};
}

}  // namespace mpl::plan
