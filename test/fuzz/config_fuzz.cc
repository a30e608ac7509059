// CollectorConfiguration: a refused document has faults, an accepted one keeps what the fields
// promise and reads back from its plainest form.
#include "collector/config/config.h"

#include <algorithm>
#include <set>

#include "kube/objects/yaml.h"
#include "test/fuzz/fuzz.h"

namespace mpl::fuzz {
namespace {

using config::CollectorConfig;
using objects::Json;

std::string Write(const CollectorConfig& config) {
  Json scrape = {{"resolution", FormatGoDuration(config.scrape.resolution)},
                 {"timeout", FormatGoDuration(config.scrape.timeout)},
                 {"addressTypes", config.scrape.address_types},
                 {"port", {{"source", config::Name(config.scrape.port_source)}}},
                 {"nodeSelector", config.scrape.node_selector_text},
                 {"maxConcurrency", config.scrape.max_concurrency},
                 {"compression", config::Name(config.scrape.compression)}};
  if (config.scrape.port_source == config::PortSource::kFixed)
    scrape["port"]["number"] = config.scrape.port_number;
  Json document = {{"apiVersion", config::kApiVersion},
                   {"kind", config::kKind},
                   {"scrape", std::move(scrape)},
                   {"tls",
                    {{"kubelet",
                      {{"mode", config::Name(config.kubelet_tls.mode)},
                       {"caBundle", config.kubelet_tls.ca_bundle_pem}}}}},
                   {"logging", {{"level", config.log_level}, {"format", config.log_format}}}};
  if (config.pins) document["pins"]["configMap"] = config.pins->ToString();
  if (config.scrape_identity) {
    document["scrapeIdentity"] = {{"serviceAccount", config.scrape_identity->name},
                                  {"namespace", config.scrape_identity->ns}};
  }
  return objects::ToYaml(document);
}

bool Same(const CollectorConfig& a, const CollectorConfig& b) {
  return Write(a) == Write(b) &&
         a.scrape.node_selector.requirements() == b.scrape.node_selector.requirements();
}

void CheckAccepted(const CollectorConfig& config) {
  const config::ScrapeConfig& scrape = config.scrape;
  Require(
      scrape.resolution >= std::chrono::seconds(5) && scrape.resolution <= std::chrono::minutes(5),
      "the resolution is in its range");
  Require(scrape.timeout > Duration(0) && scrape.timeout * 10 <= scrape.resolution * 9,
          "the timeout is in its range");
  const std::set<std::string> types(scrape.address_types.begin(), scrape.address_types.end());
  Require(!types.empty() && types.size() == scrape.address_types.size(),
          "address types are there, each once");
  Require(scrape.port_number > 0 && scrape.max_concurrency >= 0, "numbers are in their range");
  const bool custom = config.kubelet_tls.mode == config::KubeletTlsMode::kCustomCa;
  Require(custom == !config.kubelet_tls.ca_bundle_pem.empty(), "CustomCA and a bundle go together");
  Require(!config.pins || (!config.pins->ns.empty() && !config.pins->name.empty()),
          "pins have a whole name");
  const auto again = config::ParseConfig(Write(config));
  Require(again && Same(*again, config), "a configuration reads back");
}

}  // namespace

void Check(std::string_view input) {
  const auto config = config::ParseConfig(input);
  if (config) return CheckAccepted(*config);
  Require(!config.error().empty(), "a refused document has faults");
  Require(
      std::ranges::none_of(config.error(), [](const auto& fault) { return fault.detail.empty(); }),
      "a fault says what is wrong");
  Require(!config::Describe(config.error()).empty(), "faults can be told in one line");
}

}  // namespace mpl::fuzz
