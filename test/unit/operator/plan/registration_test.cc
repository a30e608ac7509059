#include "operator/plan/registration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test/unit/operator/plan/world.h"

namespace mpl::plan {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using test::Applied;
using test::Describe;
using test::kNow;
using test::MakePipeline;
using test::World;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kV1 = "v1.metrics.k8s.io";
constexpr const char* kV1Beta1 = "v1beta1.metrics.k8s.io";

// A cluster in which metrics-server has registered v1beta1, and our replicas run beside it.
World BesideMetricsServer(const std::string& api_services) {
  World world;
  world.pipeline = MakePipeline(R"({"apiServices": )" + api_services + "}");
  world.AddForeignApiService("v1beta1");
  world.Settle();
  world.ReplicasBecomeReady();
  world.ReplicasReport();
  world.Settle();
  return world;
}

// The same, two resolutions (30 s) later.
World Warm(const std::string& api_services) {
  World world = BesideMetricsServer(api_services);
  world.now += seconds(30);
  return world;
}

TEST(Registration, LeavesSomebodyElsesAloneAndSaysWhoseItIs) {
  World world = Warm("{}");

  EXPECT_THAT(Describe(world.MakePlan().actions), Not(Contains(HasSubstr(kV1Beta1))));
  EXPECT_EQ(world.Reason("APIServicesRegistered"), "ConflictingProvider");
  EXPECT_EQ(world.Reason("Ready"), "ConflictingProvider");
  EXPECT_EQ(world.Status("Stalled"), "True");
  EXPECT_THAT(world.Message("Ready"), HasSubstr("Service kube-system/metrics-server"));
  EXPECT_THAT(world.Message("Ready"), HasSubstr("field manager helm"));
  EXPECT_THAT(world.Message("Ready"),
              HasSubstr("kubectl delete apiservice v1beta1.metrics.k8s.io"));
  EXPECT_THAT(world.Message("Ready"), HasSubstr("conflictPolicy: TakeOver"));
}

TEST(Registration, NamesTheKeeperAndHowToBeRidOfIt) {
  World world = BesideMetricsServer("{}");
  world.Live("v1beta1")["metadata"]["annotations"] = {
      {"meta.helm.sh/release-name", "ms"}, {"meta.helm.sh/release-namespace", "kube-system"}};
  world.Settle();

  EXPECT_THAT(world.Message("Ready"), HasSubstr("kept by Helm release kube-system/ms"));
  EXPECT_THAT(world.Message("Ready"), HasSubstr("helm uninstall ms --namespace kube-system"));
  EXPECT_EQ(world.pipeline.status["apiServices"][1]["owner"], "Helm release kube-system/ms");
}

// cluster/addons: objects with mode Reconcile are rewritten once a minute.
TEST(Registration, DoesNotBeginAFightThatItCannotWin) {
  World world = Warm(R"({"conflictPolicy": "TakeOver"})");
  world.Live("v1beta1")["metadata"]["labels"] = {{"addonmanager.kubernetes.io/mode", "Reconcile"}};
  world.Settle();

  EXPECT_THAT(Describe(world.MakePlan().actions), Not(Contains(HasSubstr(kV1Beta1))));
  EXPECT_EQ(world.Reason("Stalled"), "RegistrationContested");
  EXPECT_THAT(world.Message("Stalled"), HasSubstr("addon manager (mode Reconcile)"));
}

// Registrations that another pipeline of ours left behind.
World AfterASibling() {
  World world;
  for (const std::string& version : MetricsVersions()) {
    world.AddForeignApiService(version);
    world.Live(version)["metadata"]["labels"] = {
        {"app.kubernetes.io/managed-by", "metricspipeline-operator"},
        {"metricspipeline.dev/pipeline", "former"}};
    world.Live(version)["spec"]["service"] = {{"namespace", "elsewhere"},
                                              {"name", "former-collector"}};
  }
  return world;
}

TEST(Registration, WaitsForAReplicaBeforeItFollowsAnotherPipeline) {
  World world = AfterASibling();
  world.Settle();

  EXPECT_EQ(world.Reason("APIServicesRegistered"), "WaitingForEndpoints");
  EXPECT_THAT(world.Message("APIServicesRegistered"), HasSubstr("MetricsPipeline former"));
  EXPECT_EQ(world.Condition("Stalled"), nullptr);
}

TEST(Registration, FollowsAnotherPipelineWithoutAskingForTakeOver) {
  World world = AfterASibling();
  world.Settle();
  world.ReplicasBecomeReady(1);
  world.Settle();

  EXPECT_EQ(ServiceOf(world.Live("v1beta1")), "metricspipeline-system/cluster-collector");
  EXPECT_EQ(world.Live("v1beta1")["metadata"]["labels"]["metricspipeline.dev/pipeline"], "cluster");
}

// Kubernetes 1.37: the HPA and kubectl take v1 as soon as it is there.
TEST(Registration, V1ComesTogetherWithWhatIsTakenOver) {
  World world = BesideMetricsServer(R"({"conflictPolicy": "TakeOver"})");
  EXPECT_TRUE(world.Live("v1").is_null());
  EXPECT_THAT(world.pipeline.status["apiServices"][0]["state"], "Pending");

  world.now += seconds(30);
  EXPECT_THAT(Describe(world.MakePlan().actions), Contains("APIService/v1.metrics.k8s.io"));
}

TEST(Registration, V1DoesNotComeBesideAConflict) {
  World world = Warm("{}");
  world.Settle();
  EXPECT_TRUE(world.Live("v1").is_null());
  EXPECT_EQ(world.Reason("APIServicesRegistered"), "ConflictingProvider");
}

TEST(Registration, TakesOverOnlyWhenWarm) {
  World world = BesideMetricsServer(R"({"conflictPolicy": "TakeOver"})");
  EXPECT_THAT(Describe(world.MakePlan().actions), Not(Contains(HasSubstr(kV1Beta1))));
  EXPECT_EQ(world.Reason("APIServicesRegistered"), "WarmingUp");
  EXPECT_EQ(world.MakePlan().wake, kNow + seconds(30));

  world.now += seconds(30);

  EXPECT_THAT(Describe(world.MakePlan().actions), Contains("APIService/v1beta1.metrics.k8s.io"));
}

struct ColdReason {
  const char* name;
  void (*spoil)(World&);
};
class TakeOverWaits : public testing::TestWithParam<ColdReason> {};

TEST_P(TakeOverWaits, ForEveryReplicaToKnowTheCluster) {
  World world = Warm(R"({"conflictPolicy": "TakeOver"})");
  GetParam().spoil(world);

  EXPECT_THAT(Describe(world.MakePlan().actions), Not(Contains(HasSubstr(kV1Beta1))));
}

INSTANTIATE_TEST_SUITE_P(
    Reasons, TakeOverWaits,
    testing::Values(
        ColdReason{"OneReplicaIsNotReady", [](World& w) { w.ReplicasBecomeReady(1); }},
        ColdReason{"OneReplicaDoesNotReport", [](World& w) { w.observed.reports.pop_back(); }},
        ColdReason{"OneReportIsNotOfAReadyReplica",
                   [](World& w) { w.observed.reports[1].ready = false; }},
        ColdReason{"ManyNodesFail", [](World& w) { w.ReplicasReport(17, 20); }},
        ColdReason{"NoNodeIsHealthy", [](World& w) { w.ReplicasReport(0, 0); }},
        ColdReason{"CertificateIsFaulty", [](World& w) { w.observed.serving.fault = "expired"; }}),
    [](const auto& row) { return std::string(row.param.name); });

// The API server refuses a caBundle beside insecureSkipTLSVerify: true, which metrics-server's
// registration has: both fields have to be sent at once.
TEST(Registration, TakesOverInOneStepAndRemembersTheFormerOwner) {
  World world = Warm(R"({"conflictPolicy": "TakeOver"})");
  const Json before = world.Live("v1beta1")["spec"];

  const Json object = Applied(world.MakePlan().actions, "APIService", kV1Beta1);

  EXPECT_EQ(object["spec"]["insecureSkipTLSVerify"], false);
  EXPECT_EQ(object["spec"]["caBundle"], "LS0tLS1DQS0tLS0tCg==");  // base64 of -----CA-----\n
  EXPECT_EQ(object["spec"]["service"]["name"], "cluster-collector");
  EXPECT_EQ(Json::parse(std::string(
                object["metadata"]["annotations"]["metricspipeline.dev/previous-spec"])),
            before);
  EXPECT_EQ(object["metadata"]["annotations"]["metricspipeline.dev/previous-manager"], "helm");
}

// Helm adopts only what still carries its label.
TEST(Registration, RemembersTheLabelsThatOursReplace) {
  World world = Warm(R"({"conflictPolicy": "TakeOver", "deletionPolicy": "Restore"})");
  const Json labels = {{"app.kubernetes.io/name", "metrics-server"},
                       {"app.kubernetes.io/managed-by", "Helm"},
                       {"k8s-app", "metrics-server"}};
  world.Live("v1beta1")["metadata"]["labels"] = labels;
  world.Settle();
  EXPECT_EQ(world.Live("v1beta1")["metadata"]["labels"]["app.kubernetes.io/managed-by"],
            "metricspipeline-operator");

  const PatchObject back = GiveBack(world.Live("v1beta1"), FormerOwnerOf(world.Live("v1beta1")));

  EXPECT_EQ(back.patch["metadata"]["labels"]["app.kubernetes.io/name"], "metrics-server");
  EXPECT_EQ(back.patch["metadata"]["labels"]["app.kubernetes.io/managed-by"], "Helm");
  EXPECT_TRUE(back.patch["metadata"]["labels"]["metricspipeline.dev/pipeline"].is_null());
  EXPECT_TRUE(
      back.patch["metadata"]["annotations"]["metricspipeline.dev/previous-labels"].is_null());
}

TEST(Registration, KeepsTheMemoryOfTheFormerOwner) {
  World world = Warm(R"({"conflictPolicy": "TakeOver"})");
  const Json first = Applied(world.MakePlan().actions, "APIService", kV1Beta1);
  world.Settle();

  EXPECT_EQ(Applied(world.MakePlan().actions, "APIService", kV1Beta1), first);
}

TEST(Registration, PromisesToRestoreBeforeItTakesOver) {
  World world = Warm(R"({"conflictPolicy": "TakeOver", "deletionPolicy": "Restore"})");

  const auto actions = Describe(world.MakePlan().actions);

  const auto finalizer = std::ranges::find(actions, "MetricsPipeline/cluster");
  const auto taken = std::ranges::find(actions, "APIService/v1beta1.metrics.k8s.io");
  ASSERT_NE(finalizer, actions.end());
  ASSERT_NE(taken, actions.end());
  EXPECT_LT(finalizer, taken);
  // Garbage collection must not take what has to be given back.
  const Json object = Applied(world.MakePlan().actions, "APIService", kV1Beta1);
  EXPECT_FALSE(object["metadata"].contains("ownerReferences"));
}

TEST(Registration, NeedsNoFinalizerWhenNothingWasTakenOver) {
  World world;
  world.pipeline = MakePipeline(R"({"apiServices": {"deletionPolicy": "Restore"}})");
  world.MakeReady();

  EXPECT_FALSE(world.pipeline.has_restore_finalizer);
  EXPECT_THAT(Describe(world.MakePlan().actions), Not(Contains("MetricsPipeline/cluster")));
}

TEST(Registration, DropsTheFinalizerWhenThePolicyChanges) {
  World world = Warm(R"({"conflictPolicy": "TakeOver", "deletionPolicy": "Restore"})");
  world.Settle();
  ASSERT_TRUE(world.pipeline.has_restore_finalizer);
  world.pipeline.api_services.deletion_policy = pipeline::DeletionPolicy::kDelete;
  world.Settle();

  EXPECT_FALSE(world.pipeline.has_restore_finalizer);
  EXPECT_TRUE(world.Live("v1beta1")["metadata"].contains("ownerReferences"));
}

TEST(Registration, KeepsItsPromiseWhileTheCertificateIsFaulty) {
  World world = Warm(R"({"conflictPolicy": "TakeOver", "deletionPolicy": "Restore"})");
  world.Settle();
  ASSERT_TRUE(world.pipeline.has_restore_finalizer);
  world.observed.serving.ca_bundle.clear();
  world.observed.serving.fault = "expired";
  world.observed.serving.fault_reason = "CertificateInvalid";
  world.Settle();

  EXPECT_TRUE(world.pipeline.has_restore_finalizer);
}

// Removed it would be lost: the memory of the former owner stands on the object itself.
TEST(Registration, WithdrawalGivesBackWhatWasTakenOver) {
  World world = Warm(
      R"({"conflictPolicy": "TakeOver", "deletionPolicy": "Restore", "unavailablePolicy": "Withdraw"})");
  const Json before = world.Live("v1beta1")["spec"];
  world.Settle();
  world.ReplicasBecomeReady(0);
  world.observed.reports.clear();
  world.Settle();
  world.now += minutes(5);
  world.Settle();

  EXPECT_EQ(world.Live("v1beta1")["spec"], before);
  EXPECT_FALSE(world.pipeline.has_restore_finalizer);
}

// A merge patch with a resourceVersion fails when somebody has written meanwhile.
TEST(Registration, GivesBackOnlyWhatItHasSeen) {
  World world = Warm(R"({"conflictPolicy": "TakeOver", "deletionPolicy": "Restore"})");
  world.Settle();
  world.Live("v1beta1")["metadata"]["resourceVersion"] = "77";
  world.pipeline.meta.deletion_timestamp = world.now;

  const Plan plan = world.MakePlan();

  const auto& patch = std::get<PatchObject>(plan.actions[1]);
  EXPECT_EQ(patch.patch["metadata"]["resourceVersion"], "77");
  EXPECT_EQ(patch.hand_to, "helm") << "the former owner owns its fields again";
}

TEST(Registration, GivesTheFormerOwnerItsSpecBackOnDeletion) {
  World world = Warm(R"({"conflictPolicy": "TakeOver", "deletionPolicy": "Restore"})");
  const Json before = world.Live("v1beta1")["spec"];
  world.Settle();
  world.pipeline.meta.deletion_timestamp = world.now;

  const Plan plan = world.MakePlan();
  world.CarryOut(plan);

  EXPECT_THAT(Describe(plan.actions),
              ElementsAre("-APIService/v1.metrics.k8s.io", "~APIService/v1beta1.metrics.k8s.io",
                          "~MetricsPipeline/cluster"));
  EXPECT_EQ(world.Live("v1beta1")["spec"], before);
  EXPECT_THAT(world.Live("v1beta1")["metadata"].value("labels", Json::object()), IsEmpty());
  EXPECT_FALSE(world.pipeline.has_restore_finalizer);
}

TEST(Registration, DeletePolicyRemovesWhatWasTakenOver) {
  World world = Warm(R"({"conflictPolicy": "TakeOver"})");
  world.Settle();
  world.pipeline.meta.deletion_timestamp = world.now;

  EXPECT_THAT(Describe(world.MakePlan().actions),
              ElementsAre("-APIService/v1.metrics.k8s.io", "-APIService/v1beta1.metrics.k8s.io"));
}

TEST(Registration, OrphanPolicyLeavesThemAndCutsTheTie) {
  World world;
  world.pipeline = MakePipeline(R"({"apiServices": {"deletionPolicy": "Orphan"}})");
  world.MakeReady();
  EXPECT_FALSE(world.Live("v1")["metadata"].contains("ownerReferences"));
  world.pipeline.meta.deletion_timestamp = world.now;

  EXPECT_THAT(world.MakePlan().actions, IsEmpty());
}

TEST(Registration, DeletionLeavesWhatIsSomebodyElsesByNow) {
  World world;
  world.MakeReady();
  world.AddForeignApiService("v1beta1");
  world.pipeline.meta.deletion_timestamp = world.now;

  EXPECT_THAT(Describe(world.MakePlan().actions), ElementsAre("-APIService/v1.metrics.k8s.io"));
}

TEST(Registration, RestoresAnEditOfOurs) {
  World world;
  world.MakeReady();
  world.Live("v1")["spec"]["service"]["name"] = "other";

  const Json object = Applied(world.MakePlan().actions, "APIService", kV1);

  ASSERT_TRUE(object.is_object());
  EXPECT_EQ(object["spec"]["service"]["name"], "cluster-collector");
}

// What was decided from one version is not done to another.
TEST(Registration, IsWrittenAndDeletedAsItWasSeen) {
  World world;
  const auto based_on = [&](const char* name) -> std::optional<std::string> {
    for (const Action& action : world.MakePlan().actions) {
      const auto* apply = std::get_if<ApplyObject>(&action);
      if (apply != nullptr && apply->object["metadata"]["name"] == name) return apply->based_on;
      const auto* remove = std::get_if<DeleteObject>(&action);
      if (remove != nullptr && remove->name == name) return remove->based_on;
    }
    return std::nullopt;
  };
  world.Settle();
  world.ReplicasBecomeReady();
  EXPECT_EQ(based_on(kV1), "") << "there was none";

  world.Settle();
  world.Live("v1")["metadata"]["resourceVersion"] = "41";
  world.Live("v1")["spec"]["service"]["name"] = "other";
  EXPECT_EQ(based_on(kV1), "41");

  world.MakeReady();
  world.Live("v1")["metadata"]["resourceVersion"] = "42";
  world.pipeline.meta.deletion_timestamp = world.now;
  EXPECT_EQ(based_on(kV1), "42");
}

TEST(Registration, StopsFightingAfterThreeRewrites) {
  World world;
  world.MakeReady();
  world.Live("v1")["spec"]["service"]["name"] = "other";
  ApiServiceState& state = world.observed.api_services[kV1];
  state.rewrites = 2;
  EXPECT_TRUE(Applied(world.MakePlan().actions, "APIService", kV1).is_object());

  state.rewrites = 3;
  state.manager = "addon-manager";
  const Plan plan = world.MakePlan();
  world.CarryOut(plan);

  EXPECT_TRUE(Applied(plan.actions, "APIService", kV1).is_null());
  EXPECT_EQ(world.Reason("Stalled"), "RegistrationContested");
  EXPECT_THAT(world.Message("Ready"), HasSubstr("addon-manager"));
  EXPECT_LE(plan.wake, world.now + minutes(5));
}

TEST(Registration, KeepsRegisteredWithoutReplicasUnlessToldOtherwise) {
  World world;
  world.MakeReady();
  world.ReplicasBecomeReady(0);
  world.Settle();
  world.now += minutes(60);

  EXPECT_TRUE(Applied(world.MakePlan().actions, "APIService", kV1).is_object());
}

TEST(Registration, WithdrawsAfterFiveMinutesWithoutReplicasAndComesBack) {
  World world;
  world.pipeline = MakePipeline(R"({"apiServices": {"unavailablePolicy": "Withdraw"}})");
  world.MakeReady();
  world.ReplicasBecomeReady(0);
  world.Settle();
  world.now += minutes(5) - seconds(1);
  EXPECT_TRUE(Applied(world.MakePlan().actions, "APIService", kV1).is_object());
  EXPECT_EQ(world.MakePlan().wake, world.now + seconds(1));

  world.now += seconds(1);
  EXPECT_THAT(Describe(world.MakePlan().actions), Contains("-APIService/v1beta1.metrics.k8s.io"));
  world.Settle();
  EXPECT_EQ(world.Reason("APIServicesRegistered"), "Withdrawn");

  world.ReplicasBecomeReady(1);
  EXPECT_TRUE(Applied(world.MakePlan().actions, "APIService", kV1).is_object());
}

TEST(Registration, TerminatingNamespaceGivesBackWhatItTook) {
  World world = Warm(R"({"conflictPolicy": "TakeOver", "deletionPolicy": "Restore"})");
  world.Settle();
  world.observed.namespace_phase = "Terminating";

  EXPECT_THAT(Describe(world.MakePlan().actions), Contains("~APIService/v1beta1.metrics.k8s.io"));
}

// versionPriority: of two versions the higher number is preferred; v1 is the stable one.
TEST(Registration, PrefersTheStableVersion) {
  World world;
  world.MakeReady();

  EXPECT_EQ(world.Live("v1")["spec"]["versionPriority"], 200);
  EXPECT_EQ(world.Live("v1beta1")["spec"]["versionPriority"], 100);
  EXPECT_EQ(world.Live("v1")["spec"]["groupPriorityMinimum"], 100);
}

TEST(Registration, InsecureServingSaysSoAndSendsNoBundle) {
  World world;
  world.pipeline = MakePipeline(R"({"tls": {"serving": {"mode": "Insecure"}}})");
  world.MakeReady();

  EXPECT_EQ(world.Live("v1")["spec"]["insecureSkipTLSVerify"], true);
  EXPECT_TRUE(world.Live("v1")["spec"]["caBundle"].is_null());
}

// managedFields as kube-apiserver writes them.
TEST(Registration, ReadsWhoWroteTheService) {
  const Json live = Json::parse(R"({"metadata": {"managedFields": [
    {"manager": "kube-apiserver", "fieldsV1": {"f:status": {}}},
    {"manager": "helm", "fieldsV1": {"f:spec": {"f:service": {"f:name": {}}}}}]}})");

  EXPECT_EQ(ManagerOf(live), "helm");
  const Json renamed = Json::parse(R"({"metadata": {"managedFields": [
    {"manager": "metricspipeline-operator", "time": "2026-11-21T12:00:02Z",
     "fieldsV1": {"f:spec": {"f:service": {"f:port": {}}}}},
    {"manager": "old", "time": "2026-11-21T12:00:00Z",
     "fieldsV1": {"f:spec": {"f:service": {"f:namespace": {}}}}},
    {"manager": "writer", "time": "2026-11-21T12:00:01Z",
     "fieldsV1": {"f:spec": {"f:service": {"f:name": {}}}}}]}})");
  EXPECT_EQ(ManagerOf(renamed), "writer");
  EXPECT_EQ(ManagerOf(Json::object()), "unknown");
}

// helm still owns the port, as it is the same.
TEST(Registration, ReadsWhoWroteTheBundle) {
  const Json live = Json::parse(R"({"metadata": {"managedFields": [
    {"manager": "metricspipeline-operator", "time": "2026-11-21T12:00:00Z",
     "fieldsV1": {"f:spec": {"f:service": {"f:name": {}}}}},
    {"manager": "helm", "time": "2026-11-21T11:00:00Z",
     "fieldsV1": {"f:spec": {"f:service": {"f:port": {}}}}},
    {"manager": "cainjector", "time": "2026-11-21T12:00:01Z",
     "fieldsV1": {"f:spec": {"f:caBundle": {}}}}]}})");

  EXPECT_EQ(TrustManagerOf(live), "cainjector");
}

}  // namespace
}  // namespace mpl::plan
