// Flags that are given more than once, as pflag 1.0.10 takes them (Set of each type): of a value
// the last one counts, the first of a list replaces the default and later ones are appended.
#include <gmock/gmock.h>

#include "test/unit/operator/migration/servers.h"

namespace mpl::migration {
namespace {

using testing::HasSubstr;

TEST(RepeatedFlags, AddressTypesAreAppended) {
  const std::string flag = "--kubelet-preferred-address-types";
  EXPECT_EQ(SpecOf({flag + "=InternalIP", flag + "=Hostname"})["scrape"]["addressTypes"],
            Json::parse(R"(["InternalIP", "Hostname"])"));
  const Migration migration = Migrate(Server(
      {flag + "=ExternalIP,InternalIP", "--metric-resolution=15s", flag, "Hostname,InternalIP"}));
  EXPECT_EQ(migration.pipeline["spec"]["scrape"]["addressTypes"],
            Json::parse(R"(["ExternalIP", "InternalIP", "Hostname"])"))
      << "the CRD refuses a type that is named twice, and its second place means nothing";
  EXPECT_THAT(Of(migration, flag + " Hostname,InternalIP").text, HasSubstr("ExternalIP"));
}

TEST(RepeatedFlags, OfAValueTheLastOneCounts) {
  EXPECT_EQ(SpecOf({"-v=6", "--v=2"}).value("collector", Json()), Json());
  EXPECT_EQ(SpecOf({"--logging-format=text", "--logging-format=json"}).value("collector", Json()),
            Json());
  EXPECT_EQ(SpecOf({"--node-selector=a=b", "-l", "c=d"})["scrape"]["nodeSelector"], "c=d");
  EXPECT_FALSE(SpecOf({"-l", "a=b", "--node-selector="})["scrape"].contains("nodeSelector"));
  EXPECT_EQ(SpecOf({"--kubelet-insecure-tls", "--kubelet-insecure-tls=false"})["tls"]["kubelet"],
            Json::parse(R"({"mode": "ClusterCA"})"));
  EXPECT_EQ(SpecOf({"--kubelet-use-node-status-port", "--kubelet-port=10",
                    "--kubelet-use-node-status-port=false"})["scrape"]["port"]["number"],
            10);
}

// One copy of the authority, and no decision about a file that is not read.
TEST(RepeatedFlags, TheEarlierOnesAreNotNeeded) {
  const std::string flag = "--kubelet-certificate-authority=/";
  const Migration migration = Migrate(Server(
      {flag + "old/ca.crt", "--audit-log-path=/audit", "--audit-log-path=", flag + "ca.crt"}));
  EXPECT_EQ(Of(migration, flag + "old/ca.crt").outcome, Outcome::kNeedless);
  EXPECT_THAT(Of(migration, flag + "old/ca.crt").text, HasSubstr("the last one counts"));
  EXPECT_EQ(Of(migration, flag + "ca.crt").outcome, Outcome::kDecide);
  EXPECT_EQ(Of(migration, "--audit-log-path=/audit").outcome, Outcome::kNeedless);
  EXPECT_EQ(migration.preparation.size(), 1U);
}

// Each of them is to be decided about.
TEST(RepeatedFlags, ListsThatAreLostAreAllNamed) {
  const std::string flag = "--requestheader-allowed-names=";
  const Migration migration = Migrate(Server({flag + "one", flag + "two"}));
  EXPECT_EQ(Of(migration, flag + "one").outcome, Outcome::kDecide);
  EXPECT_EQ(Of(migration, flag + "two").outcome, Outcome::kDecide);
}

}  // namespace
}  // namespace mpl::migration
