// The ConfigMap's keys: kube-apiserver writes them (k8s.io/apiserver,
// pkg/server/options/authentication.go); lists of strings are JSON in a string.
#include "operator/diagnosis/aggregation.h"

#include <gmock/gmock.h>

#include "test/support/certs/certs.h"

namespace mpl::diagnosis {
namespace {

using std::chrono::days;
using testing::HasSubstr;

const TimePoint kNow = *ParseRfc3339("2026-11-21T12:00:00Z");

const test::Authority& FrontProxy() {
  static const test::Authority kAuthority("front-proxy-ca");
  return kAuthority;
}
const test::Authority& Users() {
  static const test::Authority kAuthority("kubernetes");
  return kAuthority;
}

Json Map(const std::string& front_proxy, const std::string& names) {
  return {{"data",
           {{"client-ca-file", Users().ca_pem()},
            {"requestheader-client-ca-file", front_proxy},
            {"requestheader-allowed-names", names},
            {"requestheader-username-headers", R"(["X-Remote-User"])"}}}};
}

Mark WorstOf(const std::vector<Finding>& findings) {
  Mark worst = Mark::kFine;
  for (const Finding& finding : findings) worst = std::max(worst, finding.mark);
  return worst;
}

TEST(Aggregation, IsFineAsKubeadmSetsItUp) {
  const auto findings =
      JudgeAggregation(Map(FrontProxy().ca_pem(), R"(["front-proxy-client"])"), kNow);
  EXPECT_EQ(WorstOf(findings), Mark::kFine) << Describe(findings);
  EXPECT_THAT(Describe(findings), HasSubstr("known by name: front-proxy-client"));
}

TEST(Aggregation, IsOffWithoutARequestHeaderAuthority) {
  const auto findings = JudgeAggregation(Map("", "[]"), kNow);
  EXPECT_EQ(WorstOf(findings), Mark::kFault);
  EXPECT_THAT(Describe(findings), HasSubstr("--requestheader-client-ca-file"));
}

TEST(Aggregation, AMissingMapIsAFaultAndAForbiddenOneIsNot) {
  EXPECT_EQ(WorstOf(JudgeAggregation(Fail(ErrorKind::kNotFound, "no"), kNow)), Mark::kFault);
  EXPECT_EQ(WorstOf(JudgeAggregation(Fail(ErrorKind::kForbidden, "no"), kNow)), Mark::kNote);
}

TEST(Aggregation, AnAuthorityThatEndsSoonIsTold) {
  const Json map = Map(FrontProxy().ca_pem(), R"(["front-proxy-client"])");
  EXPECT_EQ(WorstOf(JudgeAggregation(map, test::ValidUntil() - days(10))), Mark::kNote);
  EXPECT_EQ(WorstOf(JudgeAggregation(map, test::ValidUntil() + days(1))), Mark::kFault);
}

// Kubernetes' documentation of --requestheader-allowed-names: an empty list allows every
// certificate of the CA.
TEST(Aggregation, OneAuthorityForUsersAndTheProxyOpensEverything) {
  const auto apart = JudgeAggregation(Map(FrontProxy().ca_pem(), "[]"), kNow);
  EXPECT_EQ(WorstOf(apart), Mark::kNote) << Describe(apart);
  const auto shared = JudgeAggregation(Map(Users().ca_pem(), "[]"), kNow);
  EXPECT_EQ(WorstOf(shared), Mark::kFault) << Describe(shared);
  const auto named = JudgeAggregation(Map(Users().ca_pem(), R"(["front-proxy-client"])"), kNow);
  EXPECT_EQ(WorstOf(named), Mark::kFine) << Describe(named);
}

Json Pods(const std::vector<std::string>& command) {
  return {{"items",
           {{{"metadata", {{"name", "kube-apiserver-cp"}}},
             {"spec", {{"containers", {{{"name", "kube-apiserver"}, {"command", command}}}}}}}}}};
}

TEST(ServerFlags, AreReadWhereTheServerRunsAsAPod) {
  const std::string certificate = "--proxy-client-cert-file=/pki/front-proxy-client.crt";
  EXPECT_EQ(WorstOf(JudgeServerFlags(
                Pods({"kube-apiserver", certificate, "--enable-aggregator-routing=true"}))),
            Mark::kFine);
  EXPECT_EQ(WorstOf(JudgeServerFlags(Pods({"kube-apiserver", certificate}))), Mark::kNote);
  EXPECT_EQ(WorstOf(JudgeServerFlags(Pods({"kube-apiserver"}))), Mark::kFault);
}

// github.com/spf13/pflag: `--flag=x`, `--flag x` but for switches, and `--flag` for a switch; the
// last one counts. k8s.io/component-base takes '_' for '-'.
TEST(ServerFlags, AreReadInEveryWayInWhichTheyCanBeWritten) {
  const auto worst = [](const std::vector<std::string>& words) {
    return WorstOf(JudgeServerFlags(Pods(words)));
  };
  const std::string certificate = "--proxy-client-cert-file",
                    routing = "--enable-aggregator-routing";
  EXPECT_EQ(worst({"kube-apiserver", certificate, "/c.crt", routing}), Mark::kFine);
  EXPECT_EQ(worst({"kube-apiserver", routing, certificate, "/c.crt"}), Mark::kFine);
  EXPECT_EQ(worst({"kube-apiserver", "--proxy_client_cert_file=/a_b.crt", routing + "=1"}),
            Mark::kFine);
  EXPECT_EQ(worst({"/bin/sh", "-c",
                   "exec kube-apiserver --v=2 \\\n  --proxy-client-cert-file='/c.crt' "
                   "--enable-aggregator-routing=true>/log 2>&1"}),
            Mark::kFine);

  EXPECT_EQ(worst({"kube-apiserver", certificate + "=/c.crt", routing + "=false"}), Mark::kNote);
  EXPECT_EQ(worst({"kube-apiserver", certificate + "=/c.crt", routing, routing + "=false"}),
            Mark::kNote);
  EXPECT_EQ(worst({"kube-apiserver", certificate + "=", routing}), Mark::kFault);
  EXPECT_EQ(worst({"kube-apiserver", certificate + "-other=/c.crt", routing}), Mark::kFault);
  EXPECT_EQ(worst({"sh", "-c", "kube-apiserver --v=2"}), Mark::kFault);
}

TEST(ServerFlags, AreUnknownWhereAShellFillsThemIn) {
  const auto findings =
      JudgeServerFlags(Pods({"sh", "-c", "exec kube-apiserver \"$FLAGS\" --v=2"}));
  EXPECT_EQ(WorstOf(findings), Mark::kNote);
  EXPECT_THAT(Describe(findings), HasSubstr("hide flags of kube-apiserver"));
}

TEST(ServerFlags, AreUnknownWhereItDoesNot) {
  EXPECT_EQ(WorstOf(JudgeServerFlags(Json{{"items", Json::array()}})), Mark::kNote);
  EXPECT_EQ(WorstOf(JudgeServerFlags(Fail(ErrorKind::kForbidden, "no"))), Mark::kNote);
}

}  // namespace
}  // namespace mpl::diagnosis
