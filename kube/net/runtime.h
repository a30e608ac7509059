// The io_context, its one thread, and the tasks that live on it.
//
// Rules of the edge (docs/architecture.md): every coroutine that outlives its caller belongs to a
// TaskGroup; every wait has a deadline; expected failures are values.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "kube/base/time.h"

namespace mpl::net {

template <class T>
using Task = boost::asio::awaitable<T>;
using Executor = boost::asio::any_io_executor;

TimePoint SystemNow();
MonoTime SteadyNow();

// One io_context run by one thread: everything on one runtime is serialised, so objects of the edge
// need no locks as long as they stay on the runtime that they were made for.
class IoRuntime {
 public:
  // Also prepares the process: SIGPIPE is ignored, and the limit of open descriptors is raised as
  // far as we may.
  IoRuntime();
  ~IoRuntime();  // stops and joins
  IoRuntime(const IoRuntime&) = delete;
  IoRuntime& operator=(const IoRuntime&) = delete;

  Executor executor();
  // Runs on the calling thread until Stop() or until nothing is left to do.
  void Run();
  // Makes Run() possible again after it has returned; for tests, which run task after task.
  void Restart();
  // Runs on a thread of its own; `name` shows in `ps -L` (15 characters). `pause`: after what was
  // ready has been done, the thread looks again no sooner than so long after it began, and finds
  // what came meanwhile together. For work that comes in crowds and is in no hurry: to be woken up
  // for each answer of many costs more than some answers do. Zero: it never waits on purpose.
  // `niceness`: 0 to 19, how far the thread steps back where others of the process want the same
  // processor (setpriority(2)).
  void Start(const std::string& name, Duration pause = Duration::zero(), int niceness = 0);
  // Thread-safe, returns at once.
  void Stop();
  // Waits for the thread of Start().
  void Join();
  // Thread-safe: runs `work` on this runtime's thread.
  void Post(std::function<void()> work);
  // Calls `handler` once per SIGTERM or SIGINT on this runtime. Call at most once per process.
  void OnTerminate(std::function<void()> handler);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Waits; returns false when the surrounding task was cancelled meanwhile.
Task<bool> SleepFor(Duration duration);
Task<bool> SleepUntil(MonoTime time);
// Lets everything else that is ready on this runtime run first.
Task<void> Yield();

// Lets one coroutine wait until another (or a callback on the same runtime) wakes it. Not
// thread-safe.
class Signal {
 public:
  explicit Signal(Executor executor);
  ~Signal();
  Signal(Signal&&) noexcept;
  // Wakes every waiter; with no waiter the next Wait returns at once.
  void Notify();
  // True: notified. False: deadline passed or cancelled.
  Task<bool> Wait(MonoTime deadline);
  Task<bool> Wait();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Owns running coroutines, so that stopping is a thing one can wait for. Not thread-safe: use it on
// the executor's runtime.
class TaskGroup {
 public:
  explicit TaskGroup(Executor executor);
  ~TaskGroup();  // requires that Stop() has finished, or that the runtime will not run again
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  // `name` is for logs: an exception out of `task` is logged with it and ends that task alone.
  // After Stop() has begun new tasks are refused (dropped unstarted).
  void Spawn(std::string name, Task<void> task);
  std::size_t size() const;
  bool stopping() const;
  // Two stages: asks every task to finish (terminal cancellation), then waits up to `grace`.
  // Returns true when none is left.
  Task<bool> Stop(Duration grace);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace mpl::net
