#include "collector/scraper/scraper.h"

#include <algorithm>

#include "kube/telemetry/log.h"
#include "test/unit/collector/scraper/scrape_fixture.h"

namespace mpl::scraper {
namespace {

using test::FakeKubelet;
using test::KubeletAnswer;
using test::ResourceMetrics;
using test::SelfSignedKubelet;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using trust::ScrapeFailure;

class FixedToken : public client::TokenSource {
 public:
  Result<std::string> Token(MonoTime) override {
    if (token.empty()) return Fail(ErrorKind::kUnavailable, "no token yet");
    return token;
  }
  void Invalidate() override { ++refused; }
  void Revoked() override { ++revoked; }
  std::string token = "secret";
  int refused = 0;
  int revoked = 0;
};

class ScraperTest : public ScrapeTest {
 protected:
  void SetUp() override {
    log::CaptureForTest([this](std::string_view line) { lines_.emplace_back(line); });
  }
  void TearDown() override { log::CaptureForTest({}); }

  ScraperSettings Settings(Duration resolution = 50ms) {
    ScraperSettings settings;
    settings.resolution = resolution;
    settings.link = Policy();
    settings.second_look = 40ms;
    settings.early_retry = 20ms;
    return settings;
  }

  // Runs the scraper while `story` is told.
  void With(ScraperSettings settings, std::function<net::Task<void>(Scraper&)> story) {
    Run([&]() -> net::Task<void> {
      ScraperParts parts{store_, board_, registry_, pins_, &token_};
      Scraper scraper(runtime_.executor(), parts, settings);
      net::TaskGroup group(runtime_.executor());
      group.Spawn("scraper", scraper.Run());
      co_await story(scraper);
      co_await group.Stop(2s);
    });
  }

  using Holes = std::vector<std::unique_ptr<FakeKubelet>>;
  // Nodes that fail, and then do not answer at all.
  Holes TwoHoles() {
    Holes holes;
    for (int i = 0; i < 2; ++i) {
      holes.push_back(std::make_unique<FakeKubelet>(runtime_.executor(), SelfSignedKubelet("n")));
      holes.back()->metrics.status = 500;
    }
    return holes;
  }
  // Their next answers come after the timeout of 5 s.
  net::Task<bool> FallInto(const Holes& holes, Scraper& scraper) {
    for (std::size_t i = 0; i < holes.size(); ++i) {
      auto target = Target(*holes[i]);
      target.node = "hole" + std::to_string(i);
      scraper.Upsert(target);
    }
    const bool failed = co_await Until([&] { return board_.Count().failing == 2; });
    for (const auto& hole : holes) hole->metrics.delay = 20s;
    co_return failed;
  }

  // What the kubelet will answer: `cpu` seconds at `seconds_ago`.
  static std::string Body(double cpu, int seconds_ago) {
    const auto now =
        std::chrono::duration_cast<std::chrono::milliseconds>(net::SystemNow().time_since_epoch());
    test::MetricsText text;
    text.node_cpu_seconds = cpu;
    text.container_cpu_seconds = cpu;
    text.time_milliseconds = now.count() - std::int64_t{seconds_ago} * 1000;
    text.container_start_seconds = 1763724000;
    return ResourceMetrics(text);
  }

  std::optional<store::NodeUsage> Usage() const {
    return store_.GetNode("node1", net::SteadyNow());
  }
  std::string Reason() const {
    const auto scrape = board_.Get("node1");
    return scrape && scrape->fault ? std::string(trust::Name(scrape->fault->reason)) : "";
  }
  bool Healthy() const {
    const auto scrape = board_.Get("node1");
    return scrape && scrape->state == ScrapeState::kHealthy;
  }

  store::MetricStore store_{15s};
  ScrapeBoard board_;
  metrics::Registry registry_;
  FixedToken token_;
  std::vector<std::string> lines_;
};

TEST_F(ScraperTest, TurnsTwoAnswersIntoARate) {
  FakeKubelet kubelet(runtime_.executor(), SelfSignedKubelet("node1"));
  kubelet.metrics.body = Body(10, 12);

  With(Settings(15s), [&](Scraper& scraper) -> net::Task<void> {
    scraper.Upsert(Target(kubelet));
    EXPECT_TRUE(co_await Until([&] { return Healthy(); }));
    EXPECT_FALSE(Usage().has_value());
    EXPECT_TRUE(board_.Get("node1")->reports_itself);
    kubelet.metrics.body = Body(12, 2);
    EXPECT_TRUE(co_await Until([&] { return Usage().has_value(); }));
  });

  // 2 s of CPU in 10 s; the second look comes soon after the first.
  EXPECT_NEAR(static_cast<double>(Usage()->usage.cpu_nanocores), 2e8, 2e8 * 0.02);
  EXPECT_EQ(Usage()->usage.memory_bytes, 1U << 20U);
  store::PodUsage usage;
  EXPECT_TRUE(store_.GetPod({"node1", "default", "web"}, net::SteadyNow(), usage));
  EXPECT_EQ(board_.Get("node1")->trust, "Pinned");
}

// A virtual kubelet: nobody need wait for a value of the node.
TEST_F(ScraperTest, SaysOfANodeThatItTellsOfPodsAlone) {
  FakeKubelet kubelet(runtime_.executor(), SelfSignedKubelet("node1"));
  const std::string whole = Body(10, 2);
  std::string& body = kubelet.metrics.body;
  body.clear();
  for (std::size_t at = 0; at < whole.size();) {
    const std::string line = whole.substr(at, whole.find('\n', at) + 1 - at);
    if (!line.contains("node_")) body += line;
    at += line.size();
  }

  With(Settings(15s), [&](Scraper& scraper) -> net::Task<void> {
    scraper.Upsert(Target(kubelet));
    EXPECT_TRUE(co_await Until([&] { return Healthy(); }));
  });

  EXPECT_FALSE(board_.Get("node1")->reports_itself);
}

// The second look does not wait for the summary; the end of the one is none of the other's
// business.
TEST_F(ScraperTest, ASummaryThatComesLateDoesNotEndTheSecondLook) {
  FakeKubelet kubelet(runtime_.executor(), SelfSignedKubelet("node1"));
  kubelet.metrics.body = Body(10, 1);
  kubelet.summary.delay = 200ms;
  const auto looks = [&kubelet] {
    return std::ranges::count(kubelet.PathsAsked(), "/metrics/resource");
  };

  With(Settings(), [&](Scraper& scraper) -> net::Task<void> {
    scraper.Upsert(Target(kubelet));
    EXPECT_TRUE(co_await Until([&] { return Healthy(); }));
    kubelet.metrics.delay = 4s;
    EXPECT_TRUE(co_await Until([&] { return looks() == 2; }));
    co_await net::SleepFor(3s);
    EXPECT_EQ(looks(), 2) << "one after the other";
  });
}

TEST_F(ScraperTest, TakesFirstRatesFromTheSummary) {
  FakeKubelet kubelet(runtime_.executor(), SelfSignedKubelet("node1"));
  kubelet.metrics.body = Body(10, 1);
  kubelet.summary = {
      .status = 200,
      .body = R"({"node":{"nodeName":"node1","cpu":{"time":")" + FormatRfc3339(net::SystemNow()) +
              R"(","usageNanoCores":250000000},"memory":{"time":")" +
              FormatRfc3339(net::SystemNow()) + R"(","workingSetBytes":4096}},"pods":[]})"};

  With(Settings(15s), [&](Scraper& scraper) -> net::Task<void> {
    scraper.Upsert(Target(kubelet));
    EXPECT_TRUE(co_await Until([&] { return Usage().has_value(); }));
  });

  EXPECT_EQ(Usage()->usage.cpu_nanocores, 250000000U);
  EXPECT_THAT(kubelet.PathsAsked(),
              ElementsAre("/metrics/resource", "/stats/summary?only_cpu_and_memory=true"));
}

TEST_F(ScraperTest, AForbiddenSummaryCostsNothing) {
  FakeKubelet kubelet(runtime_.executor(), SelfSignedKubelet("node1"));
  kubelet.metrics.body = Body(10, 1);
  kubelet.summary.status = 403;

  With(Settings(15s), [&](Scraper& scraper) -> net::Task<void> {
    scraper.Upsert(Target(kubelet));
    EXPECT_TRUE(co_await Until([&] { return kubelet.requests.size() == 2; }));
    co_await net::SleepFor(20ms);
  });

  EXPECT_TRUE(Healthy());
}

TEST_F(ScraperTest, ABadLineDoesNotCostTheNode) {
  FakeKubelet kubelet(runtime_.executor(), SelfSignedKubelet("node1"));
  kubelet.metrics.body =
      "container_cpu_usage_seconds_total{conta\n" + Body(10, 1) + "node_cpu_usag";

  With(Settings(15s), [&](Scraper& scraper) -> net::Task<void> {
    scraper.Upsert(Target(kubelet));
    EXPECT_TRUE(co_await Until([&] { return Healthy(); }));
  });

  EXPECT_EQ(store_.counts().nodes, 1U);
  EXPECT_EQ(store_.counts().containers, 1U);
  EXPECT_THAT(registry_.Expose(),
              HasSubstr(R"(metricspipeline_collector_parse_faults_total{kind="syntax"} )"));
}

TEST_F(ScraperTest, NamesABodyWithoutSamples) {
  FakeKubelet kubelet(runtime_.executor(), SelfSignedKubelet("node1"));
  kubelet.metrics.body = "<html>hello</html>\n";

  With(Settings(15s), [&](Scraper& scraper) -> net::Task<void> {
    scraper.Upsert(Target(kubelet));
    EXPECT_TRUE(co_await Until([&] { return Reason() == "Malformed"; }));
    kubelet.metrics.body = "resource_scrape_error 1\n";
    EXPECT_TRUE(co_await Until([&] { return Reason() == "StatsUnavailable"; }));
  });
}

TEST_F(ScraperTest, RecoversWithoutAGap) {
  FakeKubelet kubelet(runtime_.executor(), SelfSignedKubelet("node1"));
  kubelet.metrics.body = Body(10, 12);

  With(Settings(200ms), [&](Scraper& scraper) -> net::Task<void> {
    store_.SetResolution(15s);  // values live as long as in earnest
    scraper.Upsert(Target(kubelet));
    EXPECT_TRUE(co_await Until([&] { return Healthy(); }));
    kubelet.metrics.body = Body(12, 2);
    EXPECT_TRUE(co_await Until([&] { return Usage().has_value(); }));
    kubelet.metrics.status = 500;
    EXPECT_TRUE(co_await Until([&] { return Reason() == "BadStatus"; }));
    EXPECT_TRUE(Usage().has_value());
    kubelet.metrics.status = 200;
    EXPECT_TRUE(co_await Until([&] { return Healthy(); }));
    EXPECT_TRUE(Usage().has_value());
  });

  EXPECT_THAT(lines_, Contains(HasSubstr("scrape failed")).Times(1));
  EXPECT_THAT(lines_, Contains(HasSubstr("scrape works again")).Times(1));
}

TEST_F(ScraperTest, ForgetsANodeThatIsGone) {
  FakeKubelet kubelet(runtime_.executor(), SelfSignedKubelet("node1"));
  kubelet.metrics.body = Body(10, 1);

  With(Settings(15s), [&](Scraper& scraper) -> net::Task<void> {
    scraper.Upsert(Target(kubelet));
    EXPECT_TRUE(co_await Until([&] { return Healthy(); }));
    EXPECT_THAT(registry_.Expose(), HasSubstr(R"(node="node1")"));
    scraper.Remove("node1");
    co_await net::SleepFor(20ms);
  });

  EXPECT_FALSE(board_.Get("node1").has_value());
  EXPECT_EQ(store_.counts().nodes, 0U);
  EXPECT_THAT(registry_.Expose(), Not(HasSubstr(R"(node="node1")")));
}

// The watch was away, and tells of both at once. 13 cores would be what one counter says behind the
// other.
TEST_F(ScraperTest, AnotherMachineUnderTheNameBeginsAnew) {
  FakeKubelet kubelet(runtime_.executor(), SelfSignedKubelet("node1"));
  kubelet.metrics.body = Body(100, 300);

  With(Settings(15s), [&](Scraper& scraper) -> net::Task<void> {
    auto target = Target(kubelet);
    scraper.Upsert(target);
    EXPECT_TRUE(co_await Until([&] { return Healthy(); }));
    const std::size_t asked = kubelet.requests.size();
    kubelet.metrics.body = Body(4000, 1);
    target.uid = "uid-2";
    target.boot_id = "boot-2";
    scraper.Upsert(target);
    EXPECT_TRUE(co_await Until([&] { return kubelet.requests.size() > asked + 1; }));
    co_await net::SleepFor(20ms);
    EXPECT_FALSE(store_.GetNode("node1", net::SteadyNow()).has_value());
  });
}

// A kubelet may write its own addresses as often as it likes.
TEST_F(ScraperTest, ANodeWhoseAddressesChangeAllTheTimeIsAskedInItsTurn) {
  FakeKubelet kubelet(runtime_.executor(), SelfSignedKubelet("node1"));
  kubelet.metrics.body = Body(10, 1);

  With(Settings(15s), [&](Scraper& scraper) -> net::Task<void> {
    auto target = Target(kubelet);
    scraper.Upsert(target);
    EXPECT_TRUE(co_await Until([&] { return kubelet.requests.size() >= 2; }));
    for (int k = 0; k < 40; ++k) {
      target.identities = {"node1", "name" + std::to_string(k)};
      scraper.Upsert(target);
      co_await net::SleepFor(10ms);
    }
    // Two looks and the summary; five more at once.
    EXPECT_LE(kubelet.requests.size(), 3U + 2 * 5);
    EXPECT_GE(kubelet.requests.size(), 3U + 4);
  });
}

// As collector/app wires it: else the token would go on over the connection that is open.
TEST_F(ScraperTest, ANodeWhosePinIsAnotherNowIsJudgedAnew) {
  FakeKubelet kubelet(runtime_.executor(), SelfSignedKubelet("node1"));
  kubelet.metrics.body = Body(10, 1);

  With(Settings(200ms), [&](Scraper& scraper) -> net::Task<void> {
    pins_.OnChanged([&scraper](const std::string& node) { scraper.Reconnect(node); });
    scraper.Upsert(Target(kubelet));
    EXPECT_TRUE(co_await Until([&] { return Healthy() && pins_.Find("node1") != nullptr; }));
    trust::Pin other = *pins_.Find("node1");
    other.public_key_sha256 = std::string(64, 'a');

    pins_.Adopt(
        {{"metadata", {{"resourceVersion", "5"}}}, {"data", {{"node1", trust::WritePin(other)}}}});
    EXPECT_TRUE(co_await Until([&] { return Reason() == "KubeletKeyChanged"; }));
    const std::size_t asked = kubelet.requests.size();
    co_await net::SleepFor(500ms);
    EXPECT_EQ(kubelet.requests.size(), asked);
    pins_.OnChanged({});
  });
}

TEST_F(ScraperTest, ANodeThatTurnsReadyIsAskedAtOnce) {
  FakeKubelet kubelet(runtime_.executor(), SelfSignedKubelet("node1"));
  kubelet.metrics.status = 500;
  auto settings = Settings(15s);
  settings.early_retry = 15s;

  With(settings, [&](Scraper& scraper) -> net::Task<void> {
    auto target = Target(kubelet);
    target.ready = false;
    scraper.Upsert(target);
    EXPECT_TRUE(co_await Until([&] { return Reason() == "BadStatus"; }));
    const std::size_t asked = kubelet.requests.size();
    target.ready = true;
    scraper.Upsert(target);
    const MonoTime began = net::SteadyNow();
    EXPECT_TRUE(co_await Until([&] { return kubelet.requests.size() > asked; }));
    EXPECT_LT(net::SteadyNow() - began, 5s);
  });
}

// Its turn comes however often it changes, and does not move away each time.
TEST_F(ScraperTest, ANodeThatNeverStaysTheSameIsAskedOnceAResolution) {
  FakeKubelet kubelet(runtime_.executor(), SelfSignedKubelet("node1"));
  kubelet.metrics.body = Body(10, 1);

  With(Settings(200ms), [&](Scraper& scraper) -> net::Task<void> {
    auto target = Target(kubelet);
    scraper.Upsert(target);
    EXPECT_TRUE(co_await Until([&] { return kubelet.requests.size() >= 2; }));
    std::size_t first_second = 0;
    const MonoTime began = net::SteadyNow();
    for (int k = 0; net::SteadyNow() < began + 2s; ++k) {
      target.identities = {"node1", "name" + std::to_string(k)};
      scraper.Upsert(target);
      co_await net::SleepFor(20ms);
      if (net::SteadyNow() < began + 1s) first_second = kubelet.requests.size();
    }
    EXPECT_GE(kubelet.requests.size(), first_second + 3) << "of five turns";
  });
}

TEST_F(ScraperTest, AsksForANewTokenWhenAKubeletRefusesIt) {
  FakeKubelet kubelet(runtime_.executor(), SelfSignedKubelet("node1"));
  kubelet.metrics.status = 401;

  With(Settings(15s), [&](Scraper& scraper) -> net::Task<void> {
    scraper.Upsert(Target(kubelet));
    EXPECT_TRUE(co_await Until([&] { return token_.refused > 0; }));
    EXPECT_EQ(Reason(), "Unauthorized");
    token_.token = "fresh";
    kubelet.metrics = KubeletAnswer{.body = Body(10, 1)};
    scraper.TokenRenewed();
    EXPECT_TRUE(co_await Until([&] { return Healthy(); }));
  });

  EXPECT_EQ(kubelet.requests[1].headers.Get("Authorization"), "Bearer fresh");
}

// By hand: refused twice, taken, refused twice.
TEST_F(ScraperTest, AKubeletThatTookOurTokenIsBelievedOnce) {
  FakeKubelet kubelet(runtime_.executor(), SelfSignedKubelet("node1"));
  kubelet.metrics = KubeletAnswer{.status = 401, .body = Body(10, 1)};
  auto settings = Settings(15s);
  settings.early_retry = 15s;  // only when it is told to

  With(settings, [&](Scraper& scraper) -> net::Task<void> {
    const auto refuse = [&](int refused, int revoked) {
      kubelet.metrics.status = 401;
      return Until([this, refused, revoked] {
        return Reason() == "Unauthorized" && token_.refused == refused && token_.revoked == revoked;
      });
    };
    scraper.Upsert(Target(kubelet));
    EXPECT_TRUE(co_await refuse(1, 0));
    scraper.TokenRenewed();
    EXPECT_TRUE(co_await refuse(2, 0));
    co_await net::SleepFor(20ms);
    kubelet.metrics.status = 200;
    scraper.TokenRenewed();
    EXPECT_TRUE(co_await Until([&] { return Healthy(); }));
    EXPECT_TRUE(co_await refuse(2, 1));
    co_await net::SleepFor(20ms);
    scraper.TokenRenewed();
    EXPECT_TRUE(co_await refuse(3, 1));
  });
}

TEST_F(ScraperTest, ANewTokenIsNotBlamedForTheOldOne) {
  FakeKubelet kubelet(runtime_.executor(), SelfSignedKubelet("node1"));
  kubelet.metrics = KubeletAnswer{.status = 401, .delay = 100ms};

  With(Settings(15s), [&](Scraper& scraper) -> net::Task<void> {
    scraper.Upsert(Target(kubelet));
    EXPECT_TRUE(co_await Until([&] { return kubelet.requests.size() == 1; }));
    scraper.TokenRenewed();
    EXPECT_TRUE(co_await Until([&] { return Reason() == "Unauthorized"; }));
    EXPECT_EQ(token_.refused, 0);
    EXPECT_TRUE(co_await Until([&] { return token_.refused == 1; }));
  });
}

TEST_F(ScraperTest, AsksNobodyWithoutAToken) {
  FakeKubelet kubelet(runtime_.executor(), SelfSignedKubelet("node1"));
  kubelet.metrics.body = Body(10, 1);
  token_.token.clear();

  With(Settings(15s), [&](Scraper& scraper) -> net::Task<void> {
    scraper.Upsert(Target(kubelet));
    EXPECT_TRUE(co_await Until([&] { return Reason() == "Unauthorized"; }));
    EXPECT_TRUE(kubelet.requests.empty());
    token_.token = "secret";
    scraper.TokenRenewed();
    EXPECT_TRUE(co_await Until([&] { return Healthy(); }));
  });
}

TEST_F(ScraperTest, NewTrustCountsAtOnce) {
  FakeKubelet kubelet(runtime_.executor(), SelfSignedKubelet("node1"));
  kubelet.metrics.body = Body(10, 1);

  With(Settings(15s), [&](Scraper& scraper) -> net::Task<void> {
    scraper.Upsert(Target(kubelet));
    EXPECT_TRUE(co_await Until([&] { return Healthy(); }));
    ScraperSettings strict = Settings(15s);
    strict.link.rules.mode = trust::TrustMode::kClusterCa;
    const MonoTime before = net::SteadyNow();
    scraper.Configure(strict);
    EXPECT_TRUE(co_await Until([&] { return Reason() == "UntrustedCertificate"; }));
    EXPECT_LT(net::SteadyNow() - before, 2s);
    EXPECT_EQ(board_.Get("node1")->trust, "Refused");
  });
}

TEST_F(ScraperTest, ASlowNodeKeepsNobodyWaiting) {
  FakeKubelet slow(runtime_.executor(), SelfSignedKubelet("slow"));
  slow.metrics.delay = 20s;
  FakeKubelet quick(runtime_.executor(), SelfSignedKubelet("node1"));
  quick.metrics.body = Body(10, 1);

  With(Settings(15s), [&](Scraper& scraper) -> net::Task<void> {
    auto target = Target(slow);
    target.node = "slow";
    scraper.Upsert(target);
    scraper.Upsert(Target(quick));
    EXPECT_TRUE(co_await Until([&] { return Healthy(); }));
  });

  EXPECT_EQ(board_.Get("slow")->state, ScrapeState::kPending);
}

// Black holes must not take the place of those that answer.
TEST_F(ScraperTest, NodesThatFailedShareAQuarterOfTheSlots) {
  const auto holes = TwoHoles();
  FakeKubelet quick(runtime_.executor(), SelfSignedKubelet("node1"));
  quick.metrics.body = Body(10, 1);
  auto settings = Settings(15s);
  settings.max_concurrency = 2;

  With(settings, [&](Scraper& scraper) -> net::Task<void> {
    EXPECT_TRUE(co_await FallInto(holes, scraper));
    std::size_t hung = 0;
    EXPECT_TRUE(co_await Until([&] {
      hung = 0;
      for (const auto& hole : holes) hung += hole->requests.size() > 1 ? 1U : 0U;
      return hung > 0;
    }));
    co_await net::SleepFor(60ms);  // the early retry of both is over
    const MonoTime before = net::SteadyNow();
    scraper.Upsert(Target(quick));
    EXPECT_TRUE(co_await Until([&] { return Healthy(); }));
    EXPECT_LT(net::SteadyNow() - before, 2s);
  });
}

// Two dead nodes, of which one holds the only place of those that go on failing and the other waits
// for it, until timeouts of 5 s.
TEST_F(ScraperTest, ANodeThatLostOneAnswerIsNotAskedBehindDeadOnes) {
  const auto holes = TwoHoles();
  FakeKubelet kubelet(runtime_.executor(), SelfSignedKubelet("node1"));
  auto settings = Settings(15s);
  settings.max_concurrency = 4;

  With(settings, [&](Scraper& scraper) -> net::Task<void> {
    EXPECT_TRUE(co_await FallInto(holes, scraper));
    co_await net::SleepFor(100ms);  // the early retry of both is over
    const auto asked = [&] {
      return std::ranges::count(kubelet.PathsAsked(), std::string("/metrics/resource"));
    };
    const auto ask_again = [&](int status) {  // those that were refused
      kubelet.metrics.status = status;
      scraper.TokenRenewed();
    };
    kubelet.metrics.body = Body(10, 1);
    scraper.Upsert(Target(kubelet));
    EXPECT_TRUE(co_await Until([&] { return Healthy(); }));
    kubelet.metrics.status = 401;
    EXPECT_TRUE(co_await Until([&] { return Reason() == "Unauthorized"; }));
    const MonoTime before = net::SteadyNow();
    ask_again(200);
    EXPECT_TRUE(co_await Until([&] { return Healthy(); }));
    EXPECT_LT(net::SteadyNow() - before, 2s);

    kubelet.metrics.status = 401;
    EXPECT_TRUE(co_await Until([&] { return Reason() == "Unauthorized"; }));
    const auto refused = asked();
    ask_again(401);
    EXPECT_TRUE(co_await Until([&] { return asked() > refused; }));
    co_await net::SleepFor(50ms);
    ask_again(200);
    co_await net::SleepFor(200ms);
    EXPECT_EQ(asked(), refused + 1);  // twice on end: it waits with the dead ones
  });
}

TEST_F(ScraperTest, TellsWhetherKubernetesCallsANodeReady) {
  FakeKubelet kubelet(runtime_.executor(), SelfSignedKubelet("node1"));
  With(Settings(15s), [&](Scraper& scraper) -> net::Task<void> {
    auto target = Target(kubelet);
    target.ready = false;
    scraper.Upsert(target);
    EXPECT_FALSE(board_.Get("node1")->ready);
    target.ready = true;
    scraper.Upsert(target);
    EXPECT_TRUE(board_.Get("node1")->ready);
    co_return;
  });
}

TEST_F(ScraperTest, ASummaryBeyondMeasureIsNotTakenIn) {
  FakeKubelet kubelet(runtime_.executor(), SelfSignedKubelet("node1"));
  kubelet.metrics.body = Body(10, 1);
  kubelet.summary = {.status = 200, .body = std::string((8U << 20U) + 1, ' '), .gzip = true};

  With(Settings(15s), [&](Scraper& scraper) -> net::Task<void> {
    scraper.Upsert(Target(kubelet));
    EXPECT_TRUE(co_await Until([&] { return kubelet.requests.size() >= 2; }));
    EXPECT_TRUE(co_await Until([&] { return kubelet.requests.size() >= 3; }));  // goes on
  });

  EXPECT_TRUE(Healthy());
  EXPECT_EQ(store_.counts().node_values, 0U);
}

TEST_F(ScraperTest, KeepsToItsConcurrency) {
  std::vector<std::unique_ptr<FakeKubelet>> kubelets;
  for (int i = 0; i < 3; ++i) {
    kubelets.push_back(std::make_unique<FakeKubelet>(runtime_.executor(), SelfSignedKubelet("n")));
    kubelets.back()->metrics = KubeletAnswer{.body = Body(10, 1), .delay = 100ms};
  }
  auto settings = Settings(15s);
  settings.max_concurrency = 1;

  With(settings, [&](Scraper& scraper) -> net::Task<void> {
    for (std::size_t i = 0; i < kubelets.size(); ++i) {
      auto target = Target(*kubelets[i]);
      target.node = "n" + std::to_string(i);
      scraper.Upsert(target);
    }
    std::size_t asked = 0;
    const auto count = [&] {
      asked = 0;
      for (const auto& kubelet : kubelets) asked += kubelet->requests.size();
      return asked > 0;
    };
    EXPECT_TRUE(co_await Until(count));
    co_await net::SleepFor(30ms);
    count();
    EXPECT_EQ(asked, 1U);
    EXPECT_TRUE(co_await Until([&] { return board_.Count().healthy == 3; }));
  });
}

}  // namespace
}  // namespace mpl::scraper
