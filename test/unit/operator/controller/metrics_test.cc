#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "operator/controller/controller_metrics.h"
#include "test/support/paths/paths.h"

namespace mpl::controller {
namespace {

using testing::HasSubstr;

// Names of docs/metrics.yaml whose process is the operator.
std::set<std::string> Catalogue() {
  std::ifstream file(test::SourcePath("docs/metrics.yaml"));
  std::set<std::string> names;
  std::string name;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("- name: ")) name = line.substr(8);
    if (line == "  process: operator") names.insert(name);
  }
  return names;
}

TEST(ControllerMetrics, AreThoseOfTheCatalogue) {
  metrics::Registry registry;
  ControllerMetrics metrics(registry);
  metrics.Reconciled("success", 0.1);
  metrics.Applied("Deployment", "created");
  metrics.DriftCorrected("Deployment");
  metrics.SetPipeline("cluster", {{"certificates", {{"servingNotAfter", "2026-12-21T12:00:00Z"}}}});

  std::set<std::string> exposed;
  std::istringstream text(registry.Expose());
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with("# TYPE ")) exposed.insert(line.substr(7, line.find(' ', 7) - 7));
  }
  EXPECT_EQ(exposed, Catalogue());
}

TEST(ControllerMetrics, MirrorAPipelinesStatus) {
  metrics::Registry registry;
  ControllerMetrics metrics(registry);
  metrics.SetPipeline("cluster", {{"conditions", {{{"type", "Ready"}, {"status", "True"}}}},
                                  {"certificates", {{"caNotAfter", "1970-01-02T00:00:00Z"}}}});
  const std::string text = registry.Expose();
  EXPECT_THAT(text, HasSubstr("metricspipeline_condition{name=\"cluster\",status=\"True\","
                              "type=\"Ready\"} 1"));
  EXPECT_THAT(text, HasSubstr("metricspipeline_condition{name=\"cluster\",status=\"False\","
                              "type=\"Ready\"} 0"));
  EXPECT_THAT(text, HasSubstr("{certificate=\"ca\",name=\"cluster\"} 86400"));

  metrics.SetPipeline("cluster", objects::Json());
  EXPECT_THAT(registry.Expose(), testing::Not(HasSubstr("cluster")));
}

TEST(ControllerMetrics, DoNotGrowWithPipelinesThatComeAndGo) {
  metrics::Registry registry;
  ControllerMetrics metrics(registry);
  const objects::Json status = {
      {"conditions", {{{"type", "Ready"}, {"status", "False"}}}},
      {"certificates",
       {{"caNotAfter", "1970-01-02T00:00:00Z"}, {"servingNotAfter", "1970-01-01T12:00:00Z"}}}};
  const std::string before = registry.Expose();

  for (int i = 0; i < 1000; ++i) {
    const std::string name = "pipeline-" + std::to_string(i);
    metrics.SetPipeline(name, status);
    metrics.SetPipeline(name, objects::Json());
  }

  EXPECT_EQ(registry.Expose(), before);
}

}  // namespace
}  // namespace mpl::controller
