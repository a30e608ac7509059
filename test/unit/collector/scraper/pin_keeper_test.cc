#include "collector/scraper/pin_keeper.h"

#include "kube/telemetry/log.h"
#include "test/unit/collector/scraper/fake_api.h"
#include "test/unit/collector/scraper/scrape_fixture.h"

namespace mpl::scraper {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

trust::Pin PinWith(char digit, const std::string& boot_id = "boot-1") {
  trust::Pin pin;
  pin.public_key_sha256 = std::string(64, digit);
  pin.boot_id = boot_id;
  pin.node_uid = "uid-1";
  return pin;
}

class PinKeeperTest : public ScrapeTest {
 protected:
  void SetUp() override {
    log::CaptureForTest([](std::string_view) {});
  }
  void TearDown() override { log::CaptureForTest({}); }

  void With(std::function<net::Task<void>()> story) {
    Run([&]() -> net::Task<void> {
      net::TaskGroup group(runtime_.executor());
      group.Spawn("pins", pins_.Run(*api_.client, {"ns", "pins"}));
      co_await story();
      co_await group.Stop(2s);
    });
  }

  FakeApi api_{runtime_.executor()};
};

TEST_F(PinKeeperTest, WritesWhatWasLearnedInOneGo) {
  With([&]() -> net::Task<void> {
    pins_.Remember("node1", PinWith('a'));
    pins_.Remember("node2", PinWith('b'));
    EXPECT_TRUE(co_await Until([&] { return api_.data.size() == 2; }));
  });

  EXPECT_EQ(api_.patches, 1);
  EXPECT_EQ(trust::ParsePin(api_.data["node1"].get<std::string>()).value(), PinWith('a'));
  EXPECT_EQ(pins_.trouble(), "");
}

TEST_F(PinKeeperTest, TheFirstWriterWins) {
  std::vector<std::string> changed;
  pins_.OnChanged([&](const std::string& node) { changed.push_back(node); });
  api_.data["node1"] = trust::WritePin(PinWith('b'));  // another replica was faster

  With([&]() -> net::Task<void> {
    pins_.Remember("node1", PinWith('a'));
    EXPECT_TRUE(co_await Until([&] { return !changed.empty(); }));
  });

  EXPECT_EQ(pins_.Find("node1")->public_key_sha256, PinWith('b').public_key_sha256);
  EXPECT_EQ(api_.data["node1"], trust::WritePin(PinWith('b')));
  EXPECT_THAT(changed, ElementsAre("node1"));
}

// A kubelet's certificate is renewed without a reboot, and the watch tells of the key before.
TEST_F(PinKeeperTest, AKeyThatTheAuthorityVouchesForReplacesTheOneBefore) {
  std::vector<std::string> changed;
  pins_.OnChanged([&](const std::string& node) { changed.push_back(node); });
  api_.data["node1"] = trust::WritePin(PinWith('b'));
  trust::Pin renewed = PinWith('a');
  renewed.vouched_for = true;

  With([&]() -> net::Task<void> {
    pins_.Remember("node1", renewed);
    pins_.Adopt(api_.ConfigMap());
    EXPECT_EQ(pins_.Find("node1")->public_key_sha256, renewed.public_key_sha256);
    EXPECT_TRUE(
        co_await Until([&] { return api_.data["node1"] == trust::WritePin(PinWith('a')); }));
  });

  EXPECT_THAT(changed, testing::IsEmpty()) << "nobody need ask again";
}

TEST_F(PinKeeperTest, ReadsAgainAfterAConflict) {
  With([&]() -> net::Task<void> {
    co_await net::SleepFor(5ms);  // the writer waits for work
    pins_.Adopt(api_.ConfigMap());
    api_.version = 11;  // somebody writes another node's pin
    api_.data["node9"] = trust::WritePin(PinWith('9'));
    pins_.Remember("node1", PinWith('a'));
    EXPECT_TRUE(co_await Until([&] { return api_.data.contains("node1"); }));
  });

  EXPECT_EQ(api_.patches, 2);
  EXPECT_NE(pins_.Find("node9"), nullptr);
}

TEST_F(PinKeeperTest, WritesWhatWasKeptInMemoryOnceThereIsAConfigMap) {
  pins_.KeepInMemory();
  pins_.Remember("node1", PinWith('a'));
  pins_.Remember("node2", PinWith('b'));
  pins_.Drop("node2");
  With([&]() -> net::Task<void> {
    EXPECT_TRUE(co_await Until([&] { return api_.data.contains("node1"); }));
  });
  EXPECT_FALSE(api_.data.contains("node2"));
}

// etcd from a backup: its versions are smaller than what we have seen.
TEST_F(PinKeeperTest, AServerThatWasRestoredIsBelieved) {
  api_.version = 100;
  pins_.Adopt(api_.ConfigMap());
  With([&]() -> net::Task<void> {
    co_await net::SleepFor(5ms);  // the writer waits for work
    pins_.Adopt(api_.ConfigMap());
    api_.version = 10;
    pins_.Remember("node1", PinWith('a'));
    EXPECT_TRUE(co_await Until([&] { return api_.data.contains("node1"); }));
  });
}

TEST_F(PinKeeperTest, ANewBootReplacesTheStoredPin) {
  api_.data["node1"] = trust::WritePin(PinWith('b', "boot-0"));

  With([&]() -> net::Task<void> {
    pins_.Remember("node1", PinWith('a', "boot-1"));
    EXPECT_TRUE(co_await Until(
        [&] { return api_.data["node1"] == trust::WritePin(PinWith('a', "boot-1")); }));
  });
}

TEST_F(PinKeeperTest, DropsPinsOfNodesThatAreGone) {
  api_.data["node1"] = trust::WritePin(PinWith('a'));
  api_.data["gone"] = trust::WritePin(PinWith('b'));
  pins_.Adopt(api_.ConfigMap());

  With([&]() -> net::Task<void> {
    pins_.Retain({"node1"});
    EXPECT_EQ(pins_.Find("gone"), nullptr);
    EXPECT_TRUE(co_await Until([&] { return !api_.data.contains("gone"); }));
  });

  EXPECT_TRUE(api_.data.contains("node1"));
}

TEST_F(PinKeeperTest, DropsThePinOfANodeThatGoes) {
  api_.data["node1"] = trust::WritePin(PinWith('a'));
  api_.data["node2"] = trust::WritePin(PinWith('b'));
  pins_.Adopt(api_.ConfigMap());

  With([&]() -> net::Task<void> {
    pins_.Drop("unknown");
    pins_.Drop("node2");
    EXPECT_TRUE(co_await Until([&] { return !api_.data.contains("node2"); }));
  });

  EXPECT_TRUE(api_.data.contains("node1"));
  EXPECT_EQ(api_.patches, 1);
}

TEST_F(PinKeeperTest, APinThatAnAdministratorDeletedIsForgotten) {
  std::vector<std::string> changed;
  pins_.OnChanged([&](const std::string& node) { changed.push_back(node); });
  api_.data["node1"] = trust::WritePin(PinWith('a'));
  pins_.Adopt(api_.ConfigMap());

  api_.data.erase("node1");
  ++api_.version;
  pins_.Adopt(api_.ConfigMap());

  EXPECT_EQ(pins_.Find("node1"), nullptr);
  EXPECT_THAT(changed, ElementsAre("node1"));
}

TEST_F(PinKeeperTest, IgnoresNewsThatIsOlderThanWhatItKnows) {
  const auto old = api_.ConfigMap();
  api_.version = 100;  // longer than "10", as text smaller than "9"
  api_.data["node1"] = trust::WritePin(PinWith('a'));
  pins_.Adopt(api_.ConfigMap());

  pins_.Adopt(old);

  EXPECT_NE(pins_.Find("node1"), nullptr);
}

TEST_F(PinKeeperTest, IgnoresOlderNewsAlsoAfterAWriteThatFailed) {
  const auto old = api_.ConfigMap();

  With([&]() -> net::Task<void> {
    pins_.Remember("node1", PinWith('a'));
    EXPECT_TRUE(co_await Until([&] { return api_.patches == 1; }));
    api_.refuse_with = 403;
    pins_.Remember("node2", PinWith('b'));
    EXPECT_TRUE(co_await Until([&] { return !pins_.trouble().empty(); }));
    pins_.Adopt(old);
  });

  EXPECT_NE(pins_.Find("node1"), nullptr);
}

TEST_F(PinKeeperTest, KeepsPinsInMemoryWhenItMayNotWriteAndSaysSo) {
  api_.refuse_with = 403;

  With([&]() -> net::Task<void> {
    pins_.Remember("node1", PinWith('a'));
    EXPECT_TRUE(co_await Until([&] { return !pins_.trouble().empty(); }));
  });

  EXPECT_THAT(pins_.trouble(), HasSubstr("ns/pins"));
  EXPECT_THAT(pins_.trouble(), HasSubstr("memory only"));
  EXPECT_NE(pins_.Find("node1"), nullptr);
}

// Both replicas have met the node, and the other one may write again first.
TEST_F(PinKeeperTest, HasNoTroubleAnyMoreWhenAnotherReplicaStoredThePin) {
  api_.refuse_with = 403;

  With([&]() -> net::Task<void> {
    pins_.Remember("node1", PinWith('a'));
    EXPECT_TRUE(co_await Until([&] { return !pins_.trouble().empty(); }));
    api_.data["node1"] = trust::WritePin(PinWith('a'));
    ++api_.version;
    pins_.Adopt(api_.ConfigMap());
    EXPECT_EQ(pins_.trouble(), "");
  });

  EXPECT_EQ(api_.patches, 0);
}

// As when it is full: what needs no more room is stored all the same.
TEST_F(PinKeeperTest, StoresWhatFitsThoughNewPinsAreRefused) {
  api_.data["node1"] = trust::WritePin(PinWith('a', "boot-0"));
  api_.accepts = [](const objects::Json& data) { return !data.contains("node2"); };

  With([&]() -> net::Task<void> {
    pins_.Remember("node1", PinWith('b', "boot-1"));
    pins_.Remember("node2", PinWith('c'));
    EXPECT_TRUE(co_await Until([&] { return !pins_.trouble().empty(); }));
  });

  EXPECT_EQ(api_.data["node1"], trust::WritePin(PinWith('b', "boot-1")));
  EXPECT_FALSE(api_.data.contains("node2"));
  EXPECT_THAT(pins_.trouble(), testing::HasSubstr("kept in memory only"));
}

}  // namespace
}  // namespace mpl::scraper
