#include "kube/machinery/reflector.h"

#include <gmock/gmock.h>

namespace mpl::machinery {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

using ListPage = Reflector::ListPage;
using Objects = Reflector::Objects;
using OpenWatch = Reflector::OpenWatch;
using ReadWatch = Reflector::ReadWatch;
using Wait = Reflector::Wait;

class ReflectorTest : public testing::Test {
 protected:
  // Tells the reflector and expects an action of type T and this use of the objects.
  template <class T, class Event>
  T Tell(const Event& event, Objects objects = Objects::kKeep) {
    const Reflector::Step step = reflector_.Handle(event, now_);
    EXPECT_EQ(step.objects, objects);
    EXPECT_TRUE(std::holds_alternative<T>(step.action)) << "action " << step.action.index();
    return std::holds_alternative<T>(step.action) ? std::get<T>(step.action) : T{};
  }
  // Streams one object and the closing bookmark.
  void SyncByStream(const std::string& version = "100") {
    Tell<OpenWatch>(Reflector::Started{}, Objects::kDropStaged);
    Tell<ReadWatch>(Reflector::WatchOpened{});
    Tell<ReadWatch>(Item(WatchType::kAdded, "7"), Objects::kStage);
    Tell<ReadWatch>(End(version), Objects::kCommit);
    EXPECT_TRUE(reflector_.synced());
  }
  static Reflector::ItemCame Item(WatchType type, const std::string& version) {
    return {type, version, false};
  }
  static Reflector::ItemCame End(const std::string& version) {
    return {WatchType::kBookmark, version, true};
  }
  static Reflector::RequestFailed Failure(ErrorKind kind, const std::string& message = "no") {
    return {{kind, message}};
  }
  static Reflector::WatchEnded Ended(ErrorKind kind = ErrorKind::kClosed) {
    return {{kind, "ended"}};
  }

  // The watch is opened, and then this happens; the answer is waited for.
  template <class Event>
  void OpenAndFail(const Event& event) {
    Tell<ReadWatch>(Reflector::WatchOpened{});
    now_ += seconds(5);
    Tell<Wait>(event);
  }
  void ExpectResume(const std::string& version) {
    EXPECT_THAT(Tell<OpenWatch>(Reflector::Waited{}).query,
                HasSubstr("watch=true&resourceVersion=" + version + "&"));
  }
  void ExpectList() {
    const auto open = Tell<OpenWatch>(Reflector::Waited{}, Objects::kDropStaged);
    EXPECT_THAT(open.query, HasSubstr("sendInitialEvents=true"));
    EXPECT_THAT(open.query, Not(HasSubstr("resourceVersion=")));
  }

  MonoTime now_{std::chrono::hours(1)};
  Reflector reflector_{{.selectors = "labelSelector=a%3Db"}, [] { return 0.0; }};
};

// Query parameters: Kubernetes API concepts, "Streaming lists".
TEST_F(ReflectorTest, AsksForAStreamedListFirst) {
  const auto open = Tell<OpenWatch>(Reflector::Started{}, Objects::kDropStaged);

  EXPECT_EQ(open.query,
            "watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan"
            "&allowWatchBookmarks=true&timeoutSeconds=300&labelSelector=a%3Db");
}

TEST_F(ReflectorTest, CommitsTheStreamedListAtItsBookmarkAndGoesOnReading) {
  SyncByStream("100");

  EXPECT_EQ(reflector_.resource_version(), "100");
  EXPECT_EQ(reflector_.failure(), "");
  Tell<ReadWatch>(Item(WatchType::kModified, "101"), Objects::kApply);
  EXPECT_EQ(reflector_.resource_version(), "101");
}

TEST_F(ReflectorTest, OrdinaryBookmarksDoNotEndTheInitialList) {
  Tell<OpenWatch>(Reflector::Started{}, Objects::kDropStaged);
  Tell<ReadWatch>(Reflector::WatchOpened{});
  Tell<ReadWatch>(Item(WatchType::kBookmark, "5"));
  EXPECT_FALSE(reflector_.synced());
}

// 422 "sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled".
TEST_F(ReflectorTest, FallsBackToPagesWhenStreamingIsRefused) {
  for (const ErrorKind kind : {ErrorKind::kInvalid, ErrorKind::kBadRequest}) {
    reflector_ = Reflector({}, [] { return 0.0; });
    Tell<OpenWatch>(Reflector::Started{}, Objects::kDropStaged);
    EXPECT_EQ(Tell<ListPage>(Failure(kind), Objects::kDropStaged).query, "limit=500");
    EXPECT_EQ(Tell<ListPage>(Reflector::PageCame{"50", "tok/1"}).query,
              "limit=500&continue=tok%2F1");
    const auto watch = Tell<OpenWatch>(Reflector::PageCame{"50", ""}, Objects::kCommit);
    EXPECT_EQ(watch.query,
              "watch=true&resourceVersion=50&allowWatchBookmarks=true&timeoutSeconds=300");
    EXPECT_TRUE(reflector_.synced());

    // The next list does not try to stream again.
    Tell<ReadWatch>(Reflector::WatchOpened{});
    Tell<ReadWatch>(Item(WatchType::kAdded, "51"), Objects::kApply);
    Tell<ListPage>(Failure(ErrorKind::kGone), Objects::kDropStaged);
  }
}

TEST_F(ReflectorTest, FallsBackToPagesWhenTheStreamSaysNothing) {
  Tell<OpenWatch>(Reflector::Started{}, Objects::kDropStaged);
  EXPECT_EQ(Tell<ReadWatch>(Reflector::WatchOpened{}).idle_limit, seconds(10));
  Tell<ReadWatch>(Item(WatchType::kAdded, "7"), Objects::kStage);
  Tell<ListPage>(Ended(ErrorKind::kTimeout), Objects::kDropStaged);
}

TEST_F(ReflectorTest, FallsBackToPagesWhenTheStreamNeverEndsItsList) {
  Tell<OpenWatch>(Reflector::Started{}, Objects::kDropStaged);
  Tell<ReadWatch>(Reflector::WatchOpened{});
  for (int i = 0; i < 19; ++i) {
    now_ += seconds(9);
    Tell<ReadWatch>(Item(WatchType::kModified, "7"), Objects::kStage);
  }
  now_ += seconds(9);
  Tell<ListPage>(Item(WatchType::kModified, "7"), Objects::kDropStaged);
}

TEST_F(ReflectorTest, DropsAHalfStreamedListWhenTheConnectionIsLost) {
  Tell<OpenWatch>(Reflector::Started{}, Objects::kDropStaged);
  Tell<ReadWatch>(Reflector::WatchOpened{});
  Tell<ReadWatch>(Item(WatchType::kAdded, "7"), Objects::kStage);
  EXPECT_EQ(Tell<Wait>(Ended()).delay, milliseconds(800));
  Tell<OpenWatch>(Reflector::Waited{}, Objects::kDropStaged);
  EXPECT_FALSE(reflector_.synced());
}

TEST_F(ReflectorTest, ResumesAtTheLastVersionWhenAWatchEnds) {
  SyncByStream();
  now_ += minutes(5);
  Tell<ReadWatch>(Item(WatchType::kBookmark, "150"));

  EXPECT_THAT(Tell<OpenWatch>(Ended()).query, HasSubstr("resourceVersion=150&"));
}

TEST_F(ReflectorTest, ListsAgainWhenTheServerForgotTheVersion) {
  SyncByStream();
  Tell<ReadWatch>(Item(WatchType::kAdded, "101"), Objects::kApply);

  const auto open = Tell<OpenWatch>(Failure(ErrorKind::kGone), Objects::kDropStaged);
  EXPECT_THAT(open.query, HasSubstr("sendInitialEvents=true"));
  EXPECT_THAT(open.query, Not(HasSubstr("resourceVersion=")));
  Tell<ReadWatch>(Reflector::WatchOpened{});
  Tell<ReadWatch>(End("900"), Objects::kCommit);
}

TEST_F(ReflectorTest, DoesNotListInACircle) {
  SyncByStream();
  Tell<Wait>(Failure(ErrorKind::kGone));
  Tell<OpenWatch>(Reflector::Waited{}, Objects::kDropStaged);
}

TEST_F(ReflectorTest, AsksForTheNewestWhenTheServerLagsBehind) {
  SyncByStream();
  Tell<ReadWatch>(Item(WatchType::kAdded, "101"), Objects::kApply);
  const auto open = Tell<OpenWatch>(
      Failure(ErrorKind::kTimeout, "Timeout: Too large resource version: 101, current: 90"),
      Objects::kDropStaged);
  EXPECT_THAT(open.query, Not(HasSubstr("resourceVersion=")));
}

TEST_F(ReflectorTest, WaitsWithoutListingWhenTheServerIsBusyOrAway) {
  SyncByStream();
  for (const ErrorKind kind :
       {ErrorKind::kTooManyRequests, ErrorKind::kUnreachable, ErrorKind::kInternal}) {
    Tell<Wait>(Failure(kind));
    EXPECT_THAT(Tell<OpenWatch>(Reflector::Waited{}).query, HasSubstr("resourceVersion=100&"));
  }
}

// An object of 20 MiB, or an event that a proxy has cut: it follows on the same resourceVersion.
TEST_F(ReflectorTest, ListsAgainWhenAnEventCannotBeRead) {
  for (const ErrorKind kind : {ErrorKind::kMalformed, ErrorKind::kRequestTooLarge}) {
    reflector_ = Reflector({}, [] { return 0.0; });
    SyncByStream();
    now_ += seconds(5);
    Tell<Wait>(Ended(kind));
    EXPECT_EQ(reflector_.failure(), "ended");
    EXPECT_TRUE(reflector_.synced());
    ExpectList();
    Tell<ReadWatch>(Reflector::WatchOpened{});
    Tell<ReadWatch>(End("900"), Objects::kCommit);
    EXPECT_EQ(reflector_.resource_version(), "900");
    EXPECT_EQ(reflector_.failure(), "");
  }
}

// client-go, reflector.go: an ERROR event that it does not know ends ListAndWatch.
TEST_F(ReflectorTest, ListsAgainWhenTheWatchFailsThreeTimesAtOneVersion) {
  SyncByStream();
  OpenAndFail(Failure(ErrorKind::kInternal, "etcd event received with PrevKv=nil"));
  ExpectResume("100");
  OpenAndFail(Failure(ErrorKind::kInternal));
  ExpectResume("100");
  OpenAndFail(Failure(ErrorKind::kInternal));
  ExpectList();
}

TEST_F(ReflectorTest, ListsAgainWhenTheWatchEndsAtOnceThreeTimes) {
  SyncByStream();
  now_ += seconds(5);
  Tell<OpenWatch>(Ended());
  for (int i = 0; i < 3; ++i) {
    if (i > 0) ExpectResume("100");
    Tell<ReadWatch>(Reflector::WatchOpened{});
    Tell<Wait>(Ended());
  }
  ExpectList();
}

TEST_F(ReflectorTest, CountsFailuresOfOneVersionOnly) {
  SyncByStream();
  for (const std::string version : {"101", "102", "103"}) {
    for (int i = 0; i < 2; ++i) {
      OpenAndFail(Failure(ErrorKind::kInternal));
      Tell<OpenWatch>(Reflector::Waited{});
    }
    Tell<ReadWatch>(Reflector::WatchOpened{});
    Tell<ReadWatch>(Item(WatchType::kModified, version), Objects::kApply);
  }
  // A bookmark that says nothing new is no progress.
  OpenAndFail(Failure(ErrorKind::kInternal));
  ExpectResume("103");
  Tell<ReadWatch>(Reflector::WatchOpened{});
  Tell<ReadWatch>(Item(WatchType::kBookmark, "103"));
  Tell<Wait>(Failure(ErrorKind::kInternal));
  ExpectResume("103");
  OpenAndFail(Failure(ErrorKind::kInternal));
  ExpectList();
}

TEST_F(ReflectorTest, AWatchThatLivedWasNoFailure) {
  SyncByStream();
  for (int i = 0; i < 3; ++i) {
    OpenAndFail(Failure(ErrorKind::kInternal));
    ExpectResume("100");
    Tell<ReadWatch>(Reflector::WatchOpened{});
    now_ += minutes(5);
    Tell<OpenWatch>(Ended());
  }
}

// Otherwise all clients would list in the moment when the server is back.
TEST_F(ReflectorTest, ResumesHoweverLongTheServerIsAwayOrBusy) {
  for (const ErrorKind kind :
       {ErrorKind::kUnreachable, ErrorKind::kClosed, ErrorKind::kTimeout, ErrorKind::kUnavailable,
        ErrorKind::kTooManyRequests, ErrorKind::kUntrusted, ErrorKind::kTls}) {
    reflector_ = Reflector({}, [] { return 0.0; });
    SyncByStream();
    for (int i = 0; i < 20; ++i) {
      now_ += seconds(31);
      Tell<Wait>(Failure(kind));
      ExpectResume("100");
    }
  }
}

// A list that does not help is not asked for faster and faster.
TEST_F(ReflectorTest, ListsLessAndLessOftenWhenThatDoesNotHelp) {
  SyncByStream();
  Duration last{};
  for (int i = 0; i < 6; ++i) {
    const Duration delay = Tell<Wait>(Ended(ErrorKind::kMalformed)).delay;
    EXPECT_GT(delay, last);
    last = delay;
    now_ += delay;
    ExpectList();
    Tell<ReadWatch>(Reflector::WatchOpened{});
    Tell<ReadWatch>(End("100"), Objects::kCommit);
    Tell<ReadWatch>(Item(WatchType::kModified, "101"), Objects::kApply);
  }
}

TEST_F(ReflectorTest, HonoursRetryAfter) {
  SyncByStream();
  const Reflector::RequestFailed busy{
      {ErrorKind::kTooManyRequests, "slow down", std::chrono::seconds(12)}};
  EXPECT_EQ(Tell<Wait>(busy).delay, seconds(12));
}

TEST_F(ReflectorTest, IsNotSentAwayForLong) {
  SyncByStream();
  const Reflector::RequestFailed closed{
      {ErrorKind::kUnavailable, "come back tomorrow", std::chrono::hours(24)}};
  EXPECT_EQ(Tell<Wait>(closed).delay, std::chrono::minutes(1));
}

TEST_F(ReflectorTest, SaysWhyItFailsUntilItWorksAgain) {
  SyncByStream();
  Tell<Wait>(Failure(ErrorKind::kForbidden, "nodes is forbidden"));
  EXPECT_EQ(reflector_.failure(), "nodes is forbidden");
  EXPECT_TRUE(reflector_.synced());
  Tell<OpenWatch>(Reflector::Waited{});
  Tell<ReadWatch>(Reflector::WatchOpened{});
  EXPECT_EQ(reflector_.failure(), "");
}

TEST_F(ReflectorTest, BacksOffLongerWithEachRefusal) {
  Tell<OpenWatch>(Reflector::Started{}, Objects::kDropStaged);
  Duration last{};
  for (int i = 0; i < 6; ++i) {
    const Duration delay = Tell<Wait>(Failure(ErrorKind::kForbidden)).delay;
    EXPECT_GT(delay, last);
    last = delay;
    now_ += delay;
    Tell<ListPage>(Reflector::Waited{}, Objects::kDropStaged);
  }
}

// A role with "list" and without "watch", or a server whose streaming alone is broken: client-go,
// reflector.go, lists after any error that is not the server's being away.
TEST_F(ReflectorTest, ListsWhenTheServerAnswersThatItWillNotStream) {
  for (const ErrorKind kind :
       {ErrorKind::kForbidden, ErrorKind::kNotFound, ErrorKind::kInternal, ErrorKind::kGone,
        ErrorKind::kMalformed, ErrorKind::kRequestTooLarge}) {
    reflector_ = Reflector({}, [] { return 0.0; });
    Tell<OpenWatch>(Reflector::Started{}, Objects::kDropStaged);
    Tell<Wait>(Failure(kind));
    EXPECT_EQ(Tell<ListPage>(Reflector::Waited{}, Objects::kDropStaged).query, "limit=500");
    Tell<OpenWatch>(Reflector::PageCame{"50", ""}, Objects::kCommit);
    EXPECT_TRUE(reflector_.synced());
  }
}

TEST_F(ReflectorTest, StreamsAgainWhenTheServerWasAway) {
  for (const ErrorKind kind : {ErrorKind::kUnreachable, ErrorKind::kUnavailable,
                               ErrorKind::kTooManyRequests, ErrorKind::kTimeout}) {
    reflector_ = Reflector({}, [] { return 0.0; });
    Tell<OpenWatch>(Reflector::Started{}, Objects::kDropStaged);
    for (int i = 0; i < 5; ++i) {
      Tell<Wait>(Failure(kind));
      Tell<OpenWatch>(Reflector::Waited{}, Objects::kDropStaged);
    }
  }
}

// A gateway that bounds how long a request may take: pages of 500 objects pass.
TEST_F(ReflectorTest, ListsWhenStreamsAreCutOffAgainAndAgain) {
  Tell<OpenWatch>(Reflector::Started{}, Objects::kDropStaged);
  for (int i = 0; i < 3; ++i) {
    Tell<ReadWatch>(Reflector::WatchOpened{});
    Tell<ReadWatch>(Item(WatchType::kAdded, "7"), Objects::kStage);
    Tell<Wait>(Ended());
    if (i < 2) Tell<OpenWatch>(Reflector::Waited{}, Objects::kDropStaged);
  }
  Tell<ListPage>(Reflector::Waited{}, Objects::kDropStaged);
}

TEST_F(ReflectorTest, ListsWhenTheStreamCannotBeRead) {
  Tell<OpenWatch>(Reflector::Started{}, Objects::kDropStaged);
  Tell<ReadWatch>(Reflector::WatchOpened{});
  Tell<Wait>(Ended(ErrorKind::kMalformed));
  Tell<ListPage>(Reflector::Waited{}, Objects::kDropStaged);
}

// What of a page was staged before it broke off would be there twice, or for ever.
TEST_F(ReflectorTest, StagesNothingOfAFirstPageThatCannotBeRead) {
  reflector_ = Reflector({.watch_list = false}, [] { return 0.0; });
  Tell<ListPage>(Reflector::Started{}, Objects::kDropStaged);
  Tell<Wait>(Failure(ErrorKind::kMalformed));
  EXPECT_EQ(Tell<ListPage>(Reflector::Waited{}, Objects::kDropStaged).query, "limit=500");
}

TEST_F(ReflectorTest, TreatsAWatchThatEndsAtOnceAsAFailure) {
  SyncByStream();
  now_ += seconds(5);
  Tell<OpenWatch>(Ended());
  Tell<ReadWatch>(Reflector::WatchOpened{});
  now_ += milliseconds(999);
  Tell<Wait>(Ended());
  EXPECT_THAT(reflector_.failure(), HasSubstr("ended at once"));

  Tell<OpenWatch>(Reflector::Waited{});
  Tell<ReadWatch>(Reflector::WatchOpened{});
  now_ += seconds(1);
  Tell<OpenWatch>(Ended());
}

TEST_F(ReflectorTest, RestartsTheListWhenItsTokenExpired) {
  reflector_ = Reflector({.watch_list = false}, [] { return 0.0; });
  Tell<ListPage>(Reflector::Started{}, Objects::kDropStaged);
  Tell<ListPage>(Reflector::PageCame{"50", "tok"});
  EXPECT_EQ(Tell<ListPage>(Failure(ErrorKind::kGone), Objects::kDropStaged).query, "limit=500");
}

// A list that takes longer than the server keeps its token would never end.
TEST_F(ReflectorTest, ListsLongerPagesAndLessOftenWhenTokensExpireAgain) {
  reflector_ = Reflector({.watch_list = false}, [] { return 0.0; });
  Tell<ListPage>(Reflector::Started{}, Objects::kDropStaged);
  Tell<ListPage>(Reflector::PageCame{"50", "tok"});
  Tell<ListPage>(Failure(ErrorKind::kGone), Objects::kDropStaged);
  for (const char* query : {"limit=2000", "limit=8000", "limit=10000", "limit=10000"}) {
    Tell<ListPage>(Reflector::PageCame{"50", "tok"});
    Tell<Wait>(Failure(ErrorKind::kGone));
    EXPECT_EQ(Tell<ListPage>(Reflector::Waited{}, Objects::kDropStaged).query, query);
  }
  Tell<OpenWatch>(Reflector::PageCame{"50", ""}, Objects::kCommit);
  EXPECT_TRUE(reflector_.synced());
}

TEST_F(ReflectorTest, ListsFromTheStartWhenTheServerWillNotHaveAPage) {
  reflector_ = Reflector({.watch_list = false}, [] { return 0.0; });
  Tell<ListPage>(Reflector::Started{}, Objects::kDropStaged);
  Tell<ListPage>(Reflector::PageCame{"50", "tok"});
  Tell<Wait>(Failure(ErrorKind::kBadRequest, "continue key is not valid"));
  EXPECT_EQ(Tell<ListPage>(Reflector::Waited{}, Objects::kDropStaged).query, "limit=500");
}

// 500 objects of up to 1.5 MiB each are more than a client takes at once.
TEST_F(ReflectorTest, AsksForShorterPagesWhenTheyAreTooLarge) {
  reflector_ = Reflector({.page_size = 8, .watch_list = false}, [] { return 0.0; });
  Tell<ListPage>(Reflector::Started{}, Objects::kDropStaged);
  Tell<ListPage>(Reflector::PageCame{"50", "tok"});
  EXPECT_EQ(Tell<ListPage>(Failure(ErrorKind::kRequestTooLarge), Objects::kDropStaged).query,
            "limit=2");
  EXPECT_EQ(Tell<ListPage>(Failure(ErrorKind::kRequestTooLarge), Objects::kDropStaged).query,
            "limit=1");
  Tell<Wait>(Failure(ErrorKind::kRequestTooLarge));
}

TEST_F(ReflectorTest, AsksForTheSamePageAgainAfterAFailure) {
  reflector_ = Reflector({.watch_list = false}, [] { return 0.0; });
  Tell<ListPage>(Reflector::Started{}, Objects::kDropStaged);
  Tell<ListPage>(Reflector::PageCame{"50", "tok"});
  Tell<Wait>(Failure(ErrorKind::kUnavailable));
  EXPECT_THAT(Tell<ListPage>(Reflector::Waited{}).query, HasSubstr("continue=tok"));
}

TEST_F(ReflectorTest, TakesBookmarksAsSignsOfLife) {
  reflector_ = Reflector({.watch_list = false}, [] { return 0.0; });
  Tell<ListPage>(Reflector::Started{}, Objects::kDropStaged);
  Tell<OpenWatch>(Reflector::PageCame{"100", ""}, Objects::kCommit);
  // Nothing can come later than the server's own timeout of 300 s …
  EXPECT_EQ(Tell<ReadWatch>(Reflector::WatchOpened{}).idle_limit, seconds(330));
  EXPECT_EQ(Tell<ReadWatch>(Item(WatchType::kAdded, "101"), Objects::kApply).idle_limit,
            seconds(330));
  // … and once bookmarks come every minute, three missing ones mean a dead connection.
  EXPECT_EQ(Tell<ReadWatch>(Item(WatchType::kBookmark, "102")).idle_limit, seconds(180));
  EXPECT_THAT(Tell<OpenWatch>(Ended(ErrorKind::kTimeout)).query, HasSubstr("resourceVersion=102&"));
  // A server that sent them will send them again: the next watch need not wait for its first.
  EXPECT_EQ(Tell<ReadWatch>(Reflector::WatchOpened{}).idle_limit, seconds(180));
}

TEST_F(ReflectorTest, TakesTheBookmarkThatEndsAStreamedListAsOne) {
  SyncByStream();
  EXPECT_EQ(Tell<ReadWatch>(Item(WatchType::kAdded, "101"), Objects::kApply).idle_limit,
            seconds(180));
}

TEST_F(ReflectorTest, SpreadsWatchesOverFiveToTenMinutes) {
  Reflector late({}, [] { return 0.999; });
  const auto step = late.Handle(Reflector::Started{}, now_);
  EXPECT_THAT(std::get<OpenWatch>(step.action).query, HasSubstr("timeoutSeconds=599"));
}

}  // namespace
}  // namespace mpl::machinery
