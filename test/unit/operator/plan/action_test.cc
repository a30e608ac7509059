#include "operator/plan/action.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test/unit/operator/plan/world.h"

namespace mpl::plan {
namespace {

using std::chrono::minutes;
using test::Applied;
using test::Describe;
using test::MakePipeline;
using test::TakenOver;
using test::World;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// What of a plan is carried out when kube-apiserver refuses objects of that kind. Patches and
// deletions are none of them.
std::vector<std::string> DoneWithout(const std::string& kind, const std::vector<Action>& actions) {
  Refusals refusals;
  std::vector<Action> done;
  for (const Action& action : actions) {
    const auto* apply = std::get_if<ApplyObject>(&action);
    const bool refused = apply != nullptr && apply->resource->kind == kind;
    if (refused || !refusals.Allow(action)) {
      refusals.Add(action);
    } else {
      done.push_back(action);
    }
  }
  return Describe(done);
}

// No replica for five minutes, because the Deployment was deleted.
void LoseDeployment(World& world) {
  world.observed.deployment = nullptr;
  world.ReplicasBecomeReady(0);
  world.Settle();
  world.observed.deployment = nullptr;
  world.now += minutes(5);
}

TEST(Refusals, StopWhatComesAfter) {
  World world;

  EXPECT_THAT(DoneWithout("ServiceAccount", world.MakePlan().actions),
              ElementsAre("Secret/cluster-collector-ca", "Secret/cluster-collector-serving"));
  EXPECT_THAT(DoneWithout("", world.MakePlan().actions), Contains("Deployment/cluster-collector"));
}

TEST(Refusals, DoNotStopAWithdrawal) {
  World world;
  world.pipeline = MakePipeline(R"({"apiServices": {"unavailablePolicy": "Withdraw"}})");
  world.MakeReady();
  LoseDeployment(world);

  for (const char* kind : {"ServiceAccount", "Secret", "Deployment"}) {
    EXPECT_THAT(DoneWithout(kind, world.MakePlan().actions),
                AllOf(Contains("-APIService/v1.metrics.k8s.io"),
                      Contains("-APIService/v1beta1.metrics.k8s.io")))
        << kind;
  }
}

TEST(Refusals, DoNotStopWhatIsGivenBackButThePromiseStays) {
  World world = TakenOver("Restore");
  world.pipeline.api_services.unavailable_policy = pipeline::UnavailablePolicy::kWithdraw;
  LoseDeployment(world);

  const auto done = DoneWithout("Deployment", world.MakePlan().actions);

  EXPECT_THAT(done, Contains("~APIService/v1beta1.metrics.k8s.io"));
  EXPECT_THAT(done, Not(Contains("MetricsPipeline/cluster")));
}

TEST(Refusals, DoNotStopANewBundleOfWhatRunningPodsServe) {
  World world;
  world.MakeReady();
  world.observed.serving.ca_bundle = "-----NEW-----\n";

  EXPECT_THAT(DoneWithout("Deployment", world.MakePlan().actions),
              AllOf(Contains("APIService/v1.metrics.k8s.io"),
                    Contains("APIService/v1beta1.metrics.k8s.io")));
}

// Of a Secret that was refused, the keys were made for this plan alone.
TEST(Refusals, StopWhatWouldTrustAnAuthorityThatIsNotKept) {
  World world;
  world.MakeReady();

  const auto done = DoneWithout("Secret", world.MakePlan().actions);

  EXPECT_THAT(done, Not(Contains(HasSubstr("APIService"))));
  EXPECT_THAT(done, Not(Contains(HasSubstr("Secret"))));
}

// Another serving mode: the pods that run serve what they mounted.
TEST(Refusals, StopABundleThatRunningPodsDoNotServe) {
  World world;
  world.MakeReady();
  world.observed.serving.secret_name = "mine";
  world.observed.serving.authority_data = nullptr;
  world.observed.serving.serving_data = nullptr;

  EXPECT_THAT(DoneWithout("Deployment", world.MakePlan().actions),
              Not(Contains(HasSubstr("APIService"))));
}

TEST(Refusals, StopNewRegistrations) {
  World world;
  world.Settle();
  world.ReplicasBecomeReady();
  EXPECT_THAT(DoneWithout("PodDisruptionBudget", world.MakePlan().actions),
              Not(Contains(HasSubstr("APIService"))));

  World elsewhere;
  elsewhere.MakeReady();
  elsewhere.Live("v1")["spec"]["service"]["namespace"] = "another";
  EXPECT_THAT(DoneWithout("Deployment", elsewhere.MakePlan().actions),
              AllOf(Not(Contains("APIService/v1.metrics.k8s.io")),
                    Contains("APIService/v1beta1.metrics.k8s.io")));
}

// Without an owner it would be nobody's if the pipeline went now.
TEST(Refusals, StopARegistrationWhoseRestorationIsNotPromisedYet) {
  World world = TakenOver("Delete");
  world.pipeline.api_services.deletion_policy = pipeline::DeletionPolicy::kRestore;

  EXPECT_THAT(DoneWithout("Deployment", world.MakePlan().actions),
              AllOf(Contains("APIService/v1.metrics.k8s.io"),
                    Not(Contains("APIService/v1beta1.metrics.k8s.io"))));
}

TEST(Refusals, StopThePromiseFromEndingBeforeItIsKept) {
  World world = TakenOver("Restore");
  world.pipeline.meta.deletion_timestamp = world.now;
  const std::vector<Action> actions = world.MakePlan().actions;
  Refusals refusals;
  refusals.Add(actions[0]);

  EXPECT_TRUE(refusals.Allow(actions[1])) << "the other version";
  EXPECT_FALSE(refusals.Allow(actions[2])) << "the finalizer";
}

// Server-side apply removes a key only when no other entry of managedFields has it
// (kubernetes.io/docs/reference/using-api/server-side-apply), and a POST makes such an entry.
TEST(Claim, HoldsNoDataThatMayHaveToGo) {
  World world;
  world.observed.serving.authority_data = {{"ca.crt", "QQ=="}, {"previous.crt", "Qg=="}};
  const Json secret = Applied(world.MakePlan().actions, "Secret", "cluster-collector-ca");

  const Json claim = ClaimOf(secret);

  EXPECT_FALSE(claim.contains("data"));
  EXPECT_EQ(claim["metadata"], secret["metadata"]);
  EXPECT_EQ(claim["type"], "Opaque");
}

// core/v1: a Secret of type kubernetes.io/tls has to have both keys.
TEST(Claim, HoldsWhatTheTypeAsksFor) {
  World world;
  world.observed.serving.serving_data = {
      {"tls.crt", "QQ=="}, {"tls.key", "Qg=="}, {"ca.crt", "Qw=="}};
  const Json secret = Applied(world.MakePlan().actions, "Secret", "cluster-collector-serving");

  EXPECT_EQ(ClaimOf(secret)["data"], Json({{"tls.crt", "QQ=="}, {"tls.key", "Qg=="}}));
}

TEST(Claim, IsTheWholeObjectOfOtherKinds) {
  const Json binding = {{"kind", "RoleBinding"}, {"roleRef", {{"name", "x"}}}};
  EXPECT_EQ(ClaimOf(binding), binding);
}

}  // namespace
}  // namespace mpl::plan
