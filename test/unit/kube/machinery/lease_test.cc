#include "kube/machinery/lease.h"

#include <gmock/gmock.h>

namespace mpl::machinery {
namespace {

using std::chrono::seconds;
using Action = LeaseMachine::Action;

// A dialogue: `After` moves both clocks, the machine is told what happened.
class LeaseTest : public testing::Test {
 protected:
  template <class T, class Event>
  T Tell(const Event& event) {
    Action action = machine_.Handle(event, clocks_);
    EXPECT_TRUE(std::holds_alternative<T>(action)) << "action " << action.index();
    return std::holds_alternative<T>(action) ? std::get<T>(action) : T{};
  }
  void After(Duration time) {
    clocks_.now += time;
    clocks_.wall += time;
  }
  ObservedLease Held(const std::string& holder, int version, int transitions = 4) {
    return {{.holder = holder,
             .duration = seconds(30),
             .acquired = clocks_.wall,
             .renewed = clocks_.wall,
             .transitions = transitions},
            std::to_string(version)};
  }
  LeaseMachine::Write BecomeLeader() {
    Tell<LeaseMachine::Read>(LeaseMachine::Started{});
    auto write = Tell<LeaseMachine::Write>(LeaseMachine::Missing{});
    Tell<LeaseMachine::Wait>(LeaseMachine::Written{{write.record, "1"}});
    EXPECT_TRUE(machine_.Leads(clocks_.now));
    return write;
  }

  Clocks clocks_{MonoTime(std::chrono::hours(1)), TimePoint(std::chrono::hours(500'000))};
  LeaseMachine machine_{"me", LeaseTimings{}, [] { return 0.0; }};
};

TEST_F(LeaseTest, CreatesAMissingLeaseAndLeads) {
  const auto write = BecomeLeader();

  EXPECT_EQ(write.record.holder, "me");
  EXPECT_EQ(write.record.duration, seconds(30));
  EXPECT_EQ(write.record.transitions, 0);
  EXPECT_EQ(write.resource_version, "");
}

TEST_F(LeaseTest, RenewsWithTheVersionItKnowsWithoutReading) {
  const auto first = BecomeLeader();
  After(seconds(5));

  const auto renewal = Tell<LeaseMachine::Write>(LeaseMachine::Waited{});

  EXPECT_EQ(renewal.resource_version, "1");
  EXPECT_EQ(renewal.record.acquired, first.record.acquired);
  EXPECT_EQ(renewal.record.renewed, clocks_.wall);
  EXPECT_EQ(renewal.record.transitions, 0);
  EXPECT_EQ(Tell<LeaseMachine::Wait>(LeaseMachine::Written{{renewal.record, "2"}}).delay,
            seconds(5));
}

TEST_F(LeaseTest, WaitsAWholeLeaseDurationOfItsOwnTimeBeforeItTakesOver) {
  Tell<LeaseMachine::Read>(LeaseMachine::Started{});
  // Renewed long ago by the holder's clock: that clock is not believed.
  ObservedLease lease = Held("other", 7);
  lease.record.renewed -= std::chrono::hours(10);
  Tell<LeaseMachine::Wait>(LeaseMachine::Found{lease});

  After(seconds(29));
  Tell<LeaseMachine::Read>(LeaseMachine::Waited{});
  Tell<LeaseMachine::Wait>(LeaseMachine::Found{lease});
  After(seconds(1));
  Tell<LeaseMachine::Read>(LeaseMachine::Waited{});
  const auto write = Tell<LeaseMachine::Write>(LeaseMachine::Found{lease});

  EXPECT_EQ(write.record.holder, "me");
  EXPECT_EQ(write.record.transitions, 5);
  EXPECT_EQ(write.resource_version, "7");
  EXPECT_EQ(write.record.acquired, clocks_.wall);
}

TEST_F(LeaseTest, CountsAnewWhenTheHolderRenews) {
  Tell<LeaseMachine::Read>(LeaseMachine::Started{});
  Tell<LeaseMachine::Wait>(LeaseMachine::Found{Held("other", 7)});
  After(seconds(29));
  Tell<LeaseMachine::Wait>(LeaseMachine::Found{Held("other", 8)});
  After(seconds(29));
  Tell<LeaseMachine::Wait>(LeaseMachine::Found{Held("other", 9)});
  EXPECT_EQ(machine_.holder(), "other");
}

TEST_F(LeaseTest, TakesAReleasedLeaseAtOnce) {
  Tell<LeaseMachine::Read>(LeaseMachine::Started{});
  ObservedLease released = Held("", 7);
  released.record.duration = seconds(1);
  EXPECT_EQ(Tell<LeaseMachine::Write>(LeaseMachine::Found{released}).record.transitions, 5);
}

TEST_F(LeaseTest, ContinuesItsOwnLeaseAfterARestart) {
  Tell<LeaseMachine::Read>(LeaseMachine::Started{});
  const ObservedLease ours = Held("me", 7);
  const auto write = Tell<LeaseMachine::Write>(LeaseMachine::Found{ours});
  EXPECT_EQ(write.record.transitions, 4);
  EXPECT_EQ(write.record.acquired, ours.record.acquired);
}

TEST_F(LeaseTest, StaysCandidateWhenAnotherWasFaster) {
  Tell<LeaseMachine::Read>(LeaseMachine::Started{});
  Tell<LeaseMachine::Write>(LeaseMachine::Missing{});
  Tell<LeaseMachine::Wait>(LeaseMachine::Failed{{ErrorKind::kAlreadyExists, "exists"}});
  EXPECT_FALSE(machine_.Leads(clocks_.now));
}

TEST_F(LeaseTest, ReadsAndWritesAgainWhenTheFastPathFails) {
  BecomeLeader();
  After(seconds(5));
  Tell<LeaseMachine::Write>(LeaseMachine::Waited{});
  Tell<LeaseMachine::Read>(LeaseMachine::Failed{{ErrorKind::kConflict, "newer"}});
  EXPECT_EQ(Tell<LeaseMachine::Write>(LeaseMachine::Found{Held("me", 12)}).resource_version, "12");
  EXPECT_TRUE(machine_.Leads(clocks_.now));
}

TEST_F(LeaseTest, LosesWhenAnotherHoldsTheLease) {
  BecomeLeader();
  After(seconds(5));
  Tell<LeaseMachine::Write>(LeaseMachine::Waited{});
  Tell<LeaseMachine::Read>(LeaseMachine::Failed{{ErrorKind::kConflict, "newer"}});
  const auto lost = Tell<LeaseMachine::Lost>(LeaseMachine::Found{Held("other", 12)});
  EXPECT_THAT(lost.reason, testing::HasSubstr("other"));
  EXPECT_FALSE(machine_.Leads(clocks_.now));
}

TEST_F(LeaseTest, LosesAfterTheRenewDeadlineAndNotBefore) {
  BecomeLeader();
  // The API server is away: every request fails after 3 s.
  Duration spent{};
  for (;;) {
    const Action action = machine_.Handle(LeaseMachine::Waited{}, clocks_);
    if (std::holds_alternative<LeaseMachine::Lost>(action)) break;
    ASSERT_LT(spent, seconds(20));
    After(seconds(3));
    spent += seconds(3);
    Action next =
        machine_.Handle(LeaseMachine::Failed{{ErrorKind::kUnreachable, "refused"}}, clocks_);
    if (std::holds_alternative<LeaseMachine::Read>(next)) {
      next = machine_.Handle(LeaseMachine::Failed{{ErrorKind::kUnreachable, "refused"}}, clocks_);
    }
    if (std::holds_alternative<LeaseMachine::Lost>(next)) break;
    const Duration wait = std::get<LeaseMachine::Wait>(next).delay;
    EXPECT_LE(wait, seconds(5));
    After(wait);
    spent += wait;
  }
  EXPECT_GE(spent, seconds(20));
  EXPECT_LT(spent, seconds(24));
}

TEST_F(LeaseTest, AFrozenLeaderLosesBeforeItDoesAnything) {
  BecomeLeader();
  After(seconds(60));  // stopped, then continued

  EXPECT_FALSE(machine_.Leads(clocks_.now));
  Tell<LeaseMachine::Lost>(LeaseMachine::Waited{});
}

TEST_F(LeaseTest, AnAnswerThatComesAfterTheDeadlineSavesNobody) {
  BecomeLeader();
  After(seconds(5));
  const auto renewal = Tell<LeaseMachine::Write>(LeaseMachine::Waited{});
  After(seconds(25));
  Tell<LeaseMachine::Lost>(LeaseMachine::Written{{renewal.record, "2"}});
}

TEST_F(LeaseTest, ACandidateFrozenDuringItsWriteDoesNotLead) {
  Tell<LeaseMachine::Read>(LeaseMachine::Started{});
  const auto write = Tell<LeaseMachine::Write>(LeaseMachine::Missing{});
  After(seconds(40));
  Tell<LeaseMachine::Wait>(LeaseMachine::Written{{write.record, "1"}});
  EXPECT_FALSE(machine_.Leads(clocks_.now));
}

TEST_F(LeaseTest, RenewalCountsFromWhenItWasSent) {
  BecomeLeader();
  const MonoTime sent = clocks_.now + seconds(5);
  After(seconds(5));
  const auto renewal = Tell<LeaseMachine::Write>(LeaseMachine::Waited{});
  After(seconds(4));
  Tell<LeaseMachine::Wait>(LeaseMachine::Written{{renewal.record, "2"}});
  EXPECT_EQ(machine_.renewed_at(), sent);
}

TEST_F(LeaseTest, GivesTheLeaseBack) {
  BecomeLeader();
  const auto release = machine_.Release(clocks_);
  ASSERT_TRUE(release);
  EXPECT_EQ(release->record.holder, "");
  EXPECT_EQ(release->record.duration, seconds(1));
  EXPECT_EQ(release->resource_version, "1");
  EXPECT_FALSE(machine_.Leads(clocks_.now));
  EXPECT_FALSE(machine_.Release(clocks_)) << "nothing left to give";
}

TEST_F(LeaseTest, GivesBackWhatItFindsInItsName) {
  BecomeLeader();
  After(seconds(5));
  Tell<LeaseMachine::Write>(LeaseMachine::Waited{});  // arrived, its answer did not

  EXPECT_FALSE(machine_.Release(Held("other", 9), clocks_));
  const auto release = machine_.Release(Held("me", 9, 4), clocks_);

  ASSERT_TRUE(release);
  EXPECT_EQ(release->record.holder, "");
  EXPECT_EQ(release->record.transitions, 4);
  EXPECT_EQ(release->resource_version, "9");
}

TEST(LeaseTimings, FollowTheConstraintsOfClientGo) {
  EXPECT_TRUE(LeaseTimings{}.Validate());
  EXPECT_TRUE((LeaseTimings{seconds(15), seconds(10), seconds(2)}.Validate()));
  EXPECT_FALSE((LeaseTimings{seconds(20), seconds(20), seconds(5)}.Validate()));
  EXPECT_FALSE((LeaseTimings{seconds(30), seconds(6), seconds(5)}.Validate())) << "6 = 1.2 × 5";
  EXPECT_FALSE((LeaseTimings{seconds(30), seconds(20), seconds(0)}.Validate()));
}

}  // namespace
}  // namespace mpl::machinery
