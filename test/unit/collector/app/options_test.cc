#include "collector/app/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mpl::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

TEST(Options, HasDefaultsForEverything) {
  const auto options = ParseOptions({"start"});

  ASSERT_TRUE(options.has_value());
  EXPECT_EQ(options->command, Command::kStart);
  EXPECT_EQ(options->secure_port, 10250);
  EXPECT_EQ(options->bind_address, "0.0.0.0");
  EXPECT_EQ(options->shutdown_delay, std::chrono::seconds(10));
  EXPECT_EQ(options->config_map.name, "");
  EXPECT_FALSE(options->replica.empty());
}

// The command line that operator/plan gives to the Deployment.
TEST(Options, TakesWhatTheOperatorWrites) {
  const auto options =
      ParseOptions({"start", "--config-map=metricspipeline-system/cluster-collector",
                    "--secure-port=10250", "--tls-cert-file=/etc/metricspipeline/serving/tls.crt",
                    "--tls-key-file=/etc/metricspipeline/serving/tls.key",
                    "--kubelet-client-certificate=/c.crt", "--kubelet-client-key=/c.key",
                    "--replica", "pod-1", "--shutdown-delay=1m30s", "--bind-address=::"});

  ASSERT_TRUE(options.has_value());
  EXPECT_EQ(options->config_map.ns, "metricspipeline-system");
  EXPECT_EQ(options->config_map.name, "cluster-collector");
  EXPECT_EQ(options->kubelet_client_cert_file, "/c.crt");
  EXPECT_EQ(options->kubelet_client_key_file, "/c.key");
  EXPECT_EQ(options->tls_key_file, "/etc/metricspipeline/serving/tls.key");
  EXPECT_EQ(options->replica, "pod-1");
  EXPECT_EQ(options->shutdown_delay, std::chrono::seconds(90));
}

TEST(Options, ListsEveryFaultAtOnce) {
  const auto options =
      ParseOptions({"start", "--config-map=nameonly", "--config=/x", "--secure-port=65536",
                    "--bind-address=localhost", "--tls-cert-file=/a", "--shutdown-delay=-1s"});

  ASSERT_FALSE(options.has_value());
  EXPECT_THAT(
      options.error(),
      ElementsAre(StartsWith("--config and --config-map"), StartsWith("--config-map=nameonly"),
                  StartsWith("--secure-port=65536"), StartsWith("--bind-address=localhost"),
                  StartsWith("--tls-cert-file"), StartsWith("--shutdown-delay=-1s")));
}

TEST(Options, NamesUnknownFlagsAndCommandsBesideOtherFaults) {
  const auto flag = ParseOptions({"start", "--nonsense", "--secure-port=no"});
  ASSERT_FALSE(flag.has_value());
  EXPECT_THAT(flag.error(), ElementsAre(HasSubstr("--nonsense"), StartsWith("--secure-port=no")));

  EXPECT_FALSE(ParseOptions({}).has_value());
  EXPECT_FALSE(ParseOptions({"stop"}).has_value());
  EXPECT_FALSE(ParseOptions({"validate"}).has_value());
}

TEST(Options, KnowsTheOtherCommands) {
  EXPECT_EQ(ParseOptions({"version"})->command, Command::kVersion);
  EXPECT_EQ(ParseOptions({"validate", "f.yaml"})->file, "f.yaml");
  const auto help = ParseOptions({"start", "--help"});
  ASSERT_TRUE(help.has_value());
  EXPECT_EQ(help->command, Command::kHelp);
  EXPECT_THAT(help->help, HasSubstr("--shutdown-delay"));
}

}  // namespace
}  // namespace mpl::app
