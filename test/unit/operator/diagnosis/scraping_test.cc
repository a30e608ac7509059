#include "operator/diagnosis/scraping.h"

#include <gmock/gmock.h>

namespace mpl::diagnosis {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Json Pipeline(const std::string& name, const std::string& created, const Json& spec) {
  return {{"metadata", {{"name", name}, {"creationTimestamp", created}}}, {"spec", spec}};
}

const Json kOfGpus = {
    {"scrape",
     {{"nodeSelector", "pool=gpu"},
      {"port", {{"source", "Fixed"}, {"number", 10255}}},
      {"addressTypes", {"Hostname"}}}},
    {"collector", {{"namespace", "metrics"}}},
    {"tls", {{"kubelet", {{"mode", "Insecure"}, {"clientCertificateRef", {{"name", "c"}}}}}}}};

TEST(Scraping, IsThatOfTheSpec) {
  const Scraping scraping =
      ReadScraping({Pipeline("cluster", "2026-11-21T12:00:00Z", kOfGpus)}, "home");

  EXPECT_EQ(scraping.scrape.node_selector, "pool=gpu");
  EXPECT_EQ(scraping.scrape.port_number, 10255);
  EXPECT_THAT(scraping.scrape.address_types, ElementsAre("Hostname"));
  EXPECT_EQ(scraping.tls.kubelet_mode, pipeline::KubeletTlsMode::kInsecure);
  EXPECT_EQ(scraping.tls.client_certificate, "c");
  EXPECT_EQ(scraping.scraper.ToString(), "metrics/cluster-scraper");
}

// docs/conditions.md, NotActive: an older MetricsPipeline keeps the API.
TEST(Scraping, IsThatOfTheOldestPipeline) {
  const Json young = Pipeline("a", "2026-11-21T12:00:01Z", kOfGpus);
  const Json old = Pipeline("b", "2026-11-21T12:00:00Z", Json::object());
  Json going = Pipeline("c", "2026-11-21T11:00:00Z", kOfGpus);
  going["metadata"]["deletionTimestamp"] = "2026-11-21T13:00:00Z";

  EXPECT_EQ(ReadScraping({young, old, going}, "home").scraper.ToString(), "home/b-scraper");
  EXPECT_EQ(ReadScraping({young, old, going}, "home").scrape.node_selector, "");
}

TEST(Scraping, HasDefaultsWithoutAPipelineOrASpec) {
  EXPECT_EQ(ReadScraping({}, "home").scraper.name, "");
  const Json broken = {{"scrape", {{"resolution", "often"}}}};
  const Scraping scraping = ReadScraping({Pipeline("a", "2026-11-21T12:00:00Z", broken)}, "home");
  EXPECT_EQ(scraping.scraper.ToString(), "home/a-scraper");
  EXPECT_EQ(scraping.scrape.resolution, pipeline::ScrapeSpec().resolution);
}

std::vector<NodeFacts> Nodes() {
  return ReadNodes({{"items",
                     {{{"metadata", {{"name", "a"}, {"labels", {{"pool", "gpu"}}}}}},
                      {{"metadata", {{"name", "b"}, {"labels", {{"type", "virtual-kubelet"}}}}}},
                      {{"metadata", {{"name", "c"}}}}}}});
}

std::vector<std::string> NamesFor(const std::string& selector) {
  pipeline::ScrapeSpec scrape;
  scrape.node_selector = selector;
  std::vector<std::string> names;
  for (const NodeFacts& node : SelectNodes(Nodes(), scrape)) names.push_back(node.name);
  return names;
}

// k8s.io/apimachinery pkg/labels: `!=` also matches nodes without the label.
TEST(Selection, FollowsTheSelector) {
  EXPECT_THAT(NamesFor(""), ElementsAre("a", "b", "c"));
  EXPECT_THAT(NamesFor("pool=gpu"), ElementsAre("a"));
  EXPECT_THAT(NamesFor("type!=virtual-kubelet"), ElementsAre("a", "c"));
  EXPECT_THAT(NamesFor("pool in (none)"), IsEmpty());
}

TEST(Selection, OfNothingIsAFault) {
  pipeline::ScrapeSpec scrape;
  scrape.node_selector = "pool=none";
  EXPECT_FALSE(JudgeSelection(3, 1, scrape));
  EXPECT_FALSE(JudgeSelection(0, 0, scrape)) << "that there are no nodes is told as such";
  const auto finding = JudgeSelection(3, 0, scrape);
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->mark, Mark::kFault);
  EXPECT_THAT(finding->what, HasSubstr("'pool=none'"));
  scrape.node_selector = "((";
  EXPECT_TRUE(JudgeSelection(3, 3, scrape));
}

}  // namespace
}  // namespace mpl::diagnosis
