#include "kube/net/runtime.h"

#include <gmock/gmock.h>
#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <future>
#include <stdexcept>
#include <thread>

#include "kube/telemetry/log.h"
#include "test/unit/kube/net/net_fixture.h"

namespace mpl::net {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

class Runtime : public NetTest {};

Task<void> Record(bool* ran, Task<bool> wait, bool* result) {
  *ran = true;
  *result = co_await std::move(wait);
}

TEST_F(Runtime, SleepsAtLeastAsLongAsAsked) {
  const MonoTime start = SteadyNow();
  EXPECT_TRUE(RunTask(SleepFor(5ms)));
  EXPECT_GE(SteadyNow() - start, 5ms);
}

// containerd 2 and systemd give a soft limit of 1024.
TEST_F(Runtime, RaisesTheLimitOfOpenDescriptors) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit low = before;
  low.rlim_cur = std::min<rlim_t>(before.rlim_max - 1, 256);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
  const IoRuntime another;
  rlimit raised{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &raised), 0);
  EXPECT_EQ(raised.rlim_cur, raised.rlim_max);
  setrlimit(RLIMIT_NOFILE, &before);
}

TEST_F(Runtime, RunsPostedWorkOnItsOwnThread) {
  IoRuntime other;
  other.Start("worker-with-a-long-name");
  std::promise<std::thread::id> ran;
  other.Post([&] { ran.set_value(std::this_thread::get_id()); });
  EXPECT_NE(ran.get_future().get(), std::this_thread::get_id());
}

TEST(PausingRuntime, LooksAgainNoSoonerThanThePause) {
  IoRuntime pausing;
  std::promise<MonoTime> first;
  std::promise<MonoTime> second;
  pausing.Start("pausing", 1s);
  pausing.Post([&first] { first.set_value(SteadyNow()); });
  const MonoTime began = first.get_future().get();
  std::this_thread::sleep_for(300ms);  // what was ready has been done by then
  pausing.Post([&second] { second.set_value(SteadyNow()); });
  EXPECT_GE(second.get_future().get() - began, 1s);
  pausing.Stop();
  pausing.Join();
}

TEST(PausingRuntime, EndsWhenStopped) {
  IoRuntime pausing;
  std::promise<void> ran;
  pausing.Start("pausing", 1ms);
  pausing.Post([&ran] { ran.set_value(); });
  ran.get_future().wait();
  pausing.Stop();
  pausing.Join();
}

TEST_F(Runtime, CallsTheHandlerOnSigterm) {
  int calls = 0;
  runtime.OnTerminate([&] {
    if (++calls == 2) runtime.Stop();
    if (calls == 1) std::raise(SIGINT);
  });
  std::raise(SIGTERM);
  runtime.Run();
  EXPECT_EQ(calls, 2);
}

TEST_F(Runtime, SignalWakesEveryWaiter) {
  Signal signal(runtime.executor());
  TaskGroup group(runtime.executor());
  bool ran[2] = {};
  bool woken[2] = {};
  group.Spawn("a", Record(&ran[0], signal.Wait(), &woken[0]));
  group.Spawn("b", Record(&ran[1], signal.Wait(SteadyNow() + 10s), &woken[1]));
  RunTask(SleepFor(1ms));
  ASSERT_TRUE(ran[0] && ran[1]);

  signal.Notify();
  RunTask(SleepFor(1ms));

  EXPECT_TRUE(woken[0]);
  EXPECT_TRUE(woken[1]);
  EXPECT_EQ(group.size(), 0U);
}

TEST_F(Runtime, SignalRemembersOneNotificationForTheNextWaiter) {
  Signal signal(runtime.executor());
  signal.Notify();
  signal.Notify();
  EXPECT_TRUE(RunTask(signal.Wait(SteadyNow() + 10s)));
  EXPECT_FALSE(RunTask(signal.Wait(SteadyNow() + 1ms)));
}

TEST_F(Runtime, SignalForgetsANotificationThatWokeSomebody) {
  Signal signal(runtime.executor());
  bool ran = false;
  bool woken = false;
  TaskGroup group(runtime.executor());
  group.Spawn("waiter", Record(&ran, signal.Wait(), &woken));
  RunTask(SleepFor(1ms));
  signal.Notify();
  EXPECT_FALSE(RunTask(signal.Wait(SteadyNow() + 1ms)));
  EXPECT_TRUE(woken);
}

TEST_F(Runtime, SignalMayDieBeforeItsWaiters) {
  auto signal = std::make_unique<Signal>(runtime.executor());
  bool ran = false;
  bool woken = true;
  TaskGroup group(runtime.executor());
  group.Spawn("waiter", Record(&ran, signal->Wait(), &woken));
  RunTask(SleepFor(1ms));
  signal.reset();
  RunTask(SleepFor(1ms));
  EXPECT_FALSE(woken);
  EXPECT_EQ(group.size(), 0U);
}

Task<void> SleepLong(bool* cancelled) {
  const bool slept = co_await SleepFor(1h);
  *cancelled = !slept;
}

TEST_F(Runtime, TaskGroupStopEndsWaitsAndRefusesNewTasks) {
  TaskGroup group(runtime.executor());
  bool cancelled[3] = {};
  group.Spawn("one", SleepLong(&cancelled[0]));
  group.Spawn("two", SleepLong(&cancelled[1]));
  RunTask(SleepFor(1ms));
  EXPECT_EQ(group.size(), 2U);

  EXPECT_TRUE(RunTask(group.Stop(10s)));
  group.Spawn("late", SleepLong(&cancelled[2]));

  EXPECT_TRUE(cancelled[0]);
  EXPECT_TRUE(cancelled[1]);
  EXPECT_TRUE(group.stopping());
  EXPECT_EQ(group.size(), 0U);
}

Task<void> TidyUp(bool* tidied) {
  co_await SleepFor(1h);
  // A cancelled task ends in order: further waits answer at once, nothing is thrown.
  const bool slept = co_await SleepFor(1h);
  *tidied = !slept;
}

TEST_F(Runtime, CancelledTasksRunOnToTheirEnd) {
  TaskGroup group(runtime.executor());
  bool tidied = false;
  group.Spawn("tidy", TidyUp(&tidied));
  RunTask(SleepFor(1ms));
  EXPECT_TRUE(RunTask(group.Stop(10s)));
  EXPECT_TRUE(tidied);
}

Task<void> Stubborn(const bool* released) {
  while (!*released) {
    co_await boost::asio::post(co_await boost::asio::this_coro::executor,
                               boost::asio::use_awaitable);
  }
}

TEST_F(Runtime, TaskGroupGivesUpOnStubbornTasksAfterTheGrace) {
  TaskGroup group(runtime.executor());
  bool released = false;
  group.Spawn("stubborn", Stubborn(&released));
  RunTask(SleepFor(1ms));
  EXPECT_FALSE(RunTask(group.Stop(5ms)));
  released = true;
  RunTask(SleepFor(5ms));
  EXPECT_EQ(group.size(), 0U);
}

Task<void> Throw() {
  throw std::runtime_error("boom");
  co_return;
}

TEST_F(Runtime, AnExceptionEndsOneTaskAndIsLogged) {
  std::vector<std::string> lines;
  log::CaptureForTest([&](std::string_view line) { lines.emplace_back(line); });
  TaskGroup group(runtime.executor());
  bool cancelled = false;
  group.Spawn("thrower", Throw());
  group.Spawn("other", SleepLong(&cancelled));
  RunTask(SleepFor(1ms));
  log::CaptureForTest(nullptr);

  EXPECT_EQ(group.size(), 1U);
  EXPECT_THAT(lines, Contains(::testing::AllOf(HasSubstr("thrower"), HasSubstr("boom"))));
  RunTask(group.Stop(1s));
}

}  // namespace
}  // namespace mpl::net
