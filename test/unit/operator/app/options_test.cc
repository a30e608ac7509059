#include "operator/app/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace mpl::app {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

Environment Env(std::map<std::string, std::string> values = {}) {
  return [values = std::move(values)](const std::string& name) {
    const auto found = values.find(name);
    return found == values.end() ? std::string() : found->second;
  };
}

TEST(Options, DefaultsAreTheDocumentedOnes) {
  const auto options = ParseOptions({"start"}, Env());
  ASSERT_TRUE(options);
  EXPECT_EQ(options->command, Command::kStart);
  EXPECT_TRUE(options->leader_elect);
  EXPECT_EQ(options->health_port, 8081);
  EXPECT_EQ(options->lease.lease_duration, std::chrono::seconds(30));
  EXPECT_EQ(options->lease.renew_deadline, std::chrono::seconds(20));
  EXPECT_EQ(options->lease.retry_period, std::chrono::seconds(5));
}

TEST(Options, ComeFromFlags) {
  const auto options =
      ParseOptions({"start", "--namespace=ns", "--image=i:1", "--leader-elect=false",
                    "--health-port", "0", "--lease-duration=4s", "--renew-deadline=3s",
                    "--retry-period=1s", "--log-level=debug", "--log-format=text"},
                   Env({{"POD_NAMESPACE", "other"}, {"OPERATOR_IMAGE", "other"}}));
  ASSERT_TRUE(options) << options.error().front();
  EXPECT_EQ(options->ns, "ns");
  EXPECT_EQ(options->image, "i:1");
  EXPECT_FALSE(options->leader_elect);
  EXPECT_EQ(options->health_port, 0);
  EXPECT_EQ(options->lease.lease_duration, std::chrono::seconds(4));
  EXPECT_EQ(options->log_level, log::Level::kDebug);
  EXPECT_EQ(options->log_format, log::Format::kText);
}

TEST(Options, FallBackToTheEnvironment) {
  const auto options = ParseOptions({"start"}, Env({{"POD_NAMESPACE", "monitoring"},
                                                    {"OPERATOR_IMAGE", "i:2"},
                                                    {"POD_NAME", "operator-0"}}));
  ASSERT_TRUE(options);
  EXPECT_EQ(options->ns, "monitoring");
  EXPECT_EQ(options->image, "i:2");
  EXPECT_THAT(options->identity, StartsWith("operator-0_"));
}

TEST(Options, EveryProcessIsAnotherCandidate) {
  EXPECT_NE(ParseOptions({"start"}, Env())->identity, ParseOptions({"start"}, Env())->identity);
}

TEST(Options, ReportAllFaultsAtOnce) {
  const auto options =
      ParseOptions({"start", "--health-port=70000", "--log-level=loud", "--log-format=xml",
                    "--leader-elect=maybe", "--retry-period=1.5s"},
                   Env());
  ASSERT_FALSE(options);
  EXPECT_THAT(options.error(), AllOf(SizeIs(5), Contains(HasSubstr("--health-port=70000")),
                                     Contains(HasSubstr("--log-level=loud")),
                                     Contains(HasSubstr("--log-format=xml")),
                                     Contains(HasSubstr("--leader-elect=maybe")),
                                     Contains(HasSubstr("--retry-period=1.5s"))));
}

// client-go: leaseDuration > renewDeadline > 1.2 × retryPeriod.
TEST(Options, RefuseLeaseTimesThatCannotWork) {
  const auto options =
      ParseOptions({"start", "--lease-duration=10s", "--renew-deadline=10s"}, Env());
  ASSERT_FALSE(options);
  EXPECT_THAT(options.error().front(), HasSubstr("--lease-duration"));
}

TEST(Options, RefuseWhatTheyDoNotKnow) {
  EXPECT_FALSE(ParseOptions({}, Env()));
  EXPECT_FALSE(ParseOptions({"dance"}, Env()));
  EXPECT_FALSE(ParseOptions({"start", "--colour=blue"}, Env()));
  EXPECT_FALSE(ParseOptions({"render"}, Env())) << "-f is missing";
}

TEST(Options, OfDiagnosis) {
  const auto check =
      ParseOptions({"check", "--pre", "-o", "json", "--kubelet-ca=ca.crt", "--max-nodes=7"}, Env());
  ASSERT_TRUE(check) << check.error().front();
  EXPECT_EQ(check->command, Command::kCheck);
  EXPECT_TRUE(check->before_installation);
  EXPECT_EQ(check->output, Output::kJson);
  EXPECT_EQ(check->kubelet_ca, "ca.crt");
  EXPECT_EQ(check->max_nodes, 7);

  const auto gather = ParseOptions({"gather", "-o", "-"}, Env());
  ASSERT_TRUE(gather) << gather.error().front();
  EXPECT_EQ(gather->bundle, "-");

  const auto migrate = ParseOptions({"migrate", "ns/name", "--pipeline=other"}, Env());
  ASSERT_TRUE(migrate) << migrate.error().front();
  EXPECT_EQ(migrate->deployment, "ns/name");
  EXPECT_EQ(migrate->pipeline, "other");
}

TEST(Options, RefuseOutputAndNumbersThatAreNone) {
  const auto options = ParseOptions({"check", "-o", "xml", "--max-nodes=all"}, Env());
  ASSERT_FALSE(options);
  EXPECT_THAT(options.error(), AllOf(SizeIs(2), Contains(HasSubstr("-o xml")),
                                     Contains(HasSubstr("--max-nodes=all"))));
}

TEST(Options, HelpNamesTheCommands) {
  const auto options = ParseOptions({"--help"}, Env());
  ASSERT_TRUE(options);
  EXPECT_EQ(options->command, Command::kHelp);
  for (const char* command :
       {"start", "render", "crds", "check", "status", "gather", "migrate", "version"}) {
    EXPECT_THAT(options->help, HasSubstr(command));
  }
}

}  // namespace
}  // namespace mpl::app
