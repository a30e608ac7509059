#include "operator/plan/serving_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kube/base/digest.h"
#include "kube/x509/issue.h"
#include "test/unit/operator/plan/world.h"

namespace mpl::plan {
namespace {

using std::chrono::days;
using std::chrono::hours;
using test::kNow;
using test::MakePipeline;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const Names kNames("cluster", "metrics");

Json Secret(const Json& data) { return {{"data", data}}; }

Json UserSecret(const std::string& dns_name, TimePoint not_after = kNow + days(90),
                TimePoint not_before = kNow - hours(1)) {
  const auto authority = *x509::IssueAuthority("corp", kNow - hours(1), kNow + days(900));
  x509::CertificateRequest request;
  request.common_name = "collector";
  request.dns_names = {dns_name};
  request.not_before = not_before;
  request.not_after = not_after;
  const auto leaf = *x509::IssueLeaf(authority, request);
  return Secret({{"tls.crt", Base64Encode(leaf.certificate_pem)},
                 {"tls.key", Base64Encode(leaf.private_key_pem)},
                 {"ca.crt", Base64Encode(authority.certificate_pem)}});
}

Serving Observe(const std::string& tls_serving, const ServingSecrets& secrets,
                std::vector<std::string>* done = nullptr) {
  const auto pipeline = MakePipeline(R"({"tls": {"serving": )" + tls_serving + "}}");
  std::vector<std::string> steps;
  UnsavedKeys unsaved;
  Serving serving = ObserveServing(pipeline, kNames, secrets, kNow, unsaved, steps);
  if (done != nullptr) *done = steps;
  return serving;
}

// As the API has them afterwards.
ServingSecrets Saved(const Serving& serving) {
  ServingSecrets secrets;
  secrets.authority = Secret(serving.authority_data);
  secrets.authority["metadata"]["resourceVersion"] = "41";
  secrets.serving = Secret(serving.serving_data);
  secrets.serving["metadata"]["resourceVersion"] = "42";
  return secrets;
}

constexpr const char* kSelfManaged = R"({"mode": "SelfManaged"})";
constexpr const char* kSecretMode = R"({"mode": "Secret", "secretRef": {"name": "mine"}})";

// As cert-manager makes them: valid from the second on at which they were signed, by its clock.
TEST(ObserveServing, TakesACertificateOfAClockThatIsAhead) {
  ServingSecrets secrets;
  secrets.foreign =
      UserSecret(kNames.ServerName(), kNow + days(90), kNow + std::chrono::seconds(3));
  EXPECT_EQ(Observe(kSecretMode, secrets).fault, "");
  secrets.foreign = UserSecret(kNames.ServerName(), kNow + days(90), kNow + hours(1));
  EXPECT_THAT(Observe(kSecretMode, secrets).fault, HasSubstr("not valid before"));
}

TEST(Serving, OwnCertificateIsMadeOnceAndThenKept) {
  std::vector<std::string> done;
  const Serving first = Observe(kSelfManaged, {}, &done);
  EXPECT_THAT(done, Not(IsEmpty()));
  EXPECT_THAT(first.fault, IsEmpty());
  EXPECT_EQ(first.secret_name, "cluster-collector-serving");

  EXPECT_EQ(first.authority_version, "") << "there was none";

  ServingSecrets kept;
  kept.authority = Secret(first.authority_data);
  kept.authority["metadata"]["resourceVersion"] = "41";
  kept.serving = Secret(first.serving_data);
  kept.serving["metadata"]["resourceVersion"] = "42";
  const Serving second = Observe(kSelfManaged, kept, &done);

  EXPECT_THAT(done, IsEmpty());
  EXPECT_EQ(second.authority_version, "41");
  EXPECT_EQ(second.serving_version, "42");
  EXPECT_EQ(second.authority_data, first.authority_data);
  EXPECT_EQ(second.serving_data, first.serving_data);
  EXPECT_EQ(second.ca_bundle, first.ca_bundle);
  EXPECT_EQ(second.facts->serving_not_after, kNow + days(30));
}

// Writing them fails: a pass with other keys would be one with another status.
TEST(Serving, KeysThatAreNotSavedAreMadeOnce) {
  const auto pipeline = MakePipeline();
  UnsavedKeys unsaved;
  std::vector<std::string> done;
  const Serving first = ObserveServing(pipeline, kNames, {}, kNow, unsaved, done);
  EXPECT_THAT(done, Not(IsEmpty()));
  done.clear();

  const Serving second =
      ObserveServing(pipeline, kNames, {}, kNow + std::chrono::seconds(1), unsaved, done);

  EXPECT_THAT(done, IsEmpty());
  EXPECT_EQ(second.authority_data, first.authority_data);
  EXPECT_EQ(second.serving_data, first.serving_data);
  EXPECT_EQ(second.facts->authority_sha256, first.facts->authority_sha256);
}

TEST(Serving, KeysThatAreSavedAreNotHeldAnyMore) {
  const auto pipeline = MakePipeline();
  UnsavedKeys unsaved;
  std::vector<std::string> done;
  const Serving first = ObserveServing(pipeline, kNames, {}, kNow, unsaved, done);
  ASSERT_TRUE(unsaved.material);
  ServingSecrets saved = Saved(first);

  ObserveServing(pipeline, kNames, saved, kNow, unsaved, done);
  EXPECT_FALSE(unsaved.material);

  // Another operator was faster.
  saved = Saved(Observe(kSelfManaged, {}));
  const Serving other = ObserveServing(pipeline, kNames, saved, kNow, unsaved, done);
  EXPECT_EQ(other.authority_data, saved.authority["data"]);
}

TEST(Serving, WhatIsHeldIsJudgedAsItStandsThere) {
  ServingSecrets secrets = Saved(Observe(kSelfManaged, {}));
  secrets.held = "spec.managementState is Unmanaged";
  const auto at = [&](TimePoint now) {
    UnsavedKeys unsaved;
    std::vector<std::string> done;
    Serving serving = ObserveServing(MakePipeline(), kNames, secrets, now, unsaved, done);
    EXPECT_THAT(done, IsEmpty());
    EXPECT_TRUE(serving.serving_data.is_null()) << "nothing is to be written";
    return serving;
  };

  // Made for 30 days and due after 20.
  EXPECT_THAT(at(kNow + days(19)).held, IsEmpty());
  const Serving due = at(kNow + days(25));
  EXPECT_EQ(due.held, "spec.managementState is Unmanaged");
  EXPECT_EQ(due.facts->serving_not_after, kNow + days(30));
  EXPECT_EQ(due.wake, kNow + days(30));
  const Serving over = at(kNow + days(31));
  EXPECT_EQ(over.fault_reason, "CertificateInvalid");
  EXPECT_THAT(over.fault, AllOf(HasSubstr("expired"), HasSubstr("is Unmanaged")));

  secrets = {};
  secrets.held = "namespace metrics does not exist";
  const Serving none = at(kNow);
  EXPECT_EQ(none.fault_reason, "SecretMissing");
  EXPECT_THAT(none.fault, HasSubstr("metrics/cluster-collector-serving: namespace metrics does"));
  EXPECT_FALSE(none.facts);
}

// Of the mode before: pods that could not mount their Secret any more would not start again.
TEST(Serving, WhatIsMountedStaysUntilTheNewSecretIsInOrder) {
  ServingSecrets secrets = Saved(Observe(kSelfManaged, {}));
  secrets.mounted = "cluster-collector-serving";

  const Serving waits = Observe(kSecretMode, secrets);
  EXPECT_EQ(waits.fault_reason, "SecretMissing");
  EXPECT_EQ(waits.secret_name, "cluster-collector-serving");
  EXPECT_EQ(waits.serving_data, secrets.serving["data"]);
  EXPECT_EQ(waits.authority_data, secrets.authority["data"]);
  EXPECT_TRUE(waits.keeps_own);

  secrets.foreign = UserSecret("cluster-collector.metrics.svc");
  const Serving changes = Observe(kSecretMode, secrets);
  EXPECT_THAT(changes.fault, IsEmpty());
  EXPECT_EQ(changes.secret_name, "mine");
  EXPECT_TRUE(changes.keeps_own) << "pods that mount the old one run still";

  secrets.mounted = "mine";
  secrets.rolling = true;
  EXPECT_TRUE(Observe(kSecretMode, secrets).keeps_own);
  secrets.rolling = false;
  EXPECT_FALSE(Observe(kSecretMode, secrets).keeps_own);
}

TEST(Serving, InsecureModeStillServesWithACertificate) {
  EXPECT_FALSE(Observe(R"({"mode": "Insecure"})", {}).serving_data.is_null());
}

TEST(Serving, UsersSecretIsTakenAsItIs) {
  ServingSecrets secrets;
  secrets.foreign = UserSecret("cluster-collector.metrics.svc");

  const Serving serving = Observe(kSecretMode, secrets);

  EXPECT_THAT(serving.fault, IsEmpty());
  EXPECT_EQ(serving.secret_name, "mine");
  EXPECT_TRUE(serving.authority_data.is_null());
  EXPECT_TRUE(serving.serving_data.is_null());
  EXPECT_THAT(serving.ca_bundle, HasSubstr("BEGIN CERTIFICATE"));
  EXPECT_EQ(serving.facts->serving_not_after, kNow + days(90));
}

TEST(Serving, MissingSecretIsNamed) {
  const Serving serving = Observe(kSecretMode, {});

  EXPECT_EQ(serving.fault_reason, "SecretMissing");
  EXPECT_THAT(serving.fault, HasSubstr("Secret metrics/mine does not exist"));
}

TEST(Serving, MissingKeyIsNamed) {
  ServingSecrets secrets;
  secrets.foreign = UserSecret("cluster-collector.metrics.svc");
  secrets.foreign["data"].erase("ca.crt");

  EXPECT_THAT(Observe(kSecretMode, secrets).fault, HasSubstr("has no ca.crt"));
}

TEST(Serving, CertificateForAnotherNameIsRefused) {
  ServingSecrets secrets;
  secrets.foreign = UserSecret("metrics-server.kube-system.svc");

  const Serving serving = Observe(kSecretMode, secrets);

  EXPECT_EQ(serving.fault_reason, "CertificateInvalid");
  EXPECT_THAT(serving.fault, HasSubstr("does not name cluster-collector.metrics.svc"));
  EXPECT_THAT(serving.ca_bundle, IsEmpty());
}

TEST(Serving, ExpiredCertificateIsRefused) {
  ServingSecrets secrets;
  secrets.foreign = UserSecret("cluster-collector.metrics.svc", kNow - std::chrono::minutes(1));

  EXPECT_THAT(Observe(kSecretMode, secrets).fault, HasSubstr("expired"));
}

TEST(Serving, CertManagersSecretIsWaitedFor) {
  const Serving serving = Observe(R"({"mode": "CertManager", "issuerRef": {"name": "ca"}})", {});

  EXPECT_EQ(serving.secret_name, "cluster-collector-certificate");
  EXPECT_THAT(serving.fault, HasSubstr("Certificate metrics/cluster-collector-certificate"));
}

}  // namespace
}  // namespace mpl::plan
