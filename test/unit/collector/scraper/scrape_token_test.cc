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

  void With(std::function<net::Task<void>()> story) { With(token_, std::move(story)); }
  void With(ScrapeToken& token, std::function<net::Task<void>()> story) {
    Run([&]() -> net::Task<void> {
      net::TaskGroup group(runtime_.executor());
      group.Spawn("token", token.Run(*api_.client));
      co_await story();
      co_await group.Stop(2s);
    });
  }

  // A kubelet takes none, from the first to the last.
  static void RefuseEach(ScrapeToken& token, std::vector<MonoTime>& renewals) {
    token.OnRenewed([&] {
      renewals.push_back(net::SteadyNow());
      token.Invalidate();
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

// authentication.k8s.io/v1: an hour was asked for, the server may grant less. Sums by hand.
TEST(TokenRenewal, IsAt80PercentOfItsLifeButNotTooSoon) {
  const MonoTime asked(1000s);
  EXPECT_EQ(RenewalOf(asked, 3600s, 30s), asked + 2880s);
  EXPECT_EQ(RenewalOf(asked, 600s, 30s), asked + 480s);
  EXPECT_EQ(RenewalOf(asked, 10s, 30s), asked + 30s);
  EXPECT_EQ(RenewalOf(asked, -5s, 30s), asked + 30s);  // the server's clock is behind
}

TEST_F(ScrapeTokenTest, IsRenewedBeforeItsLifeEnds) {
  ScrapeToken token(runtime_.executor(), {"ns", "cluster-scraper"}, {.least_between = 5ms});
  std::vector<MonoTime> renewals;
  token.OnRenewed([&] { renewals.push_back(net::SteadyNow()); });
  api_.granted_seconds = 1;

  With(token, [&]() -> net::Task<void> {
    EXPECT_TRUE(co_await Until([&] { return renewals.size() == 1; }));
    EXPECT_EQ(token.Token(net::SteadyNow()), Result<std::string>("token-1"));
    EXPECT_TRUE(co_await Until([&] { return renewals.size() == 2; }));
  });

  EXPECT_EQ(token.Token(net::SteadyNow()), Result<std::string>("token-2"));
  EXPECT_GE(renewals[1] - renewals[0], 700ms);  // 80 % from when it was asked for
}

TEST_F(ScrapeTokenTest, IsKeptWhileItCannotBeRenewed) {
  ScrapeToken token(runtime_.executor(), {"ns", "cluster-scraper"},
                    {.least_between = 5ms, .first_retry = 5ms, .last_retry = 10ms});
  api_.expires = FormatRfc3339Micro(net::SystemNow() + 100ms);

  With(token, [&]() -> net::Task<void> {
    EXPECT_TRUE(co_await Until([&] { return api_.tokens == 1; }));
    api_.refuse_with = 403;
    EXPECT_TRUE(co_await Until([&] { return api_.targets.size() >= 4; }));
    // An expired token is better than none: kubelets remember what they have seen for two minutes.
    EXPECT_EQ(token.Token(net::SteadyNow()), Result<std::string>("token-1"));
    api_.refuse_with = 0;
    api_.expires = "2050-01-01T00:00:00Z";
    EXPECT_TRUE(co_await Until([&] { return api_.tokens == 2; }));
  });
}

TEST_F(ScrapeTokenTest, AKubeletThatRefusesEveryTokenIsAskedForEverMoreRarely) {
  ScrapeToken token(runtime_.executor(), {"ns", "cluster-scraper"}, {.least_between = 20ms});
  std::vector<MonoTime> renewals;
  RefuseEach(token, renewals);

  With(token, [&]() -> net::Task<void> {
    EXPECT_TRUE(co_await Until([&] { return renewals.size() == 5; }));
  });

  // 20, 40, 80, 160 ms at least, each counted from when the token was asked for.
  EXPECT_GE(renewals[4] - renewals[3], 100ms);
  EXPECT_GE(renewals[4] - renewals[0], 250ms);
}

// One refuses whatever it is shown; then the ServiceAccount is made anew.
TEST_F(ScrapeTokenTest, AKubeletThatTookTheTokenIsBelievedAtOnceWhateverOthersSay) {
  ScrapeToken token(runtime_.executor(), {"ns", "cluster-scraper"}, {.least_between = 20ms});
  std::vector<MonoTime> renewals;
  RefuseEach(token, renewals);

  With(token, [&]() -> net::Task<void> {
    EXPECT_TRUE(co_await Until([&] { return renewals.size() == 7; }));
    co_await net::SleepFor(30ms);  // the next one is due 1,280 ms later
    const MonoTime before = net::SteadyNow();
    token.Revoked();
    EXPECT_TRUE(co_await Until([&] { return renewals.size() == 8; }));
    EXPECT_LT(net::SteadyNow() - before, 600ms);
    co_await net::SleepFor(300ms);
    EXPECT_EQ(renewals.size(), 8U);  // the other one is as little believed as before
  });
}

// While kubelets cannot ask the API server, they take no token that they have not seen, and one
// after the other says so.
TEST_F(ScrapeTokenTest, KubeletsThatForgetEachNewTokenAreAskedForEverMoreRarely) {
  ScrapeToken token(runtime_.executor(), {"ns", "cluster-scraper"}, {.least_between = 20ms});
  std::vector<MonoTime> renewals;
  token.OnRenewed([&] {
    renewals.push_back(net::SteadyNow());
    token.Revoked();
  });

  With(token, [&]() -> net::Task<void> {
    EXPECT_TRUE(co_await Until([&] { return renewals.size() == 5; }));
  });

  // 20, 40, 80, 160 ms at least, each counted from when the token was asked for.
  EXPECT_GE(renewals[4] - renewals[3], 100ms);
  EXPECT_GE(renewals[4] - renewals[0], 250ms);
}

TEST_F(ScrapeTokenTest, AskedAnewTooSoonItStillWaits) {
  With([&]() -> net::Task<void> {
    EXPECT_TRUE(co_await Until([&] { return api_.tokens == 1; }));
    token_.Revoked();
    co_await net::SleepFor(30ms);
  });

  EXPECT_EQ(api_.tokens, 1);  // the next one is due 30 s after the first
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
