#include "operator/plan/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operator/plan/children.h"
#include "test/unit/operator/plan/world.h"

namespace mpl::plan {
namespace {

using test::Applied;
using test::Describe;
using test::kNow;
using test::MakePipeline;
using test::World;
using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

// Names: design of the API (children of a pipeline `cluster`).
TEST(Plan, BeginsWithTheChildrenInTheOrderInWhichTheyNeedEachOther) {
  World world;

  EXPECT_THAT(
      Describe(world.MakePlan().actions),
      ElementsAre("ServiceAccount/cluster-collector", "ServiceAccount/cluster-scraper",
                  "ClusterRoleBinding/metricspipeline-cluster-collector",
                  "ClusterRoleBinding/metricspipeline-cluster-auth-delegator",
                  "ClusterRoleBinding/metricspipeline-cluster-scraper", "Role/cluster-collector",
                  "RoleBinding/cluster-collector",
                  "RoleBinding/metricspipeline-cluster-auth-reader", "ConfigMap/cluster-collector",
                  "ConfigMap/cluster-collector-pins", "Secret/cluster-collector-ca",
                  "Secret/cluster-collector-serving", "Service/cluster-collector",
                  "Deployment/cluster-collector", "PodDisruptionBudget/cluster-collector"));
}

TEST(Plan, RegistersOnlyOnceAReplicaIsReady) {
  World world;
  world.Settle();
  EXPECT_THAT(Describe(world.MakePlan().actions), Not(Contains(StartsWith("APIService"))));
  EXPECT_EQ(world.Reason("APIServicesRegistered"), "WaitingForEndpoints");

  world.ReplicasBecomeReady(1);

  const std::vector<std::string> actions = Describe(world.MakePlan().actions);
  ASSERT_GE(actions.size(), 2U);
  EXPECT_EQ(actions[actions.size() - 2], "APIService/v1.metrics.k8s.io");
  EXPECT_EQ(actions.back(), "APIService/v1beta1.metrics.k8s.io");
}

TEST(Plan, RegistersNothingWithoutAValidCertificate) {
  World world;
  world.Settle();
  world.ReplicasBecomeReady();
  world.observed.serving.fault = "Secret x/y does not exist";
  world.observed.serving.fault_reason = "SecretMissing";

  EXPECT_THAT(Describe(world.MakePlan().actions), Not(Contains(StartsWith("APIService"))));
}

TEST(Plan, IsTheSameAgainAfterItWasCarriedOut) {
  World world;
  world.MakeReady();
  const Plan first = world.MakePlan();

  world.CarryOut(first);
  const Plan second = world.MakePlan();

  EXPECT_EQ(second.status, world.pipeline.status);
  EXPECT_THAT(second.events, IsEmpty());
  EXPECT_EQ(Describe(first.actions), Describe(second.actions));
  for (std::size_t i = 0; i < first.actions.size(); ++i) {
    EXPECT_EQ(std::get<ApplyObject>(first.actions[i]).object.dump(),
              std::get<ApplyObject>(second.actions[i]).object.dump());
  }
}

TEST(Plan, DoesNotChangeStatusByTimeAlone) {
  World world;
  world.MakeReady();
  world.now += std::chrono::hours(1);

  EXPECT_EQ(world.MakePlan().status, world.pipeline.status);
}

TEST(Plan, MarksEveryChildAsOursAndLetsItDieWithThePipeline) {
  World world;
  world.MakeReady();

  for (const Action& action : world.MakePlan().actions) {
    const Json& metadata = std::get<ApplyObject>(action).object["metadata"];
    EXPECT_EQ(metadata["labels"]["app.kubernetes.io/name"], "metrics-collector");
    EXPECT_EQ(metadata["labels"]["app.kubernetes.io/managed-by"], "metricspipeline-operator");
    EXPECT_EQ(metadata["labels"]["metricspipeline.dev/pipeline"], "cluster");
    ASSERT_EQ(metadata["ownerReferences"].size(), 1U);
    EXPECT_EQ(metadata["ownerReferences"][0]["uid"], "uid-1");
    EXPECT_EQ(metadata["ownerReferences"][0]["controller"], true);
    EXPECT_EQ(metadata["ownerReferences"][0]["blockOwnerDeletion"], true);
  }
}

TEST(Plan, NeverTouchesTheCollectorsPins) {
  World world;
  EXPECT_FALSE(
      Applied(world.MakePlan().actions, "ConfigMap", "cluster-collector-pins").contains("data"));
}

struct LiveChange {
  const char* name;
  const char* spec;
};
class PlanTakesUpWithoutRestart : public testing::TestWithParam<LiveChange> {};

TEST_P(PlanTakesUpWithoutRestart, ByTheConfigurationAlone) {
  World world;
  const auto before = world.MakePlan().actions;
  world.pipeline = MakePipeline(GetParam().spec);
  const auto after = world.MakePlan().actions;

  EXPECT_EQ(Applied(before, "Deployment", "cluster-collector")["spec"]["template"],
            Applied(after, "Deployment", "cluster-collector")["spec"]["template"]);
  EXPECT_NE(Applied(before, "ConfigMap", "cluster-collector"),
            Applied(after, "ConfigMap", "cluster-collector"));
}

INSTANTIATE_TEST_SUITE_P(
    Fields, PlanTakesUpWithoutRestart,
    testing::Values(LiveChange{"Resolution", R"({"scrape": {"resolution": "30s"}})"},
                    LiveChange{"Timeout", R"({"scrape": {"timeout": "5s"}})"},
                    LiveChange{"AddressTypes", R"({"scrape": {"addressTypes": ["Hostname"]}})"},
                    LiveChange{"Port",
                               R"({"scrape": {"port": {"source": "Fixed", "number": 10255}}})"},
                    LiveChange{"NodeSelector", R"({"scrape": {"nodeSelector": "a=b"}})"},
                    LiveChange{"Concurrency", R"({"scrape": {"maxConcurrency": 9}})"},
                    LiveChange{"TlsMode", R"({"tls": {"kubelet": {"mode": "ClusterCA"}}})"},
                    LiveChange{"LogLevel", R"({"collector": {"logging": {"level": "Debug"}}})"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Plan, CertificateRotationRestartsNothing) {
  World world;
  const auto before = world.MakePlan().actions;
  world.observed.serving.serving_data = {{"tls.crt", "TmV3"}};
  world.observed.serving.ca_bundle = "-----OLD AND NEW-----\n";

  EXPECT_EQ(Applied(before, "Deployment", "cluster-collector"),
            Applied(world.MakePlan().actions, "Deployment", "cluster-collector"));
}

TEST(Plan, RemovesTheBudgetThatOneReplicaMustNotHave) {
  World world;
  world.Settle();
  world.pipeline = MakePipeline(R"({"collector": {"replicas": 1}})");

  const auto actions = Describe(world.MakePlan().actions);

  EXPECT_THAT(actions, Contains("-PodDisruptionBudget/cluster-collector"));
  EXPECT_THAT(actions, Not(Contains("PodDisruptionBudget/cluster-collector")));
}

// Made with our own certificate; now it is to be that in Secret "mine".
World WithTheirCertificate() {
  World world;
  world.Settle();
  world.pipeline =
      MakePipeline(R"({"tls": {"serving": {"mode": "Secret", "secretRef": {"name": "mine"}}}})");
  world.observed.serving.authority_data = nullptr;
  world.observed.serving.serving_data = nullptr;
  world.observed.serving.secret_name = "mine";
  return world;
}

TEST(Plan, RemovesOurAuthorityWhenSomebodyElseKeepsTheCertificate) {
  const World world = WithTheirCertificate();

  const Plan plan = world.MakePlan();

  EXPECT_THAT(Describe(plan.actions), Contains("-Secret/cluster-collector-ca"));
  EXPECT_THAT(Describe(plan.actions), Contains("-Secret/cluster-collector-serving"));
  EXPECT_EQ(
      Applied(
          plan.actions, "Deployment",
          "cluster-collector")["spec"]["template"]["spec"]["volumes"][0]["secret"]["secretName"],
      "mine");
}

TEST(Plan, KeepsOurAuthorityWhilePodsMountItsCertificate) {
  World world = WithTheirCertificate();
  world.observed.serving.keeps_own = true;

  const auto actions = Describe(world.MakePlan().actions);

  EXPECT_THAT(actions, Not(Contains("-Secret/cluster-collector-ca")));
  EXPECT_THAT(actions, Not(Contains("-Secret/cluster-collector-serving")));
}

TEST(Plan, KnowsTheSecretThatADeploymentMounts) {
  World world;
  EXPECT_EQ(MountedSecret(world.observed.deployment), "");
  EXPECT_EQ(MountedSecret(Applied(world.MakePlan().actions, "Deployment", "cluster-collector")),
            "cluster-collector-serving");
}

TEST(Plan, AsksCertManagerForItsCertificate) {
  World world;
  world.pipeline =
      MakePipeline(R"({"tls": {"serving": {"mode": "CertManager", "issuerRef": {"name": "ca"}}}})");

  const Json certificate =
      Applied(world.MakePlan().actions, "Certificate", "cluster-collector-certificate");

  EXPECT_EQ(certificate["apiVersion"], "cert-manager.io/v1");
  EXPECT_EQ(certificate["spec"]["issuerRef"]["name"], "ca");
  EXPECT_EQ(certificate["spec"]["dnsNames"][0], "cluster-collector.metricspipeline-system.svc");
}

TEST(Plan, TakesTheCertificateAwayWithItsModeAndWhenItIsNotActive) {
  World world;
  world.pipeline =
      MakePipeline(R"({"tls": {"serving": {"mode": "CertManager", "issuerRef": {"name": "ca"}}}})");
  world.Settle();
  EXPECT_THAT(Describe(world.MakePlan().actions),
              Not(Contains("-Certificate/cluster-collector-certificate")));
  World inactive = world;
  inactive.observed.rivals = {{"older", "uid-0", kNow - std::chrono::hours(5)}};
  world.pipeline = MakePipeline();

  EXPECT_THAT(Describe(world.MakePlan().actions),
              Contains("-Certificate/cluster-collector-certificate"));
  EXPECT_THAT(Describe(inactive.MakePlan().actions),
              Contains("-Certificate/cluster-collector-certificate"));
}

TEST(Plan, WritesNothingButStatusWhileUnmanaged) {
  World world;
  world.MakeReady();
  world.pipeline.management_state = pipeline::ManagementState::kUnmanaged;
  world.pipeline.meta.generation = 4;

  const Plan plan = world.MakePlan();

  EXPECT_THAT(plan.actions, IsEmpty());
  world.CarryOut(plan);
  EXPECT_EQ(world.Status("Paused"), "True");
  EXPECT_EQ(world.Status("Ready"), "True");
  EXPECT_EQ(world.pipeline.status["observedGeneration"], 4);
}

TEST(Plan, KeepsWatchingWhileUnmanaged) {
  World world;
  world.MakeReady();
  world.pipeline.management_state = pipeline::ManagementState::kUnmanaged;
  world.ReplicasBecomeReady(0);
  world.Settle();
  world.now += std::chrono::seconds(30);
  world.Settle();

  EXPECT_EQ(world.Status("Available"), "False");
  EXPECT_EQ(world.Status("Ready"), "False");
}

// Nothing is put right; and it is not called registered.
TEST(Plan, TellsOfARegistrationThatIsGoneWhileUnmanaged) {
  World world;
  world.MakeReady();
  world.pipeline.management_state = pipeline::ManagementState::kUnmanaged;
  world.Live("v1") = nullptr;

  const Plan plan = world.MakePlan();
  world.CarryOut(plan);

  EXPECT_THAT(plan.actions, IsEmpty());
  EXPECT_EQ(world.Reason("APIServicesRegistered"), "Unmanaged");
  EXPECT_EQ(plan.status["apiServices"][0]["name"], "v1.metrics.k8s.io");
  EXPECT_EQ(plan.status["apiServices"][0]["state"], "Pending");
}

TEST(Plan, SaysUntilWhenACertificateHoldsThatIsNotRenewed) {
  World world;
  world.MakeReady();
  world.observed.serving.held = "spec.managementState is Unmanaged: set Managed";
  world.observed.serving.facts->serving_not_after = kNow + std::chrono::days(9);

  world.CarryOut(world.MakePlan());

  EXPECT_EQ(world.Status("CertificatesValid"), "True");
  EXPECT_THAT(
      world.Message("CertificatesValid"),
      AllOf(HasSubstr(FormatRfc3339(kNow + std::chrono::days(9))), HasSubstr("set Managed")));
}

TEST(Plan, AMissingNamespaceLosesItsRegistrationsAndGetsNothingNew) {
  World world;
  world.MakeReady();
  world.observed.namespace_phase.reset();

  const Plan plan = world.MakePlan();
  world.CarryOut(plan);

  EXPECT_THAT(Describe(plan.actions),
              ElementsAre("-APIService/v1.metrics.k8s.io", "-APIService/v1beta1.metrics.k8s.io"));
  EXPECT_EQ(world.Reason("Ready"), "NamespaceMissing");
  EXPECT_EQ(world.Reason("APIServicesRegistered"), "NamespaceMissing");
}

TEST(Plan, MakesNothingInANamespaceThatIsMissing) {
  World world;
  world.observed.namespace_phase.reset();
  const Plan plan = world.MakePlan();
  world.CarryOut(plan);

  EXPECT_THAT(plan.actions, IsEmpty());
  EXPECT_EQ(world.Reason("Ready"), "NamespaceMissing");
}

TEST(Plan, KeepsTheRunningConfigurationWhileItsBundleIsMissing) {
  World world;
  world.MakeReady();
  const std::string running = world.observed.live_config;
  world.pipeline = MakePipeline(
      R"({"tls": {"kubelet": {"mode": "CustomCA", "caBundleRef": {"name": "kubelet-ca"}}}})");
  world.observed.ca_bundle = Referenced{};

  const Plan plan = world.MakePlan();
  world.CarryOut(plan);

  EXPECT_EQ(Applied(plan.actions, "ConfigMap", "cluster-collector")["data"]["collector.yaml"],
            running);
  EXPECT_EQ(world.Reason("Ready"), "ReferenceMissing");
  EXPECT_THAT(world.Message("Ready"), HasSubstr("ConfigMap metricspipeline-system/kubelet-ca"));
}

TEST(Plan, PutsTheCustomBundleIntoTheConfiguration) {
  World world;
  world.pipeline = MakePipeline(
      R"({"tls": {"kubelet": {"mode": "CustomCA", "caBundleRef": {"name": "kubelet-ca"}}}})");
  world.observed.ca_bundle = Referenced{true, {{"ca.crt", "-----PEM-----\n"}}};

  EXPECT_THAT(
      Applied(world.MakePlan().actions, "ConfigMap", "cluster-collector")["data"]["collector.yaml"],
      HasSubstr("-----PEM-----"));
}

TEST(Plan, RunsWhereTheSpecSays) {
  World world;
  world.pipeline = MakePipeline(R"({"collector": {"namespace": "metrics", "image": "mine:2"}})");

  const auto actions = world.MakePlan().actions;

  const Json deployment = Applied(actions, "Deployment", "cluster-collector");
  EXPECT_EQ(deployment["metadata"]["namespace"], "metrics");
  EXPECT_EQ(deployment["spec"]["template"]["spec"]["containers"][0]["image"], "mine:2");
  EXPECT_EQ(Applied(actions, "RoleBinding",
                    "metricspipeline-cluster-auth-reader")["metadata"]["namespace"],
            "kube-system");
}

TEST(Plan, OldestPipelineIsActiveAndTheOthersSayWhichOneIs) {
  World world;
  world.observed.rivals = {{"older", "uid-0", kNow - std::chrono::hours(5)}};
  const Plan plan = world.MakePlan();
  world.CarryOut(plan);

  EXPECT_THAT(plan.actions, IsEmpty());
  EXPECT_EQ(world.Reason("Ready"), "NotActive");
  EXPECT_THAT(world.Message("Ready"), HasSubstr("MetricsPipeline older"));
  EXPECT_EQ(world.pipeline.status["observedGeneration"], 3);

  world.observed.rivals = {{"younger", "uid-2", kNow}};
  EXPECT_THAT(world.MakePlan().actions, Not(IsEmpty()));
}

TEST(Plan, TakesOverTheMomentTheOtherIsGone) {
  World world;
  world.observed.rivals = {{"older", "uid-0", kNow - std::chrono::hours(5)}};
  world.Settle();
  world.observed.rivals.clear();
  world.MakeReady();

  EXPECT_EQ(world.Reason("Ready"), "MetricsServed");
  EXPECT_EQ(world.Condition("Stalled"), nullptr);
}

TEST(Plan, RepeatsARequestToReconcileInStatus) {
  World world;
  world.MakeReady();
  EXPECT_FALSE(IsRequested(world.pipeline));
  EXPECT_FALSE(world.pipeline.status.contains("lastHandledReconcileAt"));
  world.pipeline.meta.annotations["metricspipeline.dev/reconcile-requested-at"] =
      "2026-11-21T12:00:00Z";
  EXPECT_TRUE(IsRequested(world.pipeline));

  world.CarryOut(world.MakePlan());

  EXPECT_EQ(world.pipeline.status["lastHandledReconcileAt"], "2026-11-21T12:00:00Z");
  EXPECT_FALSE(IsRequested(world.pipeline));
}

TEST(Plan, RepeatsARequestThatIsTooLongOnlyOnce) {
  World world;
  std::string text;
  while (text.size() < 300) text += "µ";
  world.pipeline.meta.annotations["metricspipeline.dev/reconcile-requested-at"] = "x" + text;
  world.CarryOut(world.MakePlan());

  EXPECT_FALSE(IsRequested(world.pipeline));
  EXPECT_NO_THROW(world.pipeline.status.dump());
}

TEST(Plan, HearsRequestsWhileItMayNotWriteOrIsNotActive) {
  World world;
  world.MakeReady();
  world.pipeline.meta.annotations["metricspipeline.dev/reconcile-requested-at"] = "1";
  world.pipeline.management_state = pipeline::ManagementState::kUnmanaged;
  EXPECT_EQ(world.MakePlan().status["lastHandledReconcileAt"], "1");
  world.observed.rivals = {{"older", "uid-0", kNow - std::chrono::hours(5)}};
  EXPECT_EQ(world.MakePlan().status["lastHandledReconcileAt"], "1");
}

TEST(Plan, NameDecidesBetweenPipelinesOfTheSameSecond) {
  const auto pipeline = MakePipeline();

  EXPECT_FALSE(IsActive(pipeline, {{"a", "uid-0", pipeline.meta.creation_timestamp}}));
  EXPECT_TRUE(IsActive(pipeline, {{"d", "uid-0", pipeline.meta.creation_timestamp}}));
}

TEST(Plan, ClearsUpAfterItselfWhenItIsNotActiveAnyMore) {
  World world;
  world.Settle();
  world.observed.rivals = {{"older", "uid-0", kNow - std::chrono::hours(5)}};

  const auto actions = Describe(world.MakePlan().actions);

  EXPECT_EQ(actions.size(), 15U);
  EXPECT_THAT(actions, Each(StartsWith("-")));
}

TEST(Plan, LeavesEvenItsOwnChildrenWhenItIsUnmanagedAndNotActive) {
  World world;
  world.Settle();
  world.pipeline.management_state = pipeline::ManagementState::kUnmanaged;
  world.observed.rivals = {{"older", "uid-0", kNow - std::chrono::hours(5)}};

  EXPECT_THAT(world.MakePlan().actions, IsEmpty());
}

TEST(Plan, DeletionTakesTheRegistrationsAndNothingElse) {
  World world;
  world.MakeReady();
  world.pipeline.meta.deletion_timestamp = kNow;

  const Plan plan = world.MakePlan();

  EXPECT_THAT(Describe(plan.actions),
              ElementsAre("-APIService/v1.metrics.k8s.io", "-APIService/v1beta1.metrics.k8s.io"));
  EXPECT_TRUE(plan.status.is_null());
}

TEST(Plan, DeletionComesBeforePauseAndRivalry) {
  World world;
  world.MakeReady();
  world.pipeline.meta.deletion_timestamp = kNow;
  world.pipeline.management_state = pipeline::ManagementState::kUnmanaged;
  world.observed.rivals = {{"older", "uid-0", kNow - std::chrono::hours(5)}};

  EXPECT_EQ(world.MakePlan().actions.size(), 2U);
}

TEST(Plan, TerminatingNamespaceLosesItsRegistrationsAndGetsNothingNew) {
  World world;
  world.MakeReady();
  world.observed.namespace_phase = "Terminating";

  const Plan plan = world.MakePlan();
  world.CarryOut(plan);

  EXPECT_THAT(Describe(plan.actions),
              ElementsAre("-APIService/v1.metrics.k8s.io", "-APIService/v1beta1.metrics.k8s.io"));
  EXPECT_EQ(world.Reason("Ready"), "NamespaceTerminating");
}

TEST(Plan, WakesWhenTheCertificateIsDue) {
  World world;
  world.observed.serving.wake = kNow + std::chrono::minutes(3);
  EXPECT_EQ(world.MakePlan().wake, kNow + std::chrono::minutes(3));
  world.observed.serving.wake = kNow + std::chrono::days(3);
  EXPECT_EQ(world.MakePlan().wake, kNow + kResync);
}

TEST(Plan, TellsWhyASpecCannotBeRead) {
  World world;
  const Json object = {{"metadata", {{"name", "cluster"}, {"generation", 7}}}, {"spec", 1}};

  const Plan plan = MakeInvalidPlan(object, {"spec: must be an object"}, kNow);
  world.CarryOut(plan);

  EXPECT_THAT(plan.actions, IsEmpty());
  EXPECT_EQ(plan.status["observedGeneration"], 7);
  EXPECT_EQ(world.Reason("Ready"), "InvalidSpec");
  EXPECT_EQ(world.Status("Stalled"), "True");
  EXPECT_THAT(world.Message("Ready"), HasSubstr("spec: must be an object"));
}

}  // namespace
}  // namespace mpl::plan
