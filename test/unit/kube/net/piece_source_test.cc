#include "kube/net/piece_source.h"

#include <gmock/gmock.h>

#include <atomic>
#include <future>
#include <span>
#include <stdexcept>
#include <thread>
#include <vector>

#include "kube/telemetry/log.h"
#include "test/unit/kube/net/server_fixture.h"

namespace mpl::net {
namespace {

using Outcome = PieceSource::Outcome;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::Ne;

// Of each answer: only what is longer is handed over.
constexpr int kAtHand = 8;

class PieceSourceTest : public HttpServerTest {
 protected:
  using Next = std::function<bool(std::string&)>;

  void SetUp() override { maker.Start("pieces"); }
  void TearDown() override {
    HttpServerTest::TearDown();
    maker.Stop();
    maker.Join();
  }

  // Of these texts, an empty one before the last meaning "not yet"; notes on which thread each was
  // made.
  Next Texts(std::vector<std::string> texts) {
    return [this, texts = std::move(texts), at = std::size_t{0}](std::string& piece) mutable {
      made_on.push_back(std::this_thread::get_id());
      piece = texts.at(at++);
      return at < texts.size();
    };
  }
  static Task<std::vector<std::string>> All(PieceSource* source) {
    std::vector<std::string> pieces;
    std::string piece;
    for (;;) {
      const Outcome outcome = co_await source->Next(piece);
      pieces.push_back(piece);
      if (outcome != Outcome::kPiece) co_return pieces;
    }
  }

  IoRuntime maker;
  std::vector<std::thread::id> made_on;
};

TEST_F(PieceSourceTest, MakesEachWhenItIsAskedForWhereThereIsNoMaker) {
  PieceSource source(runtime.executor(), std::nullopt, Texts({"one", "", "three"}));
  EXPECT_THAT(RunTask(All(&source)), ElementsAre("one", "", "three"));
  EXPECT_THAT(made_on, Each(std::this_thread::get_id()));
}

TEST_F(PieceSourceTest, MakesWhatALongAnswerGoesOnWithOnTheMakerAndWaitsForWhatIsNotYetKnown) {
  for (const std::string last : {"", "last"}) {
    made_on.clear();
    std::vector<std::string> texts(kAtHand, "short");
    texts.insert(texts.end(), {"", "", "long", "", "longer", last});
    PieceSource source(runtime.executor(), maker.executor(), Texts(texts));
    std::vector<std::string> expected(kAtHand, "short");
    expected.insert(expected.end(), {"long", "longer", last});
    EXPECT_EQ(RunTask(All(&source)), expected);
    ASSERT_EQ(made_on.size(), texts.size());
    const std::span all(made_on);
    EXPECT_THAT(all.first(kAtHand), Each(std::this_thread::get_id()));
    EXPECT_THAT(all.subspan(kAtHand), Each(Ne(std::this_thread::get_id())));
  }
}

TEST_F(PieceSourceTest, IsOnePieceAheadAndNoMore) {
  std::atomic<int> made = 0;
  PieceSource source(runtime.executor(), maker.executor(), [&made](std::string& piece) {
    piece = std::to_string(++made);
    return true;
  });
  std::string piece;
  for (int taken = 1; taken < kAtHand + 4; ++taken) {
    ASSERT_EQ(RunTask(source.Next(piece)), Outcome::kPiece);
    EXPECT_EQ(piece, std::to_string(taken));
    const int ahead = taken < kAtHand ? taken : taken + 1;
    RunTask(Until([&] { return made == ahead; }));
    RunTask(SleepFor(5ms));
    EXPECT_EQ(made, ahead);
  }
}

TEST_F(PieceSourceTest, ThrowsWhatTheMakerThrew) {
  PieceSource source(runtime.executor(), maker.executor(), [n = 0](std::string& piece) mutable {
    if (n++ == kAtHand) throw std::runtime_error("boom");
    piece = "fine";
    return true;
  });
  std::string piece;
  for (int i = 0; i < kAtHand; ++i) EXPECT_EQ(RunTask(source.Next(piece)), Outcome::kPiece);
  EXPECT_THROW(RunTask(source.Next(piece)), std::runtime_error);
}

TEST_F(PieceSourceTest, SaysThatItWasCancelledWhichIsNotTheEnd) {
  std::promise<void> go;
  const auto held = std::make_shared<int>();
  std::vector<Outcome> outcomes;
  struct Asking {
    static Task<void> Run(std::shared_ptr<PieceSource> source, std::vector<Outcome>* outcomes) {
      std::string piece;
      for (int i = 0; i <= kAtHand; ++i) {
        const Outcome outcome = co_await source->Next(piece);
        outcomes->push_back(outcome);
      }
    }
  };
  const auto next = [&go, held, n = 0](std::string& piece) mutable {
    if (n++ == kAtHand) go.get_future().wait();
    piece = "x";
    return true;
  };
  TaskGroup side(runtime.executor());
  side.Spawn("asking",
             Asking::Run(std::make_shared<PieceSource>(runtime.executor(), maker.executor(), next),
                         &outcomes));
  RunTask(Until([&] { return outcomes.size() == kAtHand; }));

  EXPECT_TRUE(RunTask(side.Stop(10s)));
  ASSERT_EQ(outcomes.size(), kAtHand + 1U);
  EXPECT_EQ(outcomes.back(), Outcome::kCancelled);
  EXPECT_EQ(held.use_count(), 3) << "the maker still works on it";
  go.set_value();
  RunTask(Until([&] { return held.use_count() == 2; }));  // the test's own two
}

TEST_F(PieceSourceTest, GivesUpWhatIsNotYetKnownWhenNobodyWaitsForIt) {
  const auto calls = std::make_shared<std::atomic<int>>(0);
  auto source = std::make_unique<PieceSource>(runtime.executor(), maker.executor(),
                                              [calls = calls](std::string&) {
                                                ++*calls;
                                                return true;
                                              });
  std::string piece;
  for (int i = 0; i < kAtHand; ++i) EXPECT_EQ(RunTask(source->Next(piece)), Outcome::kPiece);
  RunTask(Until([&] { return *calls > 10 * kAtHand; }));
  source.reset();
  RunTask(Until([&] { return calls.use_count() == 1; }));
}

TEST_F(PieceSourceTest, AServerSendsWhatItWouldHaveSentWithoutAMaker) {
  HttpServerOptions options;
  options.pieces = maker.executor();
  Serve(
      [](http::Request) -> Task<http::Response> {
        http::Response response;
        response.next_chunk = [n = 0](std::string& piece) mutable {
          piece.assign(70'000, static_cast<char>('a' + n));
          return ++n < 26;
        };
        co_return response;
      },
      {}, options);
  std::string expected;
  for (char c = 'a'; c <= 'z'; ++c) {
    expected += "11170\r\n" + std::string(70'000, c) + "\r\n";  // 70,000 in hexadecimal
  }
  const std::string answer = Ask({std::string("GET / HTTP/1.1\r\n") + kCloseAfter + "\r\n"});
  EXPECT_TRUE(answer.ends_with("\r\n\r\n" + expected + "0\r\n\r\n")) << answer.size();
}

TEST_F(PieceSourceTest, AServerTearsTheConnectionWhenTheMakerThrows) {
  log::CaptureForTest([](std::string_view) {});
  HttpServerOptions options;
  options.pieces = maker.executor();
  Serve(
      [](http::Request) -> Task<http::Response> {
        http::Response response;
        response.next_chunk = [n = 0](std::string& piece) mutable -> bool {
          if (n++ == kAtHand) throw std::runtime_error("boom");
          piece = "begun";
          return true;
        };
        co_return response;
      },
      {}, options);
  const std::string answer = Ask({"GET / HTTP/1.1\r\nHost: x\r\n\r\n"});
  log::CaptureForTest(nullptr);
  EXPECT_THAT(answer, EndsWith("5\r\nbegun\r\n"));
}

}  // namespace
}  // namespace mpl::net
