#include "operator/plan/action.h"

#include <gtest/gtest.h>

#include "test/unit/operator/plan/world.h"

namespace mpl::plan {
namespace {

using test::Applied;
using test::World;

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
