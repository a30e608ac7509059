#include "collector/scraper/scrape_token.h"

#include "kube/telemetry/log.h"
#include "test/unit/collector/scraper/fake_api.h"
#include "test/unit/collector/scraper/scrape_fixture.h"

namespace mpl::scraper {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ScrapeTokenTest : public ScrapeTest {
 protected:
  void SetUp() override {
    log::CaptureForTest([](std::string_view) {});
  }
  void TearDown() override { log::CaptureForTest({}); }

  void With(std::function<net::Task<void>()> story) {
    Run([&]() -> net::Task<void> {
      net::TaskGroup group(runtime_.executor());
      group.Spawn("token", token_.Run(*api_.client));
      co_await story();
      co_await group.Stop(2s);
    });
  }

  FakeApi api_{runtime_.executor()};
  ScrapeToken token_{runtime_.executor(), {"ns", "cluster-scraper"}};
};

TEST_F(ScrapeTokenTest, AsksTheTokenRequestApiForOneHour) {
  int renewed = 0;
  token_.OnRenewed([&] { ++renewed; });
  EXPECT_FALSE(token_.Token(net::SteadyNow()).has_value());

  With([&]() -> net::Task<void> { EXPECT_TRUE(co_await Until([&] { return renewed == 1; })); });

  EXPECT_EQ(token_.Token(net::SteadyNow()), Result<std::string>("token-1"));
  // authentication.k8s.io/v1 TokenRequest, posted to the account's subresource
  EXPECT_THAT(api_.targets,
              ElementsAre("/api/v1/namespaces/ns/serviceaccounts/cluster-scraper/token"));
  EXPECT_EQ(api_.token_requests[0]["kind"], "TokenRequest");
  EXPECT_EQ(api_.token_requests[0]["spec"]["expirationSeconds"], 3600);
}

TEST_F(ScrapeTokenTest, DoesNotAskAgainAtOnceWhenKubeletsRefuseIt) {
  With([&]() -> net::Task<void> {
    EXPECT_TRUE(co_await Until([&] { return api_.tokens == 1; }));
    for (int i = 0; i < 5; ++i) {
      token_.Invalidate();
      co_await net::SleepFor(5ms);
    }
  });

  EXPECT_EQ(api_.tokens, 1);  // the next one is due 30 s later
}

TEST_F(ScrapeTokenTest, TriesAgainAndSaysWhyThereIsNone) {
  api_.refuse_with = 403;

  With([&]() -> net::Task<void> {
    EXPECT_TRUE(co_await Until([&] { return api_.targets.size() == 1; }));
    co_await net::SleepFor(20ms);
    EXPECT_THAT(token_.Token(net::SteadyNow()).error().message, HasSubstr("ns/cluster-scraper"));
    api_.refuse_with = 0;
    EXPECT_TRUE(co_await Until([&] { return token_.Token(net::SteadyNow()).has_value(); }));
  });
}

}  // namespace
}  // namespace mpl::scraper
