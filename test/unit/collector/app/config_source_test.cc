#include "collector/app/config_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kube/telemetry/log.h"

namespace mpl::app {
namespace {

using testing::HasSubstr;

const std::string kGood =
    "apiVersion: config.metricspipeline.dev/v1alpha1\nkind: CollectorConfiguration\n"
    "scrape: {resolution: 30s}\n";
const std::string kBad =
    "apiVersion: config.metricspipeline.dev/v1alpha1\nkind: CollectorConfiguration\n"
    "scrape: {resolution: 1s}\n";

class ConfigSourceTest : public testing::Test {
 protected:
  void SetUp() override {
    log::CaptureForTest([](std::string_view) {});
  }
  void TearDown() override { log::CaptureForTest({}); }
  Snapshot<LiveConfig> live_;
  int changes_ = 0;
  ConfigSource source_{live_, [this] { ++changes_; }};
};

TEST_F(ConfigSourceTest, PutsAGoodDocumentInForceOnce) {
  source_.Offer(kGood, "here");
  source_.Offer(kGood, "here");

  EXPECT_EQ(changes_, 1);
  EXPECT_TRUE(live_.Get()->in_force);
  EXPECT_EQ(live_.Get()->config.scrape.resolution, std::chrono::seconds(30));
  EXPECT_EQ(live_.Get()->hash.size(), 16U);
}

TEST_F(ConfigSourceTest, KeepsTheLastGoodOneAndNamesTheFault) {
  source_.Offer(kGood, "here");
  const std::string hash = live_.Get()->hash;

  source_.Offer(kBad, "ConfigMap a/b");

  EXPECT_EQ(changes_, 1);
  EXPECT_TRUE(live_.Get()->in_force);
  EXPECT_EQ(live_.Get()->hash, hash);
  EXPECT_THAT(live_.Get()->last_error, HasSubstr("ConfigMap a/b"));
  EXPECT_THAT(live_.Get()->last_error, HasSubstr("scrape.resolution"));

  source_.Offer(kGood, "here");  // taken back
  EXPECT_EQ(live_.Get()->last_error, "");
  EXPECT_EQ(changes_, 1);
}

TEST_F(ConfigSourceTest, IsNotInForceBeforeTheFirstGoodDocument) {
  source_.Offer(kBad, "here");
  EXPECT_FALSE(live_.Get()->in_force);
  source_.Miss("ConfigMap a/b does not exist");
  EXPECT_EQ(live_.Get()->last_error, "ConfigMap a/b does not exist");
  EXPECT_EQ(changes_, 0);

  source_.UseDefaults();
  EXPECT_TRUE(live_.Get()->in_force);
  EXPECT_EQ(changes_, 1);
}

}  // namespace
}  // namespace mpl::app
