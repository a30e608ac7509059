// Several pipelines, and several operators that all believe they lead.
#include <gmock/gmock.h>

#include <fstream>
#include <set>
#include <thread>

#include "test/integration/operator/fixture.h"

namespace mpl::test {
namespace {

using testing::HasSubstr;

std::vector<std::string> DeploymentOf(const std::string& pipeline) {
  return {"deployment", pipeline + "-collector", "-n", kNamespace};
}

std::string ReadyReason(const std::string& pipeline) {
  const Json ready = ConditionOf(pipeline, "Ready");
  return ready.is_null() ? "" : ready["reason"].get<std::string>();
}

TEST_F(OperatorTest, TheOldestPipelineWinsAndTheNextOneTakesOverAtOnce) {
  Operator running;
  ApplyPipeline("first", Json::object());
  ASSERT_TRUE(Eventually(seconds(30), [] { return Exists(DeploymentOf("first")); }))
      << running.Log();
  std::this_thread::sleep_for(seconds(1));  // creationTimestamp has whole seconds
  ApplyPipeline("a-second", Json::object());
  ASSERT_TRUE(Eventually(seconds(10), [] { return ReadyReason("a-second") == "NotActive"; }))
      << running.Log();
  EXPECT_THAT(std::string(ConditionOf("a-second", "Ready")["message"]),
              HasSubstr("MetricsPipeline first"));
  EXPECT_FALSE(Exists(DeploymentOf("a-second")));
  MakeEndpoint({.pipeline = "first"});
  ASSERT_TRUE(Eventually(seconds(10), [] { return Exists({"apiservice", "v1.metrics.k8s.io"}); }));

  Server().Kubectl({"delete", "metricspipeline", "first"});

  EXPECT_TRUE(Eventually(seconds(10), [] { return Exists(DeploymentOf("a-second")); }))
      << running.Log();
  MakeEndpoint({.pipeline = "a-second"});
  EXPECT_TRUE(Eventually(seconds(10), [] {
    const Json api = Get({"apiservice", "v1beta1.metrics.k8s.io"});
    return api.is_object() && api["spec"]["service"]["name"] == "a-second-collector";
  })) << running.Log();
  EXPECT_THAT(Notes("ConflictingProvider"), testing::IsEmpty());
}

// Neither looks at a Lease: both make children at the same moment, as a frozen leader would in the
// moment in which it wakes up. Random keys must still come from one of them alone.
TEST_F(OperatorTest, TwoOperatorsNeverMakeTwoAuthorities) {
  Operator one({"--leader-elect=false"});
  Operator two({"--leader-elect=false"});
  ASSERT_TRUE(Eventually(seconds(20), [&] {
    return one.Log().find("working") != std::string::npos &&
           two.Log().find("working") != std::string::npos;
  })) << one.Log();
  for (int round = 0; round < 3; ++round) {
    const std::string seen = Server().folder() + "/authorities-" + std::to_string(round);
    ChildProcess watch({Server().kubectl_path(), "--kubeconfig", Server().kubeconfig_path(), "get",
                        "secret", "-n", kNamespace, "-l", kOurs, "--watch",
                        R"(--output=jsonpath={.metadata.name} {.data.ca\.crt}{"\n"})"},
                       seen);
    std::this_thread::sleep_for(seconds(1));  // until the watch stands
    ApplyPipeline();
    ASSERT_TRUE(Eventually(seconds(30), [] {
      return Exists({"secret", "cluster-collector-ca", "-n", kNamespace}) &&
             Exists({"poddisruptionbudget", "cluster-collector", "-n", kNamespace});
    })) << one.Log();
    std::this_thread::sleep_for(seconds(2));
    watch.Stop(seconds(2));
    std::set<std::string> authorities;
    std::ifstream file(seen);
    for (std::string line; std::getline(file, line);) {
      // One without a certificate was claimed only.
      if (line.starts_with("cluster-collector-ca ") && !line.ends_with(' '))
        authorities.insert(line);
    }
    EXPECT_EQ(authorities.size(), 1U) << one.Log() << "\n---\n" << two.Log();
    // Losing the race is no fault that a person would have to mend.
    EXPECT_NE(ReadyReason("cluster"), "ApplyFailed") << one.Log() << "\n---\n" << two.Log();
    Clean();
  }
}

}  // namespace
}  // namespace mpl::test
