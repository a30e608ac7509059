#include "operator/certs/certs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kube/base/digest.h"
#include "kube/x509/certificate.h"
#include "kube/x509/verify.h"

namespace mpl::certs {
namespace {

using std::chrono::days;
using std::chrono::hours;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const TimePoint kStart = *ParseRfc3339("2026-11-21T12:00:00Z");
const std::string kName = "cluster-collector";
const std::vector<std::string> kNames = {"cluster-collector.monitoring.svc",
                                         "cluster-collector.monitoring", "cluster-collector",
                                         "cluster-collector.monitoring.svc.cluster.local"};

Material Issued(TimePoint now = kStart) { return Refresh({}, kName, kNames, now)->material; }

x509::Certificate Read(const std::string& pem) { return x509::ParsePemCertificates(pem)->front(); }

// A foreign certificate of the same names.
x509::KeyPair Foreign() {
  const auto authority = x509::IssueAuthority("someone", kStart - hours(1), kStart + days(400));
  x509::CertificateRequest request;
  request.common_name = kName;
  request.dns_names = kNames;
  request.not_before = kStart - hours(1);
  request.not_after = kStart + days(400);
  return *x509::IssueLeaf(*authority, request);
}

TEST(Certs, IssueEverythingWhenNothingIsThere) {
  const auto refreshed = Refresh({}, kName, kNames, kStart);

  ASSERT_TRUE(refreshed) << refreshed.error().message;
  const auto leaf = Read(refreshed->material.leaf.certificate_pem);
  const auto authority = Read(refreshed->material.active.certificate_pem);
  EXPECT_EQ(leaf.dns_names(), kNames);
  EXPECT_EQ(leaf.not_after(), kStart + days(30));
  EXPECT_EQ(authority.not_after(), kStart + days(365));
  EXPECT_TRUE(authority.is_ca());
  EXPECT_FALSE(leaf.is_ca());
  EXPECT_TRUE(x509::VerifyChain({leaf}, {authority}, x509::Purpose::kServerAuth, kStart));
  EXPECT_THAT(refreshed->done, ElementsAre("authority: there is none"));
  // Two thirds of 30 days and 5 minutes, begun 5 minutes before now.
  EXPECT_NEAR(std::chrono::duration<double>(refreshed->wake - (kStart + days(20))).count(), 0, 300);
}

// X.520, Annex C: ub-common-name is 64. A pipeline's name has 40 characters at most.
TEST(Certs, FitTheLongestNameOfAPipeline) {
  const std::string name = std::string(40, 'p') + "-collector";
  const std::vector<std::string> names = {name + ".monitoring.svc", name};
  const auto now = Refresh({}, name, names, kStart);
  const auto later = Refresh({}, name, names, kStart + std::chrono::seconds(1));

  ASSERT_TRUE(now) << now.error().message;
  ASSERT_TRUE(later) << later.error().message;
  const auto authority = Read(now->material.active.certificate_pem);
  EXPECT_LE(authority.common_name().size(), 64U);
  EXPECT_NE(authority.common_name(), Read(later->material.active.certificate_pem).common_name());
  EXPECT_EQ(Read(now->material.leaf.certificate_pem).common_name(), name);
}

TEST(Certs, StayAsTheyAreWhileNothingIsDue) {
  const Material material = Issued();
  const auto refreshed = Refresh(material, kName, kNames, kStart + days(19));

  ASSERT_TRUE(refreshed);
  EXPECT_THAT(refreshed->done, IsEmpty());
  EXPECT_EQ(refreshed->material.leaf.certificate_pem, material.leaf.certificate_pem);
}

TEST(Certs, SurviveTheWayThroughTheSecrets) {
  const Material material = Issued();
  const Material again = FromSecrets(AuthorityData(material), ServingData(material));

  EXPECT_THAT(Refresh(again, kName, kNames, kStart)->done, IsEmpty());
  EXPECT_EQ(AuthorityData(again), AuthorityData(material));
  EXPECT_EQ(ServingData(again), ServingData(material));
}

TEST(Certs, NeverMountTheAuthoritysKey) {
  const Material material = Issued();
  const objects::Json serving = ServingData(material);

  EXPECT_EQ(serving.size(), 3U);
  for (const auto& [key, value] : serving.items()) {
    EXPECT_THAT(*Base64Decode(value.get<std::string>()),
                testing::Not(HasSubstr(material.active.private_key_pem)))
        << key;
  }
}

struct Damage {
  const char* name;
  std::function<void(Material&)> inflict;
  Step step;
  const char* why;
};

class DamagedSecret : public testing::TestWithParam<Damage> {};

TEST_P(DamagedSecret, IsReissuedWithAReason) {
  Material material = Issued();
  GetParam().inflict(material);

  const Decision decision = Decide(material, kNames, kStart + hours(1));
  EXPECT_EQ(decision.step, GetParam().step);
  EXPECT_THAT(decision.why, HasSubstr(GetParam().why));

  const auto refreshed = Refresh(material, kName, kNames, kStart + hours(1));
  ASSERT_TRUE(refreshed) << refreshed.error().message;
  EXPECT_TRUE(Inspect(refreshed->material.leaf.certificate_pem,
                      refreshed->material.leaf.private_key_pem, Bundle(refreshed->material), kNames,
                      kStart + hours(1)));
}

INSTANTIATE_TEST_SUITE_P(
    Certs, DamagedSecret,
    testing::Values(
        Damage{"LeafMissing", [](Material& m) { m.leaf = {}; }, Step::kSignLeaf, "there is none"},
        Damage{"LeafGarbage", [](Material& m) { m.leaf.certificate_pem = "hello"; },
               Step::kSignLeaf, "not a PEM certificate"},
        Damage{"LeafKeyGarbage", [](Material& m) { m.leaf.private_key_pem = "hello"; },
               Step::kSignLeaf, "key does not belong"},
        Damage{"LeafKeyOfAnother",
               [](Material& m) { m.leaf.private_key_pem = m.active.private_key_pem; },
               Step::kSignLeaf, "key does not belong"},
        Damage{"LeafForeign", [](Material& m) { m.leaf = Foreign(); }, Step::kSignLeaf,
               "signed by unknown authority"},
        Damage{"AuthorityMissing", [](Material& m) { m.active = {}; }, Step::kIssueAll,
               "authority: there is none"},
        Damage{"AuthorityGarbage", [](Material& m) { m.active.certificate_pem = "x"; },
               Step::kIssueAll, "not a PEM certificate"},
        Damage{"AuthorityIsALeaf", [](Material& m) { m.active = m.leaf; }, Step::kIssueAll,
               "CA:FALSE"},
        Damage{"AuthorityKeyMissing", [](Material& m) { m.active.private_key_pem = ""; },
               Step::kIssueAll, "key is missing"},
        Damage{"NextGarbage", [](Material& m) { m.next = x509::KeyPair{"x", "y"}; },
               Step::kIssueNext, "next authority"},
        Damage{"PreviousGarbage", [](Material& m) { m.previous_certificate = "x"; },
               Step::kForgetPrevious, "out of use"}),
    [](const auto& row) { return row.param.name; });

TEST(Certs, AreSignedAgainWhenTheNamesChange) {
  const Decision decision = Decide(Issued(), {"other.monitoring.svc"}, kStart);
  EXPECT_EQ(decision.step, Step::kSignLeaf);
  EXPECT_THAT(decision.why, HasSubstr("does not name other.monitoring.svc"));
}

TEST(Certs, FromTheFutureAreReplaced) {
  const Decision decision = Decide(Issued(kStart + days(2)), kNames, kStart);
  EXPECT_EQ(decision.step, Step::kIssueAll);
  EXPECT_THAT(decision.why, HasSubstr("not valid before"));
}

// Replicas serve with the old leaf until the kubelet has brought them the new Secret.
TEST(Certs, KeepTrustingTheOldLeafWhenTheAuthorityIsLost) {
  const Material before = Issued();
  const Material read = FromSecrets({}, ServingData(before));
  const Material after = Refresh(read, kName, kNames, kStart + hours(1))->material;

  EXPECT_TRUE(x509::VerifyChain({Read(before.leaf.certificate_pem)},
                                *x509::ParsePemCertificates(Bundle(after)),
                                x509::Purpose::kServerAuth, kStart + hours(1)));
}

TEST(Certs, OfSomeoneElseAreJudged) {
  const Material ours = Issued();
  const auto facts = Inspect(ours.leaf.certificate_pem, ours.leaf.private_key_pem, Bundle(ours),
                             kNames, kStart + days(1));
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->serving_not_after, kStart + days(30));
  EXPECT_EQ(facts->authority_not_after, kStart + days(365));

  const auto inspect = [&](const std::string& crt, const std::string& key, const std::string& ca,
                           TimePoint now) { return Inspect(crt, key, ca, kNames, now); };
  const auto& leaf = ours.leaf;
  EXPECT_THAT(inspect("", leaf.private_key_pem, Bundle(ours), kStart).error().message,
              HasSubstr("tls.crt"));
  EXPECT_THAT(inspect(leaf.certificate_pem, leaf.private_key_pem, "", kStart).error().message,
              HasSubstr("ca.crt"));
  EXPECT_THAT(inspect(leaf.certificate_pem, "", Bundle(ours), kStart).error().message,
              HasSubstr("tls.key"));
  EXPECT_THAT(
      inspect(leaf.certificate_pem, leaf.private_key_pem, Bundle(Issued()), kStart).error().message,
      HasSubstr("signed by unknown authority"));
  EXPECT_THAT(inspect(leaf.certificate_pem, leaf.private_key_pem, Bundle(ours), kStart + days(31))
                  .error()
                  .message,
              HasSubstr("expired"));
}

std::string Authority(const char* name, TimePoint not_after = kStart + days(100)) {
  return x509::IssueAuthority(name, kStart - hours(1), not_after)->certificate_pem;
}

TEST(Overlap, TrustsTheNewAndWhatWasTrusted) {
  const std::string old_one = Authority("old"), new_one = Authority("new");

  EXPECT_EQ(Overlap(new_one, old_one, kStart), new_one + old_one);
  EXPECT_EQ(Overlap(new_one, new_one + old_one, kStart), new_one + old_one) << "stays so";
}

TEST(Overlap, IsTheNewAloneWhenNothingElseIsTrusted) {
  const std::string new_one = Authority("new");

  EXPECT_EQ(Overlap(new_one, new_one, kStart), new_one);
  EXPECT_EQ(Overlap(new_one, "", kStart), new_one);
  EXPECT_EQ(Overlap(new_one, "nonsense", kStart), new_one);
  EXPECT_EQ(Overlap("", new_one, kStart), "") << "nothing wanted is not the same as the old";
}

TEST(Overlap, ForgetsWhatExpired) {
  const std::string new_one = Authority("new");

  EXPECT_EQ(Overlap(new_one, Authority("old", kStart), kStart), new_one);
}

TEST(Overlap, KeepsEightAtMost) {
  std::string many;
  for (int i = 0; i < 12; ++i) many += Authority("old");
  const auto kept = x509::ParsePemCertificates(Overlap(Authority("new"), many, kStart));

  EXPECT_EQ(kept->size(), 9U);
}

TEST(Contains, LooksAtCertificatesAndNotAtText) {
  const std::string a = Authority("a"), b = Authority("b");

  EXPECT_TRUE(Contains(b + "\n# comment\n" + a, a));
  EXPECT_TRUE(Contains(a + b, b + a));
  EXPECT_FALSE(Contains(a, a + b));
  EXPECT_FALSE(Contains(a, ""));
  EXPECT_FALSE(Contains("", a));
}

}  // namespace
}  // namespace mpl::certs
