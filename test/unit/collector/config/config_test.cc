#include "collector/config/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kube/base/text.h"
#include "test/support/certs/certs.h"

namespace mpl::config {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kHead =
    "apiVersion: config.metricspipeline.dev/v1alpha1\nkind: CollectorConfiguration\n";

std::string Document(std::string_view rest) { return std::string(kHead) + std::string(rest); }

std::vector<std::string> Faults(std::string_view text) {
  const auto config = ParseConfig(text);
  std::vector<std::string> faults;
  if (config) return faults;
  for (const Fault& fault : config.error()) faults.push_back(fault.ToString());
  return faults;
}

TEST(Config, AnEmptyDocumentMeansTheDefaults) {
  const auto config = ParseConfig(kHead);
  ASSERT_TRUE(config.has_value());
  // Defaults: the table at the top of config.h.
  EXPECT_EQ(config->scrape.resolution, seconds(15));
  EXPECT_EQ(config->scrape.timeout, seconds(10));
  EXPECT_THAT(config->scrape.address_types, ElementsAre("InternalIP", "ExternalIP", "Hostname"));
  EXPECT_EQ(config->scrape.port_source, PortSource::kNodeStatus);
  EXPECT_TRUE(config->scrape.node_selector.empty());
  EXPECT_EQ(config->scrape.max_concurrency, 0);
  EXPECT_EQ(config->scrape.compression, Compression::kGzip);
  EXPECT_EQ(config->kubelet_tls.mode, KubeletTlsMode::kAuto);
  EXPECT_FALSE(config->pins.has_value());
  EXPECT_FALSE(config->scrape_identity.has_value());
}

// As a block of YAML, six characters in.
std::string Indented(const std::string& text) {
  std::string block;
  for (const std::string_view line : Split(text, '\n')) {
    if (!line.empty()) block += "      " + std::string(line) + "\n";
  }
  return block;
}

TEST(Config, ReadsEveryField) {
  const test::Authority authority("kubelet-ca");
  const auto config = ParseConfig(Document(R"(
scrape:
  resolution: 1m
  timeout: 20s
  addressTypes: [Hostname, InternalIP]
  port: {source: Fixed, number: 10251}
  nodeSelector: "zone in (a,b),!edge"
  maxConcurrency: 32
  compression: Identity
tls:
  kubelet:
    mode: CustomCA
    caBundle: |
)" + Indented(authority.ca_pem()) + R"(
pins: {configMap: metrics/cluster-pins}
scrapeIdentity: {serviceAccount: scraper, namespace: metrics}
logging: {level: Debug, format: Json}
)"));
  ASSERT_TRUE(config.has_value()) << Describe(config.error());
  EXPECT_EQ(config->scrape.resolution, seconds(60));
  EXPECT_EQ(config->scrape.timeout, seconds(20));
  EXPECT_THAT(config->scrape.address_types, ElementsAre("Hostname", "InternalIP"));
  EXPECT_EQ(config->scrape.port_source, PortSource::kFixed);
  EXPECT_EQ(config->scrape.port_number, 10251);
  EXPECT_TRUE(config->scrape.node_selector.Matches({{"zone", "b"}}));
  EXPECT_FALSE(config->scrape.node_selector.Matches({{"zone", "b"}, {"edge", ""}}));
  EXPECT_EQ(config->scrape.max_concurrency, 32);
  EXPECT_EQ(config->scrape.compression, Compression::kIdentity);
  EXPECT_EQ(config->kubelet_tls.mode, KubeletTlsMode::kCustomCa);
  EXPECT_EQ(config->kubelet_tls.ca_bundle_pem, authority.ca_pem());
  EXPECT_EQ(config->pins, (objects::NamespacedName{"metrics", "cluster-pins"}));
  EXPECT_EQ(config->scrape_identity, (objects::NamespacedName{"metrics", "scraper"}));
  EXPECT_EQ(config->log_level, "Debug");
  EXPECT_EQ(config->log_format, "Json");
}

TEST(Config, TakesJsonAndASelectorOfLabels) {
  const auto config = ParseConfig(
      R"({"apiVersion": "config.metricspipeline.dev/v1alpha1", "kind": "CollectorConfiguration",
          "scrape": {"nodeSelector": {"a": "1", "b": "2"}, "resolution": null}})");
  ASSERT_TRUE(config.has_value()) << Describe(config.error());
  EXPECT_EQ(config->scrape.node_selector_text, "a=1,b=2");
  EXPECT_TRUE(config->scrape.node_selector.Matches({{"a", "1"}, {"b", "2"}}));
  EXPECT_FALSE(config->scrape.node_selector.Matches({{"a", "1"}}));
}

TEST(Config, NamesAllFaultsAtOnce) {
  const auto faults = Faults(R"(
apiVersion: v1
kind: ConfigMap
scrape:
  resolution: 1s
  timeout: soon
  addressTypes: [InternalIP, Wifi]
  port: {source: Random, number: 70000}
  nodeSelector: "a in"
  maxConcurrency: -1
  compression: Brotli
  speed: 5
tls: {kubelet: {mode: Maybe}}
pins: {configMap: nowhere}
scrapeIdentity: {serviceAccount: a}
logging: {level: Loud, format: 5}
extra: 1
)");
  std::vector<std::string> fields;
  for (const std::string& fault : faults) fields.push_back(fault.substr(0, fault.find(':')));
  EXPECT_THAT(fields,
              ElementsAre("apiVersion", "kind", "scrape.resolution", "scrape.timeout",
                          "scrape.addressTypes", "scrape.port.source", "scrape.port.number",
                          "scrape.nodeSelector", "scrape.maxConcurrency", "scrape.compression",
                          "scrape.speed", "tls.kubelet.mode", "pins.configMap",
                          "scrapeIdentity.namespace", "logging.level", "logging.format", "extra"));
}

struct Row {
  const char* document;
  const char* fault;
};
class OneFault : public testing::TestWithParam<Row> {};
TEST_P(OneFault, NamesFieldValueAndRemedy) {
  const auto faults = Faults(Document(GetParam().document));
  ASSERT_EQ(faults.size(), 1U) << GetParam().document;
  EXPECT_THAT(faults[0], HasSubstr(GetParam().fault));
}
INSTANTIATE_TEST_SUITE_P(
    Table, OneFault,
    testing::Values(
        Row{"scrape: {resolution: 10s, timeout: 10s}", "scrape.timeout: 10s is more than 90 %"},
        Row{"scrape: {resolution: 999999h}", "scrape.resolution: 999999h0m0s is not from"},
        Row{"scrape: {resolution: 6m}", "scrape.resolution: 6m0s is not from 5s to 5m"},
        Row{"scrape: {timeout: 0s}", "scrape.timeout: 0s is not positive"},
        Row{"scrape: {resolution: 20}", "scrape.resolution: 20 is no text: quote it"},
        Row{"scrape: {port: {number: 10250}}", "scrape.port.number: counts only with source Fixed"},
        Row{"scrape: {addressTypes: []}", "leave it out for the default"},
        Row{"scrape: {addressTypes: [Hostname, Hostname]}", "\"Hostname\" is there twice"},
        Row{"scrape: {addressTypes: Hostname}", "is no list of texts"},
        Row{"scrape: {nodeSelector: {a: 1}}", "scrape.nodeSelector: label \"a\" is no text"},
        Row{"scrape: {nodeSelector: {a: 'b,c'}}", "label \"a\": \"b,c\" is no value of a label"},
        Row{"scrape: 7", "scrape: is no object"},
        Row{"scrape: {maxConcurrency: 1.5}", "1.5 is no whole number from 0 to 10000"},
        Row{"tls: {kubelet: {mode: CustomCA}}", "mode CustomCA needs the kubelets' authority"},
        // Looks like one, but is none.
        Row{"tls: {kubelet: {mode: CustomCA, caBundle: \"-----BEGIN CERTIFICATE-----\\nMIIB\\n"
            "-----END CERTIFICATE-----\\n\"}}",
            "tls.kubelet.caBundle: "},
        Row{"tls: {kubelet: {caBundle: x}}", "counts only with mode CustomCA"},
        Row{"tls: {kublet: {}}", "tls.kublet: unknown field: known here are kubelet"},
        Row{"pins: {configMap: a/b/c}", "pins.configMap: \"a/b/c\" is not <namespace>/<name>"},
        Row{"scrapeIdentity: {namespace: n}", "scrapeIdentity.serviceAccount: is empty"}));

TEST(Config, ATimeoutThatIsLeftOutGoesAlongWithAShortResolution) {
  const auto timeout = [](const char* resolution) {
    return ParseConfig(Document("scrape: {resolution: " + std::string(resolution) + "}"))
        ->scrape.timeout;
  };
  EXPECT_EQ(timeout("5s"), std::chrono::milliseconds(4500));
  EXPECT_EQ(timeout("10s"), seconds(9));
  EXPECT_EQ(timeout("15s"), seconds(10));
  EXPECT_EQ(timeout("5m"), seconds(10));
}

TEST(Config, RefusesWhatIsNoDocument) {
  EXPECT_THAT(Faults("a: ["), ElementsAre(HasSubstr("YAML line")));
  EXPECT_THAT(Faults(""), ElementsAre(HasSubstr("0 documents")));
  EXPECT_THAT(Faults(Document("---\n") + Document("")), ElementsAre(HasSubstr("2 documents")));
  EXPECT_THAT(Faults("[1]")[0], HasSubstr("is no object"));
}

TEST(Config, HashIsOverTheBytesOfTheDocument) {
  // printf 'abc' | sha256sum
  EXPECT_EQ(ConfigHash("abc"), "ba7816bf8f01cfea");
}

}  // namespace
}  // namespace mpl::config
