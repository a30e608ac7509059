#include "collector/config/config.h"

#include <algorithm>
#include <array>
#include <utility>

#include "collector/config/fields.h"
#include "kube/base/digest.h"
#include "kube/base/text.h"
#include "kube/objects/names.h"
#include "kube/objects/yaml.h"
#include "kube/x509/certificate.h"

namespace mpl::config {
namespace {

using objects::Json;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration kShortestResolution = seconds(5);
constexpr Duration kLongestResolution = minutes(5);
constexpr std::int64_t kMostConcurrency = 10'000;

const std::vector<std::string> kAddressTypes = {"Hostname", "InternalDNS", "InternalIP",
                                                "ExternalDNS", "ExternalIP"};

template <class E, std::size_t N>
using Words = std::array<std::pair<E, std::string_view>, N>;

constexpr Words<PortSource, 2> kPortSources = {
    {{PortSource::kNodeStatus, "NodeStatus"}, {PortSource::kFixed, "Fixed"}}};
constexpr Words<KubeletTlsMode, 4> kModes = {{{KubeletTlsMode::kAuto, "Auto"},
                                              {KubeletTlsMode::kClusterCa, "ClusterCA"},
                                              {KubeletTlsMode::kCustomCa, "CustomCA"},
                                              {KubeletTlsMode::kInsecure, "Insecure"}}};
constexpr Words<Compression, 2> kCompressions = {
    {{Compression::kGzip, "Gzip"}, {Compression::kIdentity, "Identity"}}};

template <class E, std::size_t N>
std::string_view WordOf(const Words<E, N>& words, E value) {
  for (const auto& [candidate, word] : words) {
    if (candidate == value) return word;
  }
  return {};
}

template <class E, std::size_t N>
void TakeWord(Fields& fields, const char* name, const Words<E, N>& words, E& value) {
  std::vector<std::string> allowed;
  for (const auto& [candidate, word] : words) allowed.emplace_back(word);
  std::string text(WordOf(words, value));
  fields.OneOf(name, allowed, text);
  for (const auto& [candidate, word] : words) {
    if (word == text) value = candidate;
  }
}

void TakeTimes(Fields& fields, ScrapeConfig& scrape) {
  fields.Time("resolution", scrape.resolution);
  if (scrape.resolution < kShortestResolution || scrape.resolution > kLongestResolution) {
    fields.Fail("resolution", FormatGoDuration(scrape.resolution) +
                                  " is not from 5s to 5m: kubelets renew their numbers every 10 to "
                                  "20 s; use 15s unless you know better");
  }
  // Left out, it goes along with a short resolution.
  const Duration most =
      std::clamp(scrape.resolution, kShortestResolution, kLongestResolution) / 10 * 9;
  scrape.timeout = std::min(scrape.timeout, most);
  fields.Time("timeout", scrape.timeout);
  if (scrape.timeout <= Duration(0)) {
    fields.Fail("timeout", FormatGoDuration(scrape.timeout) + " is not positive; use 10s");
  } else if (scrape.timeout > most) {
    fields.Fail("timeout", FormatGoDuration(scrape.timeout) +
                               " is more than 90 % of the resolution " +
                               FormatGoDuration(scrape.resolution) +
                               ": lower the timeout or raise scrape.resolution");
  }
}

void TakeAddressTypes(Fields& fields, ScrapeConfig& scrape) {
  std::vector<std::string> types;
  if (!fields.Strings("addressTypes", types)) return;
  if (types.empty()) return fields.Fail("addressTypes", "is empty: leave it out for the default");
  for (const std::string& type : types) {
    if (std::ranges::find(kAddressTypes, type) == kAddressTypes.end()) {
      fields.Fail("addressTypes", Quote(type) + " is none of " + Join(kAddressTypes, ", "));
    }
    if (std::ranges::count(types, type) > 1) {
      return fields.Fail("addressTypes", Quote(type) + " is there twice: name each type once");
    }
  }
  scrape.address_types = std::move(types);
}

void TakePort(Fields fields, ScrapeConfig& scrape) {
  TakeWord(fields, "source", kPortSources, scrape.port_source);
  std::int64_t number = scrape.port_number;
  if (fields.Integer("number", 1, 65535, number) && scrape.port_source != PortSource::kFixed) {
    fields.Fail("number", "counts only with source Fixed: leave it out or set source: Fixed");
  }
  scrape.port_number = static_cast<std::uint16_t>(number);
  fields.End();
}

void TakeNodeSelector(Fields& fields, ScrapeConfig& scrape) {
  const Json* value = fields.Find("nodeSelector");
  if (value == nullptr) return;
  std::string text;
  if (value->is_object()) {
    for (const auto& [key, item] : value->items()) {
      if (!item.is_string()) {
        return fields.Fail("nodeSelector", "label " + Quote(key) + " is no text: quote its value");
      }
      const auto& label = item.get_ref<const std::string&>();
      if (const std::string fault = objects::LabelValueFault(label); !fault.empty()) {
        return fields.Fail("nodeSelector", "label " + Quote(key) + ": " + Quote(label) +
                                               " is no value of a label: " + fault);
      }
      text += (text.empty() ? "" : ",") + key + "=" + label;
    }
  } else if (value->is_string()) {
    text = value->get<std::string>();
  } else {
    return fields.Fail("nodeSelector", "is neither a label selector nor a map of labels");
  }
  auto selector = objects::LabelSelector::Parse(text);
  if (!selector) return fields.Fail("nodeSelector", selector.error().message);
  scrape.node_selector = *std::move(selector);
  scrape.node_selector_text = std::move(text);
}

void TakeScrape(Fields fields, ScrapeConfig& scrape) {
  TakeTimes(fields, scrape);
  TakeAddressTypes(fields, scrape);
  TakePort(fields.Section("port"), scrape);
  TakeNodeSelector(fields, scrape);
  std::int64_t concurrency = scrape.max_concurrency;
  fields.Integer("maxConcurrency", 0, kMostConcurrency, concurrency);
  scrape.max_concurrency = static_cast<int>(concurrency);
  TakeWord(fields, "compression", kCompressions, scrape.compression);
  fields.End();
}

void TakeKubeletTls(Fields fields, KubeletTlsConfig& tls) {
  TakeWord(fields, "mode", kModes, tls.mode);
  fields.String("caBundle", tls.ca_bundle_pem);
  const bool custom = tls.mode == KubeletTlsMode::kCustomCa;
  if (const auto bundle = x509::ParsePemCertificates(tls.ca_bundle_pem); custom && !bundle) {
    fields.Fail("caBundle",
                bundle.error().message +
                    ": mode CustomCA needs the kubelets' authority as PEM certificates");
  }
  if (!custom && !tls.ca_bundle_pem.empty()) {
    fields.Fail("caBundle", "counts only with mode CustomCA: leave it out or set mode: CustomCA");
  }
  fields.End();
}

void TakePins(Fields fields, CollectorConfig& config) {
  std::string text;
  fields.String("configMap", text);
  fields.End();
  if (text.empty()) return;
  const auto slash = text.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == text.size() ||
      text.find('/', slash + 1) != std::string::npos) {
    return fields.Fail("configMap", Quote(text) + " is not <namespace>/<name>");
  }
  config.pins = {text.substr(0, slash), text.substr(slash + 1)};
}

void TakeIdentity(Fields fields, CollectorConfig& config) {
  std::string name;
  std::string ns;
  fields.String("serviceAccount", name);
  fields.String("namespace", ns);
  fields.End();
  if (name.empty() && ns.empty()) return;
  if (name.empty()) return fields.Fail("serviceAccount", "is empty while namespace is set");
  if (ns.empty()) return fields.Fail("namespace", "is empty while serviceAccount is set");
  config.scrape_identity = {ns, name};
}

void TakeLogging(Fields fields, CollectorConfig& config) {
  fields.OneOf("level", {"Debug", "Info", "Warning", "Error"}, config.log_level);
  fields.OneOf("format", {"Text", "Json"}, config.log_format);
  fields.End();
}

void TakeDocument(Fields fields, CollectorConfig& config) {
  std::string version;
  std::string kind;
  fields.String("apiVersion", version);
  if (version != kApiVersion) {
    fields.Fail("apiVersion", Quote(version) + " is not " + std::string(kApiVersion));
  }
  fields.String("kind", kind);
  if (kind != kKind) fields.Fail("kind", Quote(kind) + " is not " + std::string(kKind));
  TakeScrape(fields.Section("scrape"), config.scrape);
  Fields tls = fields.Section("tls");
  TakeKubeletTls(tls.Section("kubelet"), config.kubelet_tls);
  tls.End();
  TakePins(fields.Section("pins"), config);
  TakeIdentity(fields.Section("scrapeIdentity"), config);
  TakeLogging(fields.Section("logging"), config);
  fields.End();
}

}  // namespace

std::string_view Name(PortSource value) { return WordOf(kPortSources, value); }
std::string_view Name(KubeletTlsMode value) { return WordOf(kModes, value); }
std::string_view Name(Compression value) { return WordOf(kCompressions, value); }

std::expected<CollectorConfig, std::vector<Fault>> ParseConfig(std::string_view yaml_or_json) {
  std::vector<Fault> faults;
  const auto documents = objects::ParseYaml(yaml_or_json);
  if (!documents) return std::unexpected(std::vector{Fault{"", documents.error().message}});
  if (documents->size() != 1) {
    return std::unexpected(std::vector{
        Fault{"", "holds " + std::to_string(documents->size()) + " documents, not one"}});
  }
  CollectorConfig config;
  TakeDocument(Fields(&documents->front(), "", &faults), config);
  if (!faults.empty()) return std::unexpected(std::move(faults));
  return config;
}

std::string Describe(const std::vector<Fault>& faults) {
  std::string text =
      std::to_string(faults.size()) + (faults.size() == 1 ? " fault: " : " faults: ");
  for (std::size_t i = 0; i < faults.size(); ++i) {
    text += (i == 0 ? "" : "; ") + faults[i].ToString();
  }
  return text;
}

std::string ConfigHash(std::string_view document) { return Sha256Hex(document).substr(0, 16); }

}  // namespace mpl::config
