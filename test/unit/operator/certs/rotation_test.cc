// Years of rotation on a clock that is an argument.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "kube/x509/certificate.h"
#include "kube/x509/verify.h"
#include "operator/certs/certs.h"

namespace mpl::certs {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const TimePoint kBegun = *ParseRfc3339("2026-11-21T12:00:00Z");
const std::string kService = "cluster-collector";
const std::vector<std::string> kServiceNames = {"cluster-collector.monitoring.svc"};

x509::Certificate FirstOf(const std::string& pem) {
  return x509::ParsePemCertificates(pem)->front();
}

bool Trusts(const std::string& bundle, const x509::KeyPair& leaf, TimePoint now) {
  const auto roots = x509::ParsePemCertificates(bundle);
  return roots && x509::VerifyChain({FirstOf(leaf.certificate_pem)}, *roots,
                                    x509::Purpose::kServerAuth, now);
}

struct Due {
  const char* name;
  Duration age;
  Step step;
};

class LeafByAge : public testing::TestWithParam<Due> {};

TEST_P(LeafByAge, IsRenewedAtTwoThirds) {
  const Material material = Refresh({}, kService, kServiceNames, kBegun)->material;
  EXPECT_EQ(Decide(material, kServiceNames, kBegun + GetParam().age).step, GetParam().step);
}

INSTANTIATE_TEST_SUITE_P(Rotation, LeafByAge,
                         testing::Values(Due{"New", seconds(0), Step::kKeep},
                                         Due{"Day19", days(19), Step::kKeep},
                                         Due{"Day20", days(20), Step::kSignLeaf},
                                         Due{"Day29", days(29), Step::kSignLeaf},
                                         Due{"Expired", days(31), Step::kSignLeaf},
                                         Due{"Day242", days(242), Step::kSignLeaf},
                                         Due{"Day244", days(244), Step::kIssueNext},
                                         Due{"Year", days(366), Step::kIssueAll}),
                         [](const auto& row) { return row.param.name; });

TEST(Rotation, UsesTheNewAuthorityOneMinuteAfterItWasSeenEverywhere) {
  const TimePoint due = kBegun + days(244);
  Material material = Refresh({}, kService, kServiceNames, kBegun)->material;
  material = Refresh(material, kService, kServiceNames, due)->material;
  ASSERT_TRUE(material.next);
  const std::string old_authority = material.active.certificate_pem;
  EXPECT_TRUE(Trusts(old_authority, material.leaf, due));

  // Not in the registrations: nothing happens, however long it takes.
  EXPECT_EQ(Decide(material, kServiceNames, due + days(5)).step, Step::kKeep);

  material.published_since = due + hours(1);
  EXPECT_EQ(Decide(material, kServiceNames, due + hours(1) + seconds(59)).step, Step::kKeep);
  EXPECT_EQ(Decide(material, kServiceNames, due + hours(1) + seconds(59)).wake,
            due + hours(1) + minutes(1));
  const TimePoint promoted_at = due + hours(1) + minutes(1);
  const std::string bundle = Bundle(material);
  material = Refresh(material, kService, kServiceNames, promoted_at)->material;

  EXPECT_FALSE(material.next);
  EXPECT_EQ(Bundle(material), bundle) << "clients see no change at that moment";
  EXPECT_FALSE(Trusts(old_authority, material.leaf, promoted_at));
  EXPECT_TRUE(Trusts(bundle, material.leaf, promoted_at));

  EXPECT_EQ(Decide(material, kServiceNames, promoted_at + minutes(59)).step, Step::kKeep);
  EXPECT_EQ(Decide(material, kServiceNames, promoted_at + hours(1)).step, Step::kForgetPrevious);
  material = Refresh(material, kService, kServiceNames, promoted_at + hours(1))->material;
  EXPECT_EQ(x509::ParsePemCertificates(Bundle(material))->size(), 1U);
}

// Two operators' clocks differ; the one that lags has become the leader.
class LaggingClock : public testing::TestWithParam<Duration> {};

TEST_P(LaggingClock, KeepsWhatAFasterOneMade) {
  const Material material = Refresh({}, kService, kServiceNames, kBegun)->material;
  const auto refreshed = Refresh(material, kService, kServiceNames, kBegun - GetParam());

  ASSERT_TRUE(refreshed) << refreshed.error().message;
  EXPECT_TRUE(refreshed->done.empty());
  EXPECT_EQ(refreshed->material.active.certificate_pem, material.active.certificate_pem);
}

INSTANTIATE_TEST_SUITE_P(Rotation, LaggingClock,
                         testing::Values(seconds(1), minutes(5), minutes(30), minutes(64)));

// Begun more than an hour (and five minutes) ahead of ours: no right clock believes it.
TEST(Rotation, ReplacesWhatIsFromTheFuture) {
  const Material material = Refresh({}, kService, kServiceNames, kBegun)->material;
  const auto refreshed = Refresh(material, kService, kServiceNames, kBegun - hours(2));

  ASSERT_TRUE(refreshed);
  EXPECT_NE(refreshed->material.active.certificate_pem, material.active.certificate_pem);
}

TEST(Rotation, WaitsItsMinuteByItsOwnClock) {
  const TimePoint due = kBegun + days(244);
  Material material =
      Refresh(Refresh({}, kService, kServiceNames, kBegun)->material, kService, kServiceNames, due)
          ->material;
  ASSERT_TRUE(material.next);
  const TimePoint lagging = due - minutes(30);
  material.published_since = lagging;

  EXPECT_EQ(Decide(material, kServiceNames, lagging + seconds(59)).step, Step::kKeep);
  EXPECT_EQ(Decide(material, kServiceNames, lagging + minutes(1)).step, Step::kPromoteNext);
  const auto promoted = Refresh(material, kService, kServiceNames, lagging + minutes(1));
  ASSERT_TRUE(promoted) << promoted.error().message;
  EXPECT_TRUE(Trusts(Bundle(material), promoted->material.leaf, due));
}

// kube-apiserver and the replicas learn of each change half an hour late; still no moment in three
// years at which a replica is not believed.
TEST(Rotation, LeavesNoGapInThreeYears) {
  Material material = Refresh({}, kService, kServiceNames, kBegun)->material;
  std::string registered = Bundle(material);
  x509::KeyPair served = material.leaf;
  int leafs = 0;
  std::set<std::string> authorities;
  TimePoint next;
  for (TimePoint now = kBegun; now < kBegun + days(3 * 365); now = next) {
    if (registered != Bundle(material)) material.published_since.reset();
    const Material wanted = material;
    const Decision decision = Decide(material, kServiceNames, now);
    const bool settled = registered == Bundle(material) && decision.step == Step::kKeep &&
                         served.certificate_pem == material.leaf.certificate_pem;
    next =
        settled && decision.wake ? std::max(*decision.wake, now + minutes(30)) : now + minutes(30);
    if (decision.step != Step::kKeep) {
      material = Refresh(material, kService, kServiceNames, now)->material;
      leafs += material.leaf.certificate_pem == served.certificate_pem ? 0 : 1;
      authorities.insert(material.active.certificate_pem);
    }
    ASSERT_TRUE(Trusts(registered, served, now)) << FormatRfc3339(now);
    ASSERT_TRUE(Trusts(Bundle(material), served, now)) << FormatRfc3339(now);
    ASSERT_TRUE(Trusts(registered, material.leaf, now)) << FormatRfc3339(now);
    registered = Bundle(wanted);
    served = wanted.leaf;
    if (registered == Bundle(material) && !material.published_since) material.published_since = now;
  }
  // 1095 days: a leaf each 20 days, an authority each 243.
  EXPECT_NEAR(leafs, 1095.0 / 20 + 4, 6);
  EXPECT_NEAR(static_cast<double>(authorities.size()), 1095.0 / 243 + 1, 1);
}

}  // namespace
}  // namespace mpl::certs
