// Requests that grow with the cluster. The expected figures are sums by hand from the budget that
// operator/plan/sizing.cc states.
#include "operator/plan/sizing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test/unit/operator/plan/world.h"

namespace mpl::plan {
namespace {

using test::Applied;
using test::World;

Json Sized(const std::string& resources, SizingBasis basis) {
  return SizedResources(Json::parse(resources), basis);
}

// 32 MiB + 1,000 · 48 KiB + 30,000 · 1.5 KiB = 32 + 46.9 + 43.9 MiB, up to the next 16 MiB;
// 20m + 1,000 / 50 + 30,000 / 2,500 = 52m, up to the next 10m.
TEST(Sizing, FollowsNodesAndPods) {
  EXPECT_EQ(Sized("{}", {1000, 30000}),
            Json::parse(R"({"requests": {"cpu": "60m", "memory": "128Mi"}})"));
}

// Of a collector with 5,000 nodes and 150,000 pods 181 MB were measured (an early collector, with
// plain OpenSSL): a request below that would be a lie, one above 1 GiB a waste.
TEST(Sizing, HoldsWhatWasMeasuredAtFiveThousandNodes) {
  const Json requests = Sized("{}", {5000, 150000})["requests"];

  EXPECT_EQ(requests["memory"], "496Mi");  // 32 + 234.4 + 219.7 = 486.1
  EXPECT_EQ(requests["cpu"], "180m");      // 20 + 100 + 60
}

TEST(Sizing, KeepsWhatTheSpecSetsAsLeast) {
  EXPECT_EQ(
      Sized(R"({"requests": {"cpu": "1", "memory": "1Gi", "ephemeral-storage": "1Mi"}})",
            {1000, 30000}),
      Json::parse(R"({"requests": {"cpu": "1", "memory": "1Gi", "ephemeral-storage": "1Mi"}})"));
  EXPECT_EQ(Sized(R"({"requests": {"cpu": "50m", "memory": "64Mi"}})", {1000, 30000})["requests"],
            Json::parse(R"({"cpu": "60m", "memory": "128Mi"})"));
}

// A request above its limit is refused by kube-apiserver.
TEST(Sizing, NeverPassesALimit) {
  const Json sized =
      Sized(R"({"requests": {"memory": "64Mi"}, "limits": {"memory": "100Mi", "cpu": 1}})",
            {5000, 150000});

  EXPECT_EQ(sized["requests"]["memory"], "100Mi");
  EXPECT_EQ(sized["requests"]["cpu"], "180m");
  EXPECT_EQ(sized["limits"], Json::parse(R"({"memory": "100Mi", "cpu": 1})"));
}

// k8s.io/kubernetes pkg/apis/core/validation: a request "must be less than or equal to" its limit.
TEST(Limits, LowerRequestsThatStandAboveThem) {
  const auto requests = [](const char* asked, const char* limits) {
    return WithinLimits({{"requests", Json::parse(asked)}, {"limits", Json::parse(limits)}})
        .at("requests")
        .dump();
  };
  EXPECT_EQ(requests(R"({"cpu": "50m", "memory": "64Mi"})", R"({"memory": "48Mi"})"),
            R"({"cpu":"50m","memory":"48Mi"})");
  EXPECT_EQ(requests(R"({"cpu": "50m"})", R"({"cpu": "0.02"})"), R"({"cpu":"0.02"})");
  EXPECT_EQ(requests(R"({"cpu": 2})", R"({"cpu": 1})"), R"({"cpu":1})");
  // 64Mi are 67108864 bytes, 68M are more; 1000Gi have no place in nanounits.
  EXPECT_EQ(requests(R"({"memory": "64Mi"})", R"({"memory": "68M"})"), R"({"memory":"64Mi"})");
  EXPECT_EQ(requests(R"({"memory": "64Mi"})", R"({"memory": "67M"})"), R"({"memory":"67M"})");
  EXPECT_EQ(requests(R"({"memory": "1000Gi"})", R"({"memory": "999Gi"})"), R"({"memory":"999Gi"})");
  EXPECT_EQ(requests(R"({"memory": "1Gi"})", R"({"memory": "1024Mi"})"), R"({"memory":"1Gi"})");
  EXPECT_EQ(WithinLimits(Json::parse(R"({"limits": {"cpu": 1}})")),
            Json::parse(R"({"limits": {"cpu": 1}})"));
}

TEST(Limits, HoldForTheDefaultRequestsInTheDeployment) {
  World world;
  world.pipeline = test::MakePipeline(R"({"collector": {"resources": {"limits": {"memory": "48Mi"},
                             "requests": {"cpu": "50m", "memory": "64Mi"}}}})");
  world.MakeReady();
  EXPECT_EQ(world.observed.deployment["spec"]["template"]["spec"]["containers"][0]["resources"],
            Json::parse(R"({"requests": {"cpu": "50m", "memory": "48Mi"},
                            "limits": {"memory": "48Mi"}})"));
}

TEST(Sizing, BasisHasAQuarterToSpareAndALeastSize) {
  EXPECT_EQ(ChooseBasis(std::nullopt, SizingBasis{100, 3000}), (SizingBasis{125, 3750}));
  EXPECT_EQ(ChooseBasis(std::nullopt, SizingBasis{1, 0}), (SizingBasis{10, 300}));
  EXPECT_EQ(ChooseBasis(std::nullopt, std::nullopt), (SizingBasis{10, 300}));
}

TEST(Sizing, StaysUntilOutgrownOrHalfWouldDo) {
  const SizingBasis basis{1250, 37500};  // of 1,000 nodes, 30,000 pods

  EXPECT_EQ(ChooseBasis(basis, std::nullopt), basis) << "nobody knows";
  EXPECT_EQ(ChooseBasis(basis, SizingBasis{1250, 37500}), basis);
  EXPECT_EQ(ChooseBasis(basis, SizingBasis{1251, 30000}), (SizingBasis{1564, 37500}));
  EXPECT_EQ(ChooseBasis(basis, SizingBasis{700, 21000}), basis);
  // 32 + 375 · 48 KiB + 11,250 · 1.5 KiB = 66.1 → 80 MiB; twice that is no more than
  // 32 + 58.6 + 54.9 = 145.5 → 160 MiB.
  EXPECT_EQ(ChooseBasis(basis, SizingBasis{300, 9000}), (SizingBasis{375, 11250}));
}

// A node or a pod that comes and goes must not replace the collector's pods again and again.
TEST(Sizing, ChangesOnceWhenTheClusterSwings) {
  std::optional<SizingBasis> basis;
  int changes = 0;
  for (int round = 0; round < 100; ++round) {
    const int nodes = 1000 + (round % 2 == 0 ? 200 : -200);
    const SizingBasis next = ChooseBasis(basis, SizingBasis{nodes, nodes * 30});
    changes += basis == next ? 0 : 1;
    basis = next;
  }
  EXPECT_EQ(changes, 1);
}

TEST(Sizing, IsReadBackOnlyAsItWasWritten) {
  const auto with = [](const char* text) {
    return Json{{"metadata", {{"annotations", {{"metricspipeline.dev/sized-for", text}}}}}};
  };
  EXPECT_EQ(ReadBasis(with("125 nodes, 3750 pods")), (SizingBasis{125, 3750}));
  for (const char* text : {"", "125", "125 nodes, 3750 pods!", "-1 nodes, 1 pods",
                           "99999999999 nodes, 1 pods", "+1 nodes, 1 pods"}) {
    EXPECT_EQ(ReadBasis(with(text)), std::nullopt) << text;
  }
  EXPECT_EQ(ReadBasis(Json()), std::nullopt);
}

World Proportional() {
  World world;
  world.pipeline = test::MakePipeline(R"({"collector": {"sizing": {"mode": "Proportional"}}})");
  return world;
}

Json RequestsOf(const World& world) {
  return world.observed
      .deployment["spec"]["template"]["spec"]["containers"][0]["resources"]["requests"];
}

TEST(Sizing, IsCarriedOutByThePlanAndThenRests) {
  World world = Proportional();
  world.MakeReady();
  EXPECT_EQ(RequestsOf(world), Json::parse(R"({"cpu": "50m", "memory": "64Mi"})"));

  for (ReplicaReport& report : world.observed.reports) {
    report.nodes_total = report.nodes_healthy = 1000;
    report.pods = 30000;
  }
  world.Settle();
  // For 1,250 nodes and 37,500 pods: 145.5 → 160 MiB; 20 + 25 + 15 = 60m.
  EXPECT_EQ(RequestsOf(world), Json::parse(R"({"cpu": "60m", "memory": "160Mi"})"));
  EXPECT_EQ(world.pipeline.status["collector"]["sizedFor"], "1250 nodes, 37500 pods");

  // Nobody reports while the replicas are being replaced: that is no reason to shrink.
  const Json before = world.observed.deployment["spec"];
  world.observed.reports.clear();
  world.Settle();
  EXPECT_EQ(world.observed.deployment["spec"], before);
}

TEST(Sizing, StaticWritesNeitherFiguresNorMarks) {
  World world;
  world.MakeReady();
  for (ReplicaReport& report : world.observed.reports) report.pods = 30000;
  world.Settle();

  EXPECT_EQ(RequestsOf(world), Json::parse(R"({"cpu": "50m", "memory": "64Mi"})"));
  EXPECT_FALSE(world.observed.deployment["metadata"].contains("annotations"));
  EXPECT_FALSE(world.pipeline.status["collector"].contains("sizedFor"));
}

}  // namespace
}  // namespace mpl::plan
