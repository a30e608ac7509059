// What one program writes, the other reads: the configuration document and the status document.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collector/config/config.h"
#include "collector/handlers/status_document.h"
#include "operator/plan/children.h"
#include "operator/plan/observed.h"
#include "test/support/certs/certs.h"

namespace mpl {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;

TEST(Contract, TheCollectorTakesTheOperatorsDefaultDocument) {
  const std::string document =
      plan::CollectorDocument({}, plan::Names("cluster", "metricspipeline-system"), "");

  const auto config = config::ParseConfig(document);

  ASSERT_TRUE(config.has_value()) << config::Describe(config.error()) << "\n" << document;
  const config::ScrapeConfig defaults;
  EXPECT_EQ(config->scrape.resolution, defaults.resolution);
  EXPECT_EQ(config->scrape.timeout, defaults.timeout);
  EXPECT_EQ(config->scrape.address_types, defaults.address_types);
  EXPECT_EQ(config->scrape.port_source, defaults.port_source);
  EXPECT_EQ(config->kubelet_tls.mode, config::KubeletTlsMode::kAuto);
  ASSERT_TRUE(config->pins.has_value());
  EXPECT_EQ(config->pins->ns, "metricspipeline-system");
  ASSERT_TRUE(config->scrape_identity.has_value());
  EXPECT_EQ(config->scrape_identity->ns, "metricspipeline-system");
  EXPECT_EQ(config::ConfigHash(document), plan::ConfigHash(document));
}

TEST(Contract, TheCollectorTakesEveryFieldOfTheOperatorsDocument) {
  pipeline::MetricsPipeline pipeline;
  pipeline.scrape.resolution = seconds(30);
  pipeline.scrape.timeout = std::chrono::milliseconds(7500);
  pipeline.scrape.address_types = {"Hostname"};
  pipeline.scrape.port_source = pipeline::PortSource::kFixed;
  pipeline.scrape.port_number = 10255;
  pipeline.scrape.node_selector = "zone in (a,b),!edge";
  pipeline.scrape.max_concurrency = 12;
  pipeline.tls.kubelet_mode = pipeline::KubeletTlsMode::kCustomCa;
  pipeline.collector.log_level = "Debug";
  pipeline.collector.log_format = "Text";
  const std::string bundle = test::Authority("kubelets").ca_pem();

  const auto config =
      config::ParseConfig(plan::CollectorDocument(pipeline, plan::Names("x", "ns"), bundle));

  ASSERT_TRUE(config.has_value()) << config::Describe(config.error());
  EXPECT_EQ(config->scrape.resolution, seconds(30));
  EXPECT_EQ(config->scrape.timeout, std::chrono::milliseconds(7500));
  EXPECT_THAT(config->scrape.address_types, ElementsAre("Hostname"));
  EXPECT_EQ(config->scrape.port_source, config::PortSource::kFixed);
  EXPECT_EQ(config->scrape.port_number, 10255);
  EXPECT_EQ(config->scrape.node_selector_text, "zone in (a,b),!edge");
  EXPECT_EQ(config->scrape.max_concurrency, 12);
  EXPECT_EQ(config->kubelet_tls.mode, config::KubeletTlsMode::kCustomCa);
  EXPECT_EQ(config->kubelet_tls.ca_bundle_pem, bundle);
  EXPECT_EQ(config->log_level, "Debug");
  EXPECT_EQ(config->log_format, "Text");
}

TEST(Contract, EveryWordOfTheApiIsAWordOfTheDocument) {
  using pipeline::KubeletTlsMode;
  for (const auto mode :
       {KubeletTlsMode::kAuto, KubeletTlsMode::kClusterCa, KubeletTlsMode::kInsecure}) {
    pipeline::MetricsPipeline pipeline;
    pipeline.tls.kubelet_mode = mode;
    const auto config =
        config::ParseConfig(plan::CollectorDocument(pipeline, plan::Names("x", "ns"), ""));
    ASSERT_TRUE(config.has_value()) << config::Describe(config.error());
    EXPECT_EQ(config::Name(config->kubelet_tls.mode), pipeline::Name(mode));
  }
}

TEST(Contract, TheOperatorReadsTheCollectorsStatus) {
  handlers::StatusDocument status;
  status.config_hash = "0123456789abcdef";
  status.version = "v1.2.3";
  status.nodes_total = 5;
  status.nodes_healthy = 4;
  status.failing = {{"node-b", "KubeletKeyChanged", "why, and what to do",
                     *ParseRfc3339("2026-11-21T10:00:05Z")}};
  status.pins = {{"node-c", "CN=node-c@1", "CN=node-c-ca@1"}};
  status.tls = {.verified = 1, .pinned = 2, .insecure = 3};
  status.last_config_error = "1 fault: scrape.timeout";

  const auto report = plan::ParseReplicaReport(plan::Json::parse(handlers::WriteStatus(status)));

  ASSERT_TRUE(report.has_value());
  plan::ReplicaReport expected;
  expected.config_hash = "0123456789abcdef";
  expected.version = "v1.2.3";
  expected.nodes_total = 5;
  expected.nodes_healthy = 4;
  expected.nodes_failing = 1;
  expected.failing = {
      {"node-b", "KubeletKeyChanged", "why, and what to do", "2026-11-21T10:00:05Z"}};
  expected.failing_by_reason = {{"KubeletKeyChanged", 1}};
  expected.pins = {{"node-c", "CN=node-c@1", "CN=node-c-ca@1"}};
  expected.tls_verified = 1;
  expected.tls_pinned = 2;
  expected.tls_insecure = 3;
  expected.last_config_error = "1 fault: scrape.timeout";
  EXPECT_EQ(*report, expected);
}

}  // namespace
}  // namespace mpl
